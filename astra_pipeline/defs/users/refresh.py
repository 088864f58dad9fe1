"""One person, by id, brought up to date."""

import datetime as dt
from collections.abc import Mapping

import dagster as dg
from pydantic import Field

from astra_pipeline.core.reports import last_due
from astra_pipeline.core.zones import local_date
from astra_pipeline.defs.conversations.sensors import FIRST_DAY_TAG, LAST_DAY_TAG
from astra_pipeline.defs.users.partitions import cohorts
from astra_pipeline.resources import waiting
from astra_pipeline.resources.cohorts import place, zones
from astra_pipeline.resources.mongo import MongoResource

_REFRESH_TAG = "astra/refresh_of"


class UserConfig(dg.Config):
    """Whom the run is about."""

    user_id: str = Field(description="The user's `id`.", min_length=1)
    force: bool = Field(default=False, description="Do again, and pay again for, what exists.")


@dg.op
def refresh_user(context: dg.OpExecutionContext, config: UserConfig, mongo: MongoResource) -> None:
    """The jobs everybody's work is done by, each for this person alone: conversations from their oldest that waits
    until today, streaks, chart, today's horoscope, the report on the last week that is over."""
    now = dt.datetime.now(dt.UTC)
    cohort = place(mongo.db, config.user_id)
    zone = zones(mongo.db)[cohort]
    if not context.instance.has_dynamic_partition(str(cohorts.name), cohort):
        context.instance.add_dynamic_partitions(str(cohorts.name), [cohort])
    first = waiting.oldest_day(mongo.db, config.user_id) or now.date()
    days = {FIRST_DAY_TAG: min(first, now.date()).isoformat(), LAST_DAY_TAG: now.date().isoformat()}
    today, week = local_date(now, zone), last_due(now, zone)
    work: list[tuple[str, Mapping[str, str], str | None]] = [
        ("conversation_pipeline", days, None),
        ("birth_charts_job", {}, cohort),
        ("daily_horoscopes_job", {}, dg.MultiPartitionKey({"date": today.isoformat(), "cohort": cohort})),
        ("weekly_reports_job", {}, dg.MultiPartitionKey({"week": week.isoformat(), "cohort": cohort})),
    ]
    runs = {job: _run(context, job, config, partition, tags) for job, tags, partition in work}
    context.add_output_metadata({job: ("succeeded" if ok else "failed") for job, ok in runs.items()})
    if failed := [job for job, ok in runs.items() if not ok]:
        raise dg.Failure(f"{', '.join(failed)} failed: look for the runs with the tag {_REFRESH_TAG}")


def _run(
    context: dg.OpExecutionContext, name: str, config: UserConfig, partition: str | None, tags: Mapping[str, str]
) -> bool:
    # In here, or the definitions would need themselves.
    from astra_pipeline.definitions import defs

    job = defs.resolve_job_def(name)
    chosen = {"user_ids": [config.user_id], "force": config.force}
    ops = {node.name: {"config": chosen} for node in job.nodes if node.name in _CHOOSE_PEOPLE}
    result = job.execute_in_process(
        instance=context.instance,
        partition_key=partition,
        tags={**tags, _REFRESH_TAG: context.run_id},
        run_config={"ops": ops},
        raise_on_error=False,
    )
    context.log.info(f"{name}: run {result.run_id} {'succeeded' if result.success else 'failed'}")
    return result.success


_CHOOSE_PEOPLE = (
    "transcripts",
    "conversation_insights",
    "user_overviews",
    "gamification_metrics",
    "birth_charts",
    "daily_horoscopes",
    "weekly_reports",
)


@dg.job(description="Everything about one person, by id: conversations, streaks, chart, horoscope, report.")
def user_refresh() -> None:
    refresh_user()
