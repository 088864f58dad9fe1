"""The news of a call: sentences about the caller's own days, in their words, that a later text may quote. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from astra_pipeline.conversations.life import people_of
from astra_pipeline.conversations.opening.subjects import subjects
from astra_pipeline.conversations.sentences import Sentence, quote, unique
from astra_pipeline.language.care.hearing import heard
from astra_pipeline.language.questions import is_a_question

_AT_MOST = 3
_LONG_WORD, _ENOUGH = re.compile(r"[^\W\d_]{5,}"), 3
_FEWEST, _MOST = 5, 22
_OWN = re.compile(
    r"\b(?:I|I'm|I've|my|we|we've|our|us|main|maine|mera|meri|mere|mujhe|hum|humne|hamara|hamari)\b", re.IGNORECASE
)
_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|"
    r"teen|chaar|paanch|chhe|saat|aath|nau|das)\b",
    re.IGNORECASE,
)


def is_told_in_the_first_person(words: str) -> bool:
    """Whether words can be the caller's own: an answer that reports on them says "I" and "my" nowhere."""
    return bool(_OWN.search(words))


def news(said: Sequence[Sentence]) -> list[str]:
    """At most three sentences that tell something concrete of the caller's own days, the last ones."""
    return unique(quote(one.text) for one in said if _is_news(one))[-_AT_MOST:]


def _is_news(sentence: Sentence) -> bool:
    if (
        sentence.is_question
        or is_a_question(sentence.latin)
        or not _FEWEST <= len(sentence.words) <= _MOST
        or not _OWN.search(sentence.latin)
    ):
        return False
    tells_much = len(set(_LONG_WORD.findall(sentence.latin))) >= _ENOUGH
    is_concrete = tells_much or _NUMBER.search(sentence.latin) or people_of([sentence]) or subjects([sentence])
    return bool(is_concrete) and heard([sentence.text]).level == "none"
