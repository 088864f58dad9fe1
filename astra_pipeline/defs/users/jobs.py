"""Jobs over people: their Julep users, and everything about one person."""

import dagster as dg
from pydantic import Field

from astra_pipeline.batches.work import open_work
from astra_pipeline.orchestration.metadata import refresh_metadata
from astra_pipeline.orchestration.resources import LlmResource, MongoResource
from astra_pipeline.orchestration.retries import retried
from astra_pipeline.orchestration.tags import LANE_TAG
from astra_pipeline.orchestration.user_refresh import refresh_person

julep_users_job = dg.define_asset_job(
    "julep_users_job",
    selection=["julep_users"],
    description="Julep users of people who have none, of the cohorts chosen.",
)
personas_job = dg.define_asset_job(
    "personas_job",
    selection=["personas"],
    description="Personas that are due, of the cohorts chosen.",
)


class UserConfig(dg.Config):
    """The person the run is about."""

    user_id: str = Field(description="The user's `id`.", min_length=1)
    force: bool = Field(default=False, description="Do again, and pay again for, what exists.")


@dg.op
@retried
def refresh_user(
    context: dg.OpExecutionContext, config: UserConfig, mongo: MongoResource, llm: LlmResource
) -> None:
    """Brings one person up to date in this run, by the services of all assets: conversations from the oldest that
    waits until today, streaks, chart, today's horoscope, the report on the last week that is over.

    A part that fails does not keep the others from what they can do; the run fails at the end and says why.
    """
    lane = context.run.tags.get(LANE_TAG)
    with open_work(mongo, llm, run_id=context.run_id, lane=lane) as work:
        refresh = refresh_person(work, config.user_id, force=config.force, log=context.log.info)
    metadata = refresh_metadata(refresh)
    if refresh.troubles:
        raise dg.Failure("; ".join(refresh.troubles), metadata=metadata, allow_retries=False)
    context.add_output_metadata(metadata)


@dg.job(description="Everything about one person, by id: conversations, streaks, chart, horoscope, report.")
def user_refresh() -> None:
    refresh_user()
