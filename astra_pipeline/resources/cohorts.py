"""Cohorts: bounded sets of users who share a time zone, in order of joining (`astra_cohorts`).

A cohort document counts its members. A seat is taken before the user is put into it, so two at once never overfill
a cohort; a seat whose user was placed by somebody else meanwhile is given back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.core.zones import cohort_slug, person_zone
from astra_pipeline.resources.mongo import COHORTS, USERS
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_AT_ONCE = 2_000


def place_new_users(db: Database[dict[str, Any]]) -> int:
    """Put users without a cohort into one of their zone; returns how many. Safe to repeat and to race."""
    fields = {"id": 1, "timezone": 1, "birth_timezone": 1}
    # None matches a missing field; the index on astra.cohort serves it.
    found = db[USERS].find({"astra.cohort": None, "id": {"$type": "string"}}, fields).limit(_AT_ONCE)
    return sum(_place(db, user) for user in list(found))


def all_cohorts(db: Database[dict[str, Any]]) -> list[str]:
    """Keys of all cohorts, in the order they were opened."""
    return [cohort["_id"] for cohort in db[COHORTS].find({}, {"_id": 1}).sort("opened", 1)]


def _place(db: Database[dict[str, Any]], user: Mapping[str, Any]) -> bool:
    zone = person_zone(user, settings().astra_default_timezone)
    key = _take_seat(db, zone)
    # The pipeline form, because `astra` may be null, below which a dotted path cannot be set.
    placed = db[USERS].update_one(
        {"_id": user["_id"], "astra.cohort": None},
        [{"$set": {"astra": {"$mergeObjects": ["$astra", {"cohort": key}]}}}],
    )
    if not placed.matched_count:
        db[COHORTS].update_one({"_id": key}, {"$inc": {"members": -1}})
    return bool(placed.matched_count)


def _take_seat(db: Database[dict[str, Any]], zone: str) -> str:
    from pymongo.errors import DuplicateKeyError

    free = {"zone": zone, "members": {"$lt": settings().astra_cohort_size}}
    while True:
        cohort = db[COHORTS].find_one_and_update(free, {"$inc": {"members": 1}}, sort=[("opened", 1)])
        if cohort is not None:
            return cohort["_id"]
        number = db[COHORTS].count_documents({"zone": zone}) + 1
        opened = {
            "_id": f"{cohort_slug(zone)}-{number:03d}",
            "zone": zone,
            "members": 0,
            "opened": db[COHORTS].count_documents({}),
        }
        try:
            db[COHORTS].insert_one(opened)
        except DuplicateKeyError:  # another sensor opened it first: there is a seat now
            continue


def zones(db: Database[dict[str, Any]]) -> dict[str, str]:
    """Cohort key -> its IANA zone, in the order they were opened."""
    return {cohort["_id"]: cohort["zone"] for cohort in db[COHORTS].find({}, {"zone": 1}).sort("opened", 1)}
