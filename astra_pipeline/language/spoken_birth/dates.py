"""Dates out of spoken English, Hinglish and Hindi: "14th of August 2002", "do mai unnees sau atthasi", "03/25/1990"."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.corrections import correction, denied_after, denied_before
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
    text = later_date(SpokenDate(), date_words(said[:LONGEST_TURN]), correcting=False).text(None)
    return text if text and _ISO.fullmatch(text) else None


def date_words(said: str) -> MappedText:
    """Words with their numbers in digits, and without the pauses between the parts of a date."""
    return counted(said).rewritten([(_pause(), _shorter_pause)])


def later_date(
    date: SpokenDate,
    text: MappedText,
    *,
    correcting: bool,
    asked: bool = False,
    again: bool = True,
    today: dt.date | None = None,
) -> SpokenDate:
    """The date after `text` (of `date_words`) was said too: a part said later replaces the same part.

    `correcting` tells that the text corrects an earlier one: then a day or a year alone ("the 15th") counts as well.
    `asked` tells that the agent asked for the date, so that a year or "14 8 02" alone is an answer. A date that is
    complete gives way only to a correction or, in a text that speaks of the birth `again`, to another date.
    """
    complete = bool(date.day and date.month and date.year)
    first = date
    for match in date_pattern(with_mere_numbers=True).finditer(text.plain):
        if _is_denied(text.plain, match):
            continue
        corrected = correcting and (complete or bool(correction().search(text.plain, 0, match.start())))
        settled = bool(date.day and date.month and date.year)
        rivals = settled and _other_day().search(text.plain, max(0, match.start() - 40), match.start())
        if settled and not rivals and not corrected and not (complete and again and date is first):
            continue
        parts = {name: value for name, value in match.groupdict().items() if value}
        if ("yb" in parts and not (asked or corrected)) or ("sz" in parts and not asked and not again):
            continue
        if "m4" in parts and "y4" not in parts and corrected and _it_is().search(text.plain, 0, match.start()):
            date = replace(date, month=_months()[parts["m4"]], words=text.words(*match.span()))
        else:
            date = _with_match(date, text, match, parts, correcting=correcting, today=today)
    return date


def _with_match(
    date: SpokenDate,
    text: MappedText,
    match: re.Match[str],
    parts: dict[str, str],
    *,
    correcting: bool,
    today: dt.date | None,
) -> SpokenDate:
    start, end = match.span()
    if rival := _other_day().search(text.plain, max(0, start - 40), start):
        return SpokenDate(words=text.words(rival.start(), end))
    said = text.words(start, end)
    if "iso" in parts:
        year, month, day = map(int, parts["iso"].split("-"))
        return SpokenDate(day, month, year, said)
    if "n1" in parts:
        return _numeric(int(parts["n1"]), int(parts["n2"]), full_year(parts["ny"], today), said)
    if "s1" in parts:
        year = full_year(parts.get("sy") or parts["sz"], today)
        return _numeric(int(parts["s1"]), int(parts["s2"]), year, said)
    if "o1" in parts:
        return SpokenDate(int(parts["o1"]), int(parts["o2"]), full_year(parts["oy"], today), said)
    if "d3" in parts:
        fits = bool(date.day) if correcting else bool(date.month and not date.day)
        return replace(date, day=int(parts["d3"]), words=said) if fits else date
    for alone in ("y5", "y9", "yb"):
        if alone in parts:
            return replace(date, year=int(parts[alone]), words=said)
    return _with_month(date, parts, said, today)


def full_year(figures: str, today: dt.date | None) -> int | None:
    """1988 for "1988" and "88", 2002 for "02": the year of somebody of 10 to 100; None where there is none."""
    figures = figures.lstrip("'’")
    if len(figures) == 4:
        return int(figures)
    this_year = (today or dt.datetime.now(dt.UTC).date()).year
    years = [year for year in (1900 + int(figures), 2000 + int(figures)) if 10 <= this_year - year <= 100]
    return years[0] if len(years) == 1 else None


def _numeric(first: int, second: int, year: int | None, said: str) -> SpokenDate:
    """A date such as 25/03/1990. "04/05/1990" may be April or May, and stays in words."""
    if first <= 12 and second <= 12 and first != second:
        return SpokenDate(words=said)
    day, month = (first, second) if second <= 12 else (second, first)
    return SpokenDate(day, month, year, said)


def _with_month(date: SpokenDate, parts: dict[str, str], said: str, today: dt.date | None) -> SpokenDate:
    day = next((parts[name] for name in ("d1", "d2", "d7", "d8") if name in parts), None)
    month = next((parts[name] for name in ("m1", "m2", "m4", "m7", "m8") if name in parts), "")
    year = next((parts[name] for name in ("y1", "y2", "y4", "y7") if name in parts), None)
    if not day and not year and month in words.dates().months_also_words:
        return date
    return SpokenDate(
        day=int(day) if day else date.day,
        month=_months()[month],
        year=full_year(year, today) if year else date.year,
        words=said,
    )


def _is_denied(plain: str, match: re.Match[str]) -> bool:
    start, end = match.span()
    return bool(denied_before().search(plain, max(0, start - 24), start) or denied_after().match(plain, end))


@cache
def _months() -> dict[str, int]:
    return words.by_spelling(words.dates().months)


@cache
def date_pattern(*, with_mere_numbers: bool = False) -> re.Pattern[str]:
    """Every form of a date or of a part of one, in a text with its numbers in digits.

    `with_mere_numbers` finds "14 8 95" and "1995" as well, which are a time of day elsewhere.
    """
    known = words.dates()
    month, year = words.any_of(_months()), r"(?:18|19|20|21)\d\d"
    no_year = rf"(?![.:]\d|[ ,]{{0,2}}(?:\d|{words.any_of(known.after_no_year)}\b))"
    # Two figures from 25 on, or with a zero first, are no hour.
    short = rf"['’]?(?:0\d|2[5-9]|[3-9]\d){no_year}"
    its = rf"(?:{words.any_of(known.before_its_year)} ){{0,2}}"
    nth = r"(?:st|nd|rd|th)"
    mere = rf"|(?P<sz>{short})" if with_mere_numbers else ""
    no_hour = r"(?!:| ?(?:[ap]\.?m\b|o ?'?clock|baj))"
    return re.compile(
        r"\b(?P<iso>(?:19|20)\d\d-\d{1,2}-\d{1,2})\b"
        r"|\b(?P<n1>\d{1,2})[/.-](?P<n2>\d{1,2})[/.-](?P<ny>(?:19|20)\d\d|\d\d)\b(?![:.]\d)"
        rf"|\b(?P<y7>(?:19|20)\d\d)[ ,]{{1,2}}(?:(?:on|the|mein|me|ki|ke|ka) ){{0,2}}(?:(?P<m7>{month}) (?:the )?(?P<d7>\d{{1,2}}){nth}?\b{no_hour}|(?P<d8>\d{{1,2}}){nth}?(?: of)? (?P<m8>{month})\b)"
        rf"|\b(?P<o1>\d{{1,2}}){nth} (?:day )?(?:of )?(?:the )?(?P<o2>0?[1-9]|1[0-2]){nth}(?: month)?,? {its}(?P<oy>(?:19|20)\d\d\b|{short})"
        rf"|(?<![\d:./-])(?<!at )\b(?P<s1>\d{{1,2}}){nth}?[ ,]{{1,2}}(?P<s2>0?[1-9]|1[0-2])[ ,]{{1,2}}(?:(?P<sy>(?:19|20)\d\d)\b{mere})"
        rf"|(?<!\d[:.])\b(?P<d1>\d{{1,2}}){nth}?(?: day)?(?: of| in| ki| ka)?[ ,]{{1,2}}(?P<m1>{month})\b\.?(?:,? {its}(?P<y1>{year}\b|{short}))?"
        rf"|\b(?P<m2>{month})\b\.?,? (?:the )?(?P<d2>\d{{1,2}}){nth}?\b{no_hour}(?:,? {its}(?P<y2>{year}\b|{short}))?"
        rf"|\b(?P<d3>\d{{1,2}}){nth}\b(?! {words.any_of(known.after_other_ordinals)})"
        rf"|\b(?P<m4>{month})\b(?:,? (?:of )?(?P<y4>(?:19|20)\d\d)\b)?"
        rf"|\b{words.any_of(known.before_a_year)} (?P<y5>(?:19|20)\d\d)\b(?! ?(?:h|hrs?|hours?)\b)"
        r"|\b(?P<y9>(?:19|20)\d\d) (?:mein|me|main|ki paidaish|ka janam)\b"
        + (
            r"|(?<![\d:./-])\b(?P<yb>(?:19|20)\d\d)\b(?! ?(?:h|hrs?|hours?|hundred)\b|[:.]\d)"
            if with_mere_numbers
            else ""
        )
    )


@cache
def _it_is() -> re.Pattern[str]:
    """The words before a month alone that make it one: "it's march"."""
    return re.compile(r"\b(?:it's|it is|it was|in|i mean|i meant|no|sorry|actually)[ ,]+\Z")


@cache
def _pause() -> re.Pattern[str]:
    return re.compile(rf"[\s,]+(?:{words.any_of(words.dates().pauses)}\b[\s,.]+)*")


def _shorter_pause(pause: re.Match[str]) -> str:
    return ", " if "," in pause[0] else " "


@cache
def _other_day() -> re.Pattern[str]:
    """The words before a date that name another day for it: "14 or " before "15 August"."""
    known = words.dates()
    month = words.any_of(_months())
    return re.compile(
        rf"(?<![:.\d])\b(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)?(?: {month})?|{month}(?: \d{{1,2}}(?:st|nd|rd|th)?)?)(?:,? (?:19|20)\d\d)?"
        rf"(?:[/-]|,? {words.any_of(known.between_two_days)} )(?:{words.any_of(known.before_the_second_day)} )*\Z"
    )
