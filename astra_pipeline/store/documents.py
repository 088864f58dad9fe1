"""Reading nested documents whose shape nobody guarantees."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline.errors import BadDocument

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Document = Mapping[str, Any]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SEPARATORS = re.compile(r"[,;\n]")
_LONGEST_PART = 80
_DIGITS = re.compile(r"\d{10}(?:\.\d+)?|\d{13}", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})(?:r?uary|ch|il|[ey]|ust|t|t?ember|ober)?\.?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
_DATES = (
    r"(?P<year>\d{4})[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})",
    rf"{_WEEKDAY}{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})",
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ -]{_MONTH},?[ -](?P<year>\d{{4}})",
    r"(?P<one>\d{1,2})(?P<sign>[-/.])(?P<other>\d{1,2})(?P=sign)(?P<year>\d{4})",
)
_TIME = (
    r"(?:(?:t|,? |,? at )(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?"
    r"(?: ?(?:z|gmt|utc))?(?: ?(?P<offset>[+-]\d{2}:?\d{2}))?(?: utc)?(?: \([^()]*\))?)?"
)
_WRITTEN = tuple(re.compile(date + _TIME, re.ASCII | re.IGNORECASE) for date in _DATES)


@dataclass(frozen=True)
class Reading:
    """A meaning of a stored date: a moment, or, where `day` is given, a time of that day; `at` is its midnight."""

    at: dt.datetime
    day: dt.date | None = None


def at_path(document: Document, path: str) -> Any:
    """The value at a dotted path; None where any part is missing or is no document."""
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def with_changes(document: Document, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The document after the values were set at their dotted paths, as MongoDB would."""
    changed = dict(document)
    for path, value in changes.items():
        *parents, leaf = path.split(".")
        place = changed
        for parent in parents:
            place[parent] = place = dict(place.get(parent) or {})
        place[leaf] = value
    return changed


def iso_date(value: object) -> dt.date | None:
    """The date that text such as "2026-11-29" names; None for anything else."""
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None


def moment(value: object) -> dt.datetime | None:
    """A moment as the old system may have stored it, without a zone in UTC, a date without a time as its midnight;
    None when it is none, or could be one of two."""
    found = readings(value)
    return found[0].at if len(found) == 1 else None


def readings(value: object) -> tuple[Reading, ...]:
    """The meanings of a stored date: none, one, or two where day and month are open (11/03/2025).

    Read are datetimes; ISO text; seconds and milliseconds since 1970, as number or text; the dates that JavaScript,
    RFC 2822 and people write with the month's name; numbers between slashes; and extended JSON ({"$date": ...}).
    """
    if isinstance(value, dt.datetime):
        return (_reading(value),)
    if isinstance(value, bool):
        return ()
    if isinstance(value, int | float):
        return _since_1970(value)
    if isinstance(value, str):
        return _written(" ".join(value.split()))
    if isinstance(value, Mapping) and len(value) == 1:
        (key, inner), *_ = value.items()
        if key == "$date":
            return readings(inner)
        if key == "$numberLong" and isinstance(inner, str):
            return readings(inner)
    return ()


def count(value: object) -> int | None:
    """A whole number not below 0, in whichever of BSON's kinds of number or as text; None for what is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        whole, _, rest = text.partition(".")
        if len(whole) > 18 or not whole.isdecimal() or (rest and not rest.isdecimal()):
            return None
        return int(whole)
    if not isinstance(value, int | float):
        if not hasattr(value, "to_decimal"):  # bson.Decimal128, which the pure part does not import
            return None
        decimal = value.to_decimal()  # type: ignore[attr-defined]
        value = float(decimal) if decimal.is_finite() else math.nan
    return int(value) if math.isfinite(value) and 0 <= value < 2**63 else None


def texts(value: object) -> tuple[list[str], bool]:
    """(the texts in a list, whether that is all there is in it). One text with commas is taken for its parts, and
    numbered texts ({"0": "career"}) for their values."""
    if value is None:
        return [], True
    if isinstance(value, list):
        named = [text for text in value if isinstance(text, str)]
        return named, len(named) == len(value) or len(named) + value.count(None) == len(value)
    if isinstance(value, str):
        parts = [part.strip() for part in _SEPARATORS.split(value) if part.strip()]
        clear = all(len(part) <= _LONGEST_PART for part in parts)
        return (parts, True) if clear else ([], False)
    numbered = listed(value)
    return texts(numbered) if numbered is not None else ([], False)


def listed(value: object) -> list[Any] | None:
    """A list, also one that was stored as a document with numbers for keys; None for anything else."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping) and value and all(isinstance(k, str) and k.isdecimal() for k in value):
        return [value[key] for key in sorted(value, key=int)]
    return None


def says_something(value: object) -> bool:
    """False for null, blank text, and what holds nothing else."""
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, Mapping):
        return any(map(says_something, value.values()))
    if isinstance(value, list):
        return any(map(says_something, value))
    return value is not None


def canonical(value: object) -> str:
    """A text that is the same for the same value, whatever the order of its keys: to sort by, and to compare what
    cannot be hashed."""
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{key!r}:{canonical(inner)}" for key, inner in value.items())) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, dt.datetime) and value.tzinfo:
        return repr(value - _EPOCH)
    return f"{type(value).__name__}:{value!r}"


def mapping(value: object, field: str) -> Document:
    """`value` as a document, empty when it is null. Raises BadDocument naming the field."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadDocument(f"{field} is of type {type(value).__name__}, want a document")
    return value


def _reading(value: dt.datetime) -> Reading:
    at = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    # Nobody's conversation ends at midnight to the millisecond: who wrote this knew the day only.
    return Reading(at, value.date() if value.time() == dt.time() else None)


def _since_1970(number: float) -> tuple[Reading, ...]:
    if 1e12 <= number < 1e13:
        number = number / 1000
    if not 1e9 <= number < 1e10:
        return ()
    return (_reading(dt.datetime.fromtimestamp(number, dt.UTC)),)


def _written(text: str) -> tuple[Reading, ...]:
    if _DIGITS.fullmatch(text):
        return _since_1970(float(text))
    try:
        return (_reading(dt.datetime.fromisoformat(text)),)
    except ValueError:
        pass
    for form in _WRITTEN:
        if found := form.fullmatch(text):
            return tuple(dict.fromkeys(_dated(found)))
    return ()


def _dated(found: re.Match[str]) -> Iterable[Reading]:
    part = found.groupdict()
    if part.get("month"):
        month = next(number for number, name in enumerate(_MONTHS, 1) if name == part["month"].lower())
        orders = [(month, int(part["day"]))]
    elif part.get("number"):
        orders = [(int(part["number"]), int(part["day"]))]
    else:
        one, other = int(part["one"]), int(part["other"])
        orders = [(one, other), (other, one)]
    for month, day in orders:
        try:
            at = dt.datetime(int(part["year"]), month, day, *_clock(part), tzinfo=_offset(part["offset"]))
        except ValueError:
            continue
        yield _reading(at)


def _clock(part: Mapping[str, str | None]) -> tuple[int, int, int, int]:
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    if half := part["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if half in "pP" else 0)
    return hour, minute, second, int((part["fraction"] or "0").ljust(6, "0")[:6])


def _offset(text: str | None) -> dt.timezone:
    if text is None:
        return dt.UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    return dt.timezone((dt.timedelta(hours=hours, minutes=minutes)) * (-1 if text[0] == "-" else 1))
