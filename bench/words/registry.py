"""The rows of the table of words: a figure and its goal each.

A file `rows_*.py` in this folder registers rows by decorating a function that returns the figure:

    @row("terms in 100 words of a horoscope", "at most 6", at_most(6.0))
    def terms() -> Figure: ...
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import bench.words

_FILES = "rows_"


@dataclass(frozen=True)
class Figure:
    """A measured number, and how it is printed."""

    value: float
    printed: str
    missed: tuple[str, ...] = ()
    """A few of the texts or cases that spoil it, for whoever mends them."""


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    name: str
    goal: str
    is_met: Callable[[float], bool]
    measured: Callable[[], Figure]


ROWS: Final[list[Row]] = []
"""The rows that were registered, in the order of their files."""


def row(
    name: str, goal: str, is_met: Callable[[float], bool]
) -> Callable[[Callable[[], Figure]], Callable[[], Figure]]:
    """Register the function below as a row: `goal` in words, and `is_met`, whether a value meets it."""

    def register(measured: Callable[[], Figure]) -> Callable[[], Figure]:
        ROWS.append(Row(name, goal, is_met, measured))
        return measured

    return register


def at_most(limit: float) -> Callable[[float], bool]:
    """Met by a value up to the limit."""
    return lambda value: value <= limit


def at_least(limit: float) -> Callable[[float], bool]:
    """Met by a value from the limit on."""
    return lambda value: value >= limit


def share(part: int, whole: int, missed: tuple[str, ...] = ()) -> Figure:
    """A share as a figure: "12 of 48 (25.0 %)"; of nothing it is 0."""
    value = part / whole if whole else 0.0
    return Figure(value, f"{part} of {whole} ({100 * value:.1f} %)", missed)


def load_rows() -> list[Row]:
    """All rows, after every file of rows was imported."""
    for module in sorted(one.name for one in pkgutil.iter_modules(bench.words.__path__)):
        if module.startswith(_FILES):
            importlib.import_module(f"{bench.words.__name__}.{module}")
    return ROWS
