"""The tasks an LLM does for us: one table, loaded when first asked for."""

from __future__ import annotations

import functools
import importlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any

from pydantic import BaseModel

from astra_pipeline.errors import AstraError
from astra_pipeline.llm import models

_NAMESPACE = uuid.UUID("6f0d3c0e-5f2b-5d0f-9c57-3c1a7f2b8e41")


class UnknownTask(AstraError):
    """No task has this name; the message lists those that exist."""


@dataclass(frozen=True)
class _Entry:
    output_model: type[BaseModel]
    offline: str
    """`module:function`, imported when first called."""


_TASKS = {
    "transcript-processor": _Entry(models.TranscriptInsights, "astra_pipeline.conversations.extraction:extract"),
    "horoscope-refresher": _Entry(models.HoroscopeText, "astra_pipeline.horoscopes.composer:compose"),
    "weekly-report-generator": _Entry(models.WeeklyReportText, "astra_pipeline.reports.composer:compose"),
}
"""A task is its YAML in this package, named like the task, plus one line here."""


@dataclass(frozen=True)
class Task:
    """A task as both runners need it. `main` holds the Julep steps, `input_schema` is JSON Schema."""

    name: str
    description: str
    input_schema: dict[str, Any]
    main: list[dict[str, Any]]
    output_model: type[BaseModel]
    offline: Callable[[dict[str, Any]], dict[str, Any]]

    def definition(self) -> dict[str, Any]:
        """What Julep is sent: name, description, input_schema, main."""
        return {
            "name": self.name,
            "description": self.description,
            "input_schema": self.input_schema,
            "main": self.main,
        }

    @functools.cached_property
    def task_id(self) -> uuid.UUID:
        """UUIDv5 of the definition: the same content has the same id everywhere and is created once."""
        canonical = json.dumps(self.definition(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return uuid.uuid5(_NAMESPACE, canonical)


@functools.cache
def get(name: str) -> Task:
    """The task of that name. Raises UnknownTask naming the known ones."""
    import yaml

    entry = _TASKS.get(name)
    if entry is None:
        raise UnknownTask(f"no task {name!r}; known: {', '.join(sorted(_TASKS))}")
    text = resources.files("astra_pipeline.llm").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    source = yaml.safe_load(text)
    return Task(
        name=source["name"],
        description=source["description"],
        input_schema=source["input_schema"],
        main=source["main"],
        output_model=entry.output_model,
        offline=_imported_when_called(entry.offline),
    )


def _imported_when_called(path: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    module, _, function = path.partition(":")

    def offline(task_input: dict[str, Any]) -> dict[str, Any]:
        return getattr(importlib.import_module(module), function)(task_input)

    return offline
