"""All tasks that an LLM does for us, by name."""

from collections.abc import Mapping
from typing import Any

from astra_pipeline.conversations.task import TASK as TRANSCRIPT_PROCESSOR
from astra_pipeline.errors import AstraError
from astra_pipeline.horoscopes.task import TASK as HOROSCOPE_REFRESHER
from astra_pipeline.judge.task import TASK as TEXT_JUDGE
from astra_pipeline.llm.task import Task
from astra_pipeline.personas.task import TASK as PERSONA_ENRICHMENT
from astra_pipeline.reports.task import TASK as WEEKLY_REPORT_GENERATOR

TASKS: Mapping[str, Task[Any, Any]] = {
    task.name: task
    for task in (TRANSCRIPT_PROCESSOR, HOROSCOPE_REFRESHER, WEEKLY_REPORT_GENERATOR, PERSONA_ENRICHMENT, TEXT_JUDGE)
}


class UnknownTask(AstraError):
    """No task has this name; the message lists the names there are."""


def task_named(name: str) -> Task[Any, Any]:
    """The task of that name. Raises UnknownTask."""
    if name not in TASKS:
        raise UnknownTask(f"no task {name!r}; known: {', '.join(sorted(TASKS))}")
    return TASKS[name]
