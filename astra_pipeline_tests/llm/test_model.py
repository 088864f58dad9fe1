"""The runner `model` over HTTP: the real `openai` SDK under pydantic-ai, against the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Coroutine
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.errors import (
    AstraError,
    BadAnswer,
    CredentialsRejected,
    RateLimited,
    ServiceAway,
    SettingError,
)
from astra_pipeline.llm.model import ModelRunner, item_digest, open_model_runner
from astra_pipeline.llm.model_errors import CutOff, Declined, NotAnswered, TooLong
from astra_pipeline.llm.runner import Pending, run_task
from astra_pipeline.llm.task import Task
from astra_pipeline.orchestration.tasks import TASKS
from astra_pipeline.sandbox.process import Control, SandboxProcess
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.llm.inputs import INPUTS, plain_input
from astra_pipeline_tests.llm.reading import prompted_by_julep

TASK = TASKS["transcript-processor"]
SECRET = "zebrafish"
TALK = TranscriptInput(
    conversation_id="conv_1",
    ended_at="2026-11-23T12:00:00+00:00",
    local_date="2026-11-23",
    transcript=f"agent: Namaste!\nuser: I worry about my exam, and about the {SECRET}.",
    user_name="Asha",
    known_topics=["Career"],
)


class Notes:
    """A ledger in memory, which says what was noted and in which order."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.kept: dict[str, tuple[str, str]] = {}

    async def pending(self, item: str, task_id: str) -> Pending | None:
        kept = self.kept.get(item)
        return Pending(None, "request", None, digest=kept[0], answer=kept[1]) if kept else None

    async def intend(self, item: str, task_id: str, request: str) -> None:
        self.said.append("intended")

    async def note(self, item: str, task_id: str, execution_id: str) -> None:
        raise AssertionError("a model has no executions")

    async def keep(self, item: str, task_id: str, request: str, digest: str, answer: str) -> None:
        self.said.append("kept")
        self.kept[item] = digest, answer

    async def forget(self, item: str, task_id: str) -> None:
        self.said.append("forgot")
        self.kept.pop(item, None)


@pytest.fixture
def model(
    sandbox_process: SandboxProcess, sandbox: Control, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """`model(NAME=value)` changes the environment, which points at the sandbox's model from the start."""

    def change(**variables: str | None) -> None:
        for name, value in variables.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        forget_settings()

    change(
        ASTRA_TASK_RUNNER="model",
        ASTRA_MODEL="openai:gpt-4o-mini",
        OPENAI_API_KEY=sandbox_process.openai_api_key,
        OPENAI_BASE_URL=sandbox_process.openai_url,
        ASTRA_HTTP_ATTEMPTS="2",
        ASTRA_LLM_TIMEOUT_SECONDS="30",
    )
    return change


def at_work(work: Callable[[ModelRunner], Coroutine[Any, Any, Any]]) -> Any:
    async def opened() -> Any:
        async with open_model_runner() as runner:
            return await work(runner)

    return asyncio.run(opened())


def done(
    notes: Notes | None = None, *, item: str = "conv_1", task: Task[Any, Any] = TASK, given: Any = TALK
) -> Any:
    """The answer of one task, by a runner of its own."""
    ledger = notes or Notes()
    return at_work(lambda runner: run_task(runner, task, given, item=item, ledger=ledger))


def always(*kinds: str, **options: Any) -> list[dict[str, Any]]:
    return [{"service": "openai", "rate": 1.0, "kinds": list(kinds), **options}]


def asked(sandbox: Control, item: str) -> int:
    """The number of answers that were begun for the item."""
    return len(sandbox.stats()["executions"].get(item_digest(item), []))


def test_a_task_is_done_and_its_cost_is_known(model: Callable[..., None], sandbox: Control) -> None:
    async def work(runner: ModelRunner) -> None:
        answer = await run_task(runner, TASK, TALK, item="conv_known", ledger=Notes())
        assert answer.topics == ["Education"]
        assert runner.calls["conv_known"] == 1
        usage = runner.usage["conv_known"]
        assert usage.tokens_in > 1000
        assert usage.tokens_out > 50
        # 0.15 and 0.60 US dollars a million tokens, the list price of gpt-4o-mini.
        expected = (usage.tokens_in * 0.15 + usage.tokens_out * 0.60) / 1e6
        assert usage.cost_usd == pytest.approx(expected)

    at_work(work)
    assert asked(sandbox, "conv_known") == 1


def test_a_judge_is_a_model_of_its_own_and_everything_else_is_the_first_ones(
    model: Callable[..., None], sandbox: Control
) -> None:
    model(ASTRA_JUDGE_MODEL="openai:gpt-4o")
    judged = plain_input("text-judge")

    async def work(runner: ModelRunner) -> None:
        await run_task(runner, TASK, TALK, item="conv_judged", ledger=Notes())
        written = runner.usage["conv_judged"]
        with contextlib.suppress(BadAnswer):  # what the rules make of such an input is another matter
            await runner.answer(TASKS["text-judge"], judged, feedback="", item="conv_judge", ledger=Notes())
        read = runner.usage["conv_judge"]
        # The list prices of gpt-4o-mini and of gpt-4o, US dollars a million tokens.
        assert written.cost_usd == pytest.approx((written.tokens_in * 0.15 + written.tokens_out * 0.60) / 1e6)
        assert read.cost_usd == pytest.approx((read.tokens_in * 2.5 + read.tokens_out * 10.0) / 1e6)
        assert runner.calls == {"conv_judged": 1, "conv_judge": 1}

    at_work(work)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@hypothesis.settings(
    max_examples=5, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture], derandomize=True
)
@hypothesis.given(data=st.data())
def test_a_model_is_sent_letter_by_letter_what_julep_makes_of_the_same_input(
    task: Task[Any, Any], model: Callable[..., None], sandbox: Control, data: st.DataObject
) -> None:
    given, feedback = data.draw(INPUTS[task.name]), data.draw(st.text(max_size=40))

    async def work(runner: ModelRunner) -> None:
        with contextlib.suppress(AstraError):  # What it makes of such an input is another matter.
            await runner.answer(task, given, feedback=feedback, item="a", ledger=Notes())

    at_work(work)
    assert sandbox.prompts()[-1] == prompted_by_julep(task, task.sent(given, feedback))


def test_the_intent_is_noted_before_the_request_and_the_answer_when_it_arrives(
    model: Callable[..., None], sandbox: Control
) -> None:
    notes = Notes()
    done(notes, item="conv_noted")
    assert notes.said == ["intended", "kept"]
    # A run that takes over has the answer, and asks nobody.
    done(notes, item="conv_noted")
    assert asked(sandbox, "conv_noted") == 1
    # The same item with another input is another question.
    done(notes, item="conv_noted", given=TALK.model_copy(update={"known_topics": ["Love"]}))
    assert asked(sandbox, "conv_noted") == 2


def test_a_refused_intent_sends_nothing(model: Callable[..., None], sandbox: Control) -> None:
    class Taken(Notes):
        async def intend(self, item: str, task_id: str, request: str) -> None:
            raise AstraError("another run has the item")

    with pytest.raises(AstraError, match="another run"):
        done(Taken(), item="conv_taken")
    assert asked(sandbox, "conv_taken") == 0


@pytest.mark.parametrize(
    ("kind", "error", "says", "answers"),
    [
        ("429", RateLimited, "429", 0),
        ("500", ServiceAway, "500", 0),
        ("hang", NotAnswered, "no whole answer", 0),
        ("drip", NotAnswered, "no whole answer", 1),
        ("refusal", Declined, "did not answer", 1),
        ("content_filter", Declined, "content filter", 1),
        ("context_length", TooLong, "context", 0),
        ("truncated_json", CutOff, "cut off", 3),
        ("wrong_types", BadAnswer, "topics: Input should be a valid list", 3),
        ("quota", CredentialsRejected, "quota .* OPENAI_API_KEY", 0),
        ("unknown_model", CredentialsRejected, "not known .* ASTRA_MODEL", 0),
    ],
)
def test_each_trouble_has_an_error_of_its_own_that_quotes_nobody(
    kind: str,
    error: type[AstraError],
    says: str,
    answers: int,
    model: Callable[..., None],
    sandbox: Control,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if kind in ("hang", "drip"):
        model(ASTRA_LLM_TIMEOUT_SECONDS="1.5")
    sandbox.configure(faults=always(kind, retry_after=1, timeout_seconds=3, drip_seconds=0.1))
    item = f"conv_{kind}"
    with pytest.raises(error, match=says) as raised:
        done(item=item)
    assert type(raised.value) is error or kind == "429"
    assert asked(sandbox, item) == answers
    told = capfd.readouterr()
    for words in (str(raised.value), told.out, told.err):
        assert SECRET not in words
        assert "sorry" not in words


def test_a_key_that_is_refused_is_named_in_one_sentence(model: Callable[..., None], sandbox: Control) -> None:
    model(OPENAI_API_KEY="sk-of-somebody-else")
    with pytest.raises(CredentialsRejected) as refused:
        done()
    assert str(refused.value) == "openai:gpt-4o-mini refused the key with 401: check OPENAI_API_KEY"


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"ASTRA_MODEL": None}, r"^ASTRA_MODEL is not set\."),
        (
            {"OPENAI_API_KEY": None, "OPENAI_BASE_URL": None},
            r"^OPENAI_API_KEY is not set, and openai:",
        ),
        (
            {"ASTRA_MODEL": "anthropic:claude-sonnet-4-5"},
            r"^anthropic:\S+ needs a package: pip install .*\[anthropic\]",
        ),
        ({"ASTRA_MODEL": "openrouter:some/model", "OPENROUTER_API_KEY": None}, r"^OPENROUTER_API_KEY is not set"),
        ({"ASTRA_MODEL": "nobody:some-model"}, r"^nobody:some-model is no model that pydantic-ai knows"),
        (
            {"ASTRA_MAX_COST_PER_DAY": "1", "ASTRA_MODEL": "openai:stand-in"},
            r"no price is known of openai:",
        ),
    ],
)
def test_what_is_missing_is_named_before_anything_is_sent(
    variables: dict[str, str | None], says: str, model: Callable[..., None], sandbox: Control
) -> None:
    model(**variables)
    with pytest.raises(SettingError, match=says):
        done(item="conv_missing")
    assert asked(sandbox, "conv_missing") == 0


def test_an_answer_that_breaks_the_contract_is_asked_for_again_with_the_reason(
    model: Callable[..., None], sandbox: Control
) -> None:
    sandbox.configure(faults=[{"service": "openai", "rate": 0.5, "kinds": ["wrong_types"], "seed": 1}])
    model(ASTRA_ANSWER_ATTEMPTS="10")
    notes = Notes()
    assert done(notes, item="conv_again").topics
    refused = asked(sandbox, "conv_again") - 1
    assert refused > 0, "the seed spoils the first answer"
    assert notes.said == ["intended", "kept", "forgot"] * refused + ["intended", "kept"]
    last = sandbox.prompts()[-1][1]["content"]
    assert "<<<REASON\nsummary: Input should be a valid string" in last


def test_a_pause_that_the_provider_asks_for_is_kept_by_all(model: Callable[..., None], sandbox: Control) -> None:
    model(ASTRA_HTTP_ATTEMPTS="5")
    sandbox.configure(requests_per_second={"openai": 2})

    async def work(runner: ModelRunner) -> None:
        asking = (run_task(runner, TASK, TALK, item=f"conv_pause_{n}", ledger=Notes()) for n in range(5))
        assert all(await asyncio.gather(*asking))

    at_work(work)
    assert all(asked(sandbox, f"conv_pause_{n}") == 1 for n in range(5))


def test_no_more_requests_are_under_way_than_may_be(model: Callable[..., None], sandbox: Control) -> None:
    model(ASTRA_LLM_CONCURRENCY="2", ASTRA_LLM_TIMEOUT_SECONDS="1")
    sandbox.configure(faults=always("hang", timeout_seconds=2))

    async def work(runner: ModelRunner) -> None:
        asking = (run_task(runner, TASK, TALK, item=f"conv_many_{n}", ledger=Notes()) for n in range(20))
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert all(isinstance(outcome, ServiceAway) for outcome in outcomes)

    before = sandbox.stats()["faults"]["openai"].get("hang", 0)
    at_work(work)
    sent = sandbox.stats()["faults"]["openai"]["hang"] - before
    assert sent <= 6, "after five that nobody answered, and those under way, the rest waits"


def test_where_the_first_model_fails_the_second_one_is_asked(model: Callable[..., None], sandbox: Control) -> None:
    model(
        ASTRA_MODEL="ollama:qwen3:8b",
        OLLAMA_BASE_URL="http://127.0.0.1:9/v1",
        ASTRA_FALLBACK_MODEL="openai:gpt-4o-mini",
        ASTRA_HTTP_ATTEMPTS="1",
    )
    notes = Notes()
    assert done(notes, item="conv_second").topics == ["Education"]
    assert notes.said == ["intended", "intended", "kept"]
    model(ASTRA_FALLBACK_MODEL=None)
    with pytest.raises(ServiceAway, match="ollama:qwen3:8b cannot be reached"):
        done(item="conv_second")


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_form_of_an_answer_is_the_output_model_s(task: Task[Any, Any], model: Callable[..., None]) -> None:
    async def work(runner: ModelRunner) -> Any:
        return runner._form(task)

    form = at_work(work)
    (tool,) = form.output_tools
    assert set(tool.parameters_json_schema["properties"]) == set(task.output_model.model_fields)
    assert "$ref" not in json.dumps(tool.parameters_json_schema)
