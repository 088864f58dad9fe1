"""Days as one says them. Pure."""

from __future__ import annotations

import datetime as dt

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WEEK, _MONTH, _YEAR = 7, 30, 365


def spoken(day: dt.date) -> str:
    """A date in words: "Sunday, 29 November 2026"."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def from_today(day: dt.date, today: dt.date) -> str:
    """The distance of a day in words: "today", "two days ago", "in three weeks"."""
    apart = (day - today).days
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}
    if apart in near:
        return near[apart]
    length = _length(abs(apart))
    return f"in {length}" if apart > 0 else f"{length} ago"


def _length(days: int) -> str:
    if days < 2 * _WEEK:
        return _several(days, "day")
    if days < 2 * _MONTH:
        return _several(days // _WEEK, "week")
    if days < 2 * _YEAR:
        return _several(days // _MONTH, "month")
    return _several(days // _YEAR, "year")


def _several(number: int, unit: str) -> str:
    said = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{said} {unit}{'' if number == 1 else 's'}"
