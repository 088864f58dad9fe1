"""People of the old system are taken in, and their past is made good."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Sequence

import dagster as dg
from pydantic import Field

from astra_pipeline.defs.batch_config import LANE_TAG
from astra_pipeline.defs.conversations.sensors import FIRST_DAY_TAG, LAST_DAY_TAG
from astra_pipeline.defs.grids import PAST_TAGS, is_under_way
from astra_pipeline.defs.reporting import batch_metadata, table
from astra_pipeline.defs.reports.jobs import weekly_reports_job
from astra_pipeline.defs.users.partitions import cohorts
from astra_pipeline.resources import budget, loop, migration
from astra_pipeline.resources.cohorts import zones
from astra_pipeline.resources.mongo import MongoResource
from astra_pipeline.settings import settings

_ROWS = 50
_COHORTS_A_RUN = 20


class MigrationConfig(dg.Config):
    """Whom a migration takes in; the default is everybody who is not."""

    user_ids: list[str] = Field(default_factory=list, description="Only these users, even if parked.")
    limit: int | None = Field(default=None, description="At most so many users.", ge=1)
    dry_run: bool = Field(default=False, description="Write nothing, only tell the plan.")


@dg.op
def take_in_users(context: dg.OpExecutionContext, config: MigrationConfig, mongo: MongoResource) -> None:
    """Everybody without a Julep user or a cohort gets both; one who fails does not stop the rest. The sensor
    `migrated_users` requests what their past lacks."""
    began, now = time.monotonic(), dt.datetime.now(dt.UTC)
    if config.dry_run:
        plan = migration.plan(mongo.db, only=config.user_ids, limit=config.limit, now=now)
        context.add_output_metadata(
            {
                "users": plan.users,
                "synced_already": plan.synced_already,
                "conversations": plan.conversations,
                "llm_calls": plan.llm_calls,
                "cohorts": table([{"cohort": key, "users": users} for key, users in plan.cohorts.items()]),
                "unreadable": table(
                    [{"user": user, "what": "; ".join(odd)} for user, odd in list(plan.unreadable.items())[:_ROWS]]
                ),
            }
        )
        return
    users = migration.to_sync(mongo.db, only=config.user_ids, limit=config.limit)
    seated = migration.seat(mongo.db, users, now=now)
    opened = [key for key in zones(mongo.db) if not context.instance.has_dynamic_partition(str(cohorts.name), key)]
    context.instance.add_dynamic_partitions(str(cohorts.name), opened)
    context.log.info(f"{len(users)} users to take in, {seated} seated, {len(opened)} cohorts opened")
    result = loop.run(
        migration.sync_by_itself(
            mongo,
            users,
            run_id=context.run.run_id,
            insists=bool(config.user_ids),
            progress=lambda so_far: context.log.info(f"{so_far.attempted} of {len(users)} users"),
        )
    )
    metadata = batch_metadata(result, seconds=time.monotonic() - began) | {"seated": seated}
    unreadable = migration.unreadable_of(mongo.db, result.done)
    if unreadable:
        rows = [{"user": user, "what": "; ".join(odd)} for user, odd in list(unreadable.items())[:_ROWS]]
        metadata["left_as_it_is"] = table(rows)
    cohort_of = migration.cohorts_of(mongo.db, result.done)
    odd_per_cohort = Counter(cohort_of[user] for user in unreadable)
    for cohort, count in Counter(cohort_of.values()).items():
        counts = {"done": count, "unreadable": odd_per_cohort[cohort]}
        context.log_event(dg.AssetMaterialization("julep_users", partition=cohort, metadata=counts))
    context.add_output_metadata(metadata)
    if result.failed or result.rejected:
        raise dg.Failure(
            f"{len(result.failed)} of {len(users)} users could not be taken in: "
            f"{result.rejected or result.failed[0].message}",
            metadata=metadata,
            allow_retries=False,
        )


@dg.job(description="Take in everybody of the old system: cohort, Julep user, then the backfill of their past.")
def migrate_users() -> None:
    take_in_users()


@dg.sensor(
    job=weekly_reports_job,
    minimum_interval_seconds=max(settings().astra_sensor_interval_seconds, 30),
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests the reports of the last four weeks that migrated users lack, once their conversations "
    "are processed. Their conversations, charts and today's horoscope are found by new_conversations, "
    "birth_data_completed and daily_horoscopes_schedule, as everybody's.",
)
def migrated_users(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    now = dt.datetime.now(dt.UTC)
    if budget.is_spent(mongo.db, now=now):
        return dg.SensorResult(skip_reason="the hour's LLM calls for the past are spent")
    if is_under_way(context.instance, weekly_reports_job.name, {LANE_TAG: "backfill"}):
        return dg.SensorResult(skip_reason="reports on the past are being written")
    due = migration.reports_due(mongo.db, now=now)
    opened = context.instance.get_dynamic_partitions(str(cohorts.name))
    requests = [_request(cells, now) for cells in _side_by_side(due, opened)]
    return dg.SensorResult(run_requests=requests, skip_reason=None if requests else "nobody lacks anything")


def _side_by_side(due: migration.Due, opened: Sequence[str]) -> list[migration.Due]:
    """The cells that are due, in groups of cohorts whose partitions follow each other: a run over a range takes in
    all between its ends."""
    lacking = {cohort for cohort, _ in due}
    groups: list[list[str]] = [[]]
    for cohort in opened:
        if cohort not in lacking:
            groups.append([])
        else:
            if len(groups[-1]) == _COHORTS_A_RUN:
                groups.append([])
            groups[-1].append(cohort)
    return [
        {(cohort, monday): users for cohort in group for (its, monday), users in due.items() if its == cohort}
        for group in groups
        if group
    ]


def _request(cells: migration.Due, now: dt.datetime) -> dg.RunRequest:
    """One run over the cohorts and their weeks, for the users who lack reports."""
    in_order = list(dict.fromkeys(cohort for cohort, _ in cells))
    weeks = [monday for _, monday in cells]
    first, last = (
        dg.MultiPartitionKey({"week": week.isoformat(), "cohort": cohort})
        for week, cohort in ((min(weeks), in_order[0]), (max(weeks), in_order[-1]))
    )
    users = sorted({user for lacking in cells.values() for user in lacking})
    config = dg.RunConfig(ops={"weekly_reports": {"config": {"user_ids": users}}})
    key = f"{first} {last} {now:%Y-%m-%dT%H:%M}"
    if first == last:
        return dg.RunRequest(run_key=key, partition_key=first, tags=PAST_TAGS, run_config=config)
    tags = {**PAST_TAGS, FIRST_DAY_TAG: str(first), LAST_DAY_TAG: str(last)}
    return dg.RunRequest(run_key=key, tags=tags, run_config=config)
