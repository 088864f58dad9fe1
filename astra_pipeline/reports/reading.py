"""Reading one stored report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.reports.items import item_of
from astra_pipeline.reports.rules import SHOWN
from astra_pipeline.store.collections import REPORTS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]


async def of_week(db: Database, user_id: str, monday: dt.date) -> Mapping[str, Any] | None:
    """The fields that people see of their report on a local week; None when there is none."""
    projection = {"_id": 0} | dict.fromkeys(SHOWN, 1)
    return await db[REPORTS].find_one({"_id": item_of(user_id, monday)}, projection)
