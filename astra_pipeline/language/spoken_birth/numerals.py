"""Texts with their numbers in digits and their Hindi in Latin letters, so that dates and times are read in one form."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.mapped_text import MappedText, Rewrite, small

_DEVANAGARI_WORD = re.compile("[\u0900-\u0963\u0970-\u097f\u200c\u200d]+")
# "Went" is the town of Gaya too, before "in", before its state, and in "the city of".
_BEHIND_GAYA = re.compile(r",? ?बिहार|,? ?भारत|,? ?झारखंड| में(?![\u0900-\u0963])| (?:जिल|ज़िल|शहर)")
_CENTURIES = {"nineteen": 1900, "twenty": 2000}


def latin(text: str) -> MappedText:
    """The text in small letters; digits of all scripts as 0-9, common Devanagari words in Latin letters."""
    return MappedText.of(small(text)).rewritten(
        [
            (re.compile(r"[^\D0-9]"), lambda digit: str(unicodedata.decimal(digit[0]))),
            (_DEVANAGARI_WORD, _from_devanagari),
        ]
    )


def counted(text: str) -> MappedText:
    """The text in Latin letters with its numbers in digits: "third of may nineteen eighty-eight" as "3th of may 1988"."""
    return latin(text).rewritten(_number_rewrites())


def number(word: str | None) -> int:
    """7 for "7" and for "saat"; 0 for nothing."""
    return hindi_numbers().get(word or "") or int(word or 0)


@cache
def hindi_numbers() -> dict[str, int]:
    """The Hindi numbers from 1 to 59 by their Latin spellings."""
    return words.by_spelling(words.numerals().hindi)


@cache
def hindi_number() -> str:
    """The regular expression of a Hindi number in Latin letters."""
    return words.any_of(hindi_numbers())


@cache
def _below_twenty() -> dict[str, int]:
    return words.by_spelling(words.numerals().english_below_twenty)


@cache
def _tens() -> dict[str, int]:
    return words.by_spelling(words.numerals().english_tens)


@cache
def _ordinals() -> dict[str, int]:
    return words.by_spelling(words.numerals().english_ordinals)


@cache
def _devanagari_numbers() -> dict[str, int]:
    spellings = words.by_spelling(words.numerals().devanagari)
    return {words.plain_devanagari(word): value for word, value in spellings.items()}


@cache
def _devanagari_words() -> dict[str, str]:
    return words.devanagari().latin()


def _from_devanagari(match: re.Match[str]) -> str:
    word = words.plain_devanagari(match.group())
    if word == "गया" and _BEHIND_GAYA.match(match.string, match.end()):
        return match.group()
    value = _devanagari_numbers().get(word)
    return str(value) if value else _devanagari_words().get(word, match.group())


def _units() -> dict[str, int]:
    return {word: value for word, value in _below_twenty().items() if value < 10}


def _english_number() -> str:
    """The regular expression of an English number below a hundred."""
    return rf"(?:{words.any_of(_tens())}(?:[ -]{words.any_of(_units())})?|{words.any_of(_below_twenty())})"


def _below_hundred(said: str) -> int:
    return sum(_tens().get(word) or _below_twenty()[word] for word in re.split("[ -]", said))


def _year(match: re.Match[str]) -> str:
    century, low, late = match.groups()
    # "twenty one" is 21 more often than 2001; a year in the twenty-hundreds needs two figures.
    if century == "twenty" and low in _units():
        return match.group()
    rest = low or late
    return str(_CENTURIES.get(century, 2000) + (_below_hundred(rest) if rest else 0))


def _ordinal(match: re.Match[str]) -> str:
    return f"{_tens().get(match[1] or '', 0) + _ordinals()[match[2]]}th"


def _day(match: re.Match[str]) -> str:
    return match[0] if match[0] in words.numerals().hindi_also_english else str(hindi_numbers()[match[0]])


def _hindi_years(months: str) -> list[Rewrite]:
    """ "unnees sau assi", and "august 19 47" or "august assi" behind a day: a year of the 1900s."""
    in_years = words.by_spelling(words.numerals().hindi_of_years)
    every = hindi_numbers() | in_years
    nineteen = words.any_of([*words.numerals().hindi[19], "19", "nineteen"])
    figures = rf"(\d\d|{words.any_of(word for word, value in every.items() if value > 9)})"
    day = rf"\b((?:\d{{1,2}}(?:st|nd|rd|th)?|{hindi_number()}|{_english_number()})(?: of)? {months}(?: ko)?[ ,]{{1,2}})"
    late = words.any_of(in_years)

    def year(said: str) -> str:
        return str(1900 + (every.get(said) or int(said)))

    return [
        (re.compile(rf"\b{nineteen} (?:sau|so|sou|hundred) {figures}\b"), lambda found: year(found[1])),
        (
            re.compile(rf"{day}{nineteen} {figures}\b(?! ?(?:baj|minute|[ap]m\b))"),
            lambda found: found[1] + year(found[2]),
        ),
        (re.compile(rf"{day}({late})\b"), lambda found: found[1] + str(every[found[2]])),
        (re.compile(rf"\b{nineteen} ({late})\b"), lambda found: year(found[1])),
    ]


def _years_with_zero(months: str) -> list[Rewrite]:
    """ "june, twenty oh one" behind a month: 2001."""
    units = words.any_of(_units())
    ordinal = rf"(?: (?:the )?(?:\d{{1,2}}(?:st|nd|rd|th)|(?:{words.any_of(_tens())}[ -])?{words.any_of(_ordinals())}|\d{{1,2}}))?"
    return [
        (
            re.compile(
                rf"\b({months}{ordinal}[ ,]{{1,2}}(?:of |in )?|(?:year|saal) )(nineteen|twenty)[ -](?:oh|o|zero)[ -]({units})\b"
            ),
            lambda found: f"{found[1]}{_CENTURIES[found[2]] + _units()[found[3]]}",
        )
    ]


@cache
def _number_rewrites() -> list[Rewrite]:
    below_hundred, hindi = _english_number(), hindi_number()
    opening_tens = words.any_of(word for word, value in _tens().items() if value in (20, 30))
    months = words.any_of(*words.dates().months.values())
    return [
        (re.compile(r"(?<=[a-z])-(?=\w)|(?<=\d)-(?=[a-z])"), " "),
        (re.compile(r"(?<=\d)t(?=\d\d:)"), " "),
        (
            re.compile(
                rf"\b(?:(nineteen|twenty)[ -](?:hundred(?: and)? )?({below_hundred})"
                rf"|two thousand(?:(?: and)? ({below_hundred}))?)\b"
            ),
            _year,
        ),
        (re.compile(r"\b(19|20) sau (\d\d)\b"), r"\1\2"),
        *_hindi_years(months),
        *_years_with_zero(months),
        (
            re.compile(rf"\b(?:2|do) hazaar (\d{{1,2}}|{hindi})\b(?! ?baj)"),
            lambda year: str(2000 + number(year[1])),
        ),
        (re.compile(r"\b(?:2|do) hazaar(?=\W*$| ?[,.।]| (?:ko|mein|me|ka|ki)\b)"), "2000"),
        (re.compile(rf"\b(?:({opening_tens})[ -])?({words.any_of(_ordinals())})\b"), _ordinal),
        (re.compile(rf"\b({below_hundred}|noon|midnight)ish\b"), r"\1 ish"),
        (re.compile(rf"\b{below_hundred}\b"), lambda said: str(_below_hundred(said[0]))),
        (
            re.compile(rf"\b({hindi})(?= {months}[ ,]{{1,2}}(?:19|20)\d\d\b)"),
            lambda day: str(hindi_numbers()[day[1]]),
        ),
        (re.compile(rf"\b({hindi})(?= {months}\b)"), _day),
    ]
