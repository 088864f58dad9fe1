"""A process that does so many LLM calls in a lane, as a run of Dagster would: `python -m ... RUN_ID LANE CALLS`."""

from __future__ import annotations

import asyncio
import sys

from astra_pipeline.batches.work import Work, open_work
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.task import TASK
from astra_pipeline.llm.runner import Pending, run_task, workers
from astra_pipeline.orchestration.resources import LlmResource, MongoResource


class NoLedger:
    """A ledger that remembers nothing: no item of this run is taken up by another one."""

    async def pending(self, item: str, task_id: str, /) -> Pending | None:
        return None

    async def intend(self, item: str, task_id: str, request: str, /) -> None: ...

    async def note(self, item: str, task_id: str, execution_id: str, /) -> None: ...

    async def keep(self, item: str, task_id: str, request: str, digest: str, answer: str, /) -> None: ...

    async def forget(self, item: str, task_id: str, /) -> None: ...


def asked(item: str) -> TranscriptInput:
    return TranscriptInput(
        conversation_id=item,
        ended_at="2026-11-23T12:00:00+00:00",
        local_date="2026-11-23",
        transcript="user: My job interview is on Monday.",
        user_name="Asha",
        known_topics=[],
    )


async def call(work: Work, items: list[str]) -> None:
    left = iter(items)

    async def worker() -> None:
        for item in left:
            await run_task(work.llm, TASK, asked(item), item=item, ledger=NoLedger())

    await asyncio.gather(*(worker() for _ in range(workers())))


def main(run_id: str, lane: str, calls: int) -> None:
    with open_work(MongoResource(), LlmResource(), run_id=run_id, lane=lane) as work:
        work.run(call(work, [f"{run_id}-{number}" for number in range(calls)]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
