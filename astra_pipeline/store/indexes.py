"""Every index of the project, in one table, and how they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astra_pipeline.store.collections import (
    BUDGET,
    COHORTS,
    CONVERSATIONS,
    FAILURES,
    HOROSCOPES,
    INSIGHTS,
    LEASES,
    REPORTS,
    TRANSCRIPTS,
    USERS,
)

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

# Collection -> (name, keys, options) of each index.
INDEXES: dict[str, list[tuple[str, list[tuple[str, int]], dict[str, Any]]]] = {
    USERS: [
        ("id", [("id", 1)], {"unique": True}),
        # Streaks that may have lapsed: only those that still run, oldest conversation first.
        (
            "astra_running_streaks",
            [("user_overview.gamification.last_conversation_date", 1)],
            {"partialFilterExpression": {"user_overview.gamification.streak_days": {"$gt": 0}}},
        ),
        # Users whose overview was folded and whose metrics are not computed yet.
        ("astra_gamification_due", [("astra.gamification_due", 1)], {"sparse": True}),
        # Members of a cohort with their zones, and who has none yet.
        ("astra_cohort", [("astra.cohort", 1), ("timezone", 1), ("birth_timezone", 1)], {}),
        # Migrated users whose backfill is not complete.
        ("astra_backfill_due", [("astra.migration.backfill_due", 1)], {"sparse": True}),
        # Statements about a birth that could not be used.
        ("astra_birth_rejected", [("astra.birth_rejected", 1)], {"sparse": True}),
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
        # Charts that are due: bounds on the key leave those without a chart, or with one of another engine, and who
        # has told a time. No second field of the app's: MongoDB refuses documents in which both are lists.
        ("astra_charts_due", [("astra.chart_key", 1), ("birth_time", 1)], {}),
    ],
    CONVERSATIONS: [
        ("conversation_id", [("conversation_id", 1)], {"unique": True}),
        # What waits for us: bounds on the first two keys leave only unprocessed conversations, so the
        # sensor's cost follows the work there is and not the history.
        (
            "astra_waiting",
            [("status", 1), ("metadata.transcript_processed", 1), ("ended_at", 1)],
            {},
        ),
        ("astra_days", [("status", 1), ("ended_at", 1)], {}),
        # Covers the streak query: every completed conversation of a user without reading documents.
        ("astra_ends", [("user_id", 1), ("status", 1), ("ended_at", 1), ("astra.erased_at", 1)], {}),
    ],
    TRANSCRIPTS: [("day", [("ended_at", 1)], {}), ("user", [("user_id", 1), ("ended_at", 1)], {})],
    INSIGHTS: [
        ("day", [("ended_at", 1)], {}),
        ("topics", [("user_id", 1), ("ended_at", 1)], {}),
        ("unfolded", [("folded_at", 1), ("ended_at", 1)], {}),
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
    BUDGET: [("expiry", [("expires_at", 1)], {"expireAfterSeconds": 0})],
    COHORTS: [("room", [("zone", 1), ("batch", 1), ("members", 1), ("opened", 1)], {})],
    LEASES: [
        ("run", [("run_id", 1)], {}),
        # Leases of runs that died are swept by the server an hour after they ended.
        ("kept", [("expires_at", 1)], {"expireAfterSeconds": 0}),
    ],
}


def ensure_indexes(db: Database[dict[str, Any]]) -> list[str]:
    """Create what is missing; returns the names of the indexes created. Safe to repeat and to race.

    An index of the web app on the same keys under another name serves as well and is left as it is.
    """
    from pymongo.errors import OperationFailure

    created: list[str] = []
    for collection, indexes in INDEXES.items():
        present = [list(index["key"].items()) for index in db[collection].list_indexes()]
        for name, keys, options in indexes:
            if keys in present:
                continue
            try:
                db[collection].create_index(keys, name=name, **options)
            except OperationFailure as error:
                if error.code not in (85, 86):  # the same index under other options or another name: theirs
                    raise
            else:
                created.append(f"{collection}.{name}")
    return created
