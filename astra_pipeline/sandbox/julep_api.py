"""The part of the Julep API the project uses, through the `julep` SDK: users, tasks, executions.

Bodies are what the SDK sends and nothing else: an unknown field, a missing one or a step of unknown kind is
refused, because the real server would either refuse it too or ignore it silently.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from astra_pipeline.sandbox.faults import Fault, Spoilt, spoilt_text, truncated, wrongly_typed

Offline = Callable[[str, dict[str, Any]], dict[str, Any]]
"""(task name, input) -> output: who does a task's work."""

T = TypeVar("T")

_QUEUED_PART = 0.1
"""Part of an execution's duration for which it is queued."""
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


class _UserBody(_Body):
    name: str = ""
    about: str = ""
    metadata: dict[str, Any] | None = None
    project: str | None = None


class _TaskBody(_Body):
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


class _ExecutionBody(_Body):
    input: dict[str, Any]
    metadata: dict[str, Any] | None = None


class _ListQuery(_Body):
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


@dataclass
class _User:
    id: str
    body: _UserBody
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
class _Task:
    id: str
    agent_id: str
    body: _TaskBody
    created_at: dt.datetime
    updated_at: dt.datetime
    executions: list[_Execution] = field(default_factory=list)

    def answer(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "agent_id": self.agent_id,
            **self.body.model_dump(),
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }


@dataclass
class _Execution:
    """Where it stands follows from the time; what it answers is worked out when first asked for."""

    id: str
    task: _Task
    body: _ExecutionBody
    created_at: dt.datetime
    begun: float
    """Monotonic seconds."""
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
        """As it stands at `at` (monotonic seconds)."""
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


class JulepApi:
    """Users, tasks and executions, in memory."""

    service: Literal["julep"] = "julep"

    def __init__(self, offline: Offline, *, llm_seconds: float, spoil: Callable[[Any], Spoilt]) -> None:
        self.llm_seconds = llm_seconds
        """How long executions created from now on take."""
        self.users: dict[str, _User] = {}
        self.tasks: dict[str, _Task] = {}
        self._executions: dict[str, _Execution] = {}
        self._offline = offline
        self._spoil = spoil

    def executions_by_item(self) -> dict[str, list[dict[str, Any]]]:
        """The executions created for each `metadata.item` ("" without one), oldest first."""
        items: dict[str, list[dict[str, Any]]] = {}
        for execution in self._executions.values():
            item = str((execution.body.metadata or {}).get("item", ""))
            items.setdefault(item, []).append(
                {
                    "id": execution.id,
                    "task": execution.task.body.name,
                    "created_at": execution.created_at.isoformat(),
                    "corrupted": execution.spoilt,
                }
            )
        return items

    # -- users

    async def create_user(self, request: Request, _: Fault | None) -> Response:
        return await self._write_user(request, str(uuid.uuid4()), 201)

    async def create_or_update_user(self, request: Request, _: Fault | None) -> Response:
        return await self._write_user(request, request.path_params["user_id"], 201)

    async def reset_user(self, request: Request, _: Fault | None) -> Response:
        if request.path_params["user_id"] not in self.users:
            return _not_found("User")
        return await self._write_user(request, request.path_params["user_id"], 200)

    async def _write_user(self, request: Request, user_id: str, status: int) -> Response:
        try:
            body = _UserBody.model_validate_json(await request.body())
        except ValidationError as error:
            return _unprocessable("body", error)
        if not _is_uuid(user_id):
            return _not_a_uuid("user_id")
        now = _now()
        known = self.users.get(user_id)
        self.users[user_id] = _User(user_id, body, known.created_at if known else now, now)
        return JSONResponse(self.users[user_id].answer(), status)

    async def get_user(self, request: Request, _: Fault | None) -> Response:
        user = self.users.get(request.path_params["user_id"])
        return JSONResponse(user.answer()) if user else _not_found("User")

    async def delete_user(self, request: Request, _: Fault | None) -> Response:
        user = self.users.pop(request.path_params["user_id"], None)
        if user is None:
            return _not_found("User")
        return JSONResponse({"id": user.id, "deleted_at": _now().isoformat(), "jobs": []}, 202)

    async def list_users(self, request: Request, _: Fault | None) -> Response:
        # The SDK spells metadata_filter={"app_id": "u1"} as metadata_filter.app_id=u1.
        wanted = {
            key.removeprefix("metadata_filter."): value
            for key, value in request.query_params.items()
            if key.startswith("metadata_filter.")
        }
        try:
            query = _ListQuery.model_validate(
                {
                    key: value
                    for key, value in request.query_params.items()
                    if not key.startswith("metadata_filter.")
                }
            )
        except ValidationError as error:
            return _unprocessable("query", error)
        users = [
            user
            for user in self.users.values()
            if all(_as_in_a_query((user.body.metadata or {}).get(key)) == value for key, value in wanted.items())
        ]
        if query.sort_by == "updated_at":
            users.sort(key=lambda user: user.updated_at)
        return JSONResponse({"items": [user.answer() for user in _page(users, query)]})

    # -- tasks

    async def create_or_update_task(self, request: Request, _: Fault | None) -> Response:
        agent_id, task_id = request.path_params["agent_id"], request.path_params["task_id"]
        for name, value in (("agent_id", agent_id), ("task_id", task_id)):
            if not _is_uuid(value):
                return _not_a_uuid(name)
        try:
            body = _TaskBody.model_validate_json(await request.body())
        except ValidationError as error:
            return _unprocessable("body", error)
        now = _now()
        task = self.tasks.get(task_id)
        if task is None:
            task = self.tasks[task_id] = _Task(task_id, agent_id, body, now, now)
        else:
            task.agent_id, task.body, task.updated_at = agent_id, body, now
        return JSONResponse(task.answer(), 201)

    async def get_task(self, request: Request, _: Fault | None) -> Response:
        task = self.tasks.get(request.path_params["task_id"])
        return JSONResponse(task.answer()) if task else _not_found("Task")

    # -- executions

    async def create_execution(self, request: Request, fault: Fault | None) -> Response:
        task = self.tasks.get(request.path_params["task_id"])
        if task is None:
            return _not_found("Task")
        try:
            body = _ExecutionBody.model_validate_json(await request.body())
        except ValidationError as error:
            return _unprocessable("body", error)
        missing = [key for key in (task.body.input_schema or {}).get("required", []) if key not in body.input]
        if missing:
            return _refusal(422, [_problem(("body", "input", key), "Field required", "missing") for key in missing])
        execution = _Execution(
            id=str(uuid.uuid4()),
            task=task,
            body=body,
            created_at=_now(),
            begun=time.monotonic(),
            seconds=self.llm_seconds,
            spoilt=self._spoil(fault.kind) if fault else None,
        )
        self._executions[execution.id] = execution
        task.executions.append(execution)
        # Whoever creates an execution is told that it is queued, however short it is.
        return JSONResponse({**execution.answer(execution.begun - 1.0, self._offline), "status": "queued"}, 201)

    async def get_execution(self, request: Request, _: Fault | None) -> Response:
        execution = self._executions.get(request.path_params["execution_id"])
        if execution is None:
            return _not_found("Execution")
        return JSONResponse(execution.answer(time.monotonic(), self._offline))

    async def list_executions(self, request: Request, _: Fault | None) -> Response:
        task = self.tasks.get(request.path_params["task_id"])
        if task is None:
            return _not_found("Task")
        try:
            query = _ListQuery.model_validate(dict(request.query_params))
        except ValidationError as error:
            return _unprocessable("query", error)
        at = time.monotonic()
        executions = task.executions
        if query.sort_by == "updated_at":
            executions = sorted(executions, key=lambda one: one.updated_at(at - one.begun))
        return JSONResponse({"items": [one.answer(at, self._offline) for one in _page(executions, query)]})

    # -- refusals, in their shape

    def key_of(self, request: Request) -> str | None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        return key if scheme == "Bearer" and key else None

    def unauthorized(self, key: str | None) -> Response:
        return _refusal(401, "Could not validate API KEY" if key else "Not authenticated")

    def too_many(self) -> Response:
        return _refusal(429, "Rate limit exceeded")

    def broken(self) -> Response:
        return _refusal(500, "Internal Server Error")


def _page(rows: Sequence[T], query: _ListQuery) -> Sequence[T]:
    if query.direction == "desc":
        rows = rows[::-1]
    return rows[query.offset : query.offset + query.limit]


def _as_in_a_query(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _problem(place: tuple[str | int, ...], message: str, kind: str) -> dict[str, Any]:
    return {"loc": list(place), "msg": message, "type": kind}


def _refusal(status: int, detail: object) -> Response:
    return JSONResponse({"detail": detail}, status)


def _not_found(what: str) -> Response:
    return _refusal(404, f"{what} not found")


def _not_a_uuid(name: str) -> Response:
    return _refusal(422, [_problem(("path", name), "Input should be a valid UUID", "uuid_parsing")])


def _unprocessable(place: str, error: ValidationError) -> Response:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return _refusal(422, [_problem((place, *one["loc"]), one["msg"], one["type"]) for one in problems])
