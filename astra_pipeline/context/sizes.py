"""The size of a call's variables, and the shortening that makes them fit. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from astra_pipeline.context import compact
from astra_pipeline.context.table import BY_NAME, Value
from astra_pipeline.context.tidy import cut

MOST_BYTES = 8_192
"""All values of a call together, in UTF-8. Every one of them may stand in the prompt of every turn."""
# Texts that give way first, each down to so many characters: the long ones, in web.md's order.
_GIVE_WAY = (("context", 1_200), ("latest_horoscope", 300), ("conversation_summary", 300))
_OVERVIEW = "user_overview"
_SHARE = 0.85
_SHORTEST = 40


def size_of(variables: Mapping[str, Value]) -> int:
    """The bytes of all values."""
    return sum(len(str(value).encode()) for value in variables.values())


def fitted(variables: Mapping[str, Value]) -> tuple[dict[str, Value], tuple[str, ...]]:
    """(the variables in at most 8,192 bytes, the names of those that were shortened)."""
    found = dict(variables)
    for name, floor in _GIVE_WAY:
        while size_of(found) > MOST_BYTES and len(text := str(found[name])) > floor:
            found[name] = cut(text, max(int(len(text) * _SHARE), floor))
    while size_of(found) > MOST_BYTES and found[_OVERVIEW] != BY_NAME[_OVERVIEW].default:
        found[_OVERVIEW] = compact.smaller(str(found[_OVERVIEW])) or BY_NAME[_OVERVIEW].default
    while size_of(found) > MOST_BYTES:
        longest = max(found, key=lambda name: (_bytes(name, found[name]), name))
        text = str(found[longest])
        found[longest] = cut(text, max(int(len(text) * _SHARE), _SHORTEST))
    return found, tuple(sorted(name for name in found if found[name] != variables[name]))


def _bytes(name: str, value: Value) -> int:
    is_long = isinstance(value, str) and len(value) > _SHORTEST and name not in ("user_id", _OVERVIEW)
    return len(str(value).encode()) if is_long else 0
