"""Texts taken apart for the table of words: sentences without their facts, terms, clauses that mix languages."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.astrology.zodiac import NAKSHATRAS
from astra_pipeline.horoscopes.input import Helpline, HoroscopeInput
from astra_pipeline.horoscopes.words import book
from astra_pipeline.language import hinglish
from astra_pipeline.language.composing.phrasebook import HINDI

PLANETS = (
    *("Sun", "Moon", "Mercury", "Venus", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune", "Pluto", "Rahu", "Ketu"),
    *("North Node", "South Node"),
)
_POINTS = ("Ascendant", "Midheaven")
_ASPECTS = (
    *(
        "meets",
        "sextiles",
        "trines",
        "squares",
        "opposes",
        "conjunction",
        "sextile",
        "trine",
        "square",
        "opposition",
    ),
    *("looks at", "sits with"),
)
_WORDS = (
    *(
        "house",
        "houses",
        "natal",
        "retrograde",
        "orb",
        "transit",
        "transits",
        "chart",
        "nakshatra",
        "tithi",
        "rashi",
    ),
    *("dasha", "mahadasha", "antardasha", "sade sati", "chandrashtama", "tara", "eclipse", "birth star", "drishti"),
    *("New Moon", "Full Moon", "nodes"),
)
_ALL = sorted((*PLANETS, *_POINTS, *SIGNS, *NAKSHATRAS, *_ASPECTS, *_WORDS), key=len, reverse=True)
_TERM = re.compile(rf"\b(?:{'|'.join(_ALL)})\b")
_WEEKDAY = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_NUMBER = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_FACT = re.compile(
    rf"\b(?:the )?(?:{'|'.join((*PLANETS, *_POINTS, *SIGNS, *NAKSHATRAS, *_ASPECTS))})\b"
    rf"|\b\d+(?:st|nd|rd|th)\b|\b\d[\d -]*\b|\b(?:{_WEEKDAY})\b|\b(?:today|tomorrow|yesterday|aaj|kal|parson)\b"
    rf"|\bin (?:{_NUMBER}) days?\b"
)
_WORD = re.compile(r"[\w']+")
_TRADITION = re.compile(
    rf"\b(?:{'|'.join(NAKSHATRAS)}|nakshatra|tithi|dasha|mahadasha|antardasha|sade sati|chandrashtama|tara|rashi|"
    r"birth star)\b",
    re.IGNORECASE,
)
_WESTERN_METHOD = re.compile(r"\d\.\d|\b(?:squares?|sextiles?|trines?)\b", re.IGNORECASE)


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [part for part in re.split(r"(?<=[.!?])[\"”]?\s+|\n+", text) if part]


def masked(sentence: str, day: HoroscopeInput) -> str:
    """A sentence without its facts: planets, houses, signs, days, and what the reader told."""
    told = [
        *day.people,
        *day.intentions,
        *day.recent_topics,
        *(line.partition(" ")[2] for line in day.dates),
        day.name,
    ]
    told += [word for person in day.people for word in person.split()]
    if isinstance(day.helpline, Helpline):
        told += [day.helpline.name, day.helpline.site]
    for words in sorted(filter(None, told), key=len, reverse=True):
        sentence = re.sub(rf"(?<!\w){re.escape(words.rstrip('.'))}(?!\w)", "*", sentence, flags=re.IGNORECASE)
    return " ".join(_FACT.sub("*", sentence).casefold().split())


def runs_of_five(text: str, day: HoroscopeInput) -> set[tuple[str, ...]]:
    """Every run of five words in the text's masked sentences."""
    found: set[tuple[str, ...]] = set()
    for one in sentences(text):
        words = _WORD.findall(masked(one, day))
        found.update(tuple(words[at : at + 5]) for at in range(len(words) - 4))
    return found


def terms_in_100_words(text: str) -> float:
    """Words of astrology in 100 words."""
    return 100 * len(_TERM.findall(text)) / max(len(text.split()), 1)


def mixes(sentence: str, day: HoroscopeInput) -> bool:
    """Whether a clause of the sentence has Hindi and English words besides its facts."""
    plain = masked(sentence, day)
    return any(_mixed(clause) for clause in re.split(r"[,;:]", plain))


def _mixed(clause: str) -> bool:
    words = re.findall(r"[a-z']+", clause)
    return any(word in hinglish.words() for word in words) and any(word in _english() for word in words)


_ALSO_HINDI = frozenset(
    ("ka", "ki", "ke", "se", "par", "na", "wahi", "isi", "ya", "hi", "jo", "tak", "bol", "lo", "do")
)
_ALSO_ENGLISH = frozenset(
    (
        "office",
        "boss",
        "laptop",
        "tab",
        "tabs",
        "scene",
        "mood",
        "routine",
        "score",
        "deadline",
        "reply",
        "mail",
        "plan",
    )
)


@functools.cache
def _english() -> frozenset[str]:
    """The words of our English phrases, and some more that Indian cities say in English."""
    pools = (pool for path, pool in book().pools().items() if not path[0].endswith(HINDI))
    known = {
        word
        for pool in pools
        for phrase in pool
        for word in _WORD.findall(f"{phrase.text} {phrase.answer}".casefold())
    }
    return frozenset(known | _ALSO_ENGLISH) - hinglish.words() - _ALSO_HINDI


def share_read_before(days: Iterable[tuple[str, HoroscopeInput]]) -> tuple[float, float]:
    """(share of sentences, share of runs of five words) of the last text that stand in those before it."""
    *before, (text, day) = days
    known = {masked(one, read) for earlier, read in before for one in sentences(earlier)}
    runs = set[tuple[str, ...]]().union(*(runs_of_five(earlier, read) for earlier, read in before))
    said = [masked(one, day) for one in sentences(text)]
    own = runs_of_five(text, day)
    return sum(one in known for one in said) / len(said), len(own & runs) / max(len(own), 1)


def speaks_vedic(text: str) -> bool:
    """Whether the text names what only the Vedic tradition has."""
    return bool(_TRADITION.search(text))


def speaks_western(text: str) -> bool:
    """Whether the text has what the Vedic method does without: decimals, squares, sextiles, trines."""
    return bool(_WESTERN_METHOD.search(text))
