"""The index of the people that runs of Dagster name: `astra_run_people`.

A run's metadata and output name a few of the people and conversations it worked on. Each batch notes them here at
its end, before Dagster stores what it reports, so that erasing finds the runs of a person by one read. A document:
`run_id`, `names` (ids of people and conversations), `expires_at`, and one with the `_id` "since" that says when the
index began. They go with the runs (ASTRA_RUN_RETENTION_DAYS).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.settings import settings
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import RUN_PEOPLE

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

_SINCE = "since"
_NAMES_A_DOCUMENT = 1_000
_DAY_MS = 24 * 3_600_000


@dataclass(frozen=True)
class Named:
    """The runs that the index knows to name a person."""

    runs: frozenset[str] = frozenset()
    since: dt.datetime | None = None
    """When the index began (UTC). Runs of before it are not in it. None: there is no index yet."""


async def note(db: Database, run_id: str, names: Iterable[str]) -> None:
    """Note that a run names these people and conversations, by ids or by the items of their texts."""
    await db[RUN_PEOPLE].update_one({"_id": _SINCE}, [{"$set": {"at": {"$ifNull": ["$at", "$$NOW"]}}}], upsert=True)
    ids = sorted({_without_date(name) for name in names})
    kept = (settings().astra_run_retention_days + 1) * _DAY_MS
    for chunk in chunks(ids, _NAMES_A_DOCUMENT):
        query = {"_id": f"{run_id} {_digest(chunk)}"}
        document = {
            "run_id": {"$literal": run_id},
            "names": {"$literal": list(chunk)},
            "expires_at": {"$add": ["$$NOW", kept]},
        }
        await db[RUN_PEOPLE].update_one(query, [{"$set": document}], upsert=True)


async def named(db: Database, names: Sequence[str]) -> Named:
    """The runs that name one of these people or conversations."""
    runs = {
        run
        for chunk in chunks(list(names))
        for run in await db[RUN_PEOPLE].distinct("run_id", {"names": {"$in": list(chunk)}})
    }
    began = await db[RUN_PEOPLE].find_one({"_id": _SINCE})
    return Named(frozenset(runs), began["at"] if began else None)


async def forget(db: Database, run_ids: Collection[str]) -> None:
    """Drop the runs, which are gone."""
    for chunk in chunks(list(run_ids)):
        await db[RUN_PEOPLE].delete_many({"run_id": {"$in": list(chunk)}})


def _without_date(name: str) -> str:
    """The person's id of "PERSON@DATE", the item of a text; another id as it is."""
    from astra_pipeline.personal_data.person_ids import is_dated_item

    person = name.rpartition("@")[0]
    return person if person and is_dated_item(name, person) else name


def _digest(names: Sequence[str]) -> str:
    import hashlib

    return hashlib.sha256("\0".join(names).encode("utf-8", "surrogatepass")).hexdigest()[:16]
