"""From a conversation that ended to an overview that knows about it."""

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import dagster as dg

from astra_pipeline.batches import leases, loop
from astra_pipeline.batches.budget import spending
from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.work import work_through
from astra_pipeline.conversations import facts
from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.conversations.facts import Window
from astra_pipeline.conversations.task import TASK
from astra_pipeline.defs.conversations.partitions import conversation_days
from astra_pipeline.llm.runner import run_task, workers
from astra_pipeline.orchestration.metadata import batch_metadata, parked_check, parked_result, preview
from astra_pipeline.orchestration.resources import LlmResource
from astra_pipeline.orchestration.run_config import BatchConfig, lane_of, step_retries, window_of
from astra_pipeline.settings import settings
from astra_pipeline.store.mongo import INSIGHTS, TRANSCRIPTS, USERS, MongoResource
from astra_pipeline.zones import local_date, person_zone

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

_PREVIEW_ROWS = 10
_FOLDS_AT_ONCE = 20
_STILL_LIVE = dt.timedelta(days=1)
"""Yesterday is what the sensor takes for live, too."""

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


def _conversation_asset(
    service: str, deps: list[str]
) -> Callable[[Callable[..., dg.MaterializeResult]], dg.AssetsDefinition]:
    """What the assets of this group have in common; a function's name is its asset's key."""

    def decorate(compute: Callable[..., dg.MaterializeResult]) -> dg.AssetsDefinition:
        return dg.asset(
            partitions_def=conversation_days,
            group_name="conversations",
            kinds={"mongodb", service},
            owners=[settings().astra_owner],
            deps=deps,
            check_specs=[parked_check(compute.__name__)],
            backfill_policy=dg.BackfillPolicy.single_run(),
            retry_policy=step_retries(),
        )(compute)

    return decorate


@_conversation_asset("elevenlabs", deps=["elevenlabs_conversations"])
def transcripts(
    context: dg.AssetExecutionContext, config: BatchConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """Transcripts of the day's completed conversations, fetched once from ElevenLabs (`astra_transcripts`).

    A transcript ElevenLabs has not finished is looked at again soon; an empty one is stored as empty.
    """

    async def batch(db: "Database", window: Window) -> BatchResult:
        found, bad = await facts.completed(db, window)
        conversations = {conversation.conversation_id: conversation for conversation in found}
        subjects = [Subject(c.conversation_id, c.conversation_id, c.user_id) for c in found]
        broken = {subject.item: error for subject, error in bad.items()}

        async def fetch(subject: Subject) -> bool:
            if error := broken.get(subject.item):
                raise error
            heard = (await elevenlabs.conversation(subject.item)).require_final()
            await facts.store_transcript(db, conversations[subject.item], heard, run_id=context.run.run_id)
            return True

        async with ElevenLabsClient() as elevenlabs:
            return await work_through(
                db,
                "transcripts",
                [*subjects, *bad],
                fetch,
                run_id=context.run.run_id,
                concurrency=settings().astra_elevenlabs_concurrency,
                even_if_held=window.insists,
                limit=window.limit,
                progress=_progress(context, len(subjects)),
            )

    return _materialize(context, config, mongo, "transcripts", batch, _preview_transcripts)


@_conversation_asset("julep", deps=["transcripts"])
def conversation_insights(
    context: dg.AssetExecutionContext,
    config: BatchConfig,
    mongo: MongoResource,
    task_runner: LlmResource,
) -> dg.MaterializeResult:
    """What each transcript tells about its person, extracted once by the task `transcript-processor`
    (`astra_insights`). An empty transcript gets a placeholder and costs no call."""

    async def batch(db: "Database", window: Window) -> BatchResult:
        subjects = await facts.without_insights(db, window)
        ledger = leases.Ledger(db, run_id=context.run.run_id, anew=window.force)

        async def extract(subject: Subject) -> bool:
            stored, user = await asyncio.gather(
                facts.transcript_of(db, subject.item), facts.speaker_of(db, subject.user_id)
            )
            if stored["empty"]:
                told, task_id = facts.nothing_said(), None
            else:
                zone = person_zone(user, settings().astra_default_timezone)
                task_input = facts.extraction_input(stored, user, local_date(stored["ended_at"], zone))
                task_id = str(TASK.task_id)
                told = await run_task(runner, TASK, task_input, item=subject.item, ledger=ledger)
            await facts.store_insights(db, stored, told, task_id=task_id, run_id=context.run.run_id)
            return True

        past = window.end <= dt.datetime.now(dt.UTC) - _STILL_LIVE
        async with task_runner.open(spend=spending(db, lane_of(context, past=past))) as runner:
            return await work_through(
                db,
                "conversation_insights",
                subjects,
                extract,
                run_id=context.run.run_id,
                concurrency=workers(),
                even_if_held=window.insists,
                limit=window.limit,
                progress=_progress(context, len(subjects)),
            )

    return _materialize(context, config, mongo, "conversation_insights", batch, _preview_insights)


@_conversation_asset("pydantic", deps=["conversation_insights", "astra_users"])
def user_overviews(
    context: dg.AssetExecutionContext, config: BatchConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """`user_overview` of everybody whose insights are not in it yet: all their insights folded into the
    fields we own, and the conversations marked as processed."""

    async def batch(db: "Database", window: Window) -> BatchResult:
        subjects = await facts.users_to_fold(db, window)

        async def fold(subject: Subject) -> bool:
            return await facts.fold_user(db, subject.item, run_id=context.run.run_id)

        result = await work_through(
            db,
            "user_overviews",
            subjects,
            fold,
            run_id=context.run.run_id,
            concurrency=_FOLDS_AT_ONCE,
            even_if_held=window.insists or bool(window.user_ids),
            limit=window.limit,
            leased=False,
        )
        await leases.release_all(db, run_id=context.run.run_id)
        return result

    return _materialize(context, config, mongo, "user_overviews", batch, _preview_overviews)


def _materialize(
    context: dg.AssetExecutionContext,
    config: BatchConfig,
    mongo: MongoResource,
    asset: str,
    batch: Callable[["Database", Window], Awaitable[BatchResult]],
    previewed: Callable[["Database", list[str]], Awaitable[dict[str, dg.MarkdownMetadataValue]]],
) -> dg.MaterializeResult:
    """Run the batch over the run's window and tell what happened, per batch and per day."""

    async def run() -> tuple[BatchResult, dict[str, dict[str, int]], dict[str, Any]]:
        window = window_of(context, config)
        async with mongo.connect() as db:
            result = await batch(db, window)
            if not _goes_on(context):
                await leases.release_all(db, run_id=context.run.run_id)
            return result, await facts.state_of_days(db, window), await previewed(db, result.done)

    began = time.monotonic()
    result, days, texts = loop.run(run())
    metadata = batch_metadata(result, seconds=time.monotonic() - began) | texts
    if trouble := result.nothing_could_be_done():
        metadata["nothing_could_be_done"] = trouble
    for day in context.partition_keys:
        numbers = {f"day/{name}": count for name, count in days.get(day, {}).items()}
        context.add_asset_metadata({"day/completed": 0} | numbers, partition_key=day)
    return dg.MaterializeResult(metadata=metadata, check_results=[parked_result(mongo, asset)])


def _goes_on(context: dg.AssetExecutionContext) -> bool:
    """Whether the same run folds what it leased, in a later step."""
    selection = context.run.asset_selection
    return selection is None or dg.AssetKey("user_overviews") in selection


def _progress(context: dg.AssetExecutionContext, total: int) -> Callable[[BatchResult], None]:
    every = max(total // 10, 50)

    def tell(result: BatchResult) -> None:
        handled = result.attempted + len(result.waiting)
        if handled % every == 0:
            context.log.info(f"{handled} of {total} conversations, {len(result.failed)} failed")

    return tell


async def _preview_transcripts(db: "Database", done: list[str]) -> dict[str, dg.MarkdownMetadataValue]:
    found = db[TRANSCRIPTS].find({"_id": {"$in": done[-_PREVIEW_ROWS:]}})
    rows = [
        (stored["_id"], stored["user_id"], f"{stored['ended_at']:%H:%M}", len(stored["turns"]), stored["empty"])
        async for stored in found
    ]
    return preview(("conversation", "user", "ended (UTC)", "turns", "empty"), rows)


async def _preview_insights(db: "Database", done: list[str]) -> dict[str, dg.MarkdownMetadataValue]:
    found = db[INSIGHTS].find({"_id": {"$in": done[-_PREVIEW_ROWS:]}})
    rows = [
        (
            stored["_id"],
            ", ".join(stored["output"]["topics"]),
            stored["output"]["emotional_tone"],
            stored["output"]["summary"],
        )
        async for stored in found
    ]
    return preview(("conversation", "topics", "tone", "summary"), rows)


async def _preview_overviews(db: "Database", done: list[str]) -> dict[str, dg.MarkdownMetadataValue]:
    fields = {"id": 1, "user_overview.recent_conversations": 1, "user_overview.first_message": 1}
    found = db[USERS].find({"id": {"$in": done[-_PREVIEW_ROWS:]}}, fields)
    rows = [
        (
            user["id"],
            len(user["user_overview"].get("recent_conversations") or []),
            user["user_overview"].get("first_message") or "",
        )
        async for user in found
    ]
    return preview(("user", "recent conversations", "next first message"), rows)
