"""Moments as ISO 8601 texts, for many at once: a look-up in two tables instead of a calendar for each."""

from __future__ import annotations

from functools import cache

import numpy as np

_A_DAY = 86_400
# Dashas begin at most 20 years before a birth, and end at most 120 years later.
_FIRST_DAY, _LAST_DAY = np.datetime64("1870-01-01"), np.datetime64("2180-01-01")
LENGTH = len("2002-08-14T01:45:00Z")


def iso_texts(moments: np.ndarray) -> np.ndarray:
    """UTC moments (datetime64[s], 1870 to 2179, of any shape) as an array of bytes such as 2002-08-14T01:45:00Z.

    Raises IndexError for a moment of another year.
    """
    days, seconds = np.divmod(moments.astype("datetime64[s]").astype(np.int64), _A_DAY)
    days -= _FIRST_DAY.astype(np.int64)
    if days.size and days.min() < 0:
        raise IndexError("a moment lies before 1870")
    texts = np.empty(moments.shape, dtype=[("day", "S11"), ("clock", "S9")])
    texts["day"] = _days()[days]
    texts["clock"] = _clocks()[seconds]
    return texts.view(f"S{LENGTH}")


@cache
def _days() -> np.ndarray:
    """ "1870-01-01T" and every day after it."""
    days = np.arange(_FIRST_DAY, _LAST_DAY)
    months = days.astype("datetime64[M]")
    years = months.astype("datetime64[Y]")
    parts = (
        (years.astype(int) + 1970, 4, b"-"),
        ((months - years).astype(int) + 1, 2, b"-"),
        ((days - months).astype(int) + 1, 2, b"T"),
    )
    return _texts(parts)


@cache
def _clocks() -> np.ndarray:
    """ "00:00:00Z" and every second of a day after it."""
    seconds = np.arange(_A_DAY)
    return _texts(((seconds // 3600, 2, b":"), (seconds // 60 % 60, 2, b":"), (seconds % 60, 2, b"Z")))


def _texts(parts: tuple[tuple[np.ndarray, int, bytes], ...]) -> np.ndarray:
    """Numbers with leading zeros, each followed by its mark, as one text a row."""
    columns = []
    for numbers, digits, mark in parts:
        columns += [numbers // 10 ** (digits - place) % 10 + ord("0") for place in range(1, digits + 1)]
        columns.append(np.full_like(numbers, ord(mark)))
    letters = np.stack(columns, axis=-1).astype(np.uint8)
    return np.ascontiguousarray(letters).view(f"S{letters.shape[-1]}")[:, 0]
