"""What the sky holds: each person's chart, and each day."""

import datetime as dt
import time
from typing import Any

import dagster as dg

from astra_pipeline.batches import loop
from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.work import work_through
from astra_pipeline.charts import skies
from astra_pipeline.charts import write as charts
from astra_pipeline.errors import BadBirth
from astra_pipeline.orchestration.metadata import (
    batch_metadata,
    parked_check,
    parked_result,
    picture,
    preview,
    table,
)
from astra_pipeline.orchestration.partitions import cohorts, sky_days
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.run_config import PeopleConfig, step_retries
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import USERS

_STORED_AT_ONCE = 20
_PREVIEW_ROWS = 10


@dg.asset(
    partitions_def=cohorts,
    group_name="astrology",
    kinds={"mongodb", "numpy"},
    owners=[settings().astra_owner],
    deps=["astra_users"],
    check_specs=[parked_check("birth_charts")],
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=step_retries(),
)
def birth_charts(
    context: dg.AssetExecutionContext, config: PeopleConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """`user_overview.birth_chart` of users with a date, a time and a place of birth: Vedic and Western, computed
    from JPL DE421. Computed again when the birth data or the engine changes, and in place of charts the old
    system wrote. Unknown places and impossible dates fail their user with a message to act on."""
    began = time.monotonic()
    now = dt.datetime.now(dt.UTC)

    async def run() -> tuple[BatchResult, int]:
        async with mongo.connect() as db:
            due = await charts.users_due(db, context.partition_keys, user_ids=config.user_ids, force=config.force)
            computed = charts.compute(list(due.users.values()), now=now)

            async def store(subject: Subject) -> bool:
                chart = computed[subject.item]
                if isinstance(chart, BadBirth):
                    await charts.withdraw(db, due.users[subject.item])
                    raise chart
                return await charts.store(db, due.users[subject.item], chart, run_id=context.run.run_id)

            result = await work_through(
                db,
                charts.KIND,
                due.subjects,
                store,
                run_id=context.run.run_id,
                concurrency=_STORED_AT_ONCE,
                even_if_held=config.force or bool(config.user_ids),
                limit=config.limit,
                leased=False,
            )
            result.skipped |= due.skipped
            return result, due.current

    result, current = loop.run(run())
    metadata = batch_metadata(result, seconds=time.monotonic() - began) | {"current": current}
    return dg.MaterializeResult(
        metadata=metadata | _told(mongo, list(context.partition_keys), result.done),
        check_results=[parked_result(mongo, "birth_charts")],
    )


def _told(mongo: MongoResource, keys: list[str], done: list[str]) -> dict[str, Any]:
    """Counts by ascendant, a few charts in words, and one as a wheel."""
    from astra_pipeline.astrology.wheel import chart_wheel

    counts = skies.ascendants(mongo.db, keys)
    told: dict[str, Any] = {"charts": sum(counts.values())}
    if counts:
        told["ascendants"] = table([{"ascendant": sign, "users": users} for sign, users in counts.items()])
    query = {"astra.cohort": {"$in": keys}, "user_overview.birth_chart.engine": {"$ne": None}}
    if done:
        query = {"id": {"$in": done[-_PREVIEW_ROWS:]}}
    shown = list(mongo.db[USERS].find(query, {"id": 1, "user_overview.birth_chart": 1}).limit(_PREVIEW_ROWS))
    rows = []
    for user in shown:
        chart = user["user_overview"]["birth_chart"]
        vedic, western = chart["vedic"], chart["western"]
        rows.append(
            (
                user["id"],
                f"{vedic['sun_sign']} / {vedic['moon_sign']} / {vedic['ascendant']}",
                f"{western['sun_sign']} / {western['moon_sign']} / {western['rising_sign']}",
                "; ".join(flag.split(":")[0] for flag in chart["input"]["flags"]),
            )
        )
    told |= preview(("user", "vedic Sun / Moon / rising", "western Sun / Moon / rising", "flags"), rows)
    if shown and settings().astra_previews:
        told["wheel"] = picture(chart_wheel(shown[0]["user_overview"]["birth_chart"]))
        told["wheel_of"] = shown[0]["id"]
    return told


@dg.asset(
    partitions_def=sky_days,
    group_name="astrology",
    kinds={"mongodb", "numpy"},
    owners=[settings().astra_owner],
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=step_retries(),
)
def daily_sky(
    context: dg.AssetExecutionContext, config: PeopleConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """The sky of each date (UTC), computed once for every horoscope of it: positions and aspects at midnight,
    ingresses, stations, phases and tithis with their minute (`astra_daily_sky`)."""
    from astra_pipeline.astrology.wheel import wheel

    began = time.monotonic()
    dates = [dt.date.fromisoformat(key) for key in context.partition_keys][: config.limit]
    result = skies.refresh(mongo.db, dates, force=config.force)
    for date in dates:
        day = skies.of(mongo.db, date)
        context.add_asset_metadata(
            {"day/events": len(day["events"]), "day/phase_angle": day["moon"]["phase_angle"]},
            partition_key=date.isoformat(),
        )
    last = skies.of(mongo.db, dates[-1])
    metadata = batch_metadata(result, seconds=time.monotonic() - began)
    if last["events"]:
        metadata["events"] = table(
            [{"at": f"{e['at']:%Y-%m-%d %H:%M}", "type": e["type"], "what": e["detail"]} for e in last["events"]]
        )
    metadata["moon"] = f"{last['moon']['phase']}, {last['moon']['tithi']}, {last['moon']['nakshatra']}"
    metadata["wheel"] = picture(wheel(last["positions"], last["aspects"]))
    return dg.MaterializeResult(metadata=metadata)
