"""The local date of birth that a stored `date_of_birth` means. Pure.

The contract is midnight UTC. Browsers also store the midnight of where they are, which in India is 18:30 UTC of the
day before. This is the one rule for all readers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from astra_pipeline.store.documents import count, readings
from astra_pipeline.zones import at_local

NOT_MIDNIGHT = "birth_date_open"
DIFFERS = "birth_day_differs"
_MIDNIGHT = dt.time()
_DAY = dt.timedelta(days=1)
# A local midnight is so late in UTC at the earliest when its date is the next one: in UTC+14.
_EAST = dt.time(10)
# The times that a stored moment may have had in the calendar of Python without an overflow.
_EARLIEST, _LATEST = dt.datetime(2, 1, 1, tzinfo=dt.UTC), dt.datetime(9998, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class BirthDate:
    """A local date of birth, with flags in words where the stored values leave it open."""

    date: dt.date
    flags: tuple[str, ...] = ()


def read(value: object, *, zones: Iterable[str] = (), day: object = None, month: object = None) -> BirthDate:
    """The date that a stored `date_of_birth` means: a datetime, a date, or ISO text of either.

    Midnight UTC is that date. A moment that is midnight in one of `zones` (IANA, the likeliest first), or by the
    offset written in the text, is that local date. `day` and `month` decide where they name a date that the moment
    may mean. Otherwise its date in UTC is used, and flagged. Text is ISO, or a date as JavaScript and people write
    it with the month's name. Raises ValueError for text that is no date, TypeError for a value of another type.
    """
    stored = _moment(value)
    day, month = count(day), count(month)
    if not isinstance(stored, dt.datetime):
        return _beside(stored, day, month)
    at = stored.astimezone(dt.UTC)
    if at.time() == _MIDNIGHT:
        return _beside(at.date(), day, month)
    local = list(_local_midnights(stored, at, tuple(zones)))
    likely = local[0] if local else None
    named = [date for date in dict.fromkeys([*local, *_possible(at)]) if (date.day, date.month) == (day, month)]
    if len(named) == 1 and likely in (None, named[0]):
        return BirthDate(named[0])
    if len(named) == 1:
        problem = f"the stored moment is midnight of {likely} where the person is; the stored day names {named[0]}"
        return BirthDate(named[0], (f"{NOT_MIDNIGHT}: {problem}, which is used",))
    if likely is not None:
        return _beside(likely, day, month)
    problem = "the stored moment is midnight neither in UTC nor where the person is"
    flag = f"{NOT_MIDNIGHT}: {problem}; its date in UTC, {at.date()}, is used"
    return BirthDate(at.date(), (flag, *_beside(at.date(), day, month).flags))


def is_date(value: object) -> bool:
    """True for a stored value that `read` can read."""
    try:
        return bool(_moment(value))
    except (TypeError, ValueError):
        return False


def is_midnight(value: object) -> bool:
    """True for a value that needs no zone to be read: a date, midnight UTC, and what is no date at all."""
    try:
        stored = _moment(value)
    except (TypeError, ValueError):
        return True
    return not isinstance(stored, dt.datetime) or stored.astimezone(dt.UTC).time() == _MIDNIGHT


def _beside(date: dt.date, day: int | None, month: int | None) -> BirthDate:
    """The date, flagged where a stored day and month stand beside it that are others."""
    if day is None or month is None or (day, month) == (date.day, date.month):
        return BirthDate(date)
    problem = f"day {day} of month {month} stands beside the date {date}, which is used"
    return BirthDate(date, (f"{DIFFERS}: {problem}",))


def _moment(value: object) -> dt.datetime | dt.date:
    """The stored value as an aware datetime, or as a date where it has no time."""
    if isinstance(value, str):
        value = _from_text(value.strip())
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return aware if _EARLIEST < aware < _LATEST else value.date()
    if isinstance(value, dt.date):
        return value
    raise TypeError(type(value).__name__)


def _from_text(text: str) -> dt.datetime | dt.date:
    for read in (dt.date.fromisoformat, dt.datetime.fromisoformat):
        with suppress(ValueError):
            return read(text)
    found = readings(text)
    if len(found) != 1:
        raise ValueError("no date, or one of two")
    return found[0].at


def _local_midnights(stored: dt.datetime, at: dt.datetime, zones: tuple[str, ...]) -> Iterable[dt.date]:
    """The local dates of which the moment is the midnight: by its own offset, then in each zone."""
    if stored.time() == _MIDNIGHT:
        yield stored.date()
    for zone in dict.fromkeys(zones):
        if (date := _midnight_of(at, zone)) is not None:
            yield date


def _midnight_of(at: dt.datetime, zone: str) -> dt.date | None:
    """The date in `zone` that begins with the moment; None when none does.

    Where clocks skip midnight the date begins an hour late, and that is where browsers put it.
    """
    local = at.astimezone(ZoneInfo(zone))
    begins = local.time() == _MIDNIGHT or at == at_local(local.date(), _MIDNIGHT, zone)
    return local.date() if begins else None


def _possible(at: dt.datetime) -> Iterable[dt.date]:
    """The dates that a moment may mean: its date in UTC, and the next one where it may be midnight east of UTC."""
    yield at.date()
    if at.time() >= _EAST:
        yield at.date() + _DAY
