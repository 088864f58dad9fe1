"""The part of the Julep API that the project uses through the `julep` SDK: users, tasks and executions."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from astra_pipeline.sandbox.faults import Fault, Spoilt
from astra_pipeline.sandbox.julep_bodies import ExecutionBody, ListQuery, TaskBody, UserBody
from astra_pipeline.sandbox.julep_records import Execution, Offline, Task, User
from astra_pipeline.sandbox.julep_refusals import not_a_uuid, not_found, problem, refusal, unprocessable

T = TypeVar("T")


class JulepApi:
    """The handlers of Julep's routes. Users, tasks and executions are kept in memory."""

    service: Literal["julep"] = "julep"

    def __init__(self, offline: Offline, *, llm_seconds: float, spoil: Callable[[Any], Spoilt]) -> None:
        self.llm_seconds = llm_seconds  # the duration of executions created from now on
        self.users: dict[str, User] = {}
        self.tasks: dict[str, Task] = {}
        self._executions: dict[str, Execution] = {}
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
            return not_found("User")
        return await self._write_user(request, request.path_params["user_id"], 200)

    async def _write_user(self, request: Request, user_id: str, status: int) -> Response:
        try:
            body = UserBody.model_validate_json(await request.body())
        except ValidationError as error:
            return unprocessable("body", error)
        if not _is_uuid(user_id):
            return not_a_uuid("user_id")
        now = _now()
        known = self.users.get(user_id)
        self.users[user_id] = User(user_id, body, known.created_at if known else now, now)
        return JSONResponse(self.users[user_id].answer(), status)

    async def get_user(self, request: Request, _: Fault | None) -> Response:
        user = self.users.get(request.path_params["user_id"])
        return JSONResponse(user.answer()) if user else not_found("User")

    async def delete_user(self, request: Request, _: Fault | None) -> Response:
        user = self.users.pop(request.path_params["user_id"], None)
        if user is None:
            return not_found("User")
        return JSONResponse({"id": user.id, "deleted_at": _now().isoformat(), "jobs": []}, 202)

    async def list_users(self, request: Request, _: Fault | None) -> Response:
        # The SDK spells metadata_filter={"app_id": "u1"} as metadata_filter.app_id=u1.
        wanted = {
            key.removeprefix("metadata_filter."): value
            for key, value in request.query_params.items()
            if key.startswith("metadata_filter.")
        }
        try:
            query = ListQuery.model_validate(
                {
                    key: value
                    for key, value in request.query_params.items()
                    if not key.startswith("metadata_filter.")
                }
            )
        except ValidationError as error:
            return unprocessable("query", error)
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
                return not_a_uuid(name)
        try:
            body = TaskBody.model_validate_json(await request.body())
        except ValidationError as error:
            return unprocessable("body", error)
        now = _now()
        task = self.tasks.get(task_id)
        if task is None:
            task = self.tasks[task_id] = Task(task_id, agent_id, body, now, now)
        else:
            task.agent_id, task.body, task.updated_at = agent_id, body, now
        return JSONResponse(task.answer(), 201)

    async def get_task(self, request: Request, _: Fault | None) -> Response:
        task = self.tasks.get(request.path_params["task_id"])
        return JSONResponse(task.answer()) if task else not_found("Task")

    # -- executions

    async def create_execution(self, request: Request, fault: Fault | None) -> Response:
        task = self.tasks.get(request.path_params["task_id"])
        if task is None:
            return not_found("Task")
        try:
            body = ExecutionBody.model_validate_json(await request.body())
        except ValidationError as error:
            return unprocessable("body", error)
        missing = [key for key in (task.body.input_schema or {}).get("required", []) if key not in body.input]
        if missing:
            return refusal(422, [problem(("body", "input", key), "Field required", "missing") for key in missing])
        execution = Execution(
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
        # The answer to POST says "queued", however short the execution is.
        return JSONResponse({**execution.answer(execution.begun - 1.0, self._offline), "status": "queued"}, 201)

    async def get_execution(self, request: Request, _: Fault | None) -> Response:
        execution = self._executions.get(request.path_params["execution_id"])
        if execution is None:
            return not_found("Execution")
        return JSONResponse(execution.answer(time.monotonic(), self._offline))

    async def list_executions(self, request: Request, _: Fault | None) -> Response:
        task = self.tasks.get(request.path_params["task_id"])
        if task is None:
            return not_found("Task")
        try:
            query = ListQuery.model_validate(dict(request.query_params))
        except ValidationError as error:
            return unprocessable("query", error)
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
        return refusal(401, "Could not validate API KEY" if key else "Not authenticated")

    def too_many(self) -> Response:
        return refusal(429, "Rate limit exceeded")

    def broken(self) -> Response:
        return refusal(500, "Internal Server Error")


def _page(rows: Sequence[T], query: ListQuery) -> Sequence[T]:
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
