"""ElevenLabs over HTTP: conversations with their transcripts, lists of them, and the state of the webhooks."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import re
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from astra_pipeline.conversations.wire import ElevenLabsConversation, Page, Webhook, Webhooks
from astra_pipeline.conversations.wire_json import readable
from astra_pipeline.counters import ELEVENLABS, ELEVENLABS_SECONDS, count, observe
from astra_pipeline.errors import (
    BadDocument,
    CredentialsRejected,
    ItemError,
    NotFound,
    RateLimited,
    ServiceAway,
)
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    import httpx

_LONGEST_RETRY_AFTER_SECONDS = 60.0
_CONVERSATIONS = "/v1/convai/conversations"
_WEBHOOKS = "/v1/workspace/webhooks"
_ID = re.compile(r"(?!\.+$)[A-Za-z0-9_.:-]+", re.ASCII)
# The most that ElevenLabs gives at once.
_PAGE_SIZE = 100
T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)


class _TryAgain(ItemError):
    """Transient; carries what the server asked for."""

    def __init__(self, error: ItemError, retry_after: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after = retry_after


def _again_in(error: Exception) -> bool | float:
    if not isinstance(error, _TryAgain):
        return False
    return True if error.retry_after is None else error.retry_after


def _retry_after(response: httpx.Response) -> float | None:
    """`Retry-After` in seconds (delta or HTTP date), bounded; None when absent or unusable."""
    value = response.headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            at = email.utils.parsedate_to_datetime(value)
        except ValueError:
            return None
        # RFC 9110 dates are GMT; "-0000" parses as naive.
        at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
        seconds = (at - dt.datetime.now(dt.UTC)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER_SECONDS)


class ElevenLabsClient:
    """Async client with one connection pool; use it as an async context manager.

    At most ASTRA_ELEVENLABS_CONCURRENCY requests at once; 429 (honouring Retry-After), 5xx, time-outs and
    lost connections are tried ASTRA_HTTP_ATTEMPTS times.
    """

    def __init__(self) -> None:
        from astra_pipeline.llm.deadline import DeadlineClient

        configured = settings()
        self._http: httpx.AsyncClient = DeadlineClient(
            deadline_seconds=configured.astra_http_timeout_seconds,
            connections=configured.astra_elevenlabs_concurrency,
            base_url=configured.elevenlabs_base_url,
            headers={"xi-api-key": configured.required("ELEVENLABS_API_KEY")},
        )
        self._attempts = configured.astra_http_attempts
        self._slots = asyncio.Semaphore(configured.astra_elevenlabs_concurrency)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def conversation(self, conversation_id: str) -> ElevenLabsConversation:
        """The conversation as it is now, finished or not.

        Raises NotFound (404), CredentialsRejected (401, 403), RateLimited, ServiceAway, or BadDocument
        naming the field when the answer is not what the API documents.
        """
        return await self._read(ElevenLabsConversation, _path(conversation_id))

    async def page(self, agent_id: str, *, since: dt.datetime, cursor: str | None = None) -> Page:
        """A page of an agent's conversations that began at `since` (aware) or later, the newest first.

        `cursor` is the last page's `next_cursor`. Raises as `conversation` does.
        """
        query: dict[str, Any] = {
            "agent_id": agent_id,
            "page_size": _PAGE_SIZE,
            "call_start_after_unix": int(since.timestamp()),
        }
        return await self._read(Page, _CONVERSATIONS, query | ({"cursor": cursor} if cursor else {}))

    async def webhooks(self) -> list[Webhook]:
        """The webhooks of the workspace. Raises CredentialsRejected for a key that may not read them."""
        return (await self._read(Webhooks, _WEBHOOKS)).webhooks

    async def delete(self, conversation_id: str) -> bool:
        """Delete the conversation at ElevenLabs; False when it is not there. Raises as `conversation` does."""
        try:
            await self._repeated(lambda: self._request("DELETE", _path(conversation_id)))
        except NotFound:
            return False
        return True

    async def _repeated(self, request: Callable[[], Awaitable[T]]) -> T:
        import stamina

        try:
            async for attempt in stamina.retry_context(
                on=_again_in, attempts=self._attempts, timeout=None, wait_initial=0.5, wait_max=10.0
            ):
                with attempt:
                    return await request()
        except _TryAgain as last:
            raise last.error from None
        raise AssertionError("stamina returns or raises")

    async def _read(self, model: type[Model], path: str, query: dict[str, Any] | None = None) -> Model:
        async def request() -> Model:
            return _answer(model, await self._request("GET", path, query))

        return await self._repeated(request)

    async def _request(
        self, method: Literal["GET", "DELETE"], path: str, query: dict[str, Any] | None = None
    ) -> httpx.Response:
        import httpx

        operation = _operation(method, path)
        try:
            async with self._slots:
                began = time.monotonic()
                response = await self._http.request(method, path, params=query)
                observe(ELEVENLABS_SECONDS, time.monotonic() - began, operation=operation)
                count(ELEVENLABS, operation=operation, code=str(response.status_code))
        except httpx.TransportError as error:
            count(ELEVENLABS, operation=operation, code="none")
            raise _TryAgain(ServiceAway(f"ElevenLabs: {type(error).__name__}")) from error
        match response.status_code:
            case 200:
                return response
            case 401 | 403:
                raise CredentialsRejected(
                    f"ElevenLabs refused the key with {response.status_code}: check ELEVENLABS_API_KEY"
                )
            case 404:
                raise NotFound("ElevenLabs does not know this conversation (404)")
            case 429:
                raise _TryAgain(RateLimited("ElevenLabs: 429 too many requests"), _retry_after(response))
            case status if status >= 500 or status == 408:
                raise _TryAgain(ServiceAway(f"ElevenLabs: {status}"), _retry_after(response))
            case status:
                raise BadDocument(f"ElevenLabs answered {status}")


def _operation(method: str, path: str) -> str:
    """The name of a request in the counters: its path has an id."""
    if method == "DELETE":
        return "delete"
    return {_CONVERSATIONS: "list", _WEBHOOKS: "webhooks"}.get(path, "conversation")


def _path(conversation_id: str) -> str:
    """The address of a conversation. Raises NotFound for an id that would lead elsewhere, such as "..": it may be
    the word of a client."""
    if not _ID.fullmatch(conversation_id):
        raise NotFound("ElevenLabs has no conversation of such an id")
    return f"{_CONVERSATIONS}/{quote(conversation_id, safe='')}"


def _answer(model: type[Model], response: httpx.Response) -> Model:
    try:
        return model.model_validate_json(readable(response.content))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in problem["loc"]) or "body"
        # A body cut off on the way is the network's fault and worth another request.
        bad = BadDocument(f"ElevenLabs answered with {place}: {problem['msg']}")
        raise (_TryAgain(bad) if problem["type"] == "json_invalid" else bad) from None
