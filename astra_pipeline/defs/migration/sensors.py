"""Migrated people's past is made good."""

import datetime as dt
from collections.abc import Sequence

import dagster as dg

from astra_pipeline.batches import budget, money
from astra_pipeline.batches.work import open_work
from astra_pipeline.defs.reports.assets import WEEKLY_REPORTS
from astra_pipeline.defs.users.jobs import julep_users_job
from astra_pipeline.migration.backfill import Due, reports_due
from astra_pipeline.migration.julep_users import syncs_due
from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tags import LANE_TAG, PAST_TAGS, is_under_way, range_tags
from astra_pipeline.settings import settings

_COHORTS_A_RUN = 20
_BACKFILL = {LANE_TAG: "backfill"}


@dg.sensor(
    jobs=[WEEKLY_REPORTS.job, julep_users_job],
    minimum_interval_seconds=max(settings().astra_sensor_interval_seconds, 30),
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests what migrated users lack: the reports of the last four weeks, once their conversations "
    "are processed, and Julep users that could not be made, when another try is due. Their conversations, charts, "
    "streaks and today's horoscope are found by new_conversations, birth_data_completed, daily_rollover_schedule "
    "and daily_horoscopes_schedule, as everybody's.",
)
@patient
def migrated_users(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    opened = context.instance.get_dynamic_partitions(str(cohorts.name))
    requests: list[dg.RunRequest] = []
    looked_at = context.cursor or ""
    with open_work(mongo, run_id="migrated_users") as work:
        now = work.now
        if not is_under_way(context.instance, _BACKFILL, job=julep_users_job.name):
            due = work.run(syncs_due(work))
            requests += [_sync_request(key, due[key], now) for key in opened if key in due]
        if budget.is_spent(work.sync, now=now):
            why = "the hour's LLM calls for the past are spent"
        elif money.is_over(work.sync, now=now):
            why = "ASTRA_MAX_COST_PER_DAY is spent"
        elif is_under_way(context.instance, _BACKFILL, job=WEEKLY_REPORTS.job.name):
            why = "reports on the past are being written"
        else:
            why = "nobody lacks anything"
            due_reports, looked_at = work.run(reports_due(work, looked_at))
            requests += [_request(cells, now) for cells in _side_by_side(due_reports, opened)]
    return dg.SensorResult(run_requests=requests, skip_reason=None if requests else why, cursor=looked_at)


def _sync_request(cohort: str, users: Sequence[str], now: dt.datetime) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"{cohort} {now:%Y-%m-%dT%H:%M}",
        job_name=julep_users_job.name,
        partition_key=cohort,
        tags=PAST_TAGS,
        run_config=dg.RunConfig(ops={"julep_users": {"config": {"user_ids": sorted(users)}}}),
    )


def _side_by_side(due: Due, opened: Sequence[str]) -> list[Due]:
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


def _request(cells: Due, now: dt.datetime) -> dg.RunRequest:
    """One run over the cohorts and their weeks, for the users who lack reports."""
    in_order = list(dict.fromkeys(cohort for cohort, _ in cells))
    weeks = [monday for _, monday in cells]
    first, last = (
        dg.MultiPartitionKey({"week": week.isoformat(), "cohort": cohort})
        for week, cohort in ((min(weeks), in_order[0]), (max(weeks), in_order[-1]))
    )
    users = sorted({user for lacking in cells.values() for user in lacking})
    config = dg.RunConfig(ops={"weekly_reports": {"config": {"user_ids": users}}})
    job = WEEKLY_REPORTS.job.name
    key = f"{first} {last} {now:%Y-%m-%dT%H:%M}"
    if first == last:
        return dg.RunRequest(run_key=key, job_name=job, partition_key=first, tags=PAST_TAGS, run_config=config)
    tags = {**PAST_TAGS, **range_tags(first, last)}
    return dg.RunRequest(run_key=key, job_name=job, tags=tags, run_config=config)
