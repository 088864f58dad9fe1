"""The records of the Julep stand-in: users, tasks and executions, each with its form in an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from astra_pipeline.sandbox.faults import Spoilt, spoilt_text, truncated, wrongly_typed
from astra_pipeline.sandbox.julep_bodies import ExecutionBody, TaskBody, UserBody

# (task name, input) -> output: the function that does the work of a task.
Offline = Callable[[str, dict[str, Any]], dict[str, Any]]

# The part of an execution's duration for which it is queued.
_QUEUED_PART = 0.1


@dataclass
class User:
    """A Julep user: an id and the body it was last written with."""

    id: str
    body: UserBody
    created_at: dt.datetime
    updated_at: dt.datetime

    def answer(self) -> dict[str, Any]:
        return {
            "id": self.id,
            **self.body.model_dump(),
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }


@dataclass
class Task:
    """A task definition and the executions it has had."""

    id: str
    agent_id: str
    body: TaskBody
    created_at: dt.datetime
    updated_at: dt.datetime
    executions: list[Execution] = field(default_factory=list)

    def answer(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "agent_id": self.agent_id,
            **self.body.model_dump(),
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }


@dataclass
class Execution:
    """An execution: its status follows from the time, its output is computed when it is first asked for."""

    id: str
    task: Task
    body: ExecutionBody
    created_at: dt.datetime
    begun: float  # monotonic seconds
    seconds: float
    spoilt: Spoilt | None
    _result: tuple[str, Any, str | None] | None = None

    def updated_at(self, age: float) -> dt.datetime:
        if age >= self.seconds:
            return self.created_at + dt.timedelta(seconds=self.seconds)
        if age >= self.seconds * _QUEUED_PART:
            return self.created_at + dt.timedelta(seconds=self.seconds * _QUEUED_PART)
        return self.created_at

    def answer(self, at: float, offline: Offline) -> dict[str, Any]:
        """The answer to GET at the moment `at` (monotonic seconds)."""
        age = at - self.begun
        if age >= self.seconds:
            status, output, error = self._finish(offline)
        else:
            status, output, error = ("queued" if age < self.seconds * _QUEUED_PART else "running"), None, None
        return {
            "id": self.id,
            "task_id": self.task.id,
            "status": status,
            "input": self.body.input,
            "output": output,
            "error": error,
            "metadata": self.body.metadata or {},
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at(age).isoformat(),
        }

    def _finish(self, offline: Offline) -> tuple[str, Any, str | None]:
        if self._result is None:
            try:
                output = offline(self.task.body.name, self.body.input)
            except Exception as error:  # noqa: BLE001 - whatever a task does wrong is its execution's failure
                self._result = "failed", None, f"{type(error).__name__}: {error}"
            else:
                self._result = _spoil(output, self.spoilt)
        return self._result


def _spoil(output: dict[str, Any], how: Spoilt | None) -> tuple[str, Any, str | None]:
    reason = "JSONDecodeError: Unterminated string starting at: line 1 column 212 (char 211)"
    match how:
        case None:
            return "succeeded", output, None
        case "truncated_output":
            return "succeeded", truncated(output), None
        case "wrong_types":
            return "succeeded", wrongly_typed(output), None
        case "failed_with_error":
            return "failed", None, reason
        case "failed_with_output":
            return "failed", reason, None
        case "fenced_json" | "apology" | "other_sign" | "one_paragraph":
            texts = {
                key: spoilt_text(value, how) if isinstance(value, str) else value for key, value in output.items()
            }
            return "succeeded", texts, None
