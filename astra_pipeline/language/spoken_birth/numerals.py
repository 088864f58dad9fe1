"""Texts with their numbers in digits and their Hindi in Latin letters, so that dates and times are read in one form."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.mapped_text import MappedText, Rewrite, small

_DEVANAGARI_WORD = re.compile("[\u0900-\u0963\u0970-\u097f\u200c\u200d]+")
# "Went" is the town of Gaya too, before "in", before its state, and in "the city of".
_BEHIND_GAYA = re.compile(r",? ?बिहार|,? ?भारत|,? ?झारखंड| में(?![\u0900-\u0963])| (?:जिल|ज़िल|शहर)")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_CENTURIES = {"nineteen": 1900, "twenty": 2000}


# A turn is read many times while a conversation is heard; a few of them are kept.
_TEXTS_KEPT = 64


@lru_cache(maxsize=_TEXTS_KEPT)
def latin(text: str) -> MappedText:
    """The text in small letters; digits of all scripts as 0-9, common Devanagari words in Latin letters."""
    return MappedText.of(small(text)).rewritten(
        [
            (_OTHER_DIGIT, lambda digit: str(unicodedata.decimal(digit[0]))),
            (_DEVANAGARI_WORD, _from_devanagari),
        ]
    )


@lru_cache(maxsize=_TEXTS_KEPT)
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
        (_second_of_time(), r"\1 moment"),
        *_labelled_days(),
        (_digit_run(), _date_of_digits),
    ]


@cache
def _second_of_time() -> re.Pattern[str]:
    """The "2th" of "one second", "a second": a moment, and no day."""
    return re.compile(r"\b(1|a|any|every|per|few|couple of|just|wait|split|hold on) 2th\b(?! (?:of|\d))")


def _labelled_days() -> list[Rewrite]:
    """ "Ikkees tareekh", "tareekh 21" and "barahwa mahina" as ordinals: "21th", "of 12th"."""
    any_number = rf"(?:\d{{1,2}}|{hindi_number()})"
    ordinals = words.by_spelling(words.numerals().hindi_ordinals)
    label = words.any_of(words.numerals().labels_of_a_day)
    month = words.any_of(words.numerals().labels_of_a_month)
    zero = words.any_of(words.numerals().zeros)
    late = words.any_of(words.by_spelling(words.numerals().hindi_of_years))
    return [
        (
            re.compile(
                rf"\b(\d{{1,2}}(?:th)?|{label} \d{{1,2}}),? {month} (?:no\.? |number )?({any_number})\b(?!:| ?baj)"
            ),
            lambda found: (
                f"{found[1]} of {number(found[2])}th"
                if found[1].endswith("th")
                else f"{re.findall(chr(92) + 'd+', found[1])[0]}th of {number(found[2])}th"
            ),
        ),
        (
            re.compile(rf"\b({any_number}) (?=(?:ki|ko) (?:der )?{words.any_of(words.day_parts().hindi)}\b)"),
            lambda day: f"{number(day[1])}th ",
        ),
        (re.compile(r"(?<=, )day (\d{1,2})\b(?=[,.]|\W*$)"), r"\1th"),
        (re.compile(rf"\b({any_number}) {label}\b"), lambda day: f"{number(day[1])}th"),
        (
            re.compile(rf"\b{label} (?:hai |thi |is |was )?({any_number})\b(?![:/.-]\d| ?baj)"),
            lambda day: f"{number(day[1])}th",
        ),
        (
            re.compile(
                rf"(?:,? (?:of |the |ka |ke )*)?\b(?:({words.any_of(ordinals)})|(\d{{1,2}})(?:th|va|wa|vaan|waan)) {month}\b"
            ),
            lambda found: f" of {ordinals.get(found[1] or '') or found[2]}th",
        ),
        # "14th of 8, oh 2", "5th of 12th, pachanve": the month by its number, and a year in two figures.
        (
            re.compile(
                rf"\b(\d{{1,2}}th of )(?:the )?(\d{{1,2}})(?:th)?(,? (?:(?:in )?the year |saal )?)({zero} \d|(?:19|20)\d\d|\d\d|{late})\b(?! ?baj|:)"
            ),
            lambda found: f"{found[1]}{found[2]}th{found[3]}{_figures_of(found[4])}",
        ),
    ]


def _figures_of(said: str) -> str:
    """ "02" for "oh 2", "95" for "pachanve"."""
    every = hindi_numbers() | words.by_spelling(words.numerals().hindi_of_years)
    return "".join("0" if word in words.numerals().zeros else str(every.get(word, word)) for word in said.split())


@cache
def _digit_run() -> re.Pattern[str]:
    """Three numbers and more in a row: "oh nine oh nine 1989", "pachees barah athasi"."""
    every = words.any_of(
        hindi_numbers(), words.by_spelling(words.numerals().hindi_of_years), words.numerals().zeros
    )
    token = rf"(?:\d{{1,4}}|{every})"
    return re.compile(
        rf"(?<![\w:/.'-]){token}(?:[ ,]{{1,2}}{token}){{1,7}}(?![\w:/'-]|\.\d| ?(?:baj|[ap]\.?m\b|minute|hours?\b|hrs\b))"
    )


def _date_of_digits(run: re.Match[str]) -> str:
    """A run of numbers in the form 14/08/2002, where it is day, month and year in digits or in Hindi words."""
    every = hindi_numbers() | words.by_spelling(words.numerals().hindi_of_years)
    tokens = re.findall(r"\w+", run[0])
    figures = ["0" if token in words.numerals().zeros else str(every.get(token, token)) for token in tokens]
    return _date_of_parts(figures, tokens) or _date_of_single(figures) or run[0]


def _date_of_parts(figures: list[str], tokens: list[str]) -> str | None:
    """Day, month and year as three numbers, of which one at least is a Hindi word."""
    if len(figures) != 3 or all(token.isdigit() for token in tokens) or "0" in figures:
        return None
    day, month, year = figures
    is_year = re.fullmatch(r"(?:19|20)\d\d|[3-9]\d", year)
    return f"{day}/{month}/{year}" if is_year and int(day) <= 31 and int(month) <= 12 else None


def _date_of_single(figures: list[str]) -> str | None:
    """Day, month and year digit by digit, or with a zero said before a digit."""
    joined = "".join(figures)
    ends = {len("".join(figures[: number + 1])) for number in range(len(figures))}
    if len(joined) not in (6, 8) or not {2, 4} <= ends or all(len(figure) > 1 for figure in figures[:-1]):
        return None
    day, month, year = joined[:2], joined[2:4], joined[4:]
    is_year = re.fullmatch(r"(?:19|20)\d\d|0\d|[3-9]\d", year)
    return f"{day}/{month}/{year}" if is_year and 0 < int(day) <= 31 and 0 < int(month) <= 31 else None
