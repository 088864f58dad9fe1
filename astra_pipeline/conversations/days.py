"""The state of each day: the numbers of its conversations that passed each stage."""

from __future__ import annotations

from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import Work
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, NOT_ERASED, TRANSCRIPTS


async def state(work: Work, scope: Scope) -> dict[str, dict[str, int]]:
    """UTC day (YYYY-MM-DD) -> the numbers of its completed conversations.

    They are counted in all, with a transcript, with insights, and with their place in the user's overview.
    """
    state: dict[str, dict[str, int]] = {}
    day = {"$dateToString": {"date": "$ended_at", "format": "%Y-%m-%d"}}
    in_time = {"ended_at": scope.in_days}
    counts = (
        ("completed", CONVERSATIONS, in_time | {"status": "completed"} | NOT_ERASED),
        ("transcripts", TRANSCRIPTS, in_time),
        ("insights", INSIGHTS, in_time),
        ("in_overviews", INSIGHTS, in_time | {"folded_at": {"$ne": None}}),
    )
    for name, collection, query in counts:
        pipeline = [{"$match": query}, {"$group": {"_id": day, "count": {"$sum": 1}}}]
        async for group in await work.db[collection].aggregate(pipeline):
            state.setdefault(group["_id"], {})[name] = group["count"]
    return state
