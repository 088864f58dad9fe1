"""Mutants of a true text: one fact of it changed at random, by search and replace."""

from __future__ import annotations

import calendar
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from astra_pipeline.astrology.gochara import TARAS
from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.astrology.sky import tithi_name
from astra_pipeline.astrology.zodiac import NAKSHATRAS
from astra_pipeline.gamification.milestones import MILESTONES

PLANETS = (
    *("Sun", "Moon", "Mercury", "Venus", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune", "Pluto"),
    *("Rahu", "Ketu"),
)
WEEKDAYS = tuple(calendar.day_name)
MONTHS = tuple(calendar.month_name)[1:]
TITHIS = tuple(tithi_name(day).removeprefix("Shukla ") for day in range(14))
FESTIVALS = ("Diwali", "Holi", "Janmashtami", "Dussehra", "Raksha Bandhan", "Karva Chauth", "Guru Purnima", "Ugadi")
STRANGERS = ("Rohan", "Kavita", "Emily", "Daniel", "Priyanka", "Oscar", "Sunita", "Megan")
NUMBERS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_ASPECTS = (
    ("squares", "trines", "sextiles", "opposes"),
    ("square", "trine", "sextile", "opposition"),
    ("squared", "trined", "sextiled", "opposed"),
)
_PHASES = ("New Moon", "Full Moon", "First Quarter", "Last Quarter")
_HINDI_HOUSES = (
    *("pehle", "doosre", "teesre", "chauthe", "paanchve", "chhathe"),
    *("saatve", "aathve", "nauve", "dasve", "gyarahve", "barahve"),
)
# What a person said is no fact of ours.
_QUOTED = re.compile(r"\"[^\"]*\"")


@dataclass(frozen=True)
class Mutant:
    """A text with one fact changed."""

    kind: str
    text: str
    was: str
    becomes: str


def mutants(text: str, name: str, chance: random.Random, *, each: int = 1) -> Iterator[Mutant]:
    """Up to `each` mutants of each kind that the text has a fact of."""
    quoted = [one.span() for one in _QUOTED.finditer(text)]
    for kind, pattern, other in (*_KINDS, *_of_name(name)):
        found = [one for one in re.finditer(pattern, text) if other(one, chance)]
        found = [one for one in found if not any(low <= one.start() < high for low, high in quoted)]
        for one in chance.sample(found, min(each, len(found))):
            becomes = other(one, chance)
            assert becomes is not None
            yield Mutant(kind, text[: one.start()] + becomes + text[one.end() :], one.group(), becomes)


_Other = Callable[[re.Match[str], random.Random], str | None]


def _among(*pools: Sequence[str]) -> _Other:
    def other(found: re.Match[str], chance: random.Random) -> str | None:
        pool = next((pool for pool in pools if found.group() in pool), None)
        return chance.choice([one for one in pool if one != found.group()]) if pool else None

    return other


def _pattern(*pools: Sequence[str], behind: str = "") -> str:
    words = sorted({word for pool in pools for word in pool}, key=lambda word: -len(word))
    return rf"\b(?:{'|'.join(map(re.escape, words))})\b{behind}"


def _number(low: int, high: int, *, group: int = 1) -> _Other:
    def other(found: re.Match[str], chance: random.Random) -> str | None:
        number = int(found.group(group))
        drawn = chance.choice([one for one in range(low, high + 1) if one != number])
        return found.group().replace(str(number), str(drawn), 1)

    return other


def _house(found: re.Match[str], chance: random.Random) -> str | None:
    drawn = chance.choice([one for one in range(1, 13) if one != int(found[1])])
    return f"{drawn}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(drawn, 'th') }"


def _orb(found: re.Match[str], chance: random.Random) -> str | None:
    drawn = chance.choice([one / 10 for one in range(1, 60) if abs(one / 10 - float(found[1])) > 0.15])
    return f"{drawn:.1f}°"


def _hour(found: re.Match[str], chance: random.Random) -> str | None:
    drawn = chance.choice([one for one in range(1, 13) if one != int(found[1])])
    return f"{drawn}{found[2] or ''} {found[3]}"


def _spelt(found: re.Match[str], chance: random.Random) -> str | None:
    word = next(filter(None, found.groups()))
    if word.isdigit():
        return found.group().replace(word, str(int(word) + chance.choice([-1, 1, 2, 5, 30]) or 99), 1)
    drawn = chance.choice([one for one in NUMBERS if one != word.lower()])
    return found.group().replace(word, drawn.title() if word[0].isupper() else drawn, 1)


def _title(found: re.Match[str], chance: random.Random) -> str | None:
    return chance.choice([one.title for one in MILESTONES if one.title != found.group()])


def _of_name(name: str) -> tuple[tuple[str, str, _Other], ...]:
    def other(_: re.Match[str], chance: random.Random) -> str | None:
        return chance.choice([one for one in STRANGERS if one != name])

    return (("name", rf"\b{re.escape(name)}\b", other),) if name else ()


_COUNT = rf"({'|'.join(NUMBERS)}|\d+)"
_TITLES = [one.title for one in MILESTONES]
_KINDS: tuple[tuple[str, str, _Other], ...] = (
    ("sign", _pattern(SIGNS), _among(SIGNS)),
    ("house", r"\b(\d{1,2})(?:st|nd|rd|th)(?= (?:house|ghar|bhav))", _house),
    ("house", _pattern(_HINDI_HOUSES, behind=r"(?= (?:ghar|bhav))"), _among(_HINDI_HOUSES)),
    ("planet", rf"(?<!New )(?<!Full ){_pattern(PLANETS)}(?! (?:sign|return))", _among(PLANETS)),
    ("aspect", _pattern(*_ASPECTS), _among(*_ASPECTS)),
    ("nakshatra", _pattern(NAKSHATRAS), _among(NAKSHATRAS)),
    ("tithi", _pattern(TITHIS, behind=r"(?! Puja)"), _among(TITHIS)),
    ("tara", _pattern(TARAS, behind=r"(?= tara)"), _among(TARAS)),
    ("phase", _pattern(_PHASES), _among(_PHASES)),
    ("orb", r"(\d+\.\d+)°", _orb),
    ("hour", r"\b(\d{1,2})(:\d\d)? ([ap]m)\b", _hour),
    ("weekday", _pattern(WEEKDAYS), _among(WEEKDAYS)),
    ("date", rf"\b(\d{{1,2}}) (?={_pattern(MONTHS)})", _number(1, 28)),
    ("date", rf"{_pattern(MONTHS)}(?= \d{{4}})", _among(MONTHS)),
    ("festival", _pattern(FESTIVALS), _among(FESTIVALS)),
    ("motion", r"\b(?:retrograde|direct)\b", _among(("retrograde", "direct"))),
    ("phase of sade sati", r"\b(?:rising|peak|setting)(?= phase)", _among(("rising", "peak", "setting"))),
    ("return", r"\b(?:Saturn|Jupiter|Mars|Venus|Solar)(?= return)", _among(("Saturn", "Jupiter", "Mars", "Venus"))),
    ("streak", rf"\b(?i:{_COUNT})(?= days? (?:in a row|running|straight))", _spelt),
    # A breath is taken four times, and is no fact.
    ("count", rf"(?<=talked ){_COUNT}(?= times\b)|\b(?i:{_COUNT})(?= conversations\b)", _spelt),
    ("milestone", _pattern(_TITLES), _title),
)
