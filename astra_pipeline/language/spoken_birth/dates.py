"""Dates out of spoken English, Hinglish and Hindi: "14th of August 2002", "do mai unnees sau atthasi", "03/25/1990"."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.corrections import denied_after, denied_before
from astra_pipeline.language.spoken_birth.mapped_text import LONGEST_TURN, MappedText
from astra_pipeline.language.spoken_birth.numerals import counted

_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EARLIEST_YEAR = 1900


@dataclass(frozen=True)
class SpokenDate:
    """The parts of a date that were said so far, and the words of the last of them."""

    day: int | None = None
    month: int | None = None
    year: int | None = None
    words: str | None = None

    def text(self, today: dt.date | None) -> str | None:
        """2002-08-14 when the parts are a date from 1900 to `today`; else the words; None when nothing was said."""
        if self.day and self.month and self.year:
            try:
                date = dt.date(self.year, self.month, self.day)
            except ValueError:
                return self.words
            if date.year >= _EARLIEST_YEAR and (today is None or date <= today):
                return date.isoformat()
        return self.words


def date_of(said: str) -> str | None:
    """2002-08-14 for "14th of August 2002"; None when the words settle no date."""
    text = later_date(SpokenDate(), counted(said[:LONGEST_TURN]), correcting=False).text(None)
    return text if text and _ISO.fullmatch(text) else None


def later_date(date: SpokenDate, text: MappedText, *, correcting: bool) -> SpokenDate:
    """The date after `text` (with numbers in digits) was said too: a part said later replaces the same part.

    `correcting` tells that the text corrects an earlier one: then a day alone ("the 15th") counts as well.
    """
    for match in date_pattern().finditer(text.plain):
        if not _is_denied(text.plain, match):
            date = _with_match(date, text, match, correcting=correcting)
    return date


def _with_match(date: SpokenDate, text: MappedText, match: re.Match[str], *, correcting: bool) -> SpokenDate:
    start, end = match.span()
    if rival := _other_day().search(text.plain, max(0, start - 40), start):
        return SpokenDate(words=text.words(rival.start(), end))
    parts = {name: value for name, value in match.groupdict().items() if value}
    said = text.words(start, end)
    if "iso" in parts:
        year, month, day = map(int, parts["iso"].split("-"))
        return SpokenDate(day, month, year, said)
    if "n1" in parts:
        return _numeric(int(parts["n1"]), int(parts["n2"]), int(parts["ny"]), said)
    if "d3" in parts:
        return replace(date, day=int(parts["d3"]), words=said) if correcting and date.day else date
    if "y5" in parts:
        return replace(date, year=int(parts["y5"]), words=said)
    return _with_month(date, parts, said)


def _numeric(first: int, second: int, year: int, said: str) -> SpokenDate:
    """A date such as 25/03/1990. "04/05/1990" may be April or May, and stays in words."""
    if first <= 12 and second <= 12 and first != second:
        return SpokenDate(words=said)
    day, month = (first, second) if second <= 12 else (second, first)
    return SpokenDate(day, month, year, said)


def _with_month(date: SpokenDate, parts: dict[str, str], said: str) -> SpokenDate:
    day = parts.get("d1") or parts.get("d2")
    month = parts.get("m1") or parts.get("m2") or parts.get("m4") or ""
    year = parts.get("y1") or parts.get("y2") or parts.get("y4")
    if not day and not year and month in words.dates().months_also_words:
        return date
    return SpokenDate(
        day=int(day) if day else date.day,
        month=_months()[month],
        year=int(year) if year else date.year,
        words=said,
    )


def _is_denied(plain: str, match: re.Match[str]) -> bool:
    start, end = match.span()
    return bool(denied_before().search(plain, max(0, start - 24), start) or denied_after().match(plain, end))


@cache
def _months() -> dict[str, int]:
    return words.by_spelling(words.dates().months)


@cache
def date_pattern() -> re.Pattern[str]:
    """Every form of a date or of a part of one, in a text with its numbers in digits."""
    known = words.dates()
    month, year = words.any_of(_months()), r"(?:18|19|20|21)\d\d"
    return re.compile(
        r"\b(?P<iso>(?:19|20)\d\d-\d{1,2}-\d{1,2})\b"
        r"|\b(?P<n1>\d{1,2})[/.-](?P<n2>\d{1,2})[/.-](?P<ny>(?:19|20)\d\d)\b"
        rf"|(?<!\d[:.])\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ ,]{{1,2}}(?P<m1>{month})\b\.?(?:,? (?:of |in )?(?P<y1>{year})\b)?"
        rf"|\b(?P<m2>{month})\b\.?,? (?:the )?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:| ?(?:[ap]\.?m\b|o ?'?clock|baj))(?:,? (?:of |in )?(?P<y2>{year})\b)?"
        rf"|\b(?P<d3>\d{{1,2}})(?:st|nd|rd|th)\b(?! {words.any_of(known.after_other_ordinals)})"
        rf"|\b(?P<m4>{month})\b(?:,? (?:of )?(?P<y4>(?:19|20)\d\d)\b)?"
        rf"|\b{words.any_of(known.before_a_year)} (?P<y5>(?:19|20)\d\d)\b(?! ?(?:h|hrs?|hours?)\b)"
    )


@cache
def _other_day() -> re.Pattern[str]:
    """The words before a date that name another day for it: "14 or " before "15 August"."""
    known = words.dates()
    month = words.any_of(_months())
    return re.compile(
        rf"(?<![:.\d])\b(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)?(?: {month})?|{month}(?: \d{{1,2}}(?:st|nd|rd|th)?)?)(?:,? (?:19|20)\d\d)?"
        rf"(?:[/-]|,? {words.any_of(known.between_two_days)} )(?:{words.any_of(known.before_the_second_day)} )*\Z"
    )
