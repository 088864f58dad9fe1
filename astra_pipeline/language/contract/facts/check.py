"""The comparison of a text's claims with the facts of its input. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence

from astra_pipeline.language.contract.facts.fact import Claim, Fact
from astra_pipeline.language.contract.facts.numbers import number_at
from astra_pipeline.language.contract.facts.reading import claims_of
from astra_pipeline.language.contract.facts.words import words

_OF_A_DAY = ("weekday", "date")
_JOINED = re.compile(r"\b(?:join(?:s|ed)?|beside|next to|together|keeps? company|ke saath)\b", re.IGNORECASE)
_RELATIVES = frozenset(("yesterday", "today", "tomorrow", "another day"))
# Word -> the days to the day that it calls so.
_DAYS_TO = {"yesterday": {-1}, "tomorrow": {1}, "kal": {-1, 1}, "parso": {-2, 2}, "parson": {-2, 2}}
_BEYOND = {"day before yesterday": {-2}, "day after tomorrow": {2}}
_DAY_SAID = re.compile(r"\b(?:day before yesterday|day after tomorrow|yesterday|tomorrow|kal|parson?)\b")
# The day of another sentence part may be any: "the exam is on Friday, so tomorrow you can breathe".
_NAMES_A_DAY = re.compile(rf"\b(?:{'|'.join((*calendar.day_name, *calendar.month_name[1:])).lower()}|\w+vaar)\b")
_COUNTED_DOWN = re.compile(
    r"\bin (?P<in>[\w-]+) days?\b|\b(?P<to>[\w-]+) days? (?:away|left|until|till|from now|to go)\b"
    r"|\b(?P<hindi>[\w-]+) din (?:mein|me|baad|baaki|baki|door)\b"
)
_RELATIVE = re.compile(
    r"\b(yesterday|tomorrow|today) (?:was|is|comes|brings)\b|\b(?:was|is|comes) (yesterday|tomorrow|today)\b",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?;\n]")
_SENTENCE = re.compile(r"[^.!?;\n]+")
_WORD = re.compile(r"[a-z]{4,}")
_TOKEN = re.compile(r"[a-z]+")

PROBLEMS: Mapping[str, str] = {
    "sign": "a sign that the facts do not give for that planet or point",
    "house": "a house that the facts do not give for that planet",
    "aspect": "an aspect that is in none of the facts",
    "point": "an aspect to a point of the chart that is in none of the facts",
    "orb": "an orb that is not the one given",
    "body": "a planet that has no part in the day's facts",
    "nakshatra": "a nakshatra that is in none of the facts",
    "tithi": "a tithi that is in none of the facts",
    "half": "a waxing or waning Moon that is not the one given",
    "phase": "a phase of the Moon that is in none of the facts",
    "motion": "a retrograde or direct planet that is in none of the facts",
    "dasha": "a dasha that is in none of the facts",
    "landmark": "an eclipse, sade sati or chandrashtama that is in none of the facts",
    "return": "a return of a planet that is in none of the facts",
    "tara": "a tara that is in none of the facts",
    "festival": "a festival that is in none of the facts",
    "milestone": "a milestone that was not unlocked",
    "time": "an hour that is in none of the facts",
    "weekday": "a weekday that is in none of the facts",
    "date": "a date or month that is in none of the facts",
    "streak": "a streak that is not the one given",
    "count": "a number of conversations or days that is not the one given",
}
"""Kind of claim -> the problem of a false one. None of them repeats a word of the text."""


def unproven(text: str, facts: frozenset[Fact]) -> list[Claim]:
    """The claims of a text that are not among the facts.

    The text is one without quoted speech and with "you" for the person's name, as `contract.claim_problems` makes it.
    """
    claims = claims_of(text)
    proven = _in_play(claims, facts)
    occasions = _occasions(facts)

    def is_in_play(claim: Claim) -> bool:
        return claim.readings[0].object in proven or _is_joined(claim, text, proven, facts)

    wrong = [
        claim
        for claim in claims
        if (not claim.is_in(facts) and not (claim.kind == "body" and is_in_play(claim)))
        or (claim.kind in _OF_A_DAY and occasions and _is_another_day(claim, text, occasions))
    ]
    return [*wrong, *_on_another_day(text, occasions)]


def _on_another_day(text: str, occasions: Mapping[str, set[str]]) -> Iterator[Claim]:
    """The claims that a date of the person's is, or was, on another day than it is: "tomorrow is your exam"."""
    for found in _RELATIVE.finditer(text) if occasions else ():
        said = next(filter(None, found.groups())).lower()
        before, behind = _END.split(text[: found.start()])[-1], _END.split(text[found.end() :])[0]
        days = [occasions[word] for word in _WORD.findall(f"{before} {behind}".lower()) if word in occasions]
        if any(one & _RELATIVES for one in days) and not any(said in one for one in days):
            yield Claim("weekday", (Fact("weekday", "", said),), found.start(), found.end())
    yield from _so_many_days_away(text, occasions)


def _so_many_days_away(text: str, occasions: Mapping[str, set[str]]) -> Iterator[Claim]:
    """The claims of sentences that put a date of the person's so many days away: "five days until the exam", "kal exam
    hai". A sentence with another day, or of what was said of it, claims nothing."""
    for sentence in _SENTENCE.finditer(text) if occasions else ():
        lowered = sentence[0].lower()
        days = [
            occasions[word] for word in _WORD.findall(lowered) if word in occasions and not _is_ahead(word, lowered)
        ]
        if not days or _NAMES_A_DAY.search(lowered) or words().told & set(_TOKEN.findall(lowered)):
            continue
        known = {int(said) for one in days for said in one if said[0] in "+-"}
        for at, said in _days_said(lowered):
            if known and not said & known:
                yield Claim("weekday", (Fact("weekday", "", "away"),), sentence.start() + at, sentence.end())


def _is_ahead(occasion: str, sentence: str) -> bool:
    """Whether the sentence speaks of the time before a date: "a walk before the exam", "pack for the trip"."""
    return bool(
        re.search(rf"\b(?:before|for|ahead of|towards?) (?:\w+ ){{0,2}}{occasion}\b", sentence)
        or re.search(rf"\b{occasion} (?:\w+ )?(?:se pehle|ke liye|ki taiyaa?ri)\b", sentence)
    )


def _days_said(sentence: str) -> Iterator[tuple[int, set[int]]]:
    """(place, days away that it may mean) of each "tomorrow" and "in five days" of a sentence in small letters."""
    for found in _DAY_SAID.finditer(sentence):
        yield found.start(), _BEYOND.get(found[0]) or _DAYS_TO[found[0]]
    for found in _COUNTED_DOWN.finditer(sentence):
        said = next(filter(None, found.groups()))
        number = number_at(said.split("-"), 0)
        if number is not None:
            yield found.start(), {int(number[0])}


def _occasions(facts: frozenset[Fact]) -> dict[str, set[str]]:
    """Word for a date in the person's life -> its weekday, day and month."""
    found: dict[str, set[str]] = {}
    for fact in facts:
        if fact.kind == "occasion":
            found.setdefault(fact.subject, set()).add(fact.object)
    return found


def _is_another_day(claim: Claim, text: str, occasions: Mapping[str, set[str]]) -> bool:
    """Whether the sentence speaks of a date in the person's life, and of another day than that one.

    The day of a talk may be any: "said on Tuesday: my exam is on Friday".
    """
    if any(reading.subject == "talk" for reading in claim.readings):
        return False
    before, behind = _END.split(text[: claim.start])[-1], _END.split(text[claim.end :])[0]
    spoken_of = [occasions[word] for word in _WORD.findall(f"{before} {behind}".lower()) if word in occasions]
    said = {reading.object for reading in claim.readings}
    return bool(spoken_of) and not any(said & days for days in spoken_of)


def _in_play(claims: Sequence[Claim], facts: frozenset[Fact]) -> set[str]:
    """The planets of which the text itself says something true."""
    return {
        reading.subject
        for claim in claims
        if claim.kind in ("sign", "house", "motion") and claim.is_bound
        for reading in claim.readings
        if reading in facts
    }


def _is_joined(claim: Claim, text: str, proven: set[str], facts: frozenset[Fact]) -> bool:
    """Whether a planet is told of with one in its sign: "Mercury has joined Venus in your 12th house"."""
    before, behind = _END.split(text[: claim.start])[-1], _END.split(text[claim.end :])[0]
    if not _JOINED.search(f"{before} {behind}"):
        return False
    sign = {fact.subject: fact.object for fact in facts if fact.kind == "sign"}
    own = sign.get(claim.readings[0].object)
    beside = [body for body in proven if body in f"{before} {behind}"]
    return own is not None and any(sign.get(body) == own for body in beside)
