"""A person's opinion of a horoscope: one for each person and date, the newest counts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, Literal

from astra_pipeline.batches.transactions import Owner, Write, write
from astra_pipeline.errors import NotFound
from astra_pipeline.horoscopes.items import item_of
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.collections import FEEDBACK, HOROSCOPES, USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

LONGEST_COMMENT: Final = 500


async def rate(
    db: Database, user_id: str, date: dt.date, *, rating: Literal["up", "down"], comment: str | None
) -> None:
    """Store the opinion, in place of an earlier one. It is kept as long as a horoscope is.

    Raises NotFound when the person has no horoscope of the date, and Erased when they were erased.
    """
    if not await _has_one(db, user_id, date):
        raise NotFound("there is no horoscope of this date")
    now = clock.now()
    item = item_of(user_id, date)
    stored = {
        "_id": item,
        "user_id": user_id,
        "date": date.isoformat(),
        "rating": rating,
        "comment": comment or None,
        "at": now,
        "expires_at": now + dt.timedelta(days=settings().astra_horoscope_retention_days),
    }
    kept = Write(FEEDBACK, {"_id": item}, stored, upsert=True, replaces=True)
    await write(db, [kept], owner=Owner(user_id), lease=None)


async def _has_one(db: Database, user_id: str, date: dt.date) -> bool:
    """Whether there is a horoscope of the date: ours, or one of the old system that the overview shows."""
    if await db[HOROSCOPES].find_one({"_id": item_of(user_id, date)}, {"_id": 1}):
        return True
    shown = {"id": user_id, "user_overview.latest_horoscope.date": date.isoformat()}
    return await db[USERS].find_one(shown, {"_id": 1}) is not None
