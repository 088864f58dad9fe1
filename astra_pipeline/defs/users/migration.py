"""People of the old system are taken in, and their past is made good."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from pydantic import Field

from astra_pipeline.batches import budget, loop
from astra_pipeline.defs.reports.jobs import weekly_reports_job
from astra_pipeline.defs.users.jobs import julep_users_job
from astra_pipeline.migration import sync as migration
from astra_pipeline.migration.plan import Plan
from astra_pipeline.orchestration.cohort_texts import is_under_way
from astra_pipeline.orchestration.metadata import batch_metadata, table
from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tags import LANE_TAG, PAST_TAGS, RANGE_END_TAG, RANGE_START_TAG
from astra_pipeline.people.cohorts import zones
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
    """Everybody without a Julep user or a cohort gets both, also whom an earlier try set aside; one who fails does
    not stop the rest. The sensor `migrated_users` requests what their past lacks."""
    began, now = time.monotonic(), dt.datetime.now(dt.UTC)
    if config.dry_run:
        plan = migration.plan(mongo.untouched, only=config.user_ids, limit=config.limit, now=now)
        context.add_output_metadata(_foreseen(plan))
        return
    synced_already = migration.synced(mongo.db, only=config.user_ids)
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
            insists=True,
            progress=lambda so_far: context.log.info(f"{so_far.attempted} of {len(users)} users"),
        )
    )
    metadata = batch_metadata(result, seconds=time.monotonic() - began)
    metadata |= {"seated": seated, "synced_already": synced_already}
    unreadable = migration.unreadable_of(mongo.db, result.done)
    metadata |= _left_as_it_is(unreadable)
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


def _foreseen(plan: Plan) -> dict[str, Any]:
    configured = settings()
    duration = plan.duration(
        users_per_second=configured.astra_julep_users_per_second,
        calls_per_hour=configured.astra_backfill_max_calls_per_hour,
        concurrency=configured.astra_llm_concurrency,
    )
    return {
        "users": plan.users,
        "synced_already": plan.synced_already,
        "cohorts": table([{"cohort": key, "users": users} for key, users in plan.cohorts.items()]),
        "conversations": plan.conversations,
        "days": f"{plan.first_day} to {plan.last_day}" if plan.first_day else "none",
        "charts": plan.charts,
        "horoscopes": plan.horoscopes,
        "reports": plan.reports,
        "llm_calls": plan.llm_calls,
        "duration": "halted: ASTRA_BACKFILL_MAX_CALLS_PER_HOUR is 0" if duration is None else str(duration),
        **_left_as_it_is(plan.unreadable),
    }


def _left_as_it_is(unreadable: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    rows = [{"user": user, "what": "; ".join(odd)} for user, odd in list(unreadable.items())[:_ROWS]]
    return {"unreadable": len(unreadable)} | ({"left_as_it_is": table(rows)} if rows else {})


@dg.job(description="Take in everybody of the old system: cohort, Julep user, then the backfill of their past.")
def migrate_users() -> None:
    take_in_users()


@dg.sensor(
    jobs=[weekly_reports_job, julep_users_job],
    minimum_interval_seconds=max(settings().astra_sensor_interval_seconds, 30),
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests what migrated users lack: the reports of the last four weeks, once their conversations "
    "are processed, and Julep users that could not be made, when another try is due. Their conversations, charts, "
    "streaks and today's horoscope are found by new_conversations, birth_data_completed, daily_rollover_schedule "
    "and daily_horoscopes_schedule, as everybody's.",
)
def migrated_users(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    now = dt.datetime.now(dt.UTC)
    opened = context.instance.get_dynamic_partitions(str(cohorts.name))
    requests = []
    if not is_under_way(context.instance, julep_users_job.name, {LANE_TAG: "backfill"}):
        due = migration.syncs_due(mongo.db, now=now)
        requests += [_sync_request(key, due[key], now) for key in opened if key in due]
    if budget.is_spent(mongo.db, now=now):
        why = "the hour's LLM calls for the past are spent"
    elif is_under_way(context.instance, weekly_reports_job.name, {LANE_TAG: "backfill"}):
        why = "reports on the past are being written"
    else:
        why = "nobody lacks anything"
        lacking = _side_by_side(migration.reports_due(mongo.db, now=now), opened)
        requests += [_request(cells, now) for cells in lacking]
    return dg.SensorResult(run_requests=requests, skip_reason=None if requests else why)


def _sync_request(cohort: str, users: Sequence[str], now: dt.datetime) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"{cohort} {now:%Y-%m-%dT%H:%M}",
        job_name=julep_users_job.name,
        partition_key=cohort,
        tags=PAST_TAGS,
        run_config=dg.RunConfig(ops={"julep_users": {"config": {"user_ids": sorted(users)}}}),
    )


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
    job = weekly_reports_job.name
    key = f"{first} {last} {now:%Y-%m-%dT%H:%M}"
    if first == last:
        return dg.RunRequest(run_key=key, job_name=job, partition_key=first, tags=PAST_TAGS, run_config=config)
    tags = {**PAST_TAGS, RANGE_START_TAG: str(first), RANGE_END_TAG: str(last)}
    return dg.RunRequest(run_key=key, job_name=job, tags=tags, run_config=config)
