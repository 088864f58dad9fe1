"""Tasks are known by their content."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from astra_pipeline.conversations.facts import extraction_input
from astra_pipeline.llm import registry
from astra_pipeline.llm.registry import UnknownTask

_ENDED = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def test_the_id_follows_the_content_and_nothing_else() -> None:
    task = registry.get("transcript-processor")
    again = dataclasses.replace(task)
    assert again.task_id == task.task_id
    assert dataclasses.replace(task, description="Another").task_id != task.task_id
    assert dataclasses.replace(task, main=task.main[:-1]).task_id != task.task_id


def test_an_unknown_task_names_the_known_ones() -> None:
    with pytest.raises(UnknownTask, match=r"'persona'.*transcript-processor"):
        registry.get("persona")


def test_the_input_schema_asks_for_exactly_what_is_sent() -> None:
    stored = {"_id": "conv_1", "ended_at": _ENDED, "turns": [{"role": "user", "message": "Hello"}]}
    sent = extraction_input(stored, {"name": "Asha"}, _ENDED.date()) | {"feedback": ""}
    schema = registry.get("transcript-processor").input_schema
    assert sent.keys() == set(schema["required"]) == schema["properties"].keys()


def test_the_prompt_tells_every_field_of_the_answer() -> None:
    task = registry.get("transcript-processor")
    prompt = str(task.main)
    for field in task.output_model.model_fields:
        assert f'"{field}"' in prompt, field
