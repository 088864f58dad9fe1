"""Choosing words without chance: the same reader and date always get the same, and the choices walk on day by day."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence
from importlib import resources
from typing import Any, Literal, TypeVar

import yaml

from astra_pipeline.core.names import isolated

T = TypeVar("T")
U = TypeVar("U")


@functools.cache
def phrases(name: str) -> dict[str, Any]:
    """The phrase material of `phrases/{name}.yaml`."""
    folder = resources.files("astra_pipeline.tasks.offline").joinpath("phrases")
    return yaml.safe_load(folder.joinpath(f"{name}.yaml").read_text(encoding="utf-8"))


class Voice:
    """Picks phrases for one reader at one time (`turn`: the number of the day, or of the week).

    A slot starts somewhere, by a digest of reader and slot, and moves on by `places` each turn; so of n phrases
    none returns within n / places turns.
    """

    def __init__(self, reader: str, turn: int) -> None:
        self._reader = reader
        self._turn = turn

    def _start(self, slot: str) -> int:
        return int.from_bytes(hashlib.blake2b(f"{self._reader}\0{slot}".encode(), digest_size=4).digest())

    def _at(self, slot: str, place: int, places: int) -> int:
        return self._start(slot) + self._turn * places + place

    def pick(self, slot: str, options: Sequence[T], *, place: int = 0, places: int = 1) -> T:
        return options[self._at(slot, place, places) % len(options)]

    def pair(
        self, slot: str, first: Sequence[T], second: Sequence[U], *, of: str = "", place: int = 0, places: int = 1
    ) -> tuple[T, U]:
        """One of each; no pair returns before all len(first) * len(second) were used.

        The places of one turn differ in `first`; `of` says what `second` is about.
        """
        at = self._at(slot, place, places)
        row = at % len(first)
        return first[row], second[(at // len(first) + row + self._start(of)) % len(second)]

    def alternates(self, slot: str, every: int = 2) -> bool:
        """True in one turn out of `every`."""
        return self._at(slot, 0, 1) % every == 0


def joined(parts: Sequence[str]) -> str:
    """Sentences as a paragraph, each with a capital, without empty ones."""
    return " ".join(part[:1].upper() + part[1:] for part in parts if part)


def listed(items: Sequence[str]) -> str:
    """a, b and c."""
    *head, last = items
    return f"{', '.join(head)} and {last}" if head else last


def badges(titles: Sequence[str]) -> str:
    return f"the badge{'s' if len(titles) > 1 else ''} {listed(titles)}"


def numbered(count: int) -> str:
    """A small number in words."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def cased(**texts: str) -> dict[str, str]:
    """Texts for a frame, as {field} and, where one begins a sentence, as {Field}."""
    return {
        name: value
        for field, text in texts.items()
        for name, value in ((field, text), (field.capitalize(), text[:1].upper() + text[1:]))
    }


def the(body: str) -> str:
    """A heavenly body as English speaks of it: the Sun, but Mars."""
    return f"the {body}" if body in ("Sun", "Moon") else body


def addressed(template: str, name: str) -> str:
    """A greeting with the name where "{, name}" stands, or without one."""
    return template.replace("{, name}", f", {name}" if name else "")


Kind = Literal["plain", "tender", "learned", "unspoken"]


def kind_of(topic: str) -> Kind:
    """How a topic may be taken up: plainly; with care (illness, loss); as astrology; or not at all."""
    if _UNSPOKEN.search(topic):
        return "unspoken"
    if _TENDER.search(topic):
        return "tender"
    return "learned" if _LEARNED.search(topic) else "plain"


def in_a_sentence(topic: str) -> str:
    """A topic as it stands inside a sentence: ordinary words in lower case, names and abbreviations as they are."""
    return isolated(_CAPITALISED.sub(lambda word: _lowered(word.group()), topic))


def _lowered(word: str) -> str:
    return word.lower() if word.lower() in _ordinary() else word


@functools.cache
def _ordinary() -> frozenset[str]:
    """Words that are no names: those our phrases use, and the usual topics."""
    folder = resources.files("astra_pipeline.tasks.offline").joinpath("phrases")
    text = " ".join(file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".yaml"))
    return frozenset(re.findall(r"(?<![\w{])[a-z]+", text)) - _NAMES | frozenset(_TOPIC_WORDS.split())


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_CAPITALISED = re.compile(r"\b[A-Z][a-z]+\b")
_NAMES = frozenset("sun moon".split())
_TOPIC_WORDS = (
    "abroad anxiety astrology auspicious birth breakup business career cat chart children college compatibility "
    "confidence creativity daily debt dog dream dreams education exam exams family father finance finances fitness "
    "friendship future gemstone gemstones goals grief growth happiness health hobbies home horoscope house houses "
    "identity immigration interview investment investments job kundli loan loneliness loss love marriage meditation "
    "mental migraines money mother moving nakshatra parenting parents personal pets physical pregnancy promotion "
    "purpose relationship relationships retirement retrograde return rising salary school self sibling siblings sign "
    "sister sleep spirituality stress studies success timing transit transits travel university wedding wellbeing work"
)
_UNSPOKEN = re.compile(
    r"\b(?:suicid\w*|self.?harm\w*|kill\w*|murder\w*|abus\w*|rap(?:e|ed|ist)|assault\w*|violen\w*|overdos\w*|sex\w*|"
    r"porn\w*|drugs?|addict\w*|die|dying)\b",
    re.IGNORECASE,
)
_TENDER = re.compile(
    r"\b(?:health|ill|illness\w*|diseases?|sick\w*|cancer|tumou?r|diabet\w*|surger\w*|operations?|hospital(?!it)\w*|"
    r"diagnos\w*|pain|migraines?|pcos|ptsd|ivf|\w*fertil\w*|pregnan\w*|miscarr\w*|abort\w*|grie[fv]\w*|deaths?|died|dead|"
    r"loss|losing|funeral|mourn\w*|lonel\w*|depress\w*|anxi\w*|panic\w*|trauma\w*|divorc\w*|break.?ups?|heartbr\w*|"
    r"accidents?|lost|layoffs?|laid off|fired|reject\w*|refus\w*|fail\w*|not passed|fights?|fought|quarrel\w*|fright\w*|"
    r"troubles?|bima[ar]*i?|tabiyat|dukh\w*)\b",
    re.IGNORECASE,
)
_LEARNED = re.compile(
    r"\b(?:astro\w*|zodiac|horoscopes?|rashi\w*|charts?|kundl?i|kundali|signs?|rising|ascendant|lagna|houses|"
    r"transits?|retrograde|nakshatras?|dashas?|gems?\w*|compatibility|auspicious|muhurta?t?|numerology|tarot|sun|moon|"
    r"mercury|venus|mars|jupiter|saturn|uranus|neptune|pluto|rahu|ketu|sade sati|manglik|aries|taurus|gemini|leo|virgo|"
    r"libra|scorpio|sagittarius|capricorn|aquarius|pisces)\b",
    re.IGNORECASE,
)
