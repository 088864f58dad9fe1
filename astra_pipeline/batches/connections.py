"""The connections of a batch: the database, and the task runner with its budget, its slots and its counts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from astra_pipeline import tracing
from astra_pipeline.batches import money
from astra_pipeline.batches.budget import spending
from astra_pipeline.batches.slots import bounded
from astra_pipeline.counters import EXECUTION_SECONDS, EXECUTIONS, count, observe
from astra_pipeline.errors import BudgetSpent, CredentialsRejected, Erased, LeaseLost
from astra_pipeline.llm.usage import Usage
from astra_pipeline.settings import settings
from astra_pipeline.store.counters import counting

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    from astra_pipeline.batches.work import Llm, Mongo
    from astra_pipeline.llm.runner import Ledger, TaskRunner
    from astra_pipeline.llm.task import I, Task

    Document = dict[str, Any]


async def connect(
    connections: AsyncExitStack, mongo: Mongo, llm: Llm | None, run_id: str, lane: str | None
) -> tuple[AsyncDatabase[Document], TaskRunner | None]:
    """The database and the runner of a batch, closed with `connections`. Until then counts are written."""
    db = await connections.enter_async_context(mongo.connect(run_id=run_id))
    await connections.enter_async_context(counting(db))
    if llm is None:
        return db, None
    purse = await connections.enter_async_context(money.purse(db))
    runner = await connections.enter_async_context(llm.open(spend=spending(db, lane), purse=purse))
    counted = _Counted(runner, settings().astra_task_runner)
    return db, await connections.enter_async_context(bounded(db, counted, run_id=run_id, lane=lane))


class _Counted:
    """A task runner whose executions are counted, timed and traced. Everything else is the runner's own."""

    def __init__(self, runner: TaskRunner, name: str) -> None:
        self._runner, self._name = runner, name
        self.calls = runner.calls

    @property
    def usage(self) -> Mapping[str, Usage]:
        return self._runner.usage

    async def answer(self, task: Task[I, Any], task_input: I, *, feedback: str, item: str, ledger: Ledger) -> Any:
        labels = {"task": task.name, "runner": self._name}
        began, before = time.monotonic(), self.usage.get(item)
        with tracing.span(f"execute {task.name}", kind="client") as span:
            span.set(**_asked(task.name, self._name))
            try:
                raw = await self._runner.answer(task, task_input, feedback=feedback, item=item, ledger=ledger)
            except (asyncio.CancelledError, LeaseLost, Erased):
                raise
            except Exception as error:
                count(EXECUTIONS, outcome=_outcome(error), **labels)
                raise
            observe(EXECUTION_SECONDS, time.monotonic() - began, **labels)
            count(EXECUTIONS, outcome="answered", **labels)
            if (used := self.usage.get(item)) is not None:
                last = before or Usage()
                span.set(
                    gen_ai__usage__input_tokens=used.tokens_in - last.tokens_in,
                    gen_ai__usage__output_tokens=used.tokens_out - last.tokens_out,
                )
        return raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runner, name)


def _outcome(error: Exception) -> str:
    if isinstance(error, BudgetSpent):
        return "not_paid"
    return "rejected" if isinstance(error, CredentialsRejected) else "failed"


def _asked(task: str, runner: str) -> dict[str, tracing.Value]:
    """The attributes of an execution's span, by OpenTelemetry's conventions for generative AI."""
    model = settings().astra_model if runner == "model" else None
    provider, _, name = (model or f"{runner}:{task}").partition(":")
    asked: dict[str, tracing.Value] = {"gen_ai__operation__name": "chat", "gen_ai__provider__name": provider}
    return asked | {"gen_ai__request__model": name, "astra__task": task}
