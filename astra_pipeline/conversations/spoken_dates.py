"""Dates of a caller's life, resolved against the local date of the call: "tomorrow", "next Friday", "kal". Pure.

A date that words leave open ("kal" without a verb, "Friday" said on a Friday, "5/1") is not read.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from astra_pipeline.conversations.life_words import is_past, life_words
from astra_pipeline.language.spoken_birth import words as birth_words
from astra_pipeline.language.spoken_birth.numerals import counted

_YEAR = r"(?:,? (?:of )?(?P<year>20\d\d))?"
_WEEK, _FORTNIGHT = 7, 14
_DAY_WORDS = (
    (re.compile(r"\b(?:day after tomorrow)\b"), 2),
    (re.compile(r"\b(?:day before yesterday)\b"), -2),
    (re.compile(r"\btomorrow\b"), 1),
    (re.compile(r"\byesterday\b"), -1),
    (re.compile(r"\b(?:today|tonight|this (?:morning|afternoon|evening)|aaj)\b"), 0),
)
_NEXT = r"(?:next|coming|this coming|agle|agli|aane wale)"
_NEXT_WEEK = re.compile(rf"\b{_NEXT} (?:week|hafte|saptah)\b")
_NEXT_MONTH = re.compile(rf"\b{_NEXT} (?:month|mahine|maheene)\b")
# The word behind a subject, where English has its verb.
_PREDICATE = re.compile(
    r"\b(?:i|we|they|he|she|it|(?:my|our) [\w']+) (?:just |finally |already |then |also |all |both )?(\w+)"
)
_KAL = re.compile(r"\b(?:kal|parson?)\b")
_LAST = r"(?:last|previous|past|pichhle|pichle|pichhli|pichli|gaye)"
_IN_DAYS = re.compile(
    r"\b(?:in|after) (\d{1,3}) days?\b|\b(\d{1,3}) (?:din|dino) (?:baad|mein|me)\b|\b(\d{1,3}) days? (?:from now|later)\b"
)
_DAYS_AGO = re.compile(r"\b(\d{1,3}) days? ago\b|\b(\d{1,3}) din pehle\b")
_EITHER = re.compile(r"\b\d{1,2}(?:st|nd|rd|th)?,? (?:or|ya|to|se|and|aur) (?:the )?\d{1,2}\b")
_NUMERIC = re.compile(r"\b\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\b")
# "On the 3rd" and "12 tareekh ko". "On the 3rd floor" is no date.
_OF_A_MONTH = re.compile(
    r"\b(?:(?:(?:on|from)|(?<=\w )(?:by|until|till|of)) the (?P<day>\d{1,2})(?:st|nd|rd|th)(?: (?:of )?(?P<which>this|next) month)?"
    r"(?=\s*(?:$|[.,;:!?)]|(?:at|in|and|but|so|with|for|to|from|because|then|we|i|my|our|they|after|before|when|"
    r"itself|already|morning|afternoon|evening|night)\b))|"
    r"(?:\b(?P<hindi_which>is|agle|iss) (?:mahine|maheene)(?: ki| ke)? )?\b(?P<tareekh>\d{1,2})th (?:ko|se|tak)\b)"
)
_DAYS_OF_MONTH, _A_MONTH = 31, dt.timedelta(days=31)


@dataclass(frozen=True)
class Span:
    """A local date, or the first and the last date of a week or a month."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class Place:
    """The place in a clause where it names its date."""

    first: int
    last: int
    of_the_calendar: bool
    """Whether the date has a number: "5 December", "the 3rd"; not "tomorrow"."""


def day_of(latin: str, today: dt.date, *, whole: str, tense: int | None = None) -> Span | None:
    """The one date that a clause in Latin letters names; None for no date, for an open one and for two.

    `whole` is the sentence, whose verbs tell the past from the future where no `tense` is given.
    """
    text = counted(latin).plain
    if _EITHER.search(text):
        return None
    tense = _tense(counted(whole).plain) if tense is None else tense
    found = set(_spans(text, today, tense))
    return next(iter(found)) if len(found) == 1 else None


def place_of(latin: str) -> Place | None:
    """The place of the date in a clause; None for a clause without one."""
    text = counted(latin)
    if len(text.source) != len(latin):
        return None
    patterns = [(pattern, True) for pattern in (*_month_patterns(), _OF_A_MONTH)]
    patterns += [(pattern, False) for pattern, _ in _DAY_WORDS]
    patterns += [(_IN_DAYS, False), (_weekday(), False), (_NEXT_WEEK, False), (_NEXT_MONTH, False), (_KAL, False)]
    for pattern, of_the_calendar in patterns:
        if match := pattern.search(text.plain):
            first, last = text.at[match.start()], text.at[match.end()]
            return Place(first, last, of_the_calendar)
    return None


def is_open(latin: str) -> bool:
    """Whether a clause has a date in words that may mean several days."""
    text = counted(latin).plain
    return bool(_NUMERIC.search(text) or re.search(r"\b(?:kal|parso|parson)\b", text) or _weekday().search(text))


def _spans(text: str, today: dt.date, tense: int) -> Iterable[Span]:
    written = list(_of_month(text, today, tense))
    yield from written
    if not written and _OF_A_MONTH.search(text):
        yield from _of_its_month(text, today, tense)
        return
    if not written:
        yield from _of_words(text, today, tense)
        yield from _of_weekdays(text, today, tense)
    yield from _of_weeks(text, today)


def _of_its_month(text: str, today: dt.date, tense: int) -> Iterable[Span]:
    """ "On the 3rd", "12 tareekh ko": the next or the last one; none for the number of today, which may mean either."""
    for match in _OF_A_MONTH.finditer(text):
        number, which = int(match["day"] or match["tareekh"]), match["which"] or match["hindi_which"]
        first = today.replace(day=1)
        if which in ("next", "agle"):
            date = _date((first + _A_MONTH).year, (first + _A_MONTH).month, number)
        elif which or number == today.day:
            date = _date(today.year, today.month, number) if which else None
        else:
            around = [
                today + dt.timedelta(days=days) * (-1 if tense < 0 else 1) for days in range(1, 2 * _DAYS_OF_MONTH)
            ]
            date = next((day for day in around if day.day == number), None)
        if date:
            yield Span(date, date)


def _of_month(text: str, today: dt.date, tense: int) -> Iterable[Span]:
    """ "4th of december", "december 4", "5 january 2027"; without a year the nearest one of the tense."""
    for pattern in _month_patterns():
        for match in pattern.finditer(text):
            number, which = int(match["day"]), _months()[match["month"]]
            year = int(match["year"]) if match["year"] else None
            date = _dated(today, which, number, year, tense, is_open=not tense and _has_a_past_verb(text))
            if date:
                yield Span(date, date)


def _has_a_past_verb(text: str) -> bool:
    """Whether a clause has an English past tense, as in "they announced" and in "I booked"."""
    return any(is_past(verb) for verb in _PREDICATE.findall(text))


def _dated(today: dt.date, month: int, day: int, year: int | None, tense: int, *, is_open: bool) -> dt.date | None:
    """The date, without a year that of the tense; the nearest one where it may be either: what was announced was on
    5 November, and what was booked is on 5 December."""
    years = [year] if year else [today.year - 1, today.year, today.year + 1]
    dates = [date for one in years if (date := _date(one, month, day))]
    if year:
        return dates[0] if dates else None
    if is_open:
        return min(dates, key=lambda date: abs(date - today), default=None)
    if tense < 0:
        return max((date for date in dates if date <= today), default=None)
    return min((date for date in dates if date >= today), default=None)


def _of_words(text: str, today: dt.date, tense: int) -> Iterable[Span]:
    for pattern, days in _DAY_WORDS:
        if pattern.search(text):
            yield _day(today, days)
            text = pattern.sub(" ", text)
    for pattern, sign in ((_IN_DAYS, 1), (_DAYS_AGO, -1)):
        if match := pattern.search(text):
            yield _day(today, sign * int(next(group for group in match.groups() if group)))
    for word, days in ((r"\bkal\b", 1), (r"\bparson?\b", 2)):
        if tense and re.search(word, text):
            yield _day(today, days * tense)


def _of_weekdays(text: str, today: dt.date, tense: int) -> Iterable[Span]:
    for match in _weekday().finditer(text):
        weekday = _weekdays()[match["day"]]
        ahead = (weekday - today.weekday()) % _WEEK
        if match["last"]:
            yield _day(today, ahead - _WEEK)
        elif match["next"]:
            # The first one to come, and the one of the next week: where they differ nobody knows which is meant.
            of_next_week = _WEEK - today.weekday() + weekday
            if (ahead or _WEEK) == of_next_week:
                yield _day(today, of_next_week)
        elif match["this"]:
            if weekday > today.weekday() and tense >= 0:
                yield _day(today, ahead)
        elif ahead and tense:
            yield _day(today, ahead if tense > 0 else ahead - _WEEK)


def _of_weeks(text: str, today: dt.date) -> Iterable[Span]:
    monday = today - dt.timedelta(days=today.weekday())
    if _NEXT_WEEK.search(text):
        yield Span(monday + dt.timedelta(days=_WEEK), monday + dt.timedelta(days=_FORTNIGHT - 1))
    if _NEXT_MONTH.search(text):
        first = (today.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        yield Span(first, (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1))


def _tense(text: str) -> int:
    """1 for a sentence about what is to come, -1 about what was, 0 where that is open."""
    past, future = bool(_verbs("past").search(text)), bool(_verbs("future").search(text))
    return 0 if past == future else -1 if past else 1


def _day(today: dt.date, days: int) -> Span:
    date = today + dt.timedelta(days=days)
    return Span(date, date)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


@functools.cache
def _months() -> dict[str, int]:
    return {spelling: number for number, names in birth_words.dates().months.items() for spelling in names}


@functools.cache
def _month_patterns() -> tuple[re.Pattern[str], ...]:
    month = birth_words.any_of(_months())
    return (
        re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{month})\b{_YEAR}"),
        re.compile(
            rf"\b(?P<month>{month}) (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?! ?(?:baje|am|pm|o'clock)){_YEAR}"
        ),
    )


@functools.cache
def _weekdays() -> dict[str, int]:
    return {name: number for number, names in life_words().weekdays.items() for name in names}


@functools.cache
def _weekday() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:(?P<next>{_NEXT}) |(?P<last>{_LAST}) |(?P<this>this|is) )?(?P<day>{birth_words.any_of(_weekdays())})\b"
    )


@functools.cache
def _verbs(which: str) -> re.Pattern[str]:
    return re.compile(rf"\b{birth_words.any_of(getattr(life_words(), which))}\b")
