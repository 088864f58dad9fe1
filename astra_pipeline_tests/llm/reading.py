"""The steps of a task's Julep definition, evaluated as Julep evaluates them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from astra_pipeline.llm.task import Task

FUNCTIONS = {"json": json, "len": len, "list": list, "dict": dict}


class Fields(dict[str, Any]):
    """An object whose fields are read as Julep's expressions read them."""

    __getattr__ = dict.__getitem__


def evaluated(step: Mapping[str, str], **names: Any) -> dict[str, Any]:
    """The fields of an `evaluate` or `return` step, by its expressions, which are Python's."""
    assert all(expression.startswith("$ ") for expression in step.values())
    return {name: eval(step[name].removeprefix("$ "), FUNCTIONS | names) for name in step}


def prompted_by_julep(task: Task[Any, Any], sent: dict[str, Any]) -> list[dict[str, str]]:
    """The messages that Julep's steps make of an input."""
    evaluate, prompt, *_ = task.julep_definition()["main"]
    fields = evaluated(evaluate["evaluate"], _=Fields(sent))

    def output(match: re.Match[str]) -> str:
        return str(fields[match[1]])

    return [
        message | {"content": re.sub(r"\{\{steps\[0\]\.output\.(\w+)\}\}", output, message["content"])}
        for message in prompt["prompt"]
    ]
