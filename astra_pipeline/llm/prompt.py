"""The fields of a task's input, written into its prompt by Julep and by us alike.

A prompt is a text with `{field}` wherever a field of the input is to stand. Julep evaluates `expression` for each
of these fields; `written` does the same here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_FENCES = {"<<<": "(((", ">>>": ")))"}
_GAP = " [...] "


@dataclass(frozen=True)
class PersonsWords:
    """Marks an input field that carries a person's words: a text, a list of texts, or a value written as JSON.

    The words cannot close the fence (<<<NAME ... NAME>>>) that a prompt puts around them. Of a list the `last`
    entries are written, all by default, with `joined_by` between them. A text of more than `longest` characters
    keeps its beginning and its end.
    """

    joined_by: str = ", "
    last: int | None = None
    longest: int | None = None


def placeholders(template: str) -> list[str]:
    """The fields that a prompt names, each once, in order.

    Raises ValueError for any other brace, which Julep would take for code.
    """
    if re.search(r"[{}]", _PLACEHOLDER.sub("", template)):
        raise ValueError("a prompt has a brace that belongs to no {field}")
    return list(dict.fromkeys(_PLACEHOLDER.findall(template)))


def filled(template: str, values: Mapping[str, str]) -> str:
    """The prompt with each field replaced by its value. A brace inside a value stays as it is."""
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


def expression(name: str, field: FieldInfo) -> str:
    """The Python expression by which Julep writes the field of its input `_` into the prompt."""
    value, words = f"_.{name}", _words_of(field)
    if words is None:
        return f"$ {value}" if _is_plain(field) else f"$ json.dumps({value})"
    if is_list_of_texts(field):
        value = f"{words.joined_by!r}.join({value}{f'[-{words.last}:]' if words.last else ''})"
    elif not _is_plain(field):
        value = f"json.dumps({value})"
    elif words.longest:
        half = words.longest // 2
        shortened = f"{value}[:{half}] + {_GAP!r} + {value}[-{half}:]"
        value = f"({value} if len({value}) <= {words.longest} else {shortened})"
    return f"$ {value}" + "".join(f".replace({fence!r}, {instead!r})" for fence, instead in _FENCES.items())


def written(value: Any, field: FieldInfo) -> str:
    """The field's value (JSON) as `expression` writes it."""
    words = _words_of(field)
    if words is None:
        return str(value) if _is_plain(field) else json.dumps(value)
    if is_list_of_texts(field):
        value = words.joined_by.join(value[-words.last :] if words.last else value)
    elif not _is_plain(field):
        value = json.dumps(value)
    elif words.longest and len(value) > words.longest:
        half = words.longest // 2
        value = value[:half] + _GAP + value[-half:]
    for fence, instead in _FENCES.items():
        value = value.replace(fence, instead)
    return value


def is_list_of_texts(field: FieldInfo) -> bool:
    """True for a field that is a list of texts."""
    return get_origin(field.annotation) is list and get_args(field.annotation) == (str,)


def _words_of(field: FieldInfo) -> PersonsWords | None:
    return next((mark for mark in field.metadata if isinstance(mark, PersonsWords)), None)


def _is_plain(field: FieldInfo) -> bool:
    """True for a field that is a text or a number, not a list or an object."""
    return field.annotation in (str, int, float) or get_origin(field.annotation) is Literal
