"""From a conversation that ended to an overview that knows about it."""

import datetime as dt

import dagster as dg

from astra_pipeline.conversations import days, insights
from astra_pipeline.conversations import transcripts as stored_transcripts
from astra_pipeline.orchestration.batch_asset import are_past, batch, conversation_asset
from astra_pipeline.orchestration.resources import LlmResource, MongoResource
from astra_pipeline.orchestration.run_config import ConversationScopeConfig, days_scope
from astra_pipeline.overview import write as overview
from astra_pipeline.settings import settings

elevenlabs_conversations = dg.AssetSpec(
    "elevenlabs_conversations",
    group_name="conversations",
    kinds={"mongodb"},
    owners=[settings().astra_owner],
    description="Conversations as the web app records them (`elevenlabs_conversations`).",
)
astra_users = dg.AssetSpec(
    "astra_users",
    group_name="users",
    kinds={"mongodb"},
    owners=[settings().astra_owner],
    description="People, as the web app keeps them (`user`).",
)


@conversation_asset("elevenlabs", deps=["elevenlabs_conversations"])
def transcripts(
    context: dg.AssetExecutionContext, config: ConversationScopeConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """Transcripts of the day's completed conversations, fetched once from ElevenLabs (`astra_transcripts`).

    A transcript that ElevenLabs has not finished is looked at again soon; an empty one is stored as empty.
    """
    scope = days_scope(context, config)
    with batch(context, mongo) as work:
        fetched = stored_transcripts.fetch(work, scope)
        return work.report_days(fetched, scope, days=days.state, preview=stored_transcripts.preview)


@conversation_asset("julep", deps=["transcripts"])
def conversation_insights(
    context: dg.AssetExecutionContext, config: ConversationScopeConfig, mongo: MongoResource, llm: LlmResource
) -> dg.MaterializeResult:
    """Insights of each transcript, extracted once by the task `transcript-processor` (`astra_insights`).

    An empty transcript gets a placeholder and costs no call.
    """
    scope = days_scope(context, config)
    with batch(context, mongo, llm, is_past=are_past(scope, dt.datetime.now(dt.UTC))) as work:
        return work.report_days(insights.extract(work, scope), scope, days=days.state, preview=insights.preview)


@conversation_asset("pydantic", deps=["conversation_insights", "astra_users"])
def user_overviews(
    context: dg.AssetExecutionContext, config: ConversationScopeConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """`user_overview` of everybody with insights that are not in it yet: all their insights folded into the fields
    we own, and the conversations marked as processed."""
    scope = days_scope(context, config)
    with batch(context, mongo) as work:
        return work.report_days(overview.fold(work, scope), scope, days=days.state, preview=overview.preview)
