"""A model whose answers are written down beforehand, and batches that it works for."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from astra_pipeline.batches.work import Work, open_work
from astra_pipeline.llm.runner import Ledger, Spend, TaskRunner
from astra_pipeline.llm.task import Task
from astra_pipeline.llm.usage import Purse, Usage
from astra_pipeline.orchestration.resources import MongoResource

ACCEPTED: dict[str, Any] = {"findings": [], "care": None}
"""A verdict that finds nothing."""


class Scripted:
    """A model that answers each task with the next of its answers, the last one again and again.

    An answer that is an error is raised.
    """

    def __init__(self, **answers: Sequence[Any]) -> None:
        """`answers` are those of tasks, by name: `text_judge` for text-judge."""
        self.calls: Counter[str] = Counter()
        self.usage: dict[str, Usage] = {}
        self.asked: list[tuple[str, Any, str]] = []
        self._answers = {name.replace("_", "-"): deque(given) for name, given in answers.items()}

    async def answer(
        self, task: Task[Any, Any], task_input: Any, *, feedback: str, item: str, ledger: Ledger
    ) -> Any:
        self.calls[item] += 1
        self.asked.append((task.name, task_input, feedback))
        left = self._answers[task.name]
        answer = left[0] if len(left) == 1 else left.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def times(self, task: str) -> int:
        """The number of times that the task was asked for."""
        return sum(name == task for name, _, _ in self.asked)

    @asynccontextmanager
    async def open(self, *, spend: Spend | None = None, purse: Purse | None = None) -> AsyncIterator[TaskRunner]:
        yield self


@contextmanager
def at_work(model: Scripted, run_id: str = "test") -> Iterator[Work]:
    """A batch on the test's database that the model works for."""
    with open_work(MongoResource(), model, run_id=run_id) as work:
        yield work


def finding(quote: str, kind: str, sentence: int = 1) -> dict[str, Any]:
    return {"sentence": sentence, "quote": quote, "kind": kind}


def refused(quote: str, kind: str = "promise", sentence: int = 1, care: str | None = None) -> dict[str, Any]:
    """A verdict with one finding."""
    return {"findings": [finding(quote, kind, sentence)], "care": care}
