"""Choosing words without chance: the same reader and date always get the same, and the choices walk on day by day."""

from __future__ import annotations

import functools
import hashlib
import math
import re
from collections.abc import Sequence
from importlib import resources
from typing import Any, Literal, TypeVar

import yaml

from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.names import isolated, plain

T = TypeVar("T")


@functools.cache
def phrases(name: str) -> dict[str, Any]:
    """The phrase material of `phrases/{name}.yaml`."""
    folder = resources.files("astra_pipeline.language").joinpath("phrases")
    return yaml.safe_load(folder.joinpath(f"{name}.yaml").read_text(encoding="utf-8"))


class Voice:
    """Picks phrases for one reader at one time (`turn`: the number of the day, or of the week).

    A slot starts somewhere and goes round in strides, both by a digest of reader and slot, `places` of them each turn;
    so of n phrases none returns within n / places turns, and no two readers hear them in one order. A sentence put together of several slots has new parts as often as each.
    """

    def __init__(self, reader: str, turn: int) -> None:
        self._reader = reader
        self._turn = turn

    def _start(self, slot: str) -> int:
        return int.from_bytes(hashlib.blake2b(f"{self._reader}\0{slot}".encode(), digest_size=4).digest())

    def _at(self, slot: str, place: int, places: int) -> int:
        return self._start(slot) + self._turn * places + place

    def pick(self, slot: str, options: Sequence[T], *, place: int = 0, places: int = 1) -> T:
        strides = _strides(len(options))
        stride = strides[self._start(f"{slot}\0stride") % len(strides)]
        return options[self._at(slot, place, places) * stride % len(options)]

    def alternates(self, slot: str, every: int = 2) -> bool:
        """True in one turn out of `every`."""
        return self._at(slot, 0, 1) % every == 0


@functools.cache
def _strides(count: int) -> list[int]:
    """Strides that meet every one of so many before any again."""
    return [stride for stride in range(1, count + 1) if math.gcd(stride, count) == 1]


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


def in_register(phrase: str, *, polite: bool) -> str:
    """A phrase of Hindi, whose words in braces are familiar, as it is said to the reader."""
    forms = phrases("company")["hinglish"]["polite"]

    def said(word: re.Match[str]) -> str:
        familiar = word[1].lower()
        if familiar not in forms:
            return word[0]
        chosen = forms[familiar] if polite else familiar
        return chosen.capitalize() if word[1][0].isupper() else chosen

    return _IN_BRACES.sub(said, phrase)


Kind = Literal["plain", "tender", "learned", "unspoken"]
Tenor = Literal["usual", "gentle", "crisis"]
"""How a whole text sounds: `gentle` beside illness, loss and trouble, `crisis` where somebody spoke of an end to
everything, or of violence."""


@functools.lru_cache(maxsize=4096)
def kind_of(topic: str) -> Kind:
    """How a topic may be taken up: plainly; with care (illness, loss, trouble); as astrology; or not at all."""
    told = _without_harmless(topic)
    if _kinds()["crisis"].search(told) or _kinds()["unspoken"].search(told):
        return "unspoken"
    if _kinds()["tender"].search(told):
        return "tender"
    return "learned" if _kinds()["learned"].search(told) else "plain"


def tenor_of(topics: Sequence[str]) -> Tenor:
    """How a text sounds to somebody who spoke of these."""
    if any(_kinds()["crisis"].search(_without_harmless(topic)) for topic in topics):
        return "crisis"
    return "gentle" if {"tender", "unspoken"} & {kind_of(topic) for topic in topics} else "usual"


def _without_harmless(topic: str) -> str:
    told = _kinds()["sky"].sub(" zodiac ", plain(topic).strip())
    return _kinds()["harmless"].sub(" ", told).strip()


@functools.cache
def _kinds() -> dict[str, re.Pattern[str]]:
    return {kind: _words(listing) for kind, listing in phrases("company")["kinds"].items()}


def _words(listing: str) -> re.Pattern[str]:
    """What finds any of the words, where a star is any ending and a space may be a hyphen or nothing."""
    fragments = [" ".join(fragment.split()) for fragment in listing.split(",")]
    for written, expression in (("*", r"\w*"), (" ", r"[\s-]*"), ("{sign}", _SIGN), ("{planet}", _PLANET)):
        fragments = [fragment.replace(written, expression) for fragment in fragments]
    return re.compile(rf"(?<!\w)(?:{'|'.join(fragments)})(?!\w)", re.IGNORECASE)


def in_a_sentence(topic: str) -> str:
    """A topic as it stands inside a sentence: ordinary words in lower case, names and abbreviations as they are."""
    names = [found.span() for found in _NAMES_OF_TWO.finditer(topic)]

    def said(word: re.Match[str]) -> str:
        if any(start <= word.start() < end for start, end in names):
            return word[0]
        return word[0].lower() if _is_ordinary(word[1], possessive=bool(word[2])) else word[0]

    return isolated(_WORD.sub(said, topic))


def as_yours(topic: str) -> str:
    """A topic inside a sentence to the person it belongs to: "your mother's health", "the job search"."""
    turned = _OWN.sub(lambda word: _YOURS[word[0].lower()], in_a_sentence(topic))
    if _KIN.match(turned) or _OF_LIFE.fullmatch(turned):
        return f"your {turned}"
    return f"the {turned}" if _ONE.search(turned) and not _DETERMINED.search(turned) else turned


def is_nameable(topic: str) -> bool:
    """Whether a topic is something one can speak of ("Father's passing"), not a sentence ("Dad passed away")."""
    return not _TELLS.match(plain(topic))


def _is_ordinary(word: str, *, possessive: bool) -> bool:
    """Whether a word is no name. Some are both ("Grace's wedding")."""
    lowered = word.lower()
    if word.isupper() and len(word) > 1:
        return len(word) >= _SHORTEST_IN_CAPITALS and lowered in _ordinary()
    if word[1:] != lowered[1:] or lowered in _NAMES or (possessive and lowered in _ALSO_NAMES):
        return False
    known = (lowered, *(lowered.removesuffix(end) + start for end, start in _ENDINGS if lowered.endswith(end)))
    if any(form in _ordinary() for form in known) or _kinds()["tender"].fullmatch(lowered):
        return True
    return len(word) > _LONGER_THAN_NAMES and bool(_OF_ENGLISH.search(lowered))


@functools.cache
def _ordinary() -> frozenset[str]:
    """Words that are no names: the usual ones of topics, and those of our English phrases."""
    folder = resources.files("astra_pipeline.language").joinpath("phrases")
    files = (folder.joinpath(f"{name}.yaml") for name in ("guidance", "sky", "transits"))
    english = " ".join(file.read_text(encoding="utf-8") for file in files)
    return frozenset((*re.findall(r"(?<![\w{])[a-z]+", english), *phrases("company")["ordinary"].split())) - _NAMES


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_IN_BRACES = re.compile(r"\{(\w+)\}")
_SIGN = f"(?:{'|'.join(SIGNS)})"
_PLANET = "(?:Mercury|Venus|Mars|Jupiter|Saturn|Uranus|Neptune|Pluto)"
_WORD = re.compile(r"(?<!['’])\b([^\W\d_]+)(['’]s\b)?")
_NAMES_OF_TWO = re.compile(
    r"\b(?:New (?:York|Zealand|Delhi|Jersey|Orleans|Mexico|Moon|Year's)|United (?:States|Kingdom|Nations)"
    r"|(?:North|South|East|West|Central|Latin) (?:Africa|Korea|America|India|Asia|Carolina|Dakota|Sudan|Bengal)"
    r"|(?:Great|New) Britain|Middle East|Hong Kong|Sri Lanka|(?:Cape|George) Town|Full Moon)\b"
)
_NAMES = frozenset("sun moon march august shukla krishna purnima amavasya english hindi".split()) | frozenset(
    # Of an English ending.
    "beijing darjeeling nanjing irving sterling wyoming felicity trinity charity constance france florence provence "
    "clarence terence laurence lawrence clement guinness inverness buddhism hinduism sikhism jainism judaism "
    "christianity alzheimer parkinson covid".split()
)
_ALSO_NAMES = frozenset(
    "grace hope joy faith rose mark will art bill jack may rashi dawn ruby pearl amber iris lily jasmine summer star "
    "angel destiny harmony melody serenity patience victor guy rich frank miles".split()
)
_SHORTEST_IN_CAPITALS = 5
_LONGER_THAN_NAMES = 5
_ENDINGS = (("ies", "y"), ("es", ""), ("s", ""), ("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e"), ("ly", ""))
_OF_ENGLISH = re.compile(
    r"(?:tion|sion|ment|ness|ship|ance|ence|ism|hood|ity|logy|graphy|ics|ing|ful|less|ous|ive|able|ible|ally)s?$"
)
_YOURS = {"my": "your", "myself": "yourself", "mine": "yours", "me": "you"}
_OWN = re.compile(rf"\b(?:{'|'.join(_YOURS)})\b", re.IGNORECASE)
_KIN = re.compile(
    r"(?:(?:grand)?(?:mother|father|parents|son|daughter)|(?:mother|father|brother|sister|son|daughter)-in-law"
    r"|in-laws|mom|mum|mummy|dad|papa|grandma|grandpa|brother|sister|siblings?|husband|wife|spouse|partner|boyfriend"
    r"|girlfriend|fianc[eé]e?|ex(?:-\w+)?|best friend|uncle|aunt|cousin|nephew|niece|boss|manager|roommate|landlord)"
    r"(?:'s\b|$| and\b)",
    re.IGNORECASE,
)
_OF_LIFE = re.compile(
    r"career|job|boss|health|mental health|sleep|studies|future|routine|daily routine|finances|business|startup|self|body|"
    r"(?:social|love|work|family|private|married) life",
    re.IGNORECASE,
)
_ONE = re.compile(
    r"\b(?:search|hunt|trip|journey|move|transition|project|interview|exam|test|battle|case|lawsuit|accident|wedding"
    r"|engagement|break-?up|break up|miscarriage|stillbirth|funeral|conflict|dispute|fight|quarrel"
    r"|argument|affair|layoff|eviction|arrest|scam|operation|biopsy|diagnosis|stroke|attack|role|position|offer"
    r"|promotion|transfer|relocation|proposal|application|decision|plan|idea|relationship|new (?:job|home|house|car"
    r"|baby|business|relationship|school|city|boss|team)|crisis|situation|result|results)$",
    re.IGNORECASE,
)
_DETERMINED = re.compile(
    r"'s\b|’s\b|s'|^(?:the|a|an|your|this|that|being|having|getting|no|moving|losing|missing|my)\b", re.IGNORECASE
)
_TELLS = re.compile(
    r"(?!being\b|getting\b|having\b|not\b)\w+.*\b(?:passed away|died|is|are|was|were|has|have|had|got|cheated|left|"
    r"can't|won't|don't|didn't|doesn't)\b",
    re.IGNORECASE,
)
