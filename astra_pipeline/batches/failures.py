"""`astra_failures`: items that failed or are not ready, with when they are tried again, until they succeed.

`_id` is "{kind}:{item}", `kind` the asset's name. A document is written when an item fails, updated when it
fails again and deleted when it succeeds, so the collection holds exactly what an operator may have to act on.
Times are the server's. `attempt` counts the item's own failures, `looks` how often it was not ready, and `outages`
how often in a row a service was away, since `outage_since`: an outage never parks an item.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from astra_pipeline.batches import retry_marks
from astra_pipeline.batches.result import Failure
from astra_pipeline.batches.retries import WAIT_AT_MOST, RetryPolicy
from astra_pipeline.errors import ItemError, NotReady
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import FAILURES

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

Kind = Literal[
    "transcripts",
    "conversation_insights",
    "user_overviews",
    "birth_charts",
    "daily_horoscopes",
    "weekly_reports",
    "julep_users",
    "personas",
    "webhooks",
]

_MESSAGE_LIMIT = 500
# Of one kind, for one tick; the next one goes on.
_DUE_AT_ONCE = 10_000


@dataclass(frozen=True)
class Subject:
    """An item, and whose it is. `item` is the id in the failure's key.

    Both other ids are None where nobody knows whose it is: such a failure holds no conversation up.
    """

    item: str
    conversation_id: str | None = None
    user_id: str | None = None


def retry_policy() -> RetryPolicy:
    configured = settings()
    return RetryPolicy(
        base_seconds=configured.astra_retry_base_seconds,
        attempts=configured.astra_retry_attempts,
        waiting_base_seconds=configured.astra_waiting_base_seconds,
    )


async def record(
    db: AsyncDatabase[dict[str, Any]], kind: Kind, subject: Subject, error: ItemError, *, run_id: str
) -> Failure:
    """Note a failed attempt: counts it, sets the next attempt, or parks the item after the last one.

    An outage is counted apart and parks nothing.
    """
    stored = await _note(db, kind, subject, error, counter="outages" if error.outage else "attempt", run_id=run_id)
    at = stored["last_failed_at"]
    if error.outage:
        upcoming = retry_policy().next_after_outage(stored["outages"], at)
    else:
        upcoming = retry_policy().next_attempt(stored["attempt"], at)
    await _schedule(db, stored, upcoming)
    return Failure(
        item=subject.item,
        error=stored["error"],
        message=stored["message"],
        attempt=stored["attempt"],
        parked=upcoming is None,
        outage=error.outage,
    )


async def postpone(
    db: AsyncDatabase[dict[str, Any]],
    kind: Kind,
    subject: Subject,
    reason: NotReady,
    *,
    run_id: str,
    patience: dt.timedelta = WAIT_AT_MOST,
) -> None:
    """Note that an item is not ready: looked at again soon, parked when `patience` has run out."""
    stored = await _note(db, kind, subject, reason, counter="looks", run_id=run_id)
    first, at = stored["first_failed_at"], stored["last_failed_at"]
    await _schedule(db, stored, retry_policy().next_look(stored["looks"], first, at, patience=patience))


Counter = Literal["attempt", "looks", "outages"]


async def _note(
    db: AsyncDatabase[dict[str, Any]],
    kind: Kind,
    subject: Subject,
    problem: ItemError | NotReady,
    *,
    counter: Counter,
    run_id: str,
) -> dict[str, Any]:
    # Our errors' messages hold no transcript text and no secret; they are cut all the same. A run killed
    # before _schedule leaves the item due at once, never held for good.
    said = {
        "kind": kind,
        "item": subject.item,
        "conversation_id": subject.conversation_id,
        "user_id": subject.user_id,
        "error": type(problem).__name__,
        "message": str(problem)[:_MESSAGE_LIMIT],
        "run_id": run_id,
    }
    counted: dict[str, Any] = {name: {"$ifNull": [f"${name}", 0]} for name in ("attempt", "looks", "outages")}
    if counter != "outages":
        counted["outages"] = {"$literal": 0}  # an answer, of whatever kind, ends the outage
    counted[counter] = {"$add": [counted[counter], 1]}
    update: dict[str, Any] = {name: {"$literal": value} for name, value in said.items()} | counted
    update |= {
        "first_failed_at": {"$ifNull": ["$first_failed_at", "$$NOW"]},
        "last_failed_at": "$$NOW",
        "next_attempt_at": {"$ifNull": ["$next_attempt_at", {"$cond": ["$parked_at", None, "$$NOW"]}]},
        "parked_at": {"$ifNull": ["$parked_at", None]},
        "outage_since": {"$ifNull": ["$outage_since", "$$NOW"]} if counter == "outages" else None,
        "outage_told": {"$and": ["$outage_told", counter == "outages"]},
    }
    stored = await db[FAILURES].find_one_and_update(
        {"_id": f"{kind}:{subject.item}"}, [{"$set": update}], upsert=True, return_document=True
    )
    assert stored is not None  # an upsert that returns the document after it
    return stored


async def _schedule(
    db: AsyncDatabase[dict[str, Any]], stored: dict[str, Any], upcoming: dt.datetime | None
) -> None:
    parked_at = None if upcoming else (stored["parked_at"] or stored["last_failed_at"])
    # An item that is parked again after it was tried again is news.
    told_at = stored.get("told_at") if parked_at else None
    schedule = {"next_attempt_at": upcoming, "parked_at": parked_at, "told_at": told_at}
    await db[FAILURES].update_one({"_id": stored["_id"]}, {"$set": schedule})
    await retry_marks.copy(db, stored["kind"], stored["item"])


async def clear(db: AsyncDatabase[dict[str, Any]], kind: Kind, item: str) -> None:
    """The item succeeded: nothing is left to act on."""
    await retry_marks.lift(db, kind, item)
    await db[FAILURES].delete_one({"_id": f"{kind}:{item}"})


def _held(now: dt.datetime) -> dict[str, Any]:
    return {"$or": [{"next_attempt_at": {"$gt": now}}, {"next_attempt_at": None}]}


def _reason_held(failure: dict[str, Any], now: dt.datetime) -> str | None:
    """Why an item is left alone, in words for a table of skipped items; None when it is due."""
    if failure["next_attempt_at"] is None:
        return "parked"
    if failure["next_attempt_at"] <= now:
        return None
    return "not ready yet" if failure["error"] == NotReady.__name__ else "retry not due"


async def known(db: AsyncDatabase[dict[str, Any]], kind: Kind, items: Sequence[str]) -> dict[str, str | None]:
    """Those of `items` that failed before: why they must not be tried now, or None when they are due."""
    now = clock.now()
    found: dict[str, str | None] = {}
    for chunk in chunks(items):
        keys = [f"{kind}:{item}" for item in chunk]
        async for failure in db[FAILURES].find({"_id": {"$in": keys}}):
            found[failure["item"]] = _reason_held(failure, now)
    return found


async def held(
    db: AsyncDatabase[dict[str, Any]], kind: Kind, *, now: dt.datetime, items: Sequence[str] | None = None
) -> dict[str, str | None]:
    """Item -> user of the items of `kind` (all, or those of `items`) that must not be tried now."""
    if items is None:
        return await _users_by_item(db, {"kind": kind} | _held(now))
    found: dict[str, str | None] = {}
    for chunk in chunks(items):
        found |= await _users_by_item(db, {"_id": {"$in": [f"{kind}:{item}" for item in chunk]}} | _held(now))
    return found


async def due(db: AsyncDatabase[dict[str, Any]], kind: Kind, *, now: dt.datetime) -> dict[str, str | None]:
    """Item -> user of the items of `kind` that failed, or were not ready, and are to be tried again by now.

    These are the 10,000 that have been due for longest.
    """
    found = db[FAILURES].find({"kind": kind, "next_attempt_at": {"$lte": now}}, {"item": 1, "user_id": 1})
    longest = found.sort("next_attempt_at", 1).limit(_DUE_AT_ONCE)
    return {failure["item"]: failure["user_id"] async for failure in longest}


async def forget(db: AsyncDatabase[dict[str, Any]], kind: Kind, items: Sequence[str]) -> None:
    """Delete the failures of items that nobody can try again: what they are about is no longer there."""
    for chunk in chunks(items):
        keys = [f"{kind}:{item}" for item in chunk]
        await db[FAILURES].delete_many({"_id": {"$in": keys}})


async def parked(db: AsyncDatabase[dict[str, Any]], kind: Kind, items: Sequence[str]) -> set[str]:
    """Those of `items` that wait for a person."""
    found: dict[str, str | None] = {}
    for chunk in chunks(items):
        keys = [f"{kind}:{item}" for item in chunk]
        found |= await _users_by_item(db, {"_id": {"$in": keys}, "parked_at": {"$ne": None}})
    return set(found)


async def _users_by_item(db: AsyncDatabase[dict[str, Any]], query: dict[str, Any]) -> dict[str, str | None]:
    return {
        failure["item"]: failure["user_id"] async for failure in db[FAILURES].find(query, {"item": 1, "user_id": 1})
    }


async def held_conversations(
    db: AsyncDatabase[dict[str, Any]],
    conversation_ids: Sequence[str],
    user_ids: Sequence[str],
    *,
    now: dt.datetime,
) -> tuple[set[str], set[str]]:
    """(conversations, people) that the sensor of conversations leaves alone now."""
    conversations = {
        failure["conversation_id"]
        for chunk in chunks(conversation_ids)
        async for failure in db[FAILURES].find(
            {"conversation_id": {"$in": list(chunk)}} | _held(now), {"conversation_id": 1}
        )
    }
    users = {
        failure["user_id"]
        for chunk in chunks(user_ids)
        async for failure in db[FAILURES].find(
            {"user_id": {"$in": list(chunk)}, "kind": "user_overviews"} | _held(now), {"user_id": 1}
        )
    }
    return conversations, users


async def attempts(db: AsyncDatabase[dict[str, Any]], conversation_ids: Sequence[str]) -> dict[str, int]:
    """Conversation -> how often it was tried, for those that failed or were not ready."""
    return {
        failure["conversation_id"]: failure["attempt"] + failure["looks"] + failure.get("outages", 0)
        for chunk in chunks(conversation_ids)
        async for failure in db[FAILURES].find({"conversation_id": {"$in": list(chunk)}})
    }


async def parked_conversations(
    db: AsyncDatabase[dict[str, Any]], ids: Sequence[str], *, of: Literal["conversation_id", "user_id"]
) -> set[str]:
    """Conversations that wait for a person, among those with these ids, or of people with these ids."""
    parked_ones = {"conversation_id": {"$ne": None}, "parked_at": {"$ne": None}}
    return {
        failure["conversation_id"]
        for chunk in chunks(ids)
        async for failure in db[FAILURES].find(
            {"$and": [parked_ones, {of: {"$in": list(chunk)}}]}, {"conversation_id": 1}
        )
    }


async def noted_since(
    db: AsyncDatabase[dict[str, Any]], conversation_id: str, user_id: str | None, moment: dt.datetime
) -> bool:
    """Whether the conversation, or the overview of its person, has failed or was not ready after a moment (UTC)."""
    of_person = {"user_id": user_id, "kind": "user_overviews"}
    either = [{"conversation_id": conversation_id}, *([of_person] if user_id else [])]
    found = await db[FAILURES].find_one({"$or": either, "last_failed_at": {"$gte": moment}}, {"_id": 1})
    return found is not None


def parked_failures(db: Database[dict[str, Any]], kind: str, *, at_most: int) -> list[dict[str, Any]]:
    """The failures of a kind that wait for a person, the first `at_most` of them."""
    # An index leads to them by the attempt that is not to come.
    waiting = {"kind": kind, "next_attempt_at": None, "parked_at": {"$ne": None}}
    return list(db[FAILURES].find(waiting).limit(at_most))


def retry_now(db: Database[dict[str, Any]], ids: Sequence[str]) -> int:
    """Make failures due at once, with all their attempts before them. Returns their number.

    `ids` are conversation ids, user ids or failure keys. Empty: everything that is parked.
    """
    now = clock.now()
    query: dict[str, Any] = {"parked_at": {"$ne": None}}
    if ids:
        wanted = list(ids)
        query = {
            "$or": [{"_id": {"$in": wanted}}, {"conversation_id": {"$in": wanted}}, {"user_id": {"$in": wanted}}]
        }
    anew = {"attempt": 0, "looks": 0, "outages": 0, "outage_since": None, "first_failed_at": now}
    update = {"$set": {"next_attempt_at": now, "parked_at": None, "told_at": None} | anew}
    found = list(db[FAILURES].find(query, retry_marks.HOLDING))
    freed = db[FAILURES].update_many(query, update).matched_count
    retry_marks.lift_all(db, found)
    return freed
