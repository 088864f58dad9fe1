"""The runner that does every task by rules, without a model."""

from __future__ import annotations

from collections import Counter
from typing import Any

from astra_pipeline.llm.runner import Ledger
from astra_pipeline.llm.task import I, Task
from astra_pipeline.llm.usage import Usage


class OfflineRunner:
    """The runner that does tasks by deterministic rules instead of an LLM; no network, no cost."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.usage: dict[str, Usage] = {}

    async def answer(self, task: Task[I, Any], task_input: I, *, feedback: str, item: str, ledger: Ledger) -> Any:
        return task.offline(task_input)
