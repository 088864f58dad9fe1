"""The tombstone of an erased person: the moment of the erasure, and the ids that it still needs.

`astra.erased_at` of the user document is set by the server's clock in the update that takes everything personal out
of it. Every writer of a person's data refuses from then on. `astra.erasing` holds ids while the erasure is under
way; one that was killed goes on from it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import leases
from astra_pipeline.errors import NotFound
from astra_pipeline.people.birth import FIELDS
from astra_pipeline.personal_data.export import OF_PERSON
from astra_pipeline.personal_data.person_ids import conversations_of, items_of
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, LEASES, USERS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.asynchronous.client_session import AsyncClientSession
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

_BIRTH = (*FIELDS, "birth_day", "birth_month")
_ERASED = ("user_overview", "julep_user_id", "julep_project", "elevenlabs_conversations", *_BIRTH)
_FIELDS = {"id": 1, "astra.erased_at": 1, "astra.erasing": 1}
# Erasures that began within this are under way in their own process, unless they were left to the sweep.
_UNDER_WAY = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Tombstone:
    """An erasure: whose, since when, and the ids it still needs."""

    user_id: str
    at: dt.datetime
    """The moment of the erasure by the server's clock (UTC)."""
    conversation_ids: tuple[str, ...] = ()
    """The conversations that were the person's at that moment."""
    julep_user_id: str | None = None
    stands: bool = True
    """False: they have talked again since and are a person again, or the app deleted their account."""
    unfinished: bool = False
    """The erasure did not come to its end."""

    @property
    def names(self) -> list[str]:
        """The ids that name the person in runs."""
        return [self.user_id, *self.conversation_ids]


async def bury(db: Database, user_id: str) -> Tombstone:
    """Set the tombstone and take what is personal out of the user document, in one update.

    The person's leases go from their runs in the same transaction: a run that is just writing something of theirs
    writes it before, or not at all. Where the app has no such user any more, there is no tombstone to set. Raises
    NotFound when there is nothing of this id.
    """
    ids = await conversations_of(db, user_id)
    held = await items_of(db, LEASES, ids, user_id=user_id)

    async def transaction(session: AsyncClientSession) -> Document | None:
        query = {"id": user_id}
        user = await db[USERS].find_one_and_update(query, _burial(ids), return_document=True, session=session)
        for chunk in chunks(held):
            await leases.fence_off(db, {"_id": {"$in": list(chunk)}}, session=session)
        return user

    async with db.client.start_session() as session:
        user = await session.with_transaction(transaction)
    return _read(user) if user else await _without_account(db, user_id, ids)


def _burial(conversation_ids: list[str]) -> list[Document]:
    known: Document = {"$ifNull": ["$astra.erasing.conversation_ids", []]}
    erasing = {
        "since": "$$NOW",
        # An erasure of before that was killed noted them here.
        "julep_user_id": {"$ifNull": ["$julep_user_id", {"$ifNull": ["$astra.erasing.julep_user_id", None]}]},
        "conversation_ids": {"$setUnion": [known, {"$literal": conversation_ids}]},
    }
    # Their zone may be one that a call told us, not one they chose in the app.
    is_ours = {"$eq": ["$timezone", {"$ifNull": ["$astra.applied.timezone.value", None]}]}
    kept = {
        "timezone": {"$cond": [is_ours, "$$REMOVE", "$timezone"]},
        "astra": {"$mergeObjects": [{"erased_at": "$$NOW", "erasing": erasing}]},
    }
    return [{"$set": kept}, {"$unset": list(_ERASED)}]


async def _without_account(db: Database, user_id: str, ids: list[str]) -> Tombstone:
    known = [await db[name].find_one({"user_id": user_id}, {"_id": 1}) for name in (CONVERSATIONS, *OF_PERSON)]
    if not any(known):
        raise NotFound("nothing is stored of this person")
    return Tombstone(user_id, await _now(db), tuple(ids), stands=False)


async def _now(db: Database) -> dt.datetime:
    return (await db.command("hello", codec_options=db.codec_options))["localTime"]


def _read(user: Document) -> Tombstone:
    erasing = at_path(user, "astra.erasing") or {}
    erased_at = at_path(user, "astra.erased_at")
    known = erasing.get("julep_user_id")
    return Tombstone(
        user["id"],
        erased_at or erasing["since"],
        tuple(erasing.get("conversation_ids") or ()),
        known if isinstance(known, str) else None,
        stands=erased_at is not None,
        unfinished=bool(erasing),
    )


async def close(db: Database, stone: Tombstone) -> None:
    """Forget the ids that the erasure needed: it is done."""
    query = {"id": stone.user_id, "astra.erasing.since": {"$lte": stone.at}}
    await db[USERS].update_one(query, {"$unset": {"astra.erasing": ""}})


async def leave_to_sweep(db: Database, stone: Tombstone) -> None:
    """Note that all is done but what runs at work hold: the next sweep sees to it."""
    query = {"id": stone.user_id, "astra.erasing.since": {"$lte": stone.at}}
    await db[USERS].update_one(query, {"$set": {"astra.erasing.is_left": True}})


async def recent(db: Database, within: dt.timedelta, *, at_most: int) -> list[Tombstone]:
    """The erasures of the time given, and those that did not come to their end, oldest first. Persons who talked
    again and persons without an account are found by their conversations."""
    now = await _now(db)
    stones: dict[str, Tombstone] = {}
    late = {"astra.erased_at": {"$gte": now - within}}
    begun = {"astra.erasing.since": {"$lte": now}}
    for query, key in ((begun, "astra.erasing.since"), (late, "astra.erased_at")):
        async for user in db[USERS].find(query, _FIELDS).sort(key, 1).limit(at_most):
            stone = _read(user)
            if not stone.unfinished or _is_stuck(user, now):
                stones.setdefault(stone.user_id, stone)
    groups = await db[CONVERSATIONS].aggregate(
        [{"$match": late}, {"$group": {"_id": "$user_id", "at": {"$max": "$astra.erased_at"}}}, {"$limit": at_most}]
    )
    async for row in groups:
        if isinstance(row["_id"], str) and row["_id"] not in stones:
            user = await db[USERS].find_one({"id": row["_id"]}, _FIELDS)
            if user is None or at_path(user, "astra.erased_at") is None:
                stones[row["_id"]] = Tombstone(row["_id"], row["at"], stands=False)
    marked = [await _with_marked(db, stone) for stone in stones.values()]
    return sorted(marked, key=lambda stone: stone.at)


def _is_stuck(user: Document, now: dt.datetime) -> bool:
    """Whether no process is at an erasure that did not come to its end."""
    return (
        at_path(user, "astra.erasing.is_left") is True or at_path(user, "astra.erasing.since") <= now - _UNDER_WAY
    )


async def _with_marked(db: Database, stone: Tombstone) -> Tombstone:
    """The erasure with the conversations whose record carries its mark."""
    query = {"user_id": stone.user_id, "astra.erased_at": {"$type": "date"}}
    marked = [
        one["conversation_id"]
        async for one in db[CONVERSATIONS].find(query, {"conversation_id": 1})
        if isinstance(one.get("conversation_id"), str)
    ]
    ids = tuple(dict.fromkeys([*stone.conversation_ids, *marked]))
    return Tombstone(stone.user_id, stone.at, ids, stone.julep_user_id, stone.stands, stone.unfinished)
