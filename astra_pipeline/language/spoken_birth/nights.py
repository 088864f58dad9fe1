"""Times after midnight that were said as of a date's night: "14 ki raat 2 baje", "on the night of 14 August at 2 am".

Whether the birth was on that date or on the next one, the words leave open.
"""

from __future__ import annotations

import re
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.clauses import sentence_spans
from astra_pipeline.language.spoken_birth.clock_context import times
from astra_pipeline.language.spoken_birth.clock_spelling import spoken

# The minutes of the day, from midnight on, that are still called night.
_NIGHT = 5 * 60


def is_of_a_night(said: str) -> bool:
    """True for a text in which a time from 00:00 to 04:59 stands with a date and a word for the night."""
    plain = spoken(said).plain
    if not _date().search(plain):
        return False
    for start, end in sentence_spans(plain):
        sentence = plain[start:end]
        _, faces = times(sentence)
        minutes = [face.minutes for face in faces if len(face.minutes) == 1]
        if _night().search(sentence) and any(max(minute) < _NIGHT for minute in minutes):
            return True
    return False


@cache
def _night() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.day_parts().nights)}\b")


@cache
def _date() -> re.Pattern[str]:
    """A date in the spelling of times, or the number of a day: "DATE", "the 14th", "14 ki raat"."""
    return re.compile(
        rf"\bDATE\b|\b\d{{1,2}}(?:st|nd|rd|th)\b|\b\d{{1,2}} (?:ki|ko|ke) {words.any_of(words.day_parts().nights)}\b"
    )
