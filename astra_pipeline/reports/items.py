"""The ids of reports: one for each person and ISO week."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

KIND: Final[Literal["weekly_reports"]] = "weekly_reports"


def item_of(user_id: str, monday: dt.date) -> str:
    """The id of a report, in `astra_weekly_reports`, leases and failures.

    The ISO week keeps it apart from a horoscope of its Monday.
    """
    return f"{user_id}@{monday:%G-W%V}"


def monday_of(item: str) -> dt.date:
    """The Monday of the week in the id of an item."""
    return dt.date.fromisoformat(f"{item.rpartition('@')[2]}-1")
