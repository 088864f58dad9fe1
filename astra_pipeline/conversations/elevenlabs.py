"""ElevenLabs over HTTP: fetch a conversation with its transcript."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import json
import re
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from astra_pipeline.errors import (
    BadDocument,
    CredentialsRejected,
    ItemError,
    NotFound,
    NotReady,
    RateLimited,
    ServiceAway,
)
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    import httpx

_LONGEST_RETRY_AFTER_SECONDS = 60.0
T = TypeVar("T")
# The escape of a half of a surrogate pair.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_FINAL = frozenset({"done", "failed"})


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Turn(_Wire):
    """One turn of the conversation; `message` is null where the agent only used a tool."""

    role: Literal["user", "agent"]
    message: str | None = None
    time_in_call_secs: float | None = None


class CallMetadata(_Wire):
    start_time_unix_secs: int | None = None
    call_duration_secs: int | None = None
    termination_reason: str | None = None
    main_language: str | None = None
    timezone: str | None = None


class ElevenLabsConversation(_Wire):
    """`GET /v1/convai/conversations/{id}`, as far as we use it."""

    conversation_id: str
    agent_id: str | None = None
    status: Literal["initiated", "in-progress", "processing", "done", "failed"]
    transcript: list[Turn] = Field(default_factory=list)
    metadata: CallMetadata = CallMetadata()

    def require_final(self) -> Self:
        """Itself when the transcript is final; NotReady while it may still grow."""
        if self.status not in _FINAL:
            raise NotReady(f"ElevenLabs says {self.status}")
        return self


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


def _whole_characters(body: bytes) -> bytes:
    r"""The JSON text with a "?" for each half of a surrogate pair, as in "\ud83d" for an emoji that was cut in two.

    Python reads a half; MongoDB and every strict reader refuse the whole document for it. A text that is no JSON
    comes back as it is.
    """
    if not _SURROGATE.search(body):
        return body
    try:
        document = json.loads(body)
    except ValueError:
        return body
    return json.dumps(document, ensure_ascii=False).encode(errors="replace")


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
        return await self._repeated(lambda: self._get(conversation_id))

    async def delete(self, conversation_id: str) -> bool:
        """Delete the conversation at ElevenLabs; False when it is not there. Raises as `conversation` does."""
        try:
            await self._repeated(lambda: self._request("DELETE", conversation_id))
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

    async def _get(self, conversation_id: str) -> ElevenLabsConversation:
        return self._read(await self._request("GET", conversation_id))

    async def _request(self, method: Literal["GET", "DELETE"], conversation_id: str) -> httpx.Response:
        import httpx

        try:
            async with self._slots:
                path = f"/v1/convai/conversations/{quote(conversation_id, safe='')}"
                response = await self._http.request(method, path)
        except httpx.TransportError as error:
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

    @staticmethod
    def _read(response: httpx.Response) -> ElevenLabsConversation:
        try:
            return ElevenLabsConversation.model_validate_json(_whole_characters(response.content))
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = ".".join(str(part) for part in problem["loc"]) or "body"
            # A body cut off on the way is the network's fault and worth another request.
            bad = BadDocument(f"ElevenLabs answered with {place}: {problem['msg']}")
            raise (_TryAgain(bad) if problem["type"] == "json_invalid" else bad) from None
