"""A person's own words, quoted: whoever is told what they said themselves is told no claim of ours. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from astra_pipeline import names
from astra_pipeline.language.contract.facts.given import OF_A_PERSON
from astra_pipeline.language.contract.facts.speech import QUOTED, flat, that


def without_own_words(text: str, task_input: Mapping[str, Any]) -> str:
    """The text with "that" for each quotation which stands, word for word, in what the person said in the input."""
    if not any(mark in text for mark in '"“«'):
        return text
    said = [_words(one) for one in _strings(task_input, is_theirs=False)]

    def told(quoted: re.Match[str]) -> str:
        is_theirs = any(_words(quoted.group()) in one for one in said)
        return that(quoted) if is_theirs else quoted.group()

    return QUOTED.sub(told, text)


def _words(text: str) -> str:
    """The words, each between spaces, so that one text is found in another by whole words."""
    return f" {flat(names.plain(text))} "


def _strings(value: Any, *, is_theirs: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for field, inner in value.items():
            yield from _strings(inner, is_theirs=is_theirs or field in OF_A_PERSON)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner, is_theirs=is_theirs)
    elif is_theirs and isinstance(value, str) and value:
        yield value
