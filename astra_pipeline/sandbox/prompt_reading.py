"""Reads a task and its input back from the messages that a model is sent, so that rules can do a model's work."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from astra_pipeline.llm.prompt import PersonsWords, is_list_of_texts, placeholders
from astra_pipeline.llm.task import Task


class UnknownPrompt(ValueError):
    """The messages are of no task."""


def read_prompt(tasks: Mapping[str, Task[Any, Any]], system: str, user: str) -> tuple[str, dict[str, Any]]:
    """(name of the task, its input as JSON) that `Task.render` made the two messages of.

    A list of a person's words is cut at its separators. A field that the prompt does not name is filled in: a text
    with a digest of the message, a choice with its first value, a list, a mapping or a number with nothing. Raises
    UnknownPrompt when the messages are no task's.
    """
    for name, task in tasks.items():
        # A model without tools or schemas is told of the form after the task's own words.
        if not system.startswith(task.system):
            continue
        found = re.fullmatch(_pattern(task.template), user, re.DOTALL)
        if found is None:
            continue
        digest = hashlib.sha256(user.encode()).hexdigest()[:16]
        fields = task.input_model.model_fields
        said = found.groupdict()
        given = {
            field: _read(said[field], info) if field in said else _stand_in(info, digest)
            for field, info in fields.items()
        }
        return name, given
    raise UnknownPrompt("the messages are the prompt of no task")


def _pattern(template: str) -> str:
    """The template as a regular expression with a group for each field, the first one that is named twice once."""
    named: set[str] = set()
    parts: list[str] = []
    for part in re.split(r"(\{\w+\})", template):
        name = part[1:-1]
        if not re.fullmatch(r"\{\w+\}", part):
            parts.append(re.escape(part))
        elif name in named:
            parts.append(f"(?P={name})")
        else:
            named.add(name)
            parts.append(f"(?P<{name}>.*?)")
    assert named == set(placeholders(template))
    return "".join(parts)


def _read(text: str, field: FieldInfo) -> Any:
    words = next((mark for mark in field.metadata if isinstance(mark, PersonsWords)), None)
    if is_list_of_texts(field) and words is not None:
        return text.split(words.joined_by) if text else []
    choices = get_args(field.annotation)
    if field.annotation is str or (choices and isinstance(choices[0], str)):
        return text
    return json.loads(text)


def _stand_in(field: FieldInfo, digest: str) -> Any:
    choices = get_args(field.annotation)
    if choices and isinstance(choices[0], str):
        return choices[0]
    if field.annotation is str:
        return digest
    empty: Mapping[Any, Any] = {list: [], dict: {}}
    return empty.get(get_origin(field.annotation), 0)
