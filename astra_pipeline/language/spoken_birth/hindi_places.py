"""The name of a birth place in Hindi script: "औरंगाबाद, बिहार में", "बिहार के औरंगाबाद में", "गया में".

The patterns read sentences in which the common words are in Latin letters already, so that a name is what is left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from astra_pipeline.language.spoken_birth import words

_WORD = "[\u0900-\u0963\u0970-\u097f]{2,}"
# The place that the common words have in Latin letters.
_INDIA, _AS_SAID = "india", "भारत"
# What may stand between a name and "in": "city", "village", "district".
_BEHIND = "(?: (?:shehar|gaon|जिला|जिले|ज़िला|ज़िले|जनपद))?"


@cache
def hindi_in() -> re.Pattern[str]:
    """A name before "mein", with the regions behind it."""
    return re.compile(rf"(?P<place>{_name()}){_regions()}{_BEHIND} mein\b")


@cache
def hindi_of() -> re.Pattern[str]:
    """A name behind its region: "बिहार ke औरंगाबाद mein"."""
    return re.compile(rf"(?P<region>{_region()}) ke (?P<place>{_name()}){_BEHIND} mein\b")


@cache
def hindi_alone() -> re.Pattern[str]:
    """A name, with its regions, that is all of an answer."""
    return re.compile(rf"^\W*(?P<place>{_name()}){_regions()}{_BEHIND}(?: mein)?\W*$")


@cache
def hindi_of_alone() -> re.Pattern[str]:
    """A name behind its region that is all of an answer."""
    return re.compile(rf"^\W*(?P<region>{_region()}) ke (?P<place>{_name()}){_BEHIND}(?: mein)?\W*$")


@cache
def before_a_region() -> re.Pattern[str]:
    """A comma that stands between a name and its region, and ends no clause."""
    return re.compile(rf",(?= ?{_region()})")


def as_said(name: str, sentence: str) -> str:
    """The name as it stands in the sentence: भारत for "india", where the sentence is in Hindi script."""
    return _AS_SAID if name.casefold() == _INDIA and _AS_SAID in sentence else name


def _regions() -> str:
    return rf"(?P<region>(?:,? {_region()}){{1,2}}|, {_WORD}(?: {_WORD})?)?"


@cache
def _name() -> str:
    """The regular expression of a name: one word, a known name of several, or a word after "new" and the like."""
    first_words = words.any_of(words.places().first_words_in_devanagari)
    several = (name for cities in _tables().cities.values() for names in cities.values() for name in names)
    return rf"(?:{words.any_of(_spellings(name for name in several if ' ' in name))}|(?:{first_words} )?{_WORD})"


@cache
def _region() -> str:
    """The regular expression of a state, a country or another region."""
    tables = _tables()
    groups = [tables.countries, tables.lands, *(tables.divisions[country] for country in ("IN", "PK"))]
    names = (name for group in groups for spelled in group.values() for name in spelled)
    return rf"(?:{words.any_of(_spellings(names), [_INDIA])}(?![\u0900-\u0963]))"


def _spellings(names: Iterable[str]) -> list[str]:
    """The names with nukta and chandrabindu as they may be written."""
    spelled: list[str] = []
    for name in names:
        plain = words.plain_devanagari(name)
        spelled += [name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name), plain]
    return spelled


@cache
def _tables():  # noqa: ANN202 - the model is imported where it is needed, for it is slow to build
    from astra_pipeline.places.tables import hindi_names

    return hindi_names()
