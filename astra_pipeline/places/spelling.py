"""The spelling of names: how they are compared, and the keys under which the index holds them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import available_timezones

from astra_pipeline.places.devanagari import is_devanagari, sounds

_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ə": "a", "ʻ": "", "’": ""}
    | dict.fromkeys("ʼ‘ʿ", "")
)
_SEPARATORS = re.compile(r"[\s.:\-_/()]+")
# Accents, Hebrew and Arabic vowel points, which a typist leaves out; and broken characters.
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u0655\ud800-\udfff]+")
_SAINT = re.compile(r"\b(?:st|sankt|sant) (?=\w)")

OTHER, OWN, SURROUNDINGS = 0, 1, 2
"""The kinds of a city's names: in another language or time; its own; of a district or a quarter around it."""


def normalised(text: str) -> str:
    """A name without case, accents and punctuation, as names are compared."""
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", plain).translate(_LETTERS))
        plain = _MARKS.sub("", plain)
    spaced = (
        _SEPARATORS.sub(" ", plain.replace("'", "").replace("`", "").replace("&", " and "))
        .strip()
        .removeprefix("the ")
    )
    return _SAINT.sub("saint ", spaced)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    # Some systems list files of their own among the zones.
    return frozenset(available_timezones()) - {"localtime", "posixrules", "Factory"}


def is_zone(name: object) -> bool:
    """True for the name of an IANA time zone such as Asia/Kolkata."""
    return isinstance(name, str) and name in _zones()


def region_keys(name: str) -> tuple[str, ...]:
    """The keys of the index under which a region of this normalised name may stand."""
    return sound_keys(name) if is_devanagari(name) else (joined(name),)


def joined(name: str) -> str:
    """A name without its spaces, in which people differ: Raj Nandgaon and Rajnandgaon, U.P. and UP."""
    return name.replace(" ", "")


def sound_keys(name: str) -> tuple[str, ...]:
    """The keys of the index for the sound of a name in Hindi script."""
    return tuple(sound_key(sound) for sound in sounds(name))


def sound_key(sound: str) -> str:
    """The key of the index for a sound."""
    return f"^{sound}"


def joined_key(name: str) -> str:
    """The key of the index for a name of several words without its spaces."""
    return f"~{joined(name)}"


def keys(name: str) -> Iterator[str]:
    """The keys of a normalised name in Latin letters."""
    if name:
        yield name
    if " " in name:
        yield joined_key(name)
