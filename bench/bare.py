"""The same work without a pipeline: fetch, extract, fold, by the plainest script that does it.

It has no leases, retries, failures, backoff, checks, budget or lineage: what it loses, it loses. The benchmarks put
their figures beside its. `python -m bench.bare FIRST_DAY LAST_DAY` takes the days' conversations, CONCURRENCY at a
time, and prints its times as JSON; `python -m bench.bare --watch` takes each conversation as it ends.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
from julep import AsyncJulep, NotFoundError
from pymongo import AsyncMongoClient

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.insights import extraction_input
from astra_pipeline.conversations.task import TASK
from astra_pipeline.conversations.wire import ElevenLabsConversation
from astra_pipeline.gamification.write import refresh_users
from astra_pipeline.orchestration.launchers.rehearsal import rehearse
from astra_pipeline.overview.fold import fold
from astra_pipeline.people.person import Person
from astra_pipeline.settings import settings
from astra_pipeline.store import client
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, TRANSCRIPTS, USERS
from bench.runs import Begun

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]

_EVERY_SECONDS = 0.1


class Bare:
    """The script's clients. One event loop."""

    def __init__(self, db: AsyncDatabase[Document], elevenlabs: httpx.AsyncClient, julep: AsyncJulep) -> None:
        self._db, self._elevenlabs, self._julep = db, elevenlabs, julep
        self._usual_seconds = 0.5
        self._agent_id = settings().required("BACKGROUND_WORKER_AGENT_ID")

    async def begin(self) -> None:
        """Have the task at Julep."""
        try:
            await self._julep.tasks.get(str(TASK.task_id))
        except NotFoundError:
            await self._julep.tasks.create_or_update(
                str(TASK.task_id), agent_id=self._agent_id, **TASK.julep_definition()
            )

    async def handle(self, conversation_id: str) -> str:
        """Take one conversation from its id to its person's overview; returns the person's id."""
        db = self._db
        conversation = await db[CONVERSATIONS].find_one({"conversation_id": conversation_id})
        assert conversation is not None
        answer = await self._elevenlabs.get(f"/v1/convai/conversations/{conversation_id}")
        heard = ElevenLabsConversation.model_validate_json(answer.content)
        turns = [turn.model_dump(exclude_none=True) for turn in heard.transcript]
        stored: Document = {
            "turns": turns,
            "ended_at": conversation["ended_at"],
            "user_id": conversation["user_id"],
        }
        await db[TRANSCRIPTS].update_one({"_id": conversation_id}, {"$set": stored}, upsert=True)
        user = await db[USERS].find_one({"id": conversation["user_id"]})
        assert user is not None
        task_input = extraction_input(
            stored | {"_id": conversation_id}, Person.read(user), conversation["ended_at"].date()
        )
        output = TASK.output_model.model_validate(await self._ask(task_input), context=task_input.model_dump())
        insights = {
            "user_id": user["id"],
            "ended_at": conversation["ended_at"],
            "created_at": dt.datetime.now(dt.UTC),
            "output": output.model_dump(),
        }
        await db[INSIGHTS].update_one({"_id": conversation_id}, {"$set": insights}, upsert=True)
        await self._fold(user["id"])
        done = {"metadata.transcript_processed": True, "metadata.conversation_summary": output.summary}
        await db[CONVERSATIONS].update_one({"conversation_id": conversation_id}, {"$set": done})
        return user["id"]

    async def _ask(self, task_input: Any) -> Any:
        began = time.monotonic()
        execution = await self._julep.executions.create(str(TASK.task_id), input=TASK.sent(task_input))
        pause = self._usual_seconds
        while True:
            await asyncio.sleep(pause)
            execution = await self._julep.executions.get(execution.id)
            if execution.status == "succeeded":
                took = (execution.updated_at - execution.created_at).total_seconds()
                self._usual_seconds += (min(took, time.monotonic() - began) - self._usual_seconds) * 0.2
                return execution.output
            pause = _EVERY_SECONDS

    async def _fold(self, user_id: str) -> None:
        user = await self._db[USERS].find_one({"id": user_id})
        assert user is not None
        facts = [
            Fact(
                conversation_id=one["_id"],
                ended_at=one["ended_at"],
                created_at=one["created_at"],
                insights=TASK.output_model.model_validate(one["output"]),
            )
            async for one in self._db[INSIGHTS].find({"user_id": user_id})
        ]
        now = dt.datetime.now(dt.UTC)
        changes = fold(user, facts, now=now, default_zone=settings().astra_default_timezone)
        await self._db[USERS].update_one({"id": user_id}, {"$set": changes | {"user_overview.last_updated": now}})


async def opened(work: Any) -> Any:
    """The result of `work(bare, db)`, with the script's clients."""
    configured = settings()
    mongo: AsyncMongoClient[Document] = AsyncMongoClient(configured.required("MONGODB_URI"), tz_aware=True)
    headers = {"xi-api-key": configured.required("ELEVENLABS_API_KEY")}
    julep = AsyncJulep(api_key=configured.required("JULEP_API_KEY"), base_url=configured.julep_base_url)
    async with (
        mongo,
        httpx.AsyncClient(base_url=configured.elevenlabs_base_url, headers=headers) as elevenlabs,
        julep,
    ):
        db = mongo[configured.mongodb_db]
        bare = Bare(db, elevenlabs, julep)
        await bare.begin()
        return await work(bare, db)


async def _of_days(first: dt.datetime, last: dt.datetime) -> None:
    """All of the days' conversations, as many at once as the setting allows."""
    # A run is a child of a process that has its rules read.
    rehearse()
    begun = Begun()

    async def work(bare: Bare, db: AsyncDatabase[Document]) -> None:
        waiting = {"ended_at": {"$gte": first, "$lt": last + dt.timedelta(days=1)}, "status": "completed"}
        waiting["metadata.transcript_processed"] = {"$ne": True}
        queue = iter([one["conversation_id"] async for one in db[CONVERSATIONS].find(waiting)])
        people: set[str] = set()

        async def worker() -> None:
            for conversation_id in queue:
                people.add(await bare.handle(conversation_id))

        async with asyncio.TaskGroup() as workers:
            for _ in range(settings().astra_llm_concurrency):
                workers.create_task(worker())
        synchronous = client.untouched_database(settings().required("MONGODB_URI"), settings().mongodb_db)
        refresh_users(synchronous, sorted(people), now=dt.datetime.now(dt.UTC))

    await opened(work)
    begun.tell()


async def _watch() -> None:
    """Each conversation as it ends, told by the change stream."""

    async def work(bare: Bare, db: AsyncDatabase[Document]) -> None:
        async with await db[CONVERSATIONS].watch([{"$match": {"operationType": "insert"}}]) as stream:
            sys.stdout.write("watching\n")
            sys.stdout.flush()
            async with asyncio.TaskGroup() as tasks:
                async for change in stream:
                    tasks.create_task(bare.handle(change["fullDocument"]["conversation_id"]))

    await opened(work)


def main(*arguments: str) -> None:
    if arguments[0] == "--watch":
        with suppress(KeyboardInterrupt):
            asyncio.run(_watch())
    else:
        first, last = (dt.datetime.fromisoformat(one).replace(tzinfo=dt.UTC) for one in arguments)
        asyncio.run(_of_days(first, last))


if __name__ == "__main__":
    main(*sys.argv[1:])
