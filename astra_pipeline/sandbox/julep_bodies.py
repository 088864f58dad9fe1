"""The bodies and queries of the requests that the `julep` SDK sends, as strict models.

An unknown field, a missing one or a step of unknown kind is refused, because the real server would either refuse it
too or ignore it silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

_LARGEST_PAGE = 1000

# A step is recognised by one key; beside it only these (`label` and `kind_` go with all).
_STEP_KINDS: Mapping[str, frozenset[str]] = {
    "evaluate": frozenset(),
    "tool": frozenset({"arguments"}),
    "prompt": frozenset({"auto_run_tools", "disable_cache", "settings", "tool_choice", "tools", "unwrap"}),
    "get": frozenset(),
    "set": frozenset(),
    "log": frozenset(),
    "workflow": frozenset({"arguments"}),
    "return": frozenset(),
    "sleep": frozenset(),
    "error": frozenset(),
    "wait_for_input": frozenset(),
    "if": frozenset({"then", "else"}),
    "switch": frozenset(),
    "foreach": frozenset(),
    "parallel": frozenset(),
    "over": frozenset({"map", "initial", "parallelism", "reduce"}),
}
_WITH_EVERY_STEP = frozenset({"label", "kind_"})


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class UserBody(_Body):
    """The body of POST and PUT on users."""

    name: str = ""
    about: str = ""
    metadata: dict[str, Any] | None = None
    project: str | None = None


class TaskBody(_Body):
    """The body of a task definition; every step in `main` has to be of a known kind."""

    name: str = Field(min_length=1)
    main: list[dict[str, Any]] = Field(min_length=1)
    canonical_name: str | None = None
    description: str = ""
    inherit_tools: bool = False
    input_schema: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    tools: list[dict[str, Any]] = []

    @field_validator("main")
    @classmethod
    def _steps_are_known(cls, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for position, step in enumerate(steps):
            _check_step(step, f"step {position}")
        return steps


class ExecutionBody(_Body):
    """The body of POST on executions."""

    input: dict[str, Any]
    metadata: dict[str, Any] | None = None


class ListQuery(_Body):
    """The query of a list of users or executions."""

    limit: int = Field(default=100, ge=1, le=_LARGEST_PAGE)
    offset: int = Field(default=0, ge=0)
    sort_by: Literal["created_at", "updated_at"] = "created_at"
    direction: Literal["asc", "desc"] = "asc"


def _check_step(step: object, where: str) -> None:
    if not isinstance(step, dict):
        raise ValueError(f"{where} is not an object")
    keys = set(step) - _WITH_EVERY_STEP
    kinds = keys & _STEP_KINDS.keys()
    if len(kinds) != 1:
        raise ValueError(f"{where} is of unknown kind: it has {sorted(keys) or 'no keys'}")
    kind = kinds.pop()
    if extra := keys - {kind} - _STEP_KINDS[kind]:
        raise ValueError(f"{where} ({kind}) has unknown keys {sorted(extra)}")
    for inner, inner_where in _steps_inside(kind, step):
        _check_step(inner, f"{where}, {inner_where}")


def _steps_inside(kind: str, step: dict[str, Any]) -> list[tuple[object, str]]:
    match kind, step[kind]:
        case "if", _:
            return [(step.get("then"), "then"), *([(step["else"], "else")] if step.get("else") else [])]
        case "over", _:
            return [(step.get("map"), "map")]
        case "foreach", dict(loop):
            return [(loop.get("do"), "do")]
        case "parallel", list(branches):
            return [(branch, f"branch {position}") for position, branch in enumerate(branches)]
        case "switch", list(cases):
            return [
                (one.get("then") if isinstance(one, dict) else one, f"case {position}")
                for position, one in enumerate(cases)
            ]
    return []
