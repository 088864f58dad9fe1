"""From a conversation that ended to an overview that knows about it."""

from collections.abc import Iterator

import dagster as dg

from astra_pipeline.orchestration.conversation_run import conversation_assets, conversation_run
from astra_pipeline.orchestration.resources import LlmResource, MongoResource
from astra_pipeline.orchestration.run_config import ConversationRunConfig
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


@conversation_assets(
    [
        dg.AssetSpec(
            "transcripts",
            deps=["elevenlabs_conversations"],
            kinds={"mongodb", "elevenlabs"},
            description="Transcripts of the day's completed conversations, fetched once from ElevenLabs "
            "(`astra_transcripts`). A transcript that ElevenLabs has not finished is looked at again soon; an "
            "empty one is stored as empty.",
        ),
        dg.AssetSpec(
            "conversation_insights",
            deps=["transcripts"],
            kinds={"mongodb", "julep"},
            description="Insights of each transcript, extracted once by the task `transcript-processor` "
            "(`astra_insights`). An empty transcript gets a placeholder and costs no call.",
        ),
        dg.AssetSpec(
            "user_overviews",
            deps=["conversation_insights", "astra_users"],
            kinds={"mongodb", "pydantic"},
            description="`user_overview` of everybody with insights that are not in it yet: all their insights "
            "folded into the fields we own, and the conversations marked as processed.",
        ),
        dg.AssetSpec(
            "gamification_metrics",
            deps=["conversation_insights", "elevenlabs_conversations", "astra_users"],
            kinds={"mongodb", "pandas"},
            description="`user_overview.gamification` of the users with conversations on these days, of those just "
            "folded, and of those whose streak has lapsed: streaks in each person's own zone, topics, milestones.",
        ),
    ]
)
def conversations(
    context: dg.AssetExecutionContext, config: ConversationRunConfig, mongo: MongoResource, llm: LlmResource
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Everything that follows the end of a conversation, each conversation as soon as it can be."""
    yield from conversation_run(context, config, mongo, llm)
