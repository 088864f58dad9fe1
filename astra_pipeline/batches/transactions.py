"""Writes of people's data: an item's documents all or none, while its lease is held and its person not erased.

Items that are done at the same time share a transaction. Most of its cost does not depend on how much it writes,
and a burst of answers would wait for a hundred of them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from astra_pipeline.batches import leases
from astra_pipeline.batches.groups import Groups
from astra_pipeline.batches.leases import Lease
from astra_pipeline.counters import WRITES, count
from astra_pipeline.errors import Erased
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import USERS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo import ReplaceOne, UpdateOne
    from pymongo.asynchronous.client_session import AsyncClientSession
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

log = structlog.get_logger(__name__)

# Items in one transaction at most. A killed process leaves one open, whose documents the server holds for a while.
_TOGETHER_AT_MOST = 50

# The fields of a user with the moment of an erasure: one that stands, and one since which the person has talked.
ERASURES = {"astra.erased_at": 1, "astra.erased_before": 1}


@dataclass(frozen=True)
class Write:
    """One update of one document. `otherwise` is tried when the query matches nothing."""

    collection: str
    query: Mapping[str, Any]
    update: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    upsert: bool = False
    replaces: bool = False
    """The update is the whole document."""
    otherwise: Write | None = None


@dataclass(frozen=True)
class Owner:
    """The person whose data is written, and the moment it is of."""

    user_id: str | None
    since: dt.datetime | None = None
    """When the conversation ended that the data is of (UTC): what a person said after they were erased is theirs
    again. None: nothing is written for somebody who was erased."""


@dataclass(frozen=True)
class _Item:
    """The writes of one item, and whether they were made."""

    writes: Sequence[Write]
    owner: Owner
    lease: Lease | None
    settled: bool
    made: asyncio.Future[bool]
    """False: not in the common transaction."""


class _Apart(Exception):
    """One of the items cannot be written in the common transaction."""


class Writer:
    """Writes items, those together that are done while the last ones were being written. Make it once a batch."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._items = Groups(self._together, at_most=_TOGETHER_AT_MOST)

    async def write(
        self, writes: Sequence[Write], *, owner: Owner, lease: Lease | None, settled: bool = False
    ) -> None:
        """Make the writes of one item, all or none, as `write` does. Raises what it raises, for this item alone.

        When one item cannot be written, or meets another writer, each of its group gets a transaction of its own.
        """
        item = _Item(writes, owner, lease, settled, asyncio.get_running_loop().create_future())
        self._items.add(item)
        if not await item.made:
            await write(self._db, writes, owner=owner, lease=lease, settled=settled)
        count(WRITES, outcome="landed")

    async def _together(self, items: Sequence[_Item]) -> None:
        # An item may have been given up while it waited.
        if not (items := [item for item in items if not item.made.done()]):
            return
        made = False
        try:
            await _write_together(self._db, items)
            made = True
        except Exception as error:  # noqa: BLE001  (each item's own transaction raises what concerns it)
            log.debug("items are written one by one", items=len(items), because=type(error).__name__)
        finally:
            for item in items:
                if not item.made.done():
                    item.made.set_result(made)


async def _write_together(db: Database, items: Sequence[_Item]) -> None:
    """Make the writes of all items in one transaction. Raises what keeps one of them from being written."""
    tried = False

    async def transaction(session: AsyncClientSession) -> None:
        nonlocal tried
        if tried:  # one of the items met another writer: the others do not wait for it
            raise _Apart
        tried = True
        await leases.touch(db, [(item.lease, item.settled) for item in items if item.lease is not None], session)
        await _refuse_any_erased(db, [item.owner for item in items], session)
        for collection, updates, must_match in _in_bulk(items):
            result = await db[collection].bulk_write(updates, ordered=False, session=session)
            if must_match and result.matched_count < len(updates):
                raise _Apart

    async with db.client.start_session() as session:
        await session.with_transaction(transaction)


def _in_bulk(items: Sequence[_Item]) -> Iterator[tuple[str, list[ReplaceOne[Document] | UpdateOne], bool]]:
    """(collection, updates, whether all have to match), in the order of each item's writes."""
    for position in range(max(len(item.writes) for item in items)):
        bulks: dict[tuple[str, bool], list[ReplaceOne[Document] | UpdateOne]] = defaultdict(list)
        for item in items:
            if position < len(item.writes):
                one = item.writes[position]
                bulks[one.collection, one.otherwise is not None].append(_as_update(one))
        for (collection, must_match), updates in bulks.items():
            yield collection, updates, must_match


def _as_update(one: Write) -> ReplaceOne[Document] | UpdateOne:
    from pymongo import ReplaceOne, UpdateOne

    if one.replaces:
        assert isinstance(one.update, Mapping)
        return ReplaceOne(one.query, dict(one.update), upsert=one.upsert)
    update = one.update if isinstance(one.update, Mapping) else list(one.update)
    return UpdateOne(one.query, update, upsert=one.upsert)


async def _refuse_any_erased(db: Database, owners: Sequence[Owner], session: AsyncClientSession) -> None:
    ids = list({owner.user_id for owner in owners})
    found = db[USERS].find({"id": {"$in": ids}}, {"id": 1, **ERASURES}, session=session)
    users = {user.get("id"): user async for user in found}
    for owner in owners:
        _require_not_erased(owner, users.get(owner.user_id, {}))


async def write(
    db: Database, writes: Sequence[Write], *, owner: Owner, lease: Lease | None, settled: bool = False
) -> None:
    """Make the writes, all or none. `settled`: they store the answer that was paid for on the item's behalf.

    Raises LeaseLost when another run took the item over, and Erased when the person was erased meanwhile. A write
    that meets another one at the same document is tried again.
    """

    async def transaction(session: AsyncClientSession) -> None:
        await leases.touch(db, [(lease, settled)] if lease else [], session)
        await _refuse_erased(db, owner, session)
        for one in writes:
            await _make(db, one, session)

    async with db.client.start_session() as session:
        await session.with_transaction(transaction)


async def _refuse_erased(db: Database, owner: Owner, session: AsyncClientSession) -> None:
    user = await db[USERS].find_one({"id": owner.user_id}, ERASURES, session=session)
    _require_not_erased(owner, user or {})


def _require_not_erased(owner: Owner, user: Mapping[str, Any]) -> None:
    if owner.since is None:
        refused = isinstance(at_path(user, "astra.erased_at"), dt.datetime)
    else:
        erased_at = last_erasure(user)
        refused = erased_at is not None and owner.since <= erased_at
    if refused:
        raise Erased("the person was erased")


def last_erasure(user: Mapping[str, Any]) -> dt.datetime | None:
    """The moment (UTC) of the person's last erasure, also when they have talked since; None without one.

    `user` was read with the fields of `ERASURES`.
    """
    moments = (at_path(user, path) for path in ERASURES)
    return max((moment for moment in moments if isinstance(moment, dt.datetime)), default=None)


async def erased(db: Database, user_ids: Sequence[str]) -> set[str]:
    """Those of the people who were erased and have not talked since."""
    return {
        user["id"]
        for chunk in chunks(user_ids)
        async for user in db[USERS].find(
            {"id": {"$in": list(chunk)}, "astra.erased_at": {"$type": "date"}}, {"id": 1}
        )
    }


async def _make(db: Database, one: Write, session: AsyncClientSession) -> None:
    collection = db[one.collection]
    if one.replaces:
        assert isinstance(one.update, Mapping)
        result = await collection.replace_one(one.query, one.update, upsert=one.upsert, session=session)
    else:
        update = one.update if isinstance(one.update, Mapping) else list(one.update)
        result = await collection.update_one(one.query, update, upsert=one.upsert, session=session)
    if one.otherwise is not None and not result.matched_count:
        await _make(db, one.otherwise, session)
