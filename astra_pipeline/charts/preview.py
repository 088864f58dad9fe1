"""Charts for an operator to look at: a few of them in words, and the numbers of each ascendant."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.work import Work
from astra_pipeline.people.chart import Chart, Signs
from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_COLUMNS = ("user", "vedic Sun / Moon / rising", "western Sun / Moon / rising", "flags")

_ROWS = 10
_OURS = {"user_overview.birth_chart.engine": {"$ne": None}}


async def preview(work: Work, done: Sequence[str]) -> Preview:
    """A few of the stored charts, in words."""
    charts = await asyncio.to_thread(shown, work.sync, (), done) if done else {}
    return Preview(_COLUMNS, [_row(user_id, chart) for user_id, chart in charts.items()])


def shown(
    db: Database[dict[str, Any]], cohorts: Sequence[str], users: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """User -> chart document: of the last few of `users`, or of anybody in the cohorts when no user is given."""
    query: dict[str, Any] = {"astra.cohort": {"$in": list(cohorts)}}
    if users:
        query = {"id": {"$in": list(users[-_ROWS:])}}
    found = db[USERS].find(query | _OURS, {"id": 1, "user_overview.birth_chart": 1}).limit(_ROWS)
    return {user["id"]: user["user_overview"]["birth_chart"] for user in found}


def _row(user_id: str, document: Mapping[str, Any]) -> tuple[str, ...]:
    """A chart as a row under the columns of the preview."""
    chart = Chart.read(document) or Chart(None)
    flags = "; ".join(flag.split(":")[0] for flag in chart.flags)
    return user_id, _in_words(chart.vedic), _in_words(chart.western), flags


def ascendants(db: Database[dict[str, Any]], cohorts: Sequence[str]) -> dict[str, int]:
    """Vedic ascendant -> the number of people in the cohorts who have it, the most frequent first."""
    groups = db[USERS].aggregate(
        [
            {"$match": {"astra.cohort": {"$in": list(cohorts)}} | _OURS},
            {"$group": {"_id": "$user_overview.birth_chart.vedic.ascendant", "users": {"$sum": 1}}},
            {"$sort": {"users": -1, "_id": 1}},
        ]
    )
    # An old document may hold anything there.
    return {group["_id"]: group["users"] for group in groups if isinstance(group["_id"], str)}


def _in_words(signs: Signs) -> str:
    return f"{signs.sun} / {signs.moon} / {signs.rising}"
