"""Reading one stored horoscope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.horoscopes.items import item_of
from astra_pipeline.horoscopes.rules import SHOWN
from astra_pipeline.store.collections import HOROSCOPES

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]


async def of_date(db: Database, user_id: str, date: dt.date) -> Mapping[str, Any] | None:
    """The fields that people see of their horoscope of a local date; None when there is none."""
    projection = {"_id": 0} | dict.fromkeys(SHOWN, 1)
    return await db[HOROSCOPES].find_one({"_id": item_of(user_id, date)}, projection)
