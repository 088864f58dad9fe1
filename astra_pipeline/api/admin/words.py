"""Moments and trends as the admin page writes them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT = 84, 20


def ago(value: dt.datetime | None, now: dt.datetime) -> str:
    """The time since, such as "4 min ago"; "never" for None."""
    if value is None:
        return "never"
    seconds = max((now - value).total_seconds(), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def moment(value: object) -> str:
    """A moment as "2026-11-29 08:15 UTC", a missing value as "-", anything else as it is."""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return "-" if value is None or value == "" else str(value)[:80]


def spark(values: Sequence[float | None]) -> Markup:
    """A small line of the figures, oldest first, as SVG for the eye alone: the table has the numbers."""
    known = [(position, value) for position, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min(value for _, value in known), max(value for _, value in known)
    step = (_WIDTH - 4) / max(len(values) - 1, 1)
    points = " ".join(
        f"{2 + position * step:.1f},{_HEIGHT - 3 - (value - low) / ((high - low) or 1) * (_HEIGHT - 6):.1f}"
        for position, value in known
    )
    return Markup(
        '<svg class="spark" aria-hidden="true" width="{}" height="{}"><polyline points="{}"/></svg>'
    ).format(_WIDTH, _HEIGHT, points)
