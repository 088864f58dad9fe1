"""The sandbox as one application: ElevenLabs and a model under /v1, Julep under /julep, control under /_sandbox."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from astra_pipeline.sandbox.elevenlabs_api import ElevenLabsApi
from astra_pipeline.sandbox.faults import SPOILT_ANSWERS, Fault, Faults, RateLimit, Service, SettingsChange
from astra_pipeline.sandbox.julep_api import JulepApi
from astra_pipeline.sandbox.julep_records import Offline
from astra_pipeline.sandbox.openai_api import OpenAiApi
from astra_pipeline.sandbox.people import Person, transcripts
from astra_pipeline.sandbox.process import ELEVENLABS_API_KEY, JULEP_API_KEY, OPENAI_API_KEY
from astra_pipeline.sandbox.webhook_sender import Order, WebhookSettings

# Fields of a transcript's input that name it. No rule reads them.
_UNREAD = ("conversation_id", "ended_at")
_ANSWERS_KEPT = 1_000
# The task that reads what the others wrote.
_JUDGE = "text-judge"
_kept: dict[str, str] = {}
Handler = Callable[[Request, Fault | None], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class VendorApi(Protocol):
    """The part of a service that the gate uses: its key, and its refusals in its own shape."""

    @property
    def service(self) -> Service: ...
    def key_of(self, request: Request) -> str | None: ...
    def unauthorized(self, key: str | None) -> Response: ...
    def too_many(self) -> Response: ...
    def broken(self) -> Response: ...


class _Gate:
    """Checks the key, the rate limit and the faults before every vendor route, and counts the answers."""

    def __init__(self, keys: dict[Service, str]) -> None:
        self.keys = keys
        self.faults = Faults()
        self.rate_limit = RateLimit()
        self.reject_keys = False
        self.answered: dict[str, dict[str, Counter[int]]] = {}

    def count(self, service: str, route: str, status: int) -> None:
        self.answered.setdefault(service, {}).setdefault(route, Counter())[status] += 1

    def route(
        self, api: VendorApi, method: str, path: str, handler: Handler, *, spoils_answer: bool = False
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            response = await self._pass(api, request, handler, spoils_answer)
            self.count(api.service, f"{method} {path}", response.status_code)
            return response

        return Route(path, endpoint, methods=[method])

    async def _pass(self, api: VendorApi, request: Request, handler: Handler, spoils_answer: bool) -> Response:
        key = api.key_of(request)
        if self.reject_keys or key != self.keys[api.service]:
            return api.unauthorized(key)
        wait = self.rate_limit.refuse(api.service, time.monotonic())
        if wait is not None:
            return _with_retry_after(api.too_many(), wait)
        fault = self.faults.draw(api.service, answer_can_be_spoilt=spoils_answer)
        if fault is None:
            return await handler(request, None)
        if fault.kind == "429":
            return _with_retry_after(api.too_many(), fault.retry_after)
        if fault.kind == "500":
            return api.broken()
        if fault.kind == "timeout":
            # The work is done and only its answer is late, as when a real server is slow: a client that
            # gave up finds what it created when it looks.
            response = await handler(request, None)
            await asyncio.sleep(fault.timeout_seconds)
            return response
        if fault.kind == "hang":
            await asyncio.sleep(fault.timeout_seconds)
            return api.broken()
        if fault.kind == "drip":
            return _dripping(await handler(request, None), fault.drip_seconds)
        assert fault.kind in SPOILT_ANSWERS
        return await handler(request, fault)


def _with_retry_after(response: Response, seconds: float) -> Response:
    response.headers["Retry-After"] = f"{seconds:g}"
    return response


def _dripping(response: Response, pause: float) -> Response:
    """The answer byte by byte: no time-out per read ever ends it."""
    return StreamingResponse(_bytes_of(bytes(response.body), pause), response.status_code, dict(response.headers))


async def _bytes_of(body: bytes, pause: float) -> AsyncIterator[bytes]:
    for byte in body:
        yield bytes([byte])
        await asyncio.sleep(pause)


def work_by_rules(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The answer of the project's own task of that name, by its rules.

    Answers are kept, by what the rules read: an LLM costs its callers no CPU, and a stand-in that does would be
    measured with them.
    """
    # Imported when first needed: the tasks are heavy, and the sandbox serves ElevenLabs without them.
    from astra_pipeline.orchestration.tasks import task_named

    key = json.dumps([name, {field: given[field] for field in given if field not in _UNREAD}], sort_keys=True)
    if key not in _kept:
        task = task_named(name)
        if len(_kept) >= _ANSWERS_KEPT:
            _kept.clear()
        _kept[key] = json.dumps(task.offline(task.received(given)))
    return json.loads(_kept[key])


def answered_once(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The answer of the project's own task, which thinks of a transcript once: its first answer is everybody's.

    In benchmarks the LLM's stand-in shares the cores of what is measured, and its words are borrowed as it is.
    """
    if "transcript" not in given:
        return work_by_rules(name, given)
    key = json.dumps([name, given["transcript"]])
    if key not in _kept:
        _kept[key] = json.dumps(work_by_rules(name, given))
    return json.loads(_kept[key])


def understood(system: str, user: str) -> tuple[str, dict[str, Any]]:
    """The project's own task of these messages, and its input. Raises UnknownPrompt."""
    from astra_pipeline.orchestration.tasks import TASKS
    from astra_pipeline.sandbox.prompt_reading import read_prompt

    return read_prompt(TASKS, system, user)


def create_app(
    *,
    people: Sequence[Person] = (),
    now: dt.datetime | None = None,
    improvise_from: Sequence[Person] = (),
    elevenlabs_api_key: str = ELEVENLABS_API_KEY,
    julep_api_key: str = JULEP_API_KEY,
    openai_api_key: str = OPENAI_API_KEY,
    llm_seconds: float = 0.2,
    offline: Offline = work_by_rules,
) -> Starlette:
    """The application. It keeps its state in memory.

    people: their conversations are known from the start, dated relative to `now` (aware; default the present)
    improvise_from: with a person in it, an unknown conversation id gets words borrowed from them instead of a 404
    llm_seconds: the time an execution, or the answer of the model, takes
    offline: the function that does the work of the tasks
    """
    now = now or dt.datetime.now(dt.UTC)
    gate = _Gate({"elevenlabs": elevenlabs_api_key, "julep": julep_api_key, "openai": openai_api_key})
    elevenlabs = ElevenLabsApi(improvise_from=transcripts(improvise_from, now))
    elevenlabs.add(transcripts(people, now))
    julep = JulepApi(offline, llm_seconds=llm_seconds, spoil=gate.faults.spoil)
    openai = OpenAiApi(understood, offline, seconds=llm_seconds, spoil=gate.faults.spoil)
    control = _ControlApi(gate, elevenlabs, julep, openai)

    conversations = "/v1/convai/conversations"
    user, task = "/julep/users/{user_id}", "/julep/tasks/{task_id}"
    routes = [
        # The routes called most come first: they are tried in order.
        gate.route(julep, "GET", "/julep/executions/{execution_id}", julep.get_execution),
        gate.route(elevenlabs, "GET", conversations + "/{conversation_id}", elevenlabs.get, spoils_answer=True),
        gate.route(julep, "POST", task + "/executions", julep.create_execution, spoils_answer=True),
        gate.route(openai, "POST", "/v1/chat/completions", openai.complete, spoils_answer=True),
        gate.route(julep, "GET", task + "/executions", julep.list_executions),
        gate.route(julep, "GET", task, julep.get_task),
        gate.route(julep, "POST", "/julep/agents/{agent_id}/tasks/{task_id}", julep.create_or_update_task),
        gate.route(julep, "POST", "/julep/users", julep.create_user),
        gate.route(julep, "GET", "/julep/users", julep.list_users),
        gate.route(julep, "POST", user, julep.create_or_update_user),
        gate.route(julep, "PUT", user, julep.reset_user),
        gate.route(julep, "GET", user, julep.get_user),
        gate.route(julep, "DELETE", user, julep.delete_user),
        gate.route(elevenlabs, "DELETE", conversations + "/{conversation_id}", elevenlabs.delete),
        gate.route(elevenlabs, "GET", conversations, elevenlabs.list, spoils_answer=True),
        gate.route(elevenlabs, "GET", "/v1/workspace/webhooks", elevenlabs.webhooks, spoils_answer=True),
        Route("/_sandbox/webhook", control.change_webhook, methods=["PUT", "DELETE"]),
        Route("/_sandbox/deliveries", control.deliver, methods=["POST"]),
        Route("/_sandbox/settings", control.change_settings, methods=["PUT"]),
        Route("/_sandbox/conversations", control.add_conversations, methods=["POST"]),
        Route("/_sandbox/stats", control.stats, methods=["GET"]),
        Route("/_sandbox/prompts", control.prompts, methods=["GET"]),
    ]

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        gate.count("unknown", f"{request.method} {request.url.path}", error.status_code)
        return JSONResponse({"detail": error.detail}, error.status_code, error.headers)

    return Starlette(routes=routes, exception_handlers={HTTPException: refused})


class _ControlApi:
    """The handlers of /_sandbox. They ask for no key, since the sandbox listens on the loopback only."""

    def __init__(self, gate: _Gate, elevenlabs: ElevenLabsApi, julep: JulepApi, openai: OpenAiApi) -> None:
        self._gate = gate
        self._elevenlabs = elevenlabs
        self._julep = julep
        self._openai = openai

    async def change_settings(self, request: Request) -> Response:
        try:
            change = SettingsChange.model_validate_json(await request.body())
        except ValidationError as error:
            return _unprocessable(error)
        if change.llm_seconds is not None:
            self._julep.llm_seconds = self._openai.seconds = change.llm_seconds
        if change.faults is not None:
            self._gate.faults.replace(change.faults)
        if change.requests_per_second is not None:
            self._gate.rate_limit.replace(change.requests_per_second)
        if change.reject_keys is not None:
            self._gate.reject_keys = change.reject_keys
        return JSONResponse(
            {
                "llm_seconds": self._julep.llm_seconds,
                "faults": [rule.model_dump() for rule in self._gate.faults.rules],
                "requests_per_second": self._gate.rate_limit.per_second,
                "reject_keys": self._gate.reject_keys,
            }
        )

    async def change_webhook(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._elevenlabs.webhook.configure(None)
            return JSONResponse({})
        try:
            self._elevenlabs.webhook.configure(WebhookSettings.model_validate_json(await request.body()))
        except ValidationError as error:
            return _unprocessable(error)
        return JSONResponse({})

    async def deliver(self, request: Request) -> Response:
        try:
            order = Order.model_validate_json(await request.body())
            statuses = await self._elevenlabs.webhook.send(order, self._elevenlabs.told(order.conversation_id))
        except ValidationError as error:
            return _unprocessable(error)
        except LookupError as error:
            return JSONResponse({"detail": str(error)}, 409)
        return JSONResponse({"statuses": statuses})

    async def add_conversations(self, request: Request) -> Response:
        try:
            added = self._elevenlabs.add(await request.json())
        except ValueError as error:  # not JSON, or not conversations
            return _unprocessable(error)
        return JSONResponse({"added": added})

    async def prompts(self, _: Request) -> Response:
        return JSONResponse({"prompts": list(self._openai.prompts)})

    async def stats(self, _: Request) -> Response:
        begun = self._julep.executions_by_item() | self._openai.executions_by_item()
        return JSONResponse(
            {
                "requests": {
                    service: {
                        route: {str(status): times for status, times in statuses.items()}
                        for route, statuses in routes.items()
                    }
                    for service, routes in self._gate.answered.items()
                },
                "executions": _of_judges(begun, False),
                # What a text costs is its writing. The reading of it is counted apart.
                "judge_executions": _of_judges(begun, True),
                "faults": {service: dict(kinds) for service, kinds in self._gate.faults.injected.items()},
                "conversations": len(self._elevenlabs),
                "users": len(self._julep.users),
                "tasks": len(self._julep.tasks),
            }
        )


def _of_judges(begun: Mapping[str, list[dict[str, Any]]], are_judges: bool) -> dict[str, list[dict[str, Any]]]:
    """The executions of each item that are judges', or all others; no item without one."""
    chosen = {item: [one for one in made if (one["task"] == _JUDGE) is are_judges] for item, made in begun.items()}
    return {item: made for item, made in chosen.items() if made}


def _unprocessable(error: ValueError) -> Response:
    if isinstance(error, ValidationError):
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        return JSONResponse({"detail": problems}, 422)
    return JSONResponse({"detail": str(error)}, 422)
