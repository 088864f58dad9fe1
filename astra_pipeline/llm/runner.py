"""The run of a task: ask a runner, validate its answer, ask again with the reason when the answer is refused."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

from pydantic import ValidationError

from astra_pipeline.counters import REFUSALS, count
from astra_pipeline.errors import BadAnswer
from astra_pipeline.llm.task import A, I, Task
from astra_pipeline.llm.usage import Usage
from astra_pipeline.settings import settings

_FENCE = "```"
_PROBLEMS = 8
# A round of the event loop in which nothing was ready takes less; an answer lets others go first for so long.
_IDLE_ROUND_SECONDS, _AT_MOST_FIRST_SECONDS = 0.0005, 0.02
# Event loop -> the lock of whoever reads an answer there.
_READING: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@dataclass(frozen=True)
class Pending:
    """An execution that an earlier run asked for and whose answer is not stored."""

    execution_id: str | None
    """The id at Julep; None when the run never learned whether its request arrived."""
    request: str | None
    """The id of the request for it."""
    asked_at: dt.datetime | None
    """The moment of the request (UTC), by the database's clock."""
    digest: str | None = None
    """The digest of the input that was answered; None where no answer is kept."""
    answer: str | None = None
    """The raw answer as JSON text, of a runner whose answers cannot be collected later."""


class Ledger(Protocol):
    """A record of the executions that were asked for and whose answers are not stored yet."""

    async def pending(self, item: str, task_id: str, /) -> Pending | None:
        """The execution of this task that an earlier run asked for; None when there is none."""
        ...

    async def intend(self, item: str, task_id: str, request: str, /) -> None:
        """Remember that an execution is about to be asked for. Raises LeaseLost when another run has the item."""
        ...

    async def note(self, item: str, task_id: str, execution_id: str, /) -> None:
        """Remember an execution just created."""
        ...

    async def keep(self, item: str, task_id: str, request: str, digest: str, answer: str, /) -> None:
        """Remember an answer that just arrived, as JSON text, to the input of that digest."""
        ...

    async def forget(self, item: str, task_id: str, /) -> None:
        """Drop an execution that gave no usable answer."""
        ...


class Spend(Protocol):
    """Called before each execution is paid for. Raises BudgetSpent when no more may be."""

    def __call__(self) -> Awaitable[None]: ...


class Review(Protocol[A]):
    """A further reading of an answer that validated."""

    async def __call__(self, answer: A, raw: Any, /) -> A:
        """The answer as it is to be taken. `raw` is what it was read from.

        Raises BadAnswer when it is to be asked for again, with the reason.
        """
        ...


class TaskRunner(Protocol):
    """A service that does tasks: Julep, a model of any provider, or rules that need no network."""

    calls: Counter[str]
    """Item -> executions paid for on its behalf so far."""

    @property
    def usage(self) -> Mapping[str, Usage]:
        """Item -> the tokens of these, and their price; empty where the service tells neither."""
        ...

    async def answer(self, task: Task[I, Any], task_input: I, *, feedback: str, item: str, ledger: Ledger) -> Any:
        """The raw answer of one execution. `feedback` says why the previous answer was refused.

        Raises ItemError or CredentialsRejected.
        """
        ...


@runtime_checkable
class TakesSlots(Protocol):
    """A runner that takes a slot for each request, and none for its pauses between two."""

    slot: Callable[[], AbstractAsyncContextManager[object]]
    """Gives the slot of one request. Whoever bounds several runs together puts theirs here."""


def workers() -> int:
    """The number of items to work on at once.

    There are two for each execution: while one item's answer is read and stored, another one waits for its slot.
    Executions that begin together end together, so fewer would leave slots unused.
    """
    return settings().astra_llm_concurrency * 2


async def run_task(
    runner: TaskRunner,
    task: Task[I, A],
    task_input: I,
    *,
    item: str,
    ledger: Ledger,
    review: Review[A] | None = None,
) -> A:
    """The task's validated answer to the input, as `review` takes it.

    An answer that does not validate, or that the review refuses, is asked for again with the words of who refused
    it as `feedback`, and a failed execution with a sentence of ours, at most ASTRA_ANSWER_ATTEMPTS times in all;
    then BadAnswer.
    """
    import stamina

    feedback = ""
    context = task_input.model_dump()
    attempts = settings().astra_answer_attempts
    async for attempt in stamina.retry_context(
        on=BadAnswer, attempts=attempts, timeout=None, wait_initial=0, wait_jitter=0, wait_max=0
    ):
        with attempt:
            try:
                raw = await runner.answer(task, task_input, feedback=feedback, item=item, ledger=ledger)
                async with _turn_to_read():
                    await _others_first()
                    answer = read_answer(task.output_model, raw, context)
                return await review(answer, raw) if review else answer
            except BadAnswer as refusal:
                feedback = refusal.feedback or str(refusal)
                count(REFUSALS, task=task.name)
                await ledger.forget(item, str(task.task_id))
                raise
    raise AssertionError("stamina returns or raises")


def _turn_to_read() -> asyncio.Lock:
    """The event loop's turn to read an answer, which takes milliseconds of a core.

    A hundred answers that come in the same moment would hold the loop for a second, in which nothing that was read
    could be stored.
    """
    loop = asyncio.get_running_loop()
    return _READING.setdefault(loop, asyncio.Lock())


async def _others_first() -> None:
    """Let the event loop do what else is ready, for a moment: executions that begin in the freed slots, and answers
    that are stored. A round of the loop that took no time had nothing else to do."""
    loop = asyncio.get_running_loop()
    begun = now = loop.time()
    while now - begun < _AT_MOST_FIRST_SECONDS:
        before = now
        await asyncio.sleep(0)
        now = loop.time()
        if now - before < _IDLE_ROUND_SECONDS:
            return


def read_answer(model: type[A], raw: Any, context: Mapping[str, Any]) -> A:
    """Read `raw` (an object, or JSON text with or without code fences) as the task's answer.

    The model may hold the answer against `context`, the task's input as JSON. Raises BadAnswer with the fields and
    the problem of each; the values themselves are not repeated.
    """
    if isinstance(raw, str):
        try:
            raw = json.loads(_without_fence(raw))
        except ValueError as error:
            raise BadAnswer(f"the answer is not JSON: {error}") from None
    try:
        return model.model_validate(raw, context=context)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        words = "; ".join(f"{'.'.join(map(str, p['loc'])) or 'answer'}: {p['msg']}" for p in problems[:_PROBLEMS])
        raise BadAnswer(words) from None


def _without_fence(text: str) -> str:
    """The text inside a fence of code around all of it, in linear time: an answer may be line breaks alone."""
    text = text.strip()
    if len(text) < 2 * len(_FENCE) or not (text.startswith(_FENCE) and text.endswith(_FENCE)):
        return text
    return text.removeprefix(_FENCE).removesuffix(_FENCE).removeprefix("json")
