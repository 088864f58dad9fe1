"""Dates out of spoken English, Hinglish and Hindi: "14th of August 2002", "do mai unnees sau atthasi", "03/25/1990"."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.corrections import correction, denied_after, denied_before, offers_another
from astra_pipeline.language.spoken_birth.mapped_text import LONGEST_TURN, MappedText
from astra_pipeline.language.spoken_birth.numerals import counted, hindi_number, number

_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EARLIEST_YEAR = 1900
# Nobody calls before this age: a later date is of something else.
_YOUNGEST = 5


@dataclass(frozen=True)
class SpokenDate:
    """The parts of a date that were said so far, and the words of the last of them."""

    day: int | None = None
    month: int | None = None
    year: int | None = None
    words: str | None = None

    @property
    def is_complete(self) -> bool:
        """True when day, month and year are known."""
        return bool(self.day and self.month and self.year)

    def is_to_come(self, today: dt.date | None) -> bool:
        """True for a date, or a year, after `today`."""
        if not today or not self.year:
            return False
        try:
            return dt.date(self.year, self.month or 1, self.day or 1) > today
        except ValueError:
            return False

    def is_too_late(self, today: dt.date | None) -> bool:
        """True for a year in which nobody was born who can call today, and which is not to come."""
        return bool(
            today and self.year and today.year - _YOUNGEST < self.year <= today.year
        ) and not self.is_to_come(today)

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
    words_read = date_words(said[:LONGEST_TURN])
    offered = offers_another().search(words_read.plain)
    if (
        offered
        and later_date(
            SpokenDate(), date_words(words_read.plain[offered.end() :]), correcting=True, asked=True
        ).words
    ):
        return None
    text = later_date(SpokenDate(), words_read, correcting=False).text(None)
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
    part: str | None = None,
    today: dt.date | None = None,
) -> SpokenDate:
    """The date after `text` (of `date_words`) was said too: a part said later replaces the same part.

    `correcting` tells that the text corrects an earlier one: then a day or a year alone ("the 15th") counts as well.
    `asked` tells that the agent asked for the date, so that a year or "14 8 02" alone is an answer; `part` that it
    asked for that part alone ("day", "month" or "year"), so that "88" is one. A date to come never takes the place of
    a complete one. A date that is complete gives way only to a correction or, in a text that speaks of the birth `again`, to another date.
    """
    complete = bool(date.day and date.month and date.year)
    first, end = date, 0
    if part and (answer := _part_alone(date, text, part, today)):
        return answer
    for match in date_pattern(with_mere_numbers=True).finditer(text.plain):
        if _is_denied(text.plain, match) or _limits(text.plain, match):
            continue
        corrected = correcting and (complete or bool(correction().search(text.plain, 0, match.start())))
        settled = bool(date.day and date.month and date.year)
        rivals = settled and _rival(text.plain, match)
        if settled and not rivals and not corrected and not (complete and again and date is first):
            continue
        parts = {name: value for name, value in match.groupdict().items() if value}
        if ("yb" in parts and not (asked or corrected)) or ("sz" in parts and not asked and not again):
            continue
        if "d3" in parts and not _is_a_day(text.plain, match):
            continue
        before = date
        if "m4" in parts and "y4" not in parts and corrected and _it_is().search(text.plain, 0, match.start()):
            date = replace(date, month=_months()[parts["m4"]], words=text.words(*match.span()))
        else:
            date = _with_match(
                date, text, match, parts, correcting=correcting, asked=asked, again=again, today=today
            )
        if (before.is_complete and date.is_to_come(today)) or (date is not before and date.is_too_late(today)):
            date = before
        end = match.end()
    return _with_corrected_year(date, text, end, today) if correcting and date.is_complete else date


def has_rivals(text: MappedText, today: dt.date | None) -> bool:
    """True for a text (of `date_words`) with two days for a complete date, of which no word says which is right."""
    found: list[SpokenDate] = []
    for match in date_pattern(with_mere_numbers=False).finditer(text.plain):
        parts = {name: value for name, value in match.groupdict().items() if value}
        if _is_denied(text.plain, match) or correction().search(text.plain, 0, match.start()):
            continue
        if "d3" in parts and not _is_a_day(text.plain, match):
            continue
        date = _with_match(SpokenDate(), text, match, parts, correcting=False, asked=False, again=True, today=today)
        said_alone = date.is_complete or _it_is().search(text.plain, 0, _without_article(text.plain, match))
        if date.day and said_alone and not date.is_to_come(today):
            found.append(date)
    return any(date.is_complete and _differ(date, other) for date in found for other in found)


def names_a_late_day(text: MappedText, today: dt.date | None) -> bool:
    """True for a text (of `date_words`) with a date on which nobody was born who can call on `today`."""
    for match in date_pattern(with_mere_numbers=False).finditer(text.plain):
        parts = {name: value for name, value in match.groupdict().items() if value}
        date = _with_match(SpokenDate(), text, match, parts, correcting=False, asked=True, again=True, today=today)
        if date.is_to_come(today) or date.is_too_late(today):
            return True
    return False


def _without_article(plain: str, match: re.Match[str]) -> int:
    before = re.compile(r"\b(?:the|on) \Z").search(plain, 0, match.start())
    return before.start() if before else match.start()


def _differ(one: SpokenDate, other: SpokenDate) -> bool:
    pairs = ((one.day, other.day), (one.month, other.month), (one.year, other.year))
    return any(part and whole and part != whole for part, whole in pairs)


def _with_corrected_year(date: SpokenDate, text: MappedText, start: int, today: dt.date | None) -> SpokenDate:
    """The date after a correction behind it by two figures: "correction, 86"."""
    found = _year_alone().search(text.plain, start)
    year = full_year(found["figures"], today) if found else None
    return replace(date, year=year, words=text.words(*found.span("figures"))) if found and year else date


def _part_alone(date: SpokenDate, text: MappedText, part: str, today: dt.date | None) -> SpokenDate | None:
    """The date after a text that is nothing but the part that was asked for: "88", "the 21st", "tiranve"."""
    found = _only_a_number().fullmatch(text.plain)
    if not found:
        return None
    value = _late_numbers().get(found["figures"]) or number(found["figures"])
    said = text.words(*found.span("said"))
    if part == "year":
        year = full_year(f"{value:02d}", today)
        return replace(date, year=year, words=said) if year else None
    largest = 31 if part == "day" else 12
    return replace(date, **{part: value}, words=said) if 0 < value <= largest else None


def _limits(plain: str, match: re.Match[str]) -> bool:
    """True for a year alone that only limits: "before 2000"."""
    alone = next((name for name in ("y5", "y9", "yb") if match[name]), None)
    return bool(alone) and bool(_limit().search(plain, 0, match.start(alone)))


def _is_a_day(plain: str, match: re.Match[str]) -> bool:
    """True for an ordinal alone that is a day of the month, and not "first" or "my second question"."""
    start, end = match.span("d3")
    return bool(_before_a_day().search(plain, 0, start)) and bool(_after_a_day().match(plain, end + 2))


def _with_match(
    date: SpokenDate,
    text: MappedText,
    match: re.Match[str],
    parts: dict[str, str],
    *,
    correcting: bool,
    asked: bool,
    again: bool,
    today: dt.date | None,
) -> SpokenDate:
    start, end = match.span()
    if rival := _rival(text.plain, match):
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
        fits = bool(date.day) if correcting else bool((date.month or asked or again) and not date.day)
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


def _rival(plain: str, match: re.Match[str]) -> re.Match[str] | None:
    """The other day that a date is only one of two with; none for "8 june and the year was 1991"."""
    found = _other_day().search(plain, max(0, match.start() - 40), match.start())
    if (
        found
        and any(match.groupdict().get(name) for name in ("y5", "y9", "yb"))
        and re.search(r"\band\b", found[0])
    ):
        return None
    return found


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
def _late_numbers() -> dict[str, int]:
    return words.by_spelling(words.numerals().hindi_of_years)


@cache
def _only_a_number() -> re.Pattern[str]:
    """ "It's the 21st", "saal 88", "tiranve": one number, and words that go with it."""
    beside = words.any_of(words.dates().beside_a_number)
    figures = rf"['’]?(?P<said>(?P<figures>\d\d?|{words.any_of(_late_numbers())}|{hindi_number()})(?:st|nd|rd|th)?)"
    return re.compile(rf"\W*(?:{beside}\W+)*{figures}(?:\W+{beside})*\W*")


@cache
def _year_alone() -> re.Pattern[str]:
    """Two figures behind a correction, which can be nothing but a year: "correction, 86"."""
    return re.compile(
        rf"(?:{correction().pattern}[,.\s—-]*|\b(?:saal|year) )(?:(?:it's|it is|it was|is|was|in|saal|the year|year) )*['’]?(?P<figures>3[2-9]|[4-9]\d)(?=[.,!\s]*(?:$|[.,!]| (?:hai|mein|not)\b))"
    )


@cache
def _limit() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.dates().limits_a_year)}(?: (?:about|around|the|year))*\s*\Z")


@cache
def _before_a_day() -> re.Pattern[str]:
    """The words before an ordinal alone that is a day: the start, a stop, "the", "on", a correction."""
    before = words.any_of(words.dates().before_a_day)
    return re.compile(rf"(?:\A|[.,!?:;—-]|\b{before}|{correction().pattern})\s*\Z")


@cache
def _after_a_day() -> re.Pattern[str]:
    """The words behind it: the end, a stop, or a word that does not make it the ordinal of something else."""
    return re.compile(rf"\s*(?:\Z|[.,!?;—-]|{words.any_of(words.dates().after_a_day)}\b|\d)")


@cache
def _it_is() -> re.Pattern[str]:
    """The words before a month alone that make it one: "it's march"."""
    return re.compile(r"\b(?:it's|it is|it was|that's|in|i mean|i meant|no|sorry|actually)[ ,]+\Z")


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
