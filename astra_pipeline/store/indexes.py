"""Every index of the project, in one table, and how they are made.

Three collections are the web app's, and none of our indexes may refuse what the app writes. A unique one is sparse,
because the app inserts documents before it knows their ids. None has two fields in which the app may write lists,
because MongoDB refuses a document with lists in both. An index that cannot be built is noted in
`astra_index_problems`, where `astra status` reads it, and everything goes on without it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.collections import (
    BUDGET,
    COHORTS,
    CONVERSATIONS,
    EVENTS,
    FAILURES,
    FEEDBACK,
    HOROSCOPES,
    INDEX_PROBLEMS,
    INSIGHTS,
    LEASES,
    METRIC_DAYS,
    NOT_PROCESSED,
    PERSONAS,
    RATE,
    REPORTS,
    REQUESTS,
    RUN_PEOPLE,
    SESSIONS,
    TASK_REQUESTS,
    TRANSCRIPTS,
    USERS,
)

if TYPE_CHECKING:
    from pymongo.errors import OperationFailure
    from pymongo.synchronous.database import Database

Keys = list[tuple[str, int]]
Index = tuple[Keys, Mapping[str, Any] | None]

_COMPLETED = {"status": "completed"}
_AS_THE_APP_WRITES_THEM = {"user_id": {"$type": "string"}, "ended_at": {"$type": "date"}}
# The calls of many users away from home, without reading what was said in them.
_ZONES: tuple[str, Keys, dict[str, Any]] = (
    "zones",
    [("user_id", 1), ("timezone", 1), ("_id", 1)],
    {"partialFilterExpression": {"timezone": {"$type": "string"}}},
)
# Collection -> (name, keys, options) of each index.
INDEXES: dict[str, list[tuple[str, list[tuple[str, int]], dict[str, Any]]]] = {
    USERS: [
        ("astra_id", [("id", 1)], {"unique": True, "sparse": True}),
        # Streaks that may have lapsed: only those that still run, oldest day of each cohort first. Where earlier
        # rules counted, the day is missing and the moment counts.
        (
            "astra_last_days",
            [("astra.cohort", 1), ("user_overview.gamification.last_conversation_day", 1)],
            {"partialFilterExpression": {"user_overview.gamification.streak_days": {"$gt": 0}}},
        ),
        (
            "astra_streaks",
            [("astra.cohort", 1), ("user_overview.gamification.last_conversation_date", 1)],
            {"partialFilterExpression": {"user_overview.gamification.streak_days": {"$gt": 0}}},
        ),
        # Erasures of the last hours, and those that did not come to their end.
        ("astra_erased", [("astra.erased_at", 1)], {"sparse": True}),
        ("astra_erasing", [("astra.erasing.since", 1)], {"sparse": True}),
        # Users whose overview was folded and whose metrics are not computed yet.
        ("astra_gamification_due", [("astra.gamification_due", 1)], {"sparse": True}),
        # Members of a cohort, and users who have none yet: of those, neither erased ones nor ones without an id.
        ("astra_members", [("astra.cohort", 1), ("astra.erased_at", 1), ("id", 1)], {}),
        # Migrated users whose backfill is not complete.
        (
            "astra_backfills",
            [("astra.migration.backfill_due", 1), ("id", 1)],
            {"partialFilterExpression": {"astra.migration.backfill_due": True}},
        ),
        # Statements about a birth that could not be used.
        ("astra_birth_rejected", [("astra.birth_rejected", 1)], {"sparse": True}),
        # People with enough conversations for their persona to be learnt anew; and people who have switched
        # personalization off since it was.
        (
            "astra_persona_due",
            [("astra.persona_due", 1), ("astra.cohort", 1)],
            {"partialFilterExpression": {"astra.persona_due": True}},
        ),
        (
            "astra_persona_to_go",
            [("astra.persona_based_on", 1)],
            {"partialFilterExpression": {"user_overview.preferences.personalization": False}},
        ),
        # The person who calls from a number, as the web app notes it.
        ("astra_phone", [("astra.phone_numbers", 1)], {"sparse": True}),
        # Members of a cohort whose horoscope, or report, is older than the date or week that is due.
        (
            "astra_horoscope_due",
            [("astra.cohort", 1), ("astra.horoscope_date", 1)],
            {"partialFilterExpression": {"user_overview.birth_chart": {"$type": "object"}}},
        ),
        (
            "astra_report_due",
            [
                ("astra.cohort", 1),
                ("user_overview.gamification.last_conversation_date", 1),
                ("astra.report_week", 1),
            ],
            {},
        ),
        # Charts that are due: bounds on the keys leave people who have told a time and have no chart of the engine,
        # past those who can have none for now. No second field of the app's: MongoDB refuses documents in which
        # both are lists.
        (
            "astra_chart_lacking",
            [("astra.chartless_key", 1), ("astra.chart_key", 1), ("birth_time", 1)],
            {},
        ),
    ],
    CONVERSATIONS: [
        ("astra_conversation_id", [("conversation_id", 1)], {"unique": True, "sparse": True}),
        # Conversations that wait for us. `astra.retry_at` is set on those that cannot be taken now, so the cost of
        # a sensor's tick follows the work there is, and neither the history nor what will never be done.
        (
            "astra_due",
            [("astra.retry_at", 1), ("ended_at", 1)],
            {"partialFilterExpression": _COMPLETED | NOT_PROCESSED},
        ),
        ("astra_ended", [("ended_at", 1)], {"partialFilterExpression": _COMPLETED}),
        # Counts the history without reading it. With `ended_at` as a second key it would refuse two lists.
        ("astra_completed", [("status", 1)], {"partialFilterExpression": _COMPLETED}),
        # Conversations that nobody closed: those that may be over, by when the reconciler looks again.
        (
            "astra_open",
            [("astra.look_at", 1), ("started_at", 1)],
            {"partialFilterExpression": {"status": {"$in": [None, "active"]}}},
        ),
        # Processed conversations by their last change: the end of one may have been corrected since.
        (
            "astra_changed",
            [("updated_at", 1)],
            {"partialFilterExpression": _COMPLETED | {"metadata.transcript_processed": True}},
        ),
        ("astra_person", [("user_id", 1), ("astra.erased_at", 1)], {}),
        # Every completed conversation of many users, without reading documents. It has three fields of the app, so
        # it holds only documents in which they are what the app's routes write: a list that is no list of texts, or
        # of dates, is not in it, and is not refused.
        (
            "astra_ends_of_users",
            [("user_id", 1), ("status", 1), ("ended_at", 1), ("astra.erased_at", 1)],
            {
                "partialFilterExpression": _COMPLETED
                | {"user_id": {"$type": "string"}, "ended_at": {"$type": "date"}}
            },
        ),
        ("astra_erased", [("astra.erased_at", 1)], {"sparse": True}),
    ],
    # The app's auth library makes no index of its own. Not unique: that is its promise to keep.
    SESSIONS: [("astra_token", [("token", 1)], {})],
    TRANSCRIPTS: [
        ("day", [("ended_at", 1)], {}),
        ("user", [("user_id", 1), ("ended_at", 1)], {}),
        _ZONES,
    ],
    INSIGHTS: [
        ("day", [("ended_at", 1)], {}),
        ("topics", [("user_id", 1), ("ended_at", 1)], {}),
        _ZONES,
        ("unfolded", [("folded_at", 1), ("ended_at", 1)], {}),
        # Conversations that ask for care, which are few.
        ("care", [("care", 1), ("ended_at", 1)], {"partialFilterExpression": {"care": {"$gt": ""}}}),
    ],
    FAILURES: [
        ("conversation", [("conversation_id", 1)], {}),
        ("user", [("user_id", 1)], {}),
        ("parked", [("parked_at", 1), ("kind", 1)], {}),
        # Parked items nobody was told of, and items that wait for a service to come back.
        ("untold", [("told_at", 1), ("parked_at", 1)], {}),
        ("away", [("outage_since", 1), ("kind", 1)], {}),
        ("kind", [("kind", 1), ("next_attempt_at", 1)], {}),
        ("run", [("run_id", 1), ("kind", 1)], {}),
    ],
    HOROSCOPES: [
        ("user", [("user_id", 1), ("date", -1)], {}),
        ("date", [("date", -1), ("cohort", 1)], {}),
        ("latest", [("generated_at", -1)], {}),
        ("expiry", [("expires_at", 1)], {"expireAfterSeconds": 0}),
    ],
    REPORTS: [
        ("user", [("user_id", 1), ("week_start", -1)], {}),
        ("week", [("week_start", -1), ("cohort", 1)], {}),
        ("latest", [("generated_at", -1)], {}),
        ("expiry", [("expires_at", 1)], {"expireAfterSeconds": 0}),
    ],
    RATE: [("expiry", [("expires_at", 1)], {"expireAfterSeconds": 0})],
    FEEDBACK: [
        ("user", [("user_id", 1)], {}),
        ("at", [("at", -1)], {}),
        ("expiry", [("expires_at", 1)], {"expireAfterSeconds": 0}),
    ],
    BUDGET: [("expiry", [("expires_at", 1)], {"expireAfterSeconds": 0})],
    RUN_PEOPLE: [
        ("names", [("names", 1)], {}),
        ("run", [("run_id", 1)], {}),
        ("expiry", [("expires_at", 1)], {"expireAfterSeconds": 0}),
    ],
    REQUESTS: [
        ("user", [("user_id", 1), ("kind", 1)], {}),
        ("expiry", [("forgotten_at", 1)], {"expireAfterSeconds": 0}),
    ],
    TASK_REQUESTS: [
        # One open request for an item: a double click finds the first one's.
        (
            "dedupe",
            [("dedupe", 1)],
            {"unique": True, "partialFilterExpression": {"status": {"$in": ["queued", "running"]}}},
        ),
        ("open", [("status", 1), ("requested_at", 1)], {}),
        ("run", [("asked.key", 1)], {}),
        ("conversation", [("conversation_id", 1)], {}),
        ("user", [("user_id", 1), ("requested_at", -1)], {}),
        ("requester", [("requested_by.id", 1)], {}),
        ("expiry", [("expires_at", 1)], {"expireAfterSeconds": 0}),
    ],
    EVENTS: [
        ("conversation", [("conversation_id", 1)], {}),
        ("user", [("user_id", 1)], {}),
        ("received", [("last_received_at", -1)], {}),
        ("expiry", [("expires_at", 1)], {"expireAfterSeconds": 0}),
    ],
    METRIC_DAYS: [
        ("day", [("day", 1)], {}),
        ("expiry", [("expires_at", 1)], {"expireAfterSeconds": 0}),
    ],
    PERSONAS: [("cohort", [("cohort", 1)], {}), ("computed", [("computed_at", -1)], {})],
    COHORTS: [("room", [("zone", 1), ("batch", 1), ("members", 1), ("opened", 1)], {})],
    LEASES: [
        ("run", [("run_id", 1)], {}),
        # Leases of runs that died are swept by the server an hour after they ended.
        ("kept", [("expires_at", 1)], {"expireAfterSeconds": 0}),
    ],
}

# Indexes of earlier versions -> those that serve in their place. An old one goes when the new one stands, so that
# no query is ever without an index.
_REPLACED: dict[str, dict[str, str]] = {
    USERS: {
        "id": "astra_id",
        "astra_cohort": "astra_members",
        "astra_charts_due": "astra_chart_lacking",
        "astra_running_streaks": "astra_streaks",
        "astra_backfill_due": "astra_backfills",
        "astra_persona_off": "astra_persona_to_go",
    },
    CONVERSATIONS: {
        "conversation_id": "astra_conversation_id",
        "astra_waiting": "astra_due",
        "astra_days": "astra_ended",
        "astra_ends": "astra_ends_of_users",
    },
}
# While duplicates keep a unique index from being built, one of this name serves reads.
_LOOKUP = "{name}_lookup"
# An index that could not be built is tried again after this time, and not by every process that starts.
_TRIED_AGAIN_AFTER = dt.timedelta(hours=1)
_DUPLICATE_KEY, _PARALLEL_ARRAYS, _INDEX_NOT_FOUND = 11000, 171, 27


def ensure_indexes(db: Database[dict[str, Any]]) -> list[str]:
    """Create what is missing; returns the names of the indexes created. Safe to repeat and to race.

    An index of the web app on the same keys under another name serves as well and is left as it is. One that cannot
    be built is noted and left out.
    """
    created: list[str] = []
    since = dt.datetime.now(dt.UTC) - _TRIED_AGAIN_AFTER
    noted = {problem["_id"]: problem["at"] for problem in db[INDEX_PROBLEMS].find({}, {"at": 1})}
    for collection, indexes in INDEXES.items():
        standing = _standing(db, collection)
        missing = [
            (name, keys, options)
            for name, keys, options in indexes
            if not (f"{collection}.{name}" in noted and noted[f"{collection}.{name}"] > since)
            and not _is_served(collection, name, keys, options, standing)
        ]
        created += [f"{collection}.{name}" for name in _made(db, collection, missing)]
        if _successors(collection).keys() & standing.keys():
            _drop_replaced(db, collection)
    if solved := noted.keys() & set(created):
        db[INDEX_PROBLEMS].delete_many({"_id": {"$in": list(solved)}})
    return created


def problems(db: Database[dict[str, Any]]) -> list[str]:
    """The indexes that are missing, each with the reason if one is known. Reads only."""
    reasons = {problem["_id"]: problem["problem"] for problem in db[INDEX_PROBLEMS].find()}
    missing = []
    for collection, indexes in INDEXES.items():
        standing = _standing(db, collection)
        # A collection that is not there yet gets its indexes with the first process that starts.
        for name, keys, options in indexes if standing else ():
            if not _is_served(collection, name, keys, options, standing):
                index = f"{collection}.{name}"
                missing.append(f"{index} ({reasons.get(index, 'not made yet')})")
    return missing


def _standing(db: Database[dict[str, Any]], collection: str) -> dict[str, Index]:
    """Name -> (keys, filter) of the collection's indexes. Without a filter an index has every document."""
    return {
        index["name"]: (list(index["key"].items()), index.get("partialFilterExpression"))
        for index in db[collection].list_indexes()
    }


def _is_served(
    collection: str, name: str, keys: Keys, options: Mapping[str, Any], standing: Mapping[str, Index]
) -> bool:
    """Whether the index stands, under its own name or one of the web app's. A partial one of the app's does not
    serve, unless it has the same filter."""
    replaced = {*_REPLACED.get(collection, {}), _LOOKUP.format(name=name)}
    filters = (None, options.get("partialFilterExpression"))
    return any(
        found == keys and (other == name or only in filters)
        for other, (found, only) in standing.items()
        if other not in replaced
    )


def _made(
    db: Database[dict[str, Any]], collection: str, wanted: Sequence[tuple[str, Keys, Mapping[str, Any]]]
) -> list[str]:
    """Build indexes by one command, which reads the collection once; returns the names of those that stand.

    The server builds all of them or none. So one that cannot be built makes each a command of its own.
    """
    from pymongo import IndexModel
    from pymongo.errors import OperationFailure

    if not wanted:
        return []
    try:
        return db[collection].create_indexes(
            [IndexModel(keys, name=name, **options) for name, keys, options in wanted]
        )
    except OperationFailure as error:
        if len(wanted) > 1:
            return [name for one in wanted for name in _made(db, collection, [one])]
        ((name, keys, options),) = wanted
        _note_problem(db, f"{collection}.{name}", keys, error)
        if options.get("unique"):
            _made(db, collection, [(_LOOKUP.format(name=name), keys, {**options, "unique": False})])
        return []


def _note_problem(db: Database[dict[str, Any]], index: str, keys: Keys, error: OperationFailure) -> None:
    note = {"problem": _in_words(error, keys), "code": error.code, "at": dt.datetime.now(dt.UTC)}
    db[INDEX_PROBLEMS].update_one({"_id": index}, {"$set": note}, upsert=True)


def _in_words(error: OperationFailure, keys: Sequence[tuple[str, int]]) -> str:
    """The reason for which an index cannot be built. MongoDB's own message quotes the documents."""
    fields = " and ".join(field for field, _ in keys)
    if error.code == _DUPLICATE_KEY:
        return f"two documents have the same {fields}"
    if error.code == _PARALLEL_ARRAYS:
        return f"a document has lists in two of {fields}"
    named = (error.details or {}).get("codeName")
    return f"MongoDB refuses it: {named or error.code}"


def _successors(collection: str) -> dict[str, str]:
    """Indexes that are to go -> the index that has to stand before."""
    lookups = {_LOOKUP.format(name=name): name for name, _, _ in INDEXES[collection]}
    return _REPLACED.get(collection, {}) | lookups


def _drop_replaced(db: Database[dict[str, Any]], collection: str) -> None:
    from pymongo.errors import OperationFailure

    standing = _standing(db, collection)
    for old, new in _successors(collection).items():
        if old in standing and new in standing:
            try:
                db[collection].drop_index(old)
            except OperationFailure as error:
                if error.code != _INDEX_NOT_FOUND:  # another process was faster
                    raise
