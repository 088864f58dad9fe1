"""The runner `model` where providers ask for pauses, refuse keys, name no price: what is asked and paid."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic_ai import exceptions as theirs
from pydantic_ai.messages import ModelResponse, TextPart
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.usage import RequestUsage
from structlog.testing import capture_logs

from astra_pipeline.errors import CredentialsRejected, ServiceAway
from astra_pipeline.evaluation.scoring import NoLedger
from astra_pipeline.llm.model import ModelRunner, open_model_runner
from astra_pipeline.llm.model_errors import Busy, Unreadable
from astra_pipeline.llm.providers import NamedModel
from astra_pipeline.llm.usage import Usage
from astra_pipeline.orchestration.tasks import TASKS
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.llm.inputs import plain_input

TASK = TASKS["text-judge"]
LISTED = "gpt-4o-mini"
USED = RequestUsage(input_tokens=1_000_000, output_tokens=100_000)
# 0.15 and 0.60 US dollars a million tokens, the list price of gpt-4o-mini.
PRICE = 0.15 + 0.06


class Scripted(FunctionModel):
    """A model whose provider answers with the next of these, the last one again and again. An error is raised."""

    def __init__(self, *answers: Any) -> None:
        super().__init__(lambda *_: ModelResponse(parts=[]), model_name=LISTED)
        self.asked = 0
        self._answers = list(answers)

    async def request(self, *_: Any, **__: Any) -> ModelResponse:
        self.asked += 1
        answer = self._answers[0] if len(self._answers) == 1 else self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Pocket:
    """A purse in memory."""

    is_limited = True

    def __init__(self) -> None:
        self.spent, self.set_aside = 0.0, 0.0

    async def reserve(self, estimate: float) -> float:
        assert estimate > 0
        self.set_aside += 1.0
        return 1.0

    async def pay(self, usage: Usage, reserved: float) -> None:
        self.set_aside -= reserved
        self.spent += usage.cost_usd or 0.0


def answered(*, model: str = LISTED, usage: RequestUsage = USED) -> ModelResponse:
    return ModelResponse(parts=[TextPart('{"findings": []}')], usage=usage, model_name=model)


def busy(seconds: float) -> Exception:
    return theirs.ModelHTTPError.for_category(
        theirs.ModelRateLimitError, status_code=429, model_name=LISTED, retry_after=seconds
    )


def refused(
    status: int = 401, kind: type[theirs.ModelRequestRejectedError] = theirs.ModelAuthenticationError
) -> Exception:
    return theirs.ModelHTTPError.for_category(kind, status_code=status, model_name=LISTED)


@pytest.fixture(autouse=True)
def _attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTRA_HTTP_ATTEMPTS", "2")
    forget_settings()


def runner_of(*models: Scripted, names: Sequence[str] = (), purse: Pocket | None = None) -> ModelRunner:
    named = [
        NamedModel(name, model, {}, setting)
        for name, model, setting in zip(
            names or ("openai:first", "google:second"),
            models,
            ("ASTRA_MODEL", "ASTRA_FALLBACK_MODEL"),
            strict=False,
        )
    ]
    return ModelRunner(named, concurrency=2, purse=purse)


async def ask(runner: ModelRunner) -> Any:
    return await runner.answer(TASK, plain_input("text-judge"), feedback="", item="one", ledger=NoLedger())


def test_a_long_pause_is_not_slept_through_but_told_at_once() -> None:
    model = Scripted(busy(86_400), answered())
    runner = runner_of(model)

    async def work() -> None:
        for _ in range(3):
            with pytest.raises(Busy):
                await asyncio.wait_for(ask(runner), 30)

    asyncio.run(work())
    assert model.asked == 1, "it is not asked again before the pause is over"
    until = runner._quiet_until["openai"]
    assert until < time.monotonic() + 3_600, "a day is not kept"


def test_beside_another_model_a_pause_is_not_waited_for() -> None:
    first, second = Scripted(busy(20)), Scripted(answered())
    runner = runner_of(first, second)

    async def work() -> None:
        assert await asyncio.wait_for(ask(runner), 15)
        assert await asyncio.wait_for(ask(runner), 15)

    asyncio.run(work())
    assert (first.asked, second.asked) == (1, 2)


def test_a_pause_is_for_all_models_of_its_provider_and_for_no_other() -> None:
    first, second = Scripted(busy(86_400)), Scripted(answered())
    runner = runner_of(first, second, names=("openai:first", "openai-responses:second"))
    with pytest.raises(Busy):
        asyncio.run(ask(runner))
    assert second.asked == 0


def test_money_is_given_back_by_who_is_cancelled_after_a_refusal() -> None:
    purse, model = Pocket(), Scripted(busy(50))
    runner = runner_of(model, purse=purse)

    async def work() -> None:
        asking = asyncio.create_task(ask(runner))
        while not model.asked:  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0)
        assert purse.set_aside == 1.0
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(work())
    assert (purse.set_aside, purse.spent) == (0.0, 0.0)


def test_money_is_given_back_by_who_is_cancelled_before_the_request_went_out() -> None:
    purse, model = Pocket(), Scripted(answered())
    runner = runner_of(model, purse=purse)

    class Slow(NoLedger):
        async def intend(self, item: str, task_id: str, request: str, /) -> None:
            await asyncio.Event().wait()

    async def work() -> None:
        given = plain_input("text-judge")
        asking = asyncio.create_task(runner.answer(TASK, given, feedback="", item="one", ledger=Slow()))
        while not purse.set_aside:  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(work())
    assert (model.asked, purse.set_aside, purse.spent) == (0, 0.0, 0.0)


def test_who_pauses_leaves_the_slot_to_others() -> None:
    class Two(Scripted):
        async def request(self, *_: Any, **__: Any) -> ModelResponse:
            self.asked += 1
            if self.asked == 1:
                raise theirs.ModelHTTPError.for_category(
                    theirs.ModelServerError, status_code=500, model_name=LISTED
                )
            return answered()

    model = Two()
    runner = ModelRunner([NamedModel("openai:first", model, {})], concurrency=1)
    order: list[str] = []

    async def one(name: str) -> None:
        await ask(runner)
        order.append(name)

    async def work() -> None:
        await asyncio.gather(one("sent away"), one("next"))

    asyncio.run(work())
    assert order == ["next", "sent away"]


def test_what_is_cancelled_under_way_may_have_been_paid_for() -> None:
    purse = Pocket()

    class Hanging(Scripted):
        async def request(self, *_: Any, **__: Any) -> ModelResponse:
            self.asked += 1
            await asyncio.Event().wait()
            raise AssertionError("it hangs")

    model = Hanging()
    runner = runner_of(model, purse=purse)

    async def work() -> None:
        asking = asyncio.create_task(ask(runner))
        while not model.asked:  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(work())
    assert purse.set_aside == 1.0


@pytest.mark.parametrize(
    ("answer", "spent"),
    [
        (answered(), PRICE),
        (answered(model="a-deployment-of-ours"), PRICE),
        (answered(usage=RequestUsage()), 1.0),
        (refused(), 0.0),
    ],
    ids=["a listed model", "an unlisted name", "no tokens told", "a refusal"],
)
def test_an_answer_is_booked_by_what_is_known_of_its_price(answer: Any, spent: float) -> None:
    purse = Pocket()
    runner = runner_of(Scripted(answer), purse=purse)
    if isinstance(answer, Exception):
        with pytest.raises(CredentialsRejected):
            asyncio.run(ask(runner))
    else:
        asyncio.run(ask(runner))
    assert purse.spent == pytest.approx(spent)
    assert purse.set_aside == 0.0


def test_a_refused_key_is_told_once_and_its_model_is_left_out() -> None:
    first, second = Scripted(refused()), Scripted(answered())
    runner = runner_of(first, second)

    async def work() -> None:
        await ask(runner)
        await ask(runner)

    with capture_logs() as logs:
        asyncio.run(work())
    told = [line for line in logs if line["log_level"] == "warning"]
    assert [line["model"] for line in told] == ["openai:first"]
    assert told[0]["why"] == "openai:first refused the key with 401: check OPENAI_API_KEY"
    assert (first.asked, second.asked) == (1, 2)


def test_a_model_that_is_not_known_is_told_with_the_variable_that_names_it() -> None:
    unknown = refused(404, theirs.ModelNotFoundError)
    with pytest.raises(CredentialsRejected, match="with 404: check ASTRA_FALLBACK_MODEL"):
        asyncio.run(ask(runner_of(Scripted(refused()), Scripted(unknown))))


def test_each_model_has_the_variable_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("ASTRA_TASK_RUNNER", "model"),
        ("ASTRA_MODEL", "openai:gpt-4o-mini"),
        ("ASTRA_JUDGE_MODEL", "openai:gpt-4o"),
        ("ASTRA_FALLBACK_MODEL", "openai:gpt-4.1-mini"),
        ("OPENAI_API_KEY", "sk-nobody"),
    ):
        monkeypatch.setenv(name, value)
    forget_settings()

    async def named() -> list[str]:
        async with open_model_runner() as runner:
            return [one.setting for one in (*runner._models, *runner._judges)]

    assert asyncio.run(named()) == [
        "ASTRA_MODEL",
        "ASTRA_FALLBACK_MODEL",
        "ASTRA_JUDGE_MODEL",
        "ASTRA_FALLBACK_MODEL",
    ]


def test_answers_that_cannot_be_read_do_not_close_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Scripted(theirs.UnexpectedModelBehavior("not JSON"))
    runner = runner_of(model)

    async def work(wanted: type[Exception]) -> None:
        for _ in range(8):
            with pytest.raises(wanted):
                await ask(runner)

    asyncio.run(work(Unreadable))
    assert model.asked == 8
    model._answers = [theirs.ModelRequestTimeout(LISTED, 1.0)]
    asyncio.run(work(ServiceAway))
    assert model.asked == 8 + 5, "after five that nothing answered the rest waits"
