"""The ids of horoscopes: one for each person and local date."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

KIND: Final[Literal["daily_horoscopes"]] = "daily_horoscopes"


def item_of(user_id: str, date: dt.date) -> str:
    """The id of a horoscope, in `astra_horoscopes`, leases and failures."""
    return f"{user_id}@{date.isoformat()}"


def date_of(item: str) -> dt.date:
    """The local date in the id of an item."""
    return dt.date.fromisoformat(item.rpartition("@")[2])
