"""Conversations that wait for a run. The sensor reads them through indexes; its cost follows the work there is.

The index `astra_due` holds the conversations that are not processed, by `astra.retry_at` and by their end. So what
must wait for a retry, waits for a person, or ended before ASTRA_START_DATE is not read at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures, leases, retry_marks
from astra_pipeline.batches.retry_marks import BEFORE_START, ERASED, RETRY_AT, item_of
from astra_pipeline.conversations import asked
from astra_pipeline.conversations import conversation as conversations
from astra_pipeline.conversations.planning import Waiting
from astra_pipeline.errors import BadDocument
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import CONVERSATIONS, NOT_ERASED, NOT_PROCESSED, UNDATED
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.asynchronous.cursor import AsyncCursor
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]

_FIELDS = conversations.FIELDS | {"astra.erased_at": 1, asked.ASKED: 1}
_PAGE = 1_000
# A tick reads so many pages of each kind at most. What runs hold is among them, so a page may be of no use.
_PAGES = 10
# The number of batches of conversations that a tick looks at, so that the next ticks find a plan too.
SCAN_FACTOR = 4
# Retries, and conversations without a date, leave the larger part of a tick to the others.
_SHARE = 4
# A failure that was made due by hand frees its conversations within this time.
_DUE_WITHIN = dt.timedelta(hours=1)

_UNPROCESSED = {"status": "completed"} | NOT_PROCESSED


async def waiting_conversations(db: AsyncDatabase[Document], *, now: dt.datetime, at_most: int) -> list[Waiting]:
    """Completed conversations that no run has processed or holds, and whose retry is not still to come.

    When more than `at_most` wait, these are the newest, with the oldest of all, so that a backlog's range of days
    is known without reading it whole. Documents that cannot be used count as today's; the run makes failures of
    them. Days before ASTRA_START_DATE have no partition and are left alone.
    """
    start = _midnight(settings().astra_start_date)
    await _settle_marks(db, start, now)
    free = _Free(db, now)
    fresh = _UNPROCESSED | {RETRY_AT: None}
    retries = db[CONVERSATIONS].find(_UNPROCESSED | {RETRY_AT: {"$lte": now}}, _FIELDS).sort(RETRY_AT, 1)
    found = await free.of(retries, at_most // _SHARE + 1)
    found += await free.of(db[CONVERSATIONS].find(fresh | UNDATED, _FIELDS), at_most // _SHARE + 1)
    dated = fresh | {"ended_at": {"$gte": start}}
    newest = await free.of(db[CONVERSATIONS].find(dated, _FIELDS).sort("ended_at", -1), at_most)
    if len(newest) >= at_most:
        oldest = db[CONVERSATIONS].find(dated, _FIELDS).sort("ended_at", 1).limit(_PAGE)
        newest = _with_the_oldest(newest, await free.of(oldest, at_most))
    return list({item.conversation_id: item for item in [*found, *newest]}.values())


async def oldest_day(db: AsyncDatabase[Document], user_id: str) -> dt.date | None:
    """The UTC day of the user's oldest completed conversation that is not processed."""
    query = {"user_id": user_id, "ended_at": {"$type": "date"}} | _UNPROCESSED | NOT_ERASED
    oldest = await db[CONVERSATIONS].find_one(query, {"ended_at": 1}, sort=[("ended_at", 1)])
    return max(oldest["ended_at"].date(), settings().astra_start_date) if oldest else None


def _with_the_oldest(newest: Sequence[Waiting], oldest: Sequence[Waiting]) -> list[Waiting]:
    """Both ends of a backlog. The first of the newest is marked, because what lies before it was not read."""
    known = {item.conversation_id for item in newest}
    before = [item for item in oldest if item.conversation_id not in known]
    if not before:
        return list(newest)
    *later, first = newest  # newest first
    return [*later, replace(first, after_unread=True), *before]


async def _settle_marks(db: AsyncDatabase[Document], start: dt.datetime, now: dt.datetime) -> None:
    """Free what was marked and may be taken again: a failure was made due, or the end or the first day moved."""
    await retry_marks.uncover(db, now=now, within=_DUE_WITHIN, at_most=_PAGE)
    moved = _UNPROCESSED | {RETRY_AT: BEFORE_START, "ended_at": {"$gte": start}}
    await db[CONVERSATIONS].update_many(moved, {"$unset": {RETRY_AT: ""}})


class _Free:
    """Tells which conversations may be taken now, and marks the others, so that no tick reads them again."""

    def __init__(self, db: AsyncDatabase[Document], now: dt.datetime) -> None:
        self._db, self._now = db, now
        self._first_day = settings().astra_start_date

    async def of(self, documents: AsyncCursor[Document], at_most: int) -> list[Waiting]:
        """Those of the documents that may be taken, the first `at_most` of them."""
        found: list[Waiting] = []
        async with documents.batch_size(_PAGE) as cursor:
            for _ in range(_PAGES):
                page = await cursor.to_list(_PAGE)
                found += await self._free(page)
                if len(found) >= at_most or len(page) < _PAGE:
                    break
        return found[:at_most]

    async def _free(self, page: Sequence[Mapping[str, Any]]) -> list[Waiting]:
        by_item = {item_of(document): document for document in page}
        users = {item: document.get("user_id") for item, document in by_item.items()}
        people = {item: user if isinstance(user, str) else None for item, user in users.items()}
        until = await retry_marks.held_until(self._db, people)
        leased = await leases.held_by_others(self._db, list(by_item), now=self._now)
        attempts = await failures.attempts(self._db, list(by_item))
        marks: dict[Any, dt.datetime | None] = {}
        found = []
        for item, document in by_item.items():
            day = self._day(document)
            if (mark := self._mark(document, day, until.get(item))) is not None:
                marks[document["_id"]] = mark
            elif item not in leased and day <= self._now.date():
                found.append(Waiting(item, day, attempts.get(item, 0)))
        await retry_marks.write(self._db, marks)
        return [replace(one, asked=asked.read(by_item[one.conversation_id])) for one in found]

    def _mark(self, document: Mapping[str, Any], day: dt.date, until: dt.datetime | None) -> dt.datetime | None:
        """The time until which the conversation is left alone; None when it may be taken."""
        if isinstance(erased := at_path(document, "astra.erased_at"), dt.datetime) and erased.timestamp() > 0:
            return ERASED
        if day < self._first_day:
            return BEFORE_START
        return until if until is not None and until > self._now else None

    def _day(self, document: Mapping[str, Any]) -> dt.date:
        try:
            return conversations.parse(document, now=self._now).day
        except BadDocument:
            return self._now.date()


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
