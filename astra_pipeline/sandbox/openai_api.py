"""The part of OpenAI's API that the project uses through the `openai` SDK: /v1/chat/completions, not streamed.

Ollama, vLLM and many gateways speak the same. The work of a task is done by its rules: the input is read back from
the prompt.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from astra_pipeline.sandbox.faults import Fault, Spoilt, spoilt_text, truncated, wrongly_typed
from astra_pipeline.sandbox.julep_records import Offline
from astra_pipeline.sandbox.openai_bodies import CompletionBody
from astra_pipeline.sandbox.prompt_reading import UnknownPrompt

# (system message, user message) -> (name of the task, its input): the function that understands a prompt.
Understand = Callable[[str, str], tuple[str, dict[str, Any]]]

_PROMPTS_KEPT = 500
_BYTES_A_TOKEN = 4
_REFUSAL = "I'm sorry, but I can't help with that."


class OpenAiApi:
    """The handler of chat completions. What was asked is kept in memory."""

    service: Literal["openai"] = "openai"

    def __init__(
        self, understand: Understand, offline: Offline, *, seconds: float, spoil: Callable[[Any], Spoilt]
    ) -> None:
        self.seconds = seconds  # the time that an answer takes
        self.prompts: deque[list[dict[str, str]]] = deque(maxlen=_PROMPTS_KEPT)
        self._executions: dict[str, list[dict[str, Any]]] = {}
        self._understand = understand
        self._offline = offline
        self._spoil = spoil

    def executions_by_item(self) -> dict[str, list[dict[str, Any]]]:
        """The answers that were begun for each item, oldest first. An item is the first part of the request's
        `X-Client-Request-Id`, before the dot ("" without one)."""
        return self._executions

    async def complete(self, request: Request, fault: Fault | None) -> Response:
        """POST /v1/chat/completions."""
        try:
            body = CompletionBody.model_validate_json(await request.body())
        except ValidationError as error:
            places = ", ".join(".".join(map(str, one["loc"])) for one in error.errors(include_url=False))
            return _error(400, f"Invalid value: {places}", code="invalid_value", param=places)
        if fault is not None and (refused := _refused(fault.kind, body.model)):
            return refused
        self.prompts.append([{"role": one.role, "content": one.text} for one in body.messages])
        system = "\n\n".join(one.text for one in body.messages if one.role in ("system", "developer"))
        user = "\n\n".join(one.text for one in body.messages if one.role == "user")
        try:
            task, given = self._understand(system, user)
        except UnknownPrompt:
            task, given = "", {}
        self._note(request, task, is_spoilt=fault is not None)
        await asyncio.sleep(self.seconds)
        output: Any = self._offline(task, given) if task else {"content": f"You said: {user[:40]}"}
        return JSONResponse(self._answer(body, output, fault, system + user))

    def _note(self, request: Request, task: str, *, is_spoilt: bool) -> None:
        client_id = request.headers.get("x-client-request-id", "")
        self._executions.setdefault(client_id.partition(".")[0], []).append(
            {
                "id": client_id,
                "task": task,
                "created_at": dt.datetime.now(dt.UTC).isoformat(),
                "corrupted": is_spoilt,
            }
        )

    def _answer(self, body: CompletionBody, output: Any, fault: Fault | None, prompt: str) -> dict[str, Any]:
        kind = fault.kind if fault else None
        text, finish = json.dumps(output, ensure_ascii=False), "stop"
        if kind == "truncated_json":
            text, finish = truncated(output), "length"
        elif kind == "wrong_types":
            text = json.dumps(wrongly_typed(output), ensure_ascii=False)
        elif kind is not None and kind not in ("refusal", "content_filter"):
            how = self._spoil(kind)
            texts = {k: spoilt_text(v, how) if isinstance(v, str) else v for k, v in output.items()}
            text = json.dumps(texts, ensure_ascii=False)
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
        if kind == "refusal":
            message |= {"content": None, "refusal": _REFUSAL}
        elif kind == "content_filter":
            message["content"], finish = "", "content_filter"
        elif body.tools and body.tool_choice != "none":
            function = {"name": body.tools[0].function.name, "arguments": text}
            call = {"id": f"call_{uuid.uuid4().hex[:24]}", "type": "function", "function": function}
            message |= {"content": None, "tool_calls": [call]}
            finish = "tool_calls" if finish == "stop" else finish
        asked, answered = (len(words.encode()) // _BYTES_A_TOKEN + 1 for words in (prompt, text))
        return {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion",
            "created": int(dt.datetime.now(dt.UTC).timestamp()),
            "model": body.model,
            "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
            "usage": {
                "prompt_tokens": asked,
                "completion_tokens": answered,
                "total_tokens": asked + answered,
            },
        }

    # -- refusals, in their shape

    def key_of(self, request: Request) -> str | None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        return key if scheme == "Bearer" and key else None

    def unauthorized(self, key: str | None) -> Response:
        words = "Incorrect API key provided." if key else "You didn't provide an API key."
        return _error(401, words, code="invalid_api_key")

    def too_many(self) -> Response:
        return _error(429, "Rate limit reached for requests", kind="requests", code="rate_limit_exceeded")

    def broken(self) -> Response:
        return _error(500, "The server had an error while processing your request", kind="server_error")


def _refused(kind: str, model: str) -> Response | None:
    """The refusal of a request, for the kinds of fault that are one."""
    match kind:
        case "context_length":
            words = "This model's maximum context length is 8192 tokens. Please reduce the length of the messages."
            return _error(400, words, code="context_length_exceeded", param="messages")
        case "quota":
            words = "You exceeded your current quota, please check your plan and billing details."
            return _error(429, words, kind="insufficient_quota", code="insufficient_quota")
        case "unknown_model":
            return _error(404, f"The model `{model}` does not exist", code="model_not_found")
    return None


def _error(
    status: int,
    words: str,
    *,
    kind: str = "invalid_request_error",
    code: str | None = None,
    param: str | None = None,
) -> Response:
    return JSONResponse({"error": {"message": words, "type": kind, "param": param, "code": code}}, status)
