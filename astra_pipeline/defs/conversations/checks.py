import asyncio

import dagster as dg

from astra_pipeline.conversations import facts
from astra_pipeline.orchestration.metadata import table, verdict_check
from astra_pipeline.store.mongo import INSIGHTS, MongoResource

_SAMPLE = 100

elevenlabs_answered = verdict_check("transcripts", "elevenlabs")
task_runner_answered = verdict_check("conversation_insights", "task_runner")


@dg.asset_check(
    asset="user_overviews",
    description=f"Folding the insights of the {_SAMPLE} users folded last once more would change nothing.",
)
def overview_agrees_with_insights(mongo: MongoResource) -> dg.AssetCheckResult:
    """Recomputes the projection and compares; names the user and the paths that differ."""

    async def differing() -> tuple[int, list[dict[str, str]]]:
        async with mongo.connect() as db:
            latest = await (
                await db[INSIGHTS].aggregate(
                    [
                        {"$match": {"folded_at": {"$ne": None}}},
                        {"$sort": {"folded_at": -1}},
                        {"$limit": _SAMPLE},
                        {"$group": {"_id": "$user_id"}},
                    ]
                )
            ).to_list()
            rows: list[dict[str, str]] = []
            for user in latest:
                paths = await facts.differences(db, user["_id"])
                if paths:
                    rows.append({"user": user["_id"], "paths": ", ".join(paths)})
            return len(latest), rows

    users, rows = asyncio.run(differing())
    metadata = {"users_compared": users, "users_that_differ": len(rows)}
    return dg.AssetCheckResult(passed=not rows, metadata=metadata | ({"differences": table(rows)} if rows else {}))
