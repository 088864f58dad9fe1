"""The runner that does tasks by any model that pydantic-ai reaches: OpenAI, Anthropic, Google, Ollama, vLLM ...

The prompts are the tasks' own (`Task.render`), as Julep's definition of them is.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

from astra_pipeline.errors import AstraError, BadAnswer, CredentialsRejected, ItemError, SettingError
from astra_pipeline.llm.breaker import Breaker
from astra_pipeline.llm.json_schema import json_schema
from astra_pipeline.llm.model_errors import (
    LONGEST_PAUSE_BESIDE_ANOTHER_SECONDS,
    LONGEST_PAUSE_SECONDS,
    Busy,
    CutOff,
    Declined,
    NotAnswered,
    Unreadable,
    model_errors,
    worth_another,
)
from astra_pipeline.llm.prices import estimated, is_priced, usage_of
from astra_pipeline.llm.runner import Ledger, Spend
from astra_pipeline.llm.task import I, Task
from astra_pipeline.llm.usage import Purse, Usage
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.settings import ModelSettings

    from astra_pipeline.llm.providers import NamedModel

log = structlog.get_logger(__name__)

# A provider that asks for a longer pause is asked again after so many seconds.
_LONGEST_KEPT_SECONDS = 600.0
_ANSWER = "answer"


def load_sdk() -> None:
    """Import the packages that a run with this runner needs, where they are installed: it takes over a second."""
    with suppress(ImportError):
        import openai  # noqa: F401
        import pydantic_ai.direct
        import pydantic_ai.models.openai  # noqa: F401

        import astra_pipeline.llm.aiohttp_transport  # noqa: F401


@asynccontextmanager
async def open_model_runner(
    *, spend: Spend | None = None, purse: Purse | None = None
) -> AsyncIterator[ModelRunner]:
    """The runner of ASTRA_MODEL, ASTRA_JUDGE_MODEL and ASTRA_FALLBACK_MODEL for one event loop.

    Raises SettingError when a setting, a key or a package is missing, and for a limit of money without a price.
    """
    from astra_pipeline.llm.providers import opened_models

    configured = settings()
    first, fallback = configured.required("ASTRA_MODEL"), configured.astra_fallback_model
    names = [first, *filter(None, [fallback])]
    judges = [configured.astra_judge_model or first, *names[1:]]
    # Model -> the variable that names it, the first of those that do.
    variables = {first: "ASTRA_MODEL"}
    variables.setdefault(judges[0], "ASTRA_JUDGE_MODEL")
    variables.setdefault(names[-1], "ASTRA_FALLBACK_MODEL")
    async with opened_models(variables) as opened:
        unpriced = [one.name for one in opened if not is_priced(one)]
        if unpriced and configured.astra_max_cost_per_day is not None:
            raise SettingError(
                f"ASTRA_MAX_COST_PER_DAY is set, and no price is known of {', '.join(unpriced)}: unset it"
            )
        named = {one.name: one for one in opened}
        yield ModelRunner(
            [named[name] for name in names],
            judges=[named[name] for name in judges],
            concurrency=configured.astra_llm_concurrency,
            spend=spend,
            purse=purse,
        )


@dataclass
class _Request:
    """A request on its way: its id, once it is announced, what was set aside for it in US dollars, and whether it
    may have been paid for."""

    id: str = ""
    reserved: float = 0.0
    may_be_paid: bool = False


class ModelRunner:
    """The runner that does tasks by a model, the first of `models`, or the next one where it fails.

    A judge's tasks are done by those of `judges`, where there are any.

    At most `concurrency` requests are under way at once. A provider that asks for a pause gets it from
    all of its models; where the pause is long, the next model is asked, or the next run asks.
    The intent to ask is noted before each request, and the answer the moment it arrives, under the task's version
    and the input's digest: a run that takes the item over uses it and does not pay again. Providers know no
    executions by id, so what was under way when a run was killed is paid for again, and nothing else.
    """

    def __init__(
        self,
        models: Sequence[NamedModel],
        *,
        judges: Sequence[NamedModel] = (),
        concurrency: int,
        spend: Spend | None = None,
        purse: Purse | None = None,
    ) -> None:
        self.calls: Counter[str] = Counter()
        self.usage: defaultdict[str, Usage] = defaultdict(Usage)
        self._models = models
        self._judges = judges or models
        self._spend = spend
        self._purse = purse
        slots = asyncio.Semaphore(concurrency)
        self.slot: Callable[[], AbstractAsyncContextManager[object]] = lambda: slots
        self._forms: dict[str, ModelRequestParameters] = {}
        self._quiet_until: dict[str, float] = {}  # by provider
        self._breakers = {one.name: Breaker(one.name, "requests") for one in (*self._models, *self._judges)}
        self._rejected: set[str] = set()  # models whose key was refused, or that their provider does not know

    async def answer(self, task: Task[I, Any], task_input: I, *, feedback: str, item: str, ledger: Ledger) -> Any:
        task_id, digest = str(task.task_id), task.digest(task_input)
        pending = await ledger.pending(item, task_id)
        if pending is not None and pending.answer is not None and pending.digest == digest:
            return json.loads(pending.answer)
        prompt = task.render(task_input, feedback)
        answer, request = await self._first_answer(task, prompt, item, ledger)
        await ledger.keep(item, task_id, request, digest, json.dumps(answer))
        return answer

    async def _first_answer(
        self, task: Task[Any, Any], prompt: list[dict[str, str]], item: str, ledger: Ledger
    ) -> tuple[Any, str]:
        """The answer of the first model that gives one, and the id of the request for it.

        Raises what became of the last model. An answer that cannot be used is told to the model that gave it.
        """
        models = self._judges if task.is_judge else self._models
        for one in models:
            is_last = one is models[-1]
            if one.name in self._rejected and not is_last:
                continue
            patience = LONGEST_PAUSE_SECONDS if is_last else LONGEST_PAUSE_BESIDE_ANOTHER_SECONDS
            try:
                return await self._answer_of(one, task, prompt, item, ledger, patience)
            except BadAnswer:
                raise
            except CredentialsRejected as refused:
                if is_last:
                    raise
                if one.name not in self._rejected:
                    self._rejected.add(one.name)
                    log.warning("a model is left out; the next one is asked", model=one.name, why=str(refused))
            except ItemError:
                if is_last:
                    raise
        raise AssertionError("there is at least one model")

    async def _afford(self, one: NamedModel, prompt: list[dict[str, str]]) -> float:
        """The US dollars set aside for an answer. Raises BudgetSpent."""
        if self._spend:
            await self._spend()
        if self._purse is None or not self._purse.is_limited:
            return 0.0
        return await self._purse.reserve(estimated(one, prompt))

    async def _answer_of(
        self,
        one: NamedModel,
        task: Task[Any, Any],
        prompt: list[dict[str, str]],
        item: str,
        ledger: Ledger,
        patience: float,
    ) -> tuple[Any, str]:
        """The answer of one model, and the id of the request. Raises Busy for pauses over `patience` seconds."""
        breaker, request = self._breakers[one.name], _Request()

        async def announce() -> None:
            breaker.check()
            request.reserved = await self._afford(one, prompt)
            request.id = str(uuid.uuid4())
            await ledger.intend(item, str(task.task_id), request.id)

        try:
            response = await self._ask(one, task, prompt, item, request, announce, patience)
        except BaseException as error:
            if isinstance(error, Unreadable):
                breaker.answered()
            elif isinstance(error, NotAnswered):
                breaker.unanswered()
            # What was set aside stays where it may have been paid, also by who is cancelled.
            if self._purse and not request.may_be_paid:
                await self._purse.pay(Usage(), request.reserved)
            raise
        breaker.answered()
        self.calls[item] += 1
        usage = usage_of(response, one)
        self.usage[item] += usage
        if self._purse:
            # Nobody knows its price: what was set aside for it counts.
            booked = replace(usage, cost_usd=request.reserved) if usage.cost_usd is None else usage
            await self._purse.pay(booked, request.reserved)
        return _read(response, one.name), request.id

    async def _ask(
        self,
        one: NamedModel,
        task: Task[Any, Any],
        prompt: list[dict[str, str]],
        item: str,
        request: _Request,
        announce: Callable[[], Awaitable[None]],
        patience: float,
    ) -> ModelResponse:
        import stamina

        async for attempt in stamina.retry_context(
            on=functools.partial(worth_another, longest_pause=patience),
            attempts=settings().astra_http_attempts,
            timeout=None,
            wait_initial=0.5,
            wait_max=10.0,
        ):
            with attempt:
                while True:
                    # Nobody pauses in a slot. While this one waited for its slot, another may have been sent away.
                    await asyncio.sleep(self._pause(one, patience))
                    async with self.slot():
                        if self._pause(one, patience):
                            continue
                        if not request.id:
                            await announce()
                        return await self._send(one, task, prompt, item, request)
        raise AssertionError("stamina returns or raises")

    async def _send(
        self, one: NamedModel, task: Task[Any, Any], prompt: list[dict[str, str]], item: str, request: _Request
    ) -> ModelResponse:
        from pydantic_ai.direct import model_request

        request.may_be_paid = True
        try:
            with model_errors(one.name, one.setting):
                return await model_request(
                    one.model,
                    _messages(prompt),
                    model_settings=_options(one, task, item, request),
                    model_request_parameters=self._form(task),
                )
        except AstraError as error:
            request.may_be_paid = isinstance(error, NotAnswered)
            if isinstance(error, Busy):
                self._keep_quiet(one, error.pause or 0.0)
            raise

    def _pause(self, one: NamedModel, patience: float) -> float:
        """The seconds that are left of the pause that the model's provider asked for. Raises Busy for more than
        `patience`, so that another model or the next run is asked."""
        left = max(self._quiet_until.get(one.provider, 0.0) - time.monotonic(), 0.0)
        if left > patience:
            raise Busy(f"{one.name}: its provider asked for a pause, of which {left:.0f} s are left", left)
        return left

    def _keep_quiet(self, one: NamedModel, seconds: float) -> None:
        until = time.monotonic() + min(seconds, _LONGEST_KEPT_SECONDS)
        self._quiet_until[one.provider] = max(self._quiet_until.get(one.provider, 0.0), until)

    def _form(self, task: Task[Any, Any]) -> ModelRequestParameters:
        """The form of the answer: a tool that takes it, a schema, or words in the prompt, as the model can."""
        from pydantic_ai.models import ModelRequestParameters
        from pydantic_ai.output import OutputObjectDefinition
        from pydantic_ai.tools import ToolDefinition

        if task.name not in self._forms:
            schema, about = json_schema(task.output_model), "Give the answer."
            self._forms[task.name] = ModelRequestParameters(
                output_mode="auto",
                output_object=OutputObjectDefinition(json_schema=schema, name=_ANSWER, description=about),
                output_tools=[
                    ToolDefinition(
                        name=_ANSWER, parameters_json_schema=schema, description=about, kind="output", strict=False
                    )
                ],
                allow_text_output=False,
            )
        return self._forms[task.name]


def _options(one: NamedModel, task: Task[Any, Any], item: str, request: _Request) -> ModelSettings:
    """The settings of one request."""
    return {
        **one.options,
        "temperature": task.temperature,
        "request_timeout": settings().astra_llm_timeout_seconds,
        # A provider logs it. Who has a provider's log and an item of ours can tell that they belong together.
        "extra_headers": {"X-Client-Request-Id": f"{item_digest(item)}.{request.id}"},
    }


def item_digest(item: str) -> str:
    """The sixteen hexadecimal digits that stand for an item in a provider's log."""
    return hashlib.sha256(item.encode()).hexdigest()[:16]


def _messages(prompt: list[dict[str, str]]) -> list[ModelMessage]:
    from pydantic_ai.messages import ModelRequest, SystemPromptPart, UserPromptPart

    kinds = {"system": SystemPromptPart, "user": UserPromptPart}
    return [ModelRequest(parts=[kinds[message["role"]](content=message["content"]) for message in prompt])]


def _read(response: ModelResponse, name: str) -> Any:
    """The raw answer in a response. Raises Declined, CutOff, or BadAnswer for an empty one."""
    from pydantic_ai.messages import TextPart, ToolCallPart

    if response.finish_reason == "content_filter":
        raise Declined(f"{name} did not answer: it refused, or a content filter did")
    if response.finish_reason == "length":
        raise CutOff(f"{name}: the answer was cut off before its end")
    for part in response.parts:
        if isinstance(part, ToolCallPart):
            return part.args
    text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    if not text.strip():
        raise BadAnswer("the answer is empty")
    return text
