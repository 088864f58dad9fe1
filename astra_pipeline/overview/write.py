"""Overviews: all insights of a person, folded into the fields of `user_overview` that we own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import leases
from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.transactions import last_erasure
from astra_pipeline.batches.work import Stage, Work
from astra_pipeline.conversations import asked
from astra_pipeline.conversations import conversation as conversations
from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.reopened import PROCESSED_END
from astra_pipeline.conversations.task import TranscriptInsights
from astra_pipeline.counters import TO_OVERVIEW, WRITES, count, observe
from astra_pipeline.errors import BadDocument, Conflict, NotFound
from astra_pipeline.overview import fold as overview
from astra_pipeline.overview.persona_due import persona_mark
from astra_pipeline.overview.size import refuse_too_large
from astra_pipeline.overview.stored import StoredOverview, guards
from astra_pipeline.people.room import make_room
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, NOT_ERASED, NOT_PROCESSED, UNDATED, USERS
from astra_pipeline.store.documents import at_path, moment
from astra_pipeline.store.updates import literal, merged

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

_FOLD_ATTEMPTS = 8
FOLDS_AT_ONCE = 20
_PREVIEW_ROWS = 10
# A conversation that ended earlier did not wait for its overview: nobody asked for it then.
_LIVE = dt.timedelta(days=1)


async def fold(work: Work, scope: Scope) -> BatchResult:
    """Bring the overviews of everybody with insights of the scope up to date, and mark the conversations processed.

    This is the last stage over conversations that holds leases: the run's leases are given back.
    """
    subjects = await users_to_fold(work.db, scope)
    folding = Folding(work)
    result = await work.through(folding, subjects, of_folds(scope), concurrency=FOLDS_AT_ONCE, leased=False)
    await leases.release_all(work.db, run_id=work.run_id)
    return result


def of_folds(scope: Scope) -> Scope:
    """The scope for people to fold. Those who are named are folded also while their retry is not due: a fold costs
    no LLM call."""
    return replace(scope, force=True) if scope.user_ids and not scope.overrides_backoff else scope


class Folding(Stage):
    """The stage in which a person's insights get into their overview."""

    kind = "user_overviews"

    def __init__(self, work: Work) -> None:
        self._work = work

    async def do(self, subject: Subject) -> bool:
        return await fold_user(self._work.db, subject.item, run_id=self._work.run_id)


async def preview(work: Work, done: Sequence[str]) -> Preview:
    """A few of the overviews written: user, number of recent conversations, the next first message.

    The message is left out of people whose conversations asked for care.
    """
    fields = {"id": 1, "user_overview.recent_conversations": 1, "user_overview.first_message": 1, "astra.care": 1}
    users = work.db[USERS].find({"id": {"$in": list(done[-_PREVIEW_ROWS:])}} | NOT_ERASED, fields)
    rows = [
        (
            user["id"],
            len(at_path(user, "user_overview.recent_conversations") or []),
            "" if at_path(user, "astra.care") else at_path(user, "user_overview.first_message") or "",
        )
        async for user in users
    ]
    return Preview(("user", "recent conversations", "next first message"), rows)


async def disagreements(db: Database, *, at_most: int) -> tuple[int, list[dict[str, str]]]:
    """(how many people were compared, {user, paths} of those whose overview disagrees with their insights).

    Compares the people folded last, at most `at_most` of their insights.
    """
    latest = await (
        await db[INSIGHTS].aggregate(
            [
                {"$match": {"folded_at": {"$ne": None}}},
                {"$sort": {"folded_at": -1}},
                {"$limit": at_most},
                {"$group": {"_id": "$user_id"}},
            ]
        )
    ).to_list()
    rows = [
        {"user": user["_id"], "paths": ", ".join(paths)}
        for user in latest
        if (paths := await differences(db, user["_id"]))
    ]
    return len(latest), rows


async def users_to_fold(db: Database, scope: Scope, among: Sequence[str] | None = None) -> list[Subject]:
    """Users with insights of the window that are not in their overview yet (all, when forced).

    `among` restricts them to the people of these conversations.
    """
    undated = await _reopen(db, scope, among)
    users: set[str] = set()
    for which in ({"ended_at": scope.in_days}, *({"_id": {"$in": list(chunk)}} for chunk in chunks(undated))):
        query = {"$and": [which, scope.chosen_conversations("_id"), {} if scope.force else {"folded_at": None}]}
        if among is not None:
            query["$and"].append({"_id": {"$in": list(among)}})
        groups = await db[INSIGHTS].aggregate([{"$match": query}, {"$group": {"_id": "$user_id"}}])
        users |= {group["_id"] async for group in groups}
    return [Subject(user_id, user_id=user_id) for user_id in sorted(users)]


async def _reopen(db: Database, scope: Scope, among: Sequence[str] | None) -> list[str]:
    """Fold again what is folded although its conversation does not say so: the web app replaced `metadata`.

    Otherwise the conversation would wait for ever. Returns those of the scope's days whose end is no date: the end
    that their insights have may be of another day.
    """
    waiting = {"status": "completed", "ended_at": scope.in_days} | NOT_PROCESSED | NOT_ERASED
    if among is not None:
        waiting["conversation_id"] = {"$in": list(among)}
    ids = [
        document.get("conversation_id")
        async for document in db[CONVERSATIONS].find(waiting, {"conversation_id": 1})
    ]
    undated = await _undated(db, scope, among)
    for chunk in chunks([*(conversation_id for conversation_id in ids if conversation_id), *undated]):
        await db[INSIGHTS].update_many(
            {"_id": {"$in": list(chunk)}, "folded_at": {"$ne": None}}, {"$set": {"folded_at": None}}
        )
    return undated


async def _undated(db: Database, scope: Scope, among: Sequence[str] | None) -> list[str]:
    """The conversations of the scope that wait and whose end is no date, by the day that stands in for it."""
    days, now = scope.days, clock.now()
    assert days is not None, "a scope of conversations has days"
    waiting = {"status": "completed"} | UNDATED | NOT_PROCESSED | NOT_ERASED
    waiting |= scope.chosen_conversations("conversation_id")
    if among is not None:
        waiting = {"$and": [waiting, {"conversation_id": {"$in": list(among)}}]}
    found = []
    async for document in db[CONVERSATIONS].find(waiting, conversations.FIELDS):
        with suppress(BadDocument):  # the stage `transcripts` makes a failure of it
            conversation = conversations.parse(document, now=now)
            if days.start <= conversation.ended_at < days.end:
                found.append(conversation.conversation_id)
    return found


async def fold_user(db: Database, user_id: str, *, run_id: str) -> bool:
    """Bring a user's overview up to date with all their insights; True when anything had to be written.

    The write is conditional on every path still holding what it was computed from, so neither another run
    nor the web app can lose a write; when one came between, the fold is computed anew. Who was erased and has
    talked since is a person again with this. What no rule reads is set aside first. Raises NotFound for a user the
    app does not know, Conflict after several tries, TooLarge for a document that would not fit.
    """
    for _ in range(_FOLD_ATTEMPTS):
        user = await db[USERS].find_one({"id": user_id})
        if user is None:
            raise NotFound(f"no document in `{USERS}` has this id")
        documents = [document async for document in db[INSIGHTS].find(_of(user))]
        if at_path(user, "astra.erased_at") is not None and not documents:
            return False  # erased, and silent since
        if documents and await make_room(db, user_id, user):
            continue
        facts = [_fact(document) for document in documents]
        first = not StoredOverview.read(user).old_knowledge
        changes = overview.fold(
            user,
            facts,
            processed_until=await _processed_until(db, user_id, facts) if first else None,
            now=clock.now(),
            default_zone=settings().astra_default_timezone,
        )
        unfolded = [document for document in documents if document["folded_at"] is None]
        if unfolded or changes:
            now = clock.now()
            stamps = {"user_overview.last_updated": now, "user_overview.updated_by": run_id} if changes else {}
            marks = persona_mark(user, documents) | {"astra.gamification_due": run_id}
            refuse_too_large(user, changes)
            written = await db[USERS].update_one(
                {"id": user_id} | guards(user, [*changes, "astra.erased_at"]),
                {
                    "$set": changes | stamps | _remembered(user) | marks,
                    "$unset": {"astra.erased_at": ""},
                },
            )
            if not written.matched_count:
                count(WRITES, outcome="conflict")
                continue
            count(WRITES, outcome="landed")
        await _mark_processed(db, unfolded)
        _time(unfolded)
        return bool(changes)
    count(WRITES, outcome="failed")
    raise Conflict(f"user_overview changed under {_FOLD_ATTEMPTS} attempts to fold it")


def _time(folded: Sequence[Mapping[str, Any]]) -> None:
    """Count the time from the end of each conversation to this moment; the past of a migration is no wait."""
    now = clock.now()
    for document in folded:
        if dt.timedelta() <= (waited := now - document["ended_at"]) <= _LIVE:
            observe(TO_OVERVIEW, waited.total_seconds())


def _of(user: Mapping[str, Any]) -> dict[str, Any]:
    """The query for a person's insights. Of a person who was erased only what they said since is theirs."""
    erased_at = last_erasure(user)
    since = {"ended_at": {"$gt": erased_at}} if erased_at else {}
    return {"user_id": user["id"]} | since


def _remembered(user: Mapping[str, Any]) -> dict[str, Any]:
    """The change that keeps the moment of an erasure when the person is a person again. A call of before may still
    be recorded."""
    erased_at = at_path(user, "astra.erased_at")
    return {"astra.erased_before": erased_at} if isinstance(erased_at, dt.datetime) else {}


async def differences(db: Database, user_id: str) -> list[str]:
    """The paths in which a user's overview disagrees with the insights that were folded into it.

    Users with insights still to be folded, and users the app no longer knows, have nothing to compare.
    """
    user = await db[USERS].find_one({"id": user_id})
    documents = [document async for document in db[INSIGHTS].find({"user_id": user_id})]
    if user is None or any(document["folded_at"] is None for document in documents):
        return []
    changes = overview.fold(user, [_fact(document) for document in documents])
    return sorted(path for path in changes if not path.startswith("astra."))


async def _processed_until(db: Database, user_id: str, facts: Sequence[Fact]) -> dt.datetime | None:
    """The end of the newest conversation that is marked as processed and has no insights; None without one.

    The system before this one processed it.
    """
    newest = await db[CONVERSATIONS].find_one(
        {
            "user_id": user_id,
            "status": "completed",
            "ended_at": {"$type": "date"},
            "metadata.transcript_processed": True,
            "conversation_id": {"$nin": [fact.conversation_id for fact in facts]},
        }
        | NOT_ERASED,
        {"ended_at": 1},
        sort=[("ended_at", -1)],
    )
    return moment(newest["ended_at"]) if newest else None


def _fact(document: Mapping[str, Any]) -> Fact:
    return Fact(
        conversation_id=document["_id"],
        ended_at=document["ended_at"],
        created_at=document["created_at"],
        insights=TranscriptInsights.model_validate(document["output"]),
        timezone=document.get("timezone"),
        replaced_incidents=tuple(document.get("replaced_incidents") or ()),
    )


async def _mark_processed(db: Database, folded: Sequence[Mapping[str, Any]]) -> None:
    if not folded:
        return
    from pymongo import UpdateOne

    now = clock.now()
    await db[CONVERSATIONS].bulk_write(
        [
            UpdateOne(
                {
                    "conversation_id": document["_id"],
                    # The person may have been erased since the fold was written.
                    **NOT_ERASED,
                    "$or": [
                        {"metadata.transcript_processed": {"$ne": True}},
                        {"metadata.conversation_summary": {"$ne": document["output"]["summary"]}},
                        {PROCESSED_END: {"$ne": document["ended_at"]}},
                    ],
                },
                [
                    {
                        "$set": {
                            "metadata": merged(
                                "metadata",
                                {
                                    "transcript_processed": True,
                                    "conversation_summary": literal(document["output"]["summary"]),
                                },
                            ),
                            "updated_at": now,
                            PROCESSED_END: document["ended_at"],
                        }
                    },
                    {"$unset": asked.ASKED},
                ],
            )
            for document in folded
        ],
        ordered=False,
    )
    await asked.forget(db, [document["_id"] for document in folded])
    await db[INSIGHTS].bulk_write(
        [
            # Insights made anew meanwhile (force) stay unfolded: their output is not the one folded here.
            UpdateOne(
                {"_id": document["_id"], "folded_at": None, "output": document["output"]},
                {"$set": {"folded_at": now}},
            )
            for document in folded
        ],
        ordered=False,
    )
