"""The subjects of a call that its next one may begin with, out of the reviewed list subjects.yaml. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from astra_pipeline.conversations.lexicon import words_of
from astra_pipeline.conversations.opening.aloud import has_private_words
from astra_pipeline.conversations.sentences import Sentence
from astra_pipeline.language import vocabulary

Group = Literal["practice", "project", "event", "home", "work", "thing", "sky", "place"]

# How well a subject of each group begins a call; a wish to be asked about it, or a plan, counts on top.
_WEIGHT: Mapping[Group, float] = {
    "practice": 3,
    "project": 3,
    "event": 3,
    "place": 2.6,
    "home": 2.2,
    "thing": 2.2,
    "work": 1.6,
    "sky": 1.2,
}
_ASKED, _PLANNED, _OFTEN = 4.0, 1.0, 0.4
_REMINDS = re.compile(
    r"\bremind me\b|\bask me (?:about|how|if|whether|again|next|afterwards?)\b|\byou ask me\b(?! first)|"
    r"\byaad dila|\bdon'?t (?:let me )?forget\b|\bfollow up\b",
    re.IGNORECASE,
)
_PLANS = re.compile(
    r"\b(?:I'll|I will|going to|want to|plan to|planning|hope to|next (?:week|month|year|time)|tomorrow|kal|"
    r"agle|agli|\w+(?:unga|ungi|enge))\b",
    re.IGNORECASE,
)
_BIRTH = re.compile(r"\b(?:born|birth|janam|janm|paida)\b", re.IGNORECASE)
_THERE = r"\b(?:in|to|from|at|near|for|plan|visit|visiting|via)\s+({})\b"
_THERE_IN_HINDI = r"\b({})\s+(?:se|mein|me|ja|jaa|jana|jaana|ke|ka|ki|shift|wala|wali)\b"

_Row = Annotated[str, StringConstraints(pattern=r"^[^|]+ \| [^|]+$")]
_Rows = dict[Annotated[str, StringConstraints(pattern=r"^[a-z'][a-z' ,-]*$")], _Row]


class SubjectWords(BaseModel):
    """subjects.yaml: cues -> "English name | Hinglish name", in groups; and places."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    practice: _Rows
    project: _Rows
    event: _Rows
    home: _Rows
    work: _Rows
    thing: _Rows
    sky: _Rows
    places: tuple[str, ...]


@dataclass(frozen=True)
class Subject:
    """A subject as it stands in a sentence: "the guitar" in English, "guitar" in Hinglish."""

    group: Group
    english: str
    hinglish: str
    weight: float = 0.0
    is_asked_for: bool = False
    """Whether the caller wishes to be asked about it."""


def subjects(said: Sequence[Sentence]) -> list[Subject]:
    """The subjects of the caller's sentences, each once, the one that begins a call best first."""
    found: dict[str, Subject] = {}
    for number, sentence in enumerate(said):
        asked = bool(_REMINDS.search(sentence.latin))
        planned = bool(_PLANS.search(sentence.latin))
        before = said[number - 1] if number else None
        for subject in _in_sentence(sentence, before if asked else None):
            known = found.get(subject.english)
            weight = _WEIGHT[subject.group] + _ASKED * asked + _PLANNED * planned
            if known is None:
                found[subject.english] = replace(subject, weight=weight, is_asked_for=asked)
            else:
                found[subject.english] = replace(
                    known, weight=max(known.weight, weight) + _OFTEN, is_asked_for=known.is_asked_for or asked
                )
    return sorted(found.values(), key=lambda one: -one.weight)


def subject_of(words: str) -> Subject | None:
    """The subject that a few words name, such as the event of a date; None for none that may be said aloud."""
    return next(_in_sentence(Sentence(words, words), None), None)


def all_subjects() -> list[Subject]:
    """Every subject of the list, and its places, for tests and figures."""
    return [*dict.fromkeys(_rows().values()), *(Subject("place", name, name) for name in _words().places)]


def _in_sentence(sentence: Sentence, before: Sentence | None) -> Iterator[Subject]:
    """The subjects of a sentence; of the one before it where "ask me how it went" names none."""
    named = [_rows()[name] for name in sentence.hits(_cues(), denied=False)]
    # A place of birth is no news, and one where something private happened points to it.
    points_to_more = _BIRTH.search(sentence.latin) or has_private_words(sentence.latin)
    places = [] if points_to_more else [_place(match) for match in _places().finditer(sentence.latin)]
    trip = next((one for one in named if one.english in ("the trip", "the flight")), None)
    if trip and places:
        at = places[0].english
        named = [one for one in named if one is not trip]
        places = [Subject("event", f"the trip to {at}", f"{at} trip"), *places[1:]]
    elif before is not None and not named and not places:
        yield from _in_sentence(before, None)
    yield from named
    yield from places


def _place(match: re.Match[str]) -> Subject:
    name = next(group for group in match.groups() if group)
    return Subject("place", name, name)


@functools.cache
def _rows() -> dict[str, Subject]:
    """Cue -> its subject."""
    groups: tuple[Group, ...] = ("practice", "project", "event", "home", "work", "thing", "sky")
    found: dict[str, Subject] = {}
    for group in groups:
        for cues, row in getattr(_words(), group).items():
            english, hinglish = (part.strip() for part in row.split("|"))
            for cue in cues.split(","):
                found.setdefault(cue.strip(), Subject(group, english, hinglish))
    return found


@functools.cache
def _cues() -> dict[tuple[str, ...], str]:
    return {tuple(words_of(cue)): cue for cue in _rows()}


def places_pattern() -> str:
    """The expression of any place that may be named."""
    return f"(?:{'|'.join(sorted(map(re.escape, _words().places), key=len, reverse=True))})"


@functools.cache
def _places() -> re.Pattern[str]:
    names = places_pattern()
    return re.compile(f"{_THERE.format(names)}|{_THERE_IN_HINDI.format(names)}")


@functools.cache
def _words() -> SubjectWords:
    """Read subjects.yaml, once a process. Raises BadVocabulary."""
    return vocabulary.load("astra_pipeline.conversations.opening", "subjects.yaml", SubjectWords)
