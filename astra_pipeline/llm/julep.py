"""The runner that does tasks through Julep's SDK, and the SDK's client and errors for all other callers."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from astra_pipeline.errors import (
    BadAnswer,
    BadDocument,
    CredentialsRejected,
    ItemError,
    RateLimited,
    ServiceAway,
    SettingError,
)
from astra_pipeline.llm.breaker import Breaker
from astra_pipeline.llm.runner import Ledger, Pending, Spend
from astra_pipeline.llm.task import I, Task
from astra_pipeline.llm.usage import Usage
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    from julep import AsyncJulep

_CONNECTIONS = 24
_FIRST_GUESS_SECONDS = 0.5
_LONGEST_UNTIMED_SECONDS = 5.0
# Pause between looks at an execution that is later than usual, as a share of its age.
_EAGERNESS = 0.05
_SHORTEST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_SLACK_SECONDS = 0.02
# The search for an execution: its pages, and how far its server's clock may be from the database's.
_PAGE, _PAGES_AT_MOST = 100, 500
_CLOCKS_DIFFER = dt.timedelta(minutes=10)


class StillRunning(ServiceAway):
    """An execution has not ended within the time-out of the settings."""


class Unreadable(ServiceAway):
    """An answer came that is not what the SDK reads."""


class ExecutionFailed(BadAnswer):
    """An execution gave no answer; the message names it and nothing that it said."""

    feedback = "the execution before this one failed: return the whole answer as one JSON object"


class JulepRunner:
    """The runner that does tasks through Julep's SDK.

    A task is created once per content. At most `concurrency` executions run at once, and they are polled with
    backoff. The first look at an execution is timed by the last durations on the server, so that a task of a few
    seconds costs one or two requests and is collected soon after it ends. While no execution has ended yet, the
    first one is looked at often, and the others wait for its duration.
    """

    def __init__(self, client: AsyncJulep, agent_id: str, *, concurrency: int, spend: Spend | None = None) -> None:
        self._client = client
        # A retry depends on the state of the execution, which the SDK does not know.
        self._once = client.with_options(max_retries=0).executions
        self.calls: Counter[str] = Counter()
        self.usage: dict[str, Usage] = {}  # Julep tells nobody
        self._spend = spend
        self._agent_id = agent_id
        self._slots = asyncio.Semaphore(concurrency)
        self._known: dict[str, asyncio.Task[None]] = {}
        self._usual_seconds: float | None = None
        self._timing = False
        self._timed = asyncio.Event()
        self._breaker = Breaker("Julep", "creations")

    async def answer(self, task: Task[I, Any], task_input: I, *, feedback: str, item: str, ledger: Ledger) -> Any:
        task_id = str(task.task_id)
        await self._ensure(task)
        pending = await ledger.pending(item, task_id)
        async with self._slots:
            if pending is not None and (asked_for := await self._asked_for(task_id, pending)):
                try:
                    return await self._result(asked_for, time.monotonic())
                except StillRunning:
                    # It was waited for twice: the next attempt asks anew.
                    await ledger.forget(item, task_id)
                    raise
            self._breaker.check()
            if self._spend:
                await self._spend()
            request = str(uuid.uuid4())
            await ledger.intend(item, task_id, request)
            execution_id = await self._create(task_id, task.sent(task_input, feedback), item, request)
            # It began somewhat earlier on the server; a look that comes too early costs another one.
            begun = time.monotonic()
            await ledger.note(item, task_id, execution_id)
            if not self._timing:
                self._timing = True
                try:
                    return await self._result(execution_id, begun)
                finally:
                    self._timed.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._timed.wait(), _LONGEST_UNTIMED_SECONDS)
            return await self._result(execution_id, begun)

    async def _ensure(self, task: Task[Any, Any]) -> None:
        task_id = str(task.task_id)
        if task_id not in self._known or self._failed(self._known[task_id]):
            self._known[task_id] = asyncio.create_task(self._ensure_once(task))
        await asyncio.shield(self._known[task_id])

    @staticmethod
    def _failed(ensured: asyncio.Task[None]) -> bool:
        return ensured.done() and (ensured.cancelled() or ensured.exception() is not None)

    async def _ensure_once(self, task: Task[Any, Any]) -> None:
        from julep import NotFoundError

        task_id = str(task.task_id)
        with julep_errors():
            try:
                await self._client.tasks.get(task_id)
            except NotFoundError:
                definition = task.julep_definition()
                await self._client.tasks.create_or_update(task_id, agent_id=self._agent_id, **definition)

    async def _asked_for(self, task_id: str, pending: Pending) -> str | None:
        """The id of an execution that an earlier run asked for; None when its request never arrived."""
        if pending.answer is not None:
            return None  # a model's, from before the runner was changed
        if pending.execution_id is not None or pending.request is None:
            return pending.execution_id
        return await self._find(task_id, pending.request, since=pending.asked_at)

    async def _create(self, task_id: str, sent: dict[str, Any], item: str, request: str) -> str:
        """Create one execution and pay for it once.

        After an answer that leaves open whether the server created it (time-out, 5xx), the executions since then
        are searched for ours before another is created.
        """
        import stamina

        doubtful = False
        began = time.monotonic()
        async for attempt in stamina.retry_context(
            on=lambda error: isinstance(error, ItemError) and error.outage and _retry_hint(error),
            attempts=settings().astra_http_attempts,
            timeout=None,
            wait_initial=0.5,
            wait_max=10.0,
        ):
            with attempt:
                within = dt.timedelta(seconds=time.monotonic() - began)
                if doubtful and (found := await self._find(task_id, request, within=within)):
                    self._breaker.answered()
                    return found
                try:
                    with julep_errors():
                        execution = await self._once.create(
                            task_id, input=sent, metadata={"item": item, "request": request}
                        )
                        self.calls[item] += 1
                        self._breaker.answered()
                        return execution.id
                except ServiceAway as away:
                    # The server is there when an answer came that cannot be read; what it did is as open.
                    if not doubtful and not isinstance(away, Unreadable):
                        self._breaker.unanswered()
                    doubtful = True
                    raise
        raise AssertionError("stamina returns or raises")

    async def _find(
        self,
        task_id: str,
        request: str,
        *,
        since: dt.datetime | None = None,
        within: dt.timedelta = dt.timedelta(),
    ) -> str | None:
        """The execution created under this request id; None when there is none.

        Pages back through the task's executions, newest first, until they are older than `since` (UTC, by the
        database's clock) or, without it, than `within` before the newest, by Julep's clock. This machine's clock
        may be wrong.
        """
        oldest: dt.datetime | None = None
        for page in range(_PAGES_AT_MOST):
            with julep_errors():
                found = await self._client.executions.list(
                    task_id, limit=_PAGE, offset=page * _PAGE, sort_by="created_at", direction="desc"
                )
            for execution in found.items:
                if isinstance(execution.metadata, dict) and execution.metadata.get("request") == request:
                    return execution.id
            if len(found.items) < _PAGE:
                return None
            oldest = oldest or (since or found.items[0].created_at - within) - _CLOCKS_DIFFER
            if found.items[-1].created_at < oldest:
                return None
        return None

    async def _result(self, execution_id: str, begun: float) -> Any:
        deadline = settings().astra_llm_timeout_seconds
        usual = self._usual_seconds or _FIRST_GUESS_SECONDS
        pause = max(begun + usual + _SLACK_SECONDS - time.monotonic(), 0.0)
        while True:
            await asyncio.sleep(pause)
            with julep_errors():
                execution = await self._client.executions.get(execution_id)
            elapsed = time.monotonic() - begun
            match execution.status:
                case "succeeded":
                    # By the server's clock: our own elapsed time includes the pause that this estimate sets.
                    took = (execution.updated_at - execution.created_at).total_seconds()
                    self._learn(min(max(took, 0.0), elapsed))
                    return execution.output
                case "failed" | "cancelled":
                    # What the server says of it may quote the transcript. The words stay at Julep.
                    raise ExecutionFailed(f"execution {execution_id} {execution.status}")
                case "awaiting_input":
                    raise ExecutionFailed(f"execution {execution_id} awaits input, which no task of ours asks for")
            if elapsed > deadline:
                raise StillRunning(f"Julep: execution still {execution.status} after {deadline:g} s")
            pause = min(max(elapsed * _EAGERNESS, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)

    def _learn(self, took: float) -> None:
        usual = took if self._usual_seconds is None else self._usual_seconds
        self._usual_seconds = usual + (took - usual) * 0.2


def _retry_hint(error: Exception) -> bool | float:
    after = getattr(error.__cause__, "response", None)
    try:
        return min(max(float(after.headers["retry-after"]), 0.0), 60.0) if after is not None else True
    except (KeyError, ValueError):
        return True


class julep_errors:  # noqa: N801  (reads as a verb at its use)
    """Turns the SDK's errors into ours within a `with` block."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import julep

        match error:
            case julep.AuthenticationError() | julep.PermissionDeniedError():
                raise CredentialsRejected(
                    f"Julep refused the key with {error.status_code}: check JULEP_API_KEY"
                ) from error
            case julep.RateLimitError():
                raise RateLimited("Julep: 429 too many requests") from error
            case julep.APIConnectionError():
                raise ServiceAway(f"Julep: {type(error).__name__}") from error
            case julep.InternalServerError():
                raise ServiceAway(f"Julep: {error.status_code}") from error
            case julep.APIStatusError():
                raise BadDocument(f"Julep refused the request with {error.status_code}") from error
            case julep.APIError():
                raise Unreadable(f"Julep: {type(error).__name__}") from error


@asynccontextmanager
async def julep_client(*, api_key: str | None = None, base_url: str | None = None) -> AsyncIterator[AsyncJulep]:
    """The SDK's client for one event loop, by default with the key and the URL of the settings.

    Raises SettingError without a key.
    """
    import httpx
    from julep import AsyncJulep

    from astra_pipeline.llm.deadline import DeadlineClient

    configured = settings()
    if not api_key and configured.astra_task_runner != "julep" and configured.julep_api_key is None:
        raise SettingError(
            "JULEP_API_KEY is not set: people's Julep users are made by Julep, whatever does the tasks"
        )
    api_key = api_key or configured.required("JULEP_API_KEY")
    seconds = configured.astra_http_timeout_seconds
    client = AsyncJulep(
        api_key=api_key,
        base_url=base_url or configured.julep_base_url,
        timeout=httpx.Timeout(seconds, pool=None),
        max_retries=configured.astra_http_attempts - 1,
        # Executions are waited for without a connection: far fewer are needed than executions run.
        http_client=DeadlineClient(deadline_seconds=seconds, connections=_CONNECTIONS, follow_redirects=True),
    )
    async with client:
        yield client
