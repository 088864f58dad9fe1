"""A task is one definition: what Julep evaluates, what another model is asked and what is sent agree."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astra_pipeline.llm.task import Task
from astra_pipeline.orchestration.tasks import TASKS
from astra_pipeline_tests.llm.inputs import INPUTS, words
from astra_pipeline_tests.llm.reading import Fields, evaluated, prompted_by_julep

every_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def answered_by_julep(task: Task[Any, Any], said: str) -> dict[str, Any]:
    """The output of Julep's steps when the model said this."""
    _, _, evaluate, returned = task.julep_definition()["main"]
    steps = [Fields(), Fields(output=said)]
    steps.append(Fields(output=Fields(evaluated(evaluate["evaluate"], steps=steps))))
    return evaluated(returned["return"], steps=steps)


@every_task
@settings(max_examples=60)
@given(data=st.data())
def test_julep_and_any_other_model_read_the_same_prompt(task: Task[Any, Any], data: st.DataObject) -> None:
    task_input, feedback = data.draw(INPUTS[task.name]), data.draw(words)
    assert task.render(task_input, feedback) == prompted_by_julep(task, task.sent(task_input, feedback))


@every_task
@settings(max_examples=60)
@given(data=st.data())
def test_no_word_of_a_person_opens_or_closes_a_fence(task: Task[Any, Any], data: st.DataObject) -> None:
    prompt = task.render(data.draw(INPUTS[task.name]), data.draw(words))[1]["content"]
    fences = r"<<<\w*|\w*>>>"
    assert re.findall(fences, prompt) == re.findall(fences, task.template)


@every_task
@settings(max_examples=60)
@given(data=st.data())
def test_what_is_sent_fits_the_schema_and_comes_back_as_it_was(task: Task[Any, Any], data: st.DataObject) -> None:
    task_input = data.draw(INPUTS[task.name])
    sent = json.loads(json.dumps(task.sent(task_input, "why")))
    assert misfits(sent, task.julep_definition()["input_schema"]) == []
    assert task.received(sent) == task_input


@every_task
def test_the_schema_asks_for_every_field_and_refuses_others(task: Task[Any, Any]) -> None:
    schema = task.julep_definition()["input_schema"]
    fields = {*task.input_model.model_fields, "feedback"}
    assert set(schema["required"]) == set(schema["properties"]) == fields
    assert misfits(dict.fromkeys([*fields, "also"]), schema)
    assert "$" not in json.dumps(schema)


@every_task
def test_the_prompt_names_every_field_of_the_answer(task: Task[Any, Any]) -> None:
    for field in task.output_model.model_fields:
        assert f'"{field}"' in task.system, field


@every_task
def test_julep_returns_every_field_of_an_answer_in_a_code_fence_and_fills_in_those_left_out(
    task: Task[Any, Any],
) -> None:
    fields = task.output_model.model_fields
    full = {name: f"{name} in braces: {{}}" for name in fields}
    assert answered_by_julep(task, f"```json\n{json.dumps(full)}\n```") == full
    bare = answered_by_julep(task, "{}")
    for name, field in fields.items():
        assert bare[name] in (None, [], {})
        assert (bare[name] is None) == (field.default_factory is None)


@every_task
def test_the_id_follows_the_content_and_nothing_else(task: Task[Any, Any]) -> None:
    assert dataclasses.replace(task).task_id == task.task_id
    others = [
        dataclasses.replace(task, description="Another"),
        dataclasses.replace(task, user=f"{task.user} "),
        dataclasses.replace(task, temperature=0.1),
    ]
    assert task.task_id not in {other.task_id for other in others}


def test_a_prompt_that_names_no_field_of_the_input_is_refused() -> None:
    task = TASKS["transcript-processor"]
    with pytest.raises(ValueError, match="whereabouts"):
        dataclasses.replace(task, user="{whereabouts}")
    with pytest.raises(ValueError, match="brace"):
        dataclasses.replace(task, user="{{transcript}}")
    with pytest.raises(ValueError, match="transcript"):
        dataclasses.replace(task, system="{transcript}")


def misfits(value: Any, schema: Mapping[str, Any], at: str = "input") -> list[str]:
    """Places where a JSON value does not fit the schema, of the part of JSON Schema that our tasks use."""
    if "anyOf" in schema:
        fits = any(not misfits(value, one, at) for one in schema["anyOf"])
        return [] if fits else [at]
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}
    if not isinstance(value, kinds[schema["type"]]) or value not in schema.get("enum", [value]):
        return [at]
    if isinstance(value, list):
        return [bad for number, one in enumerate(value) for bad in misfits(one, schema["items"], f"{at}[{number}]")]
    if not isinstance(value, dict):
        return []
    known, more = schema.get("properties", {}), schema.get("additionalProperties")
    wrong = [f"{at}.{name}" for name in schema.get("required", []) if name not in value]
    for name, one in value.items():
        if name in known or isinstance(more, dict):
            wrong += misfits(one, known.get(name, more), f"{at}.{name}")
        else:
            wrong.append(f"{at}.{name}")
    return wrong
