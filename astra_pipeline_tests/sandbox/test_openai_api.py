"""The sandbox answers the real `openai` SDK as a provider of models does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion

from astra_pipeline.llm.json_schema import json_schema
from astra_pipeline.llm.runner import read_answer
from astra_pipeline.orchestration.tasks import TASKS
from astra_pipeline.sandbox.process import OPENAI_API_KEY, Control
from astra_pipeline.sandbox.prompt_reading import UnknownPrompt, read_prompt
from astra_pipeline.sandbox.server import work_by_rules
from astra_pipeline_tests.llm.inputs import plain_input

T = TypeVar("T")
HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
TOOL: Any = {"type": "function", "function": {"name": "answer", "parameters": {"type": "object", "properties": {}}}}


def run(url: str, talk: Callable[[AsyncOpenAI], Awaitable[T]], *, key: str = OPENAI_API_KEY) -> T:
    async def with_client() -> T:
        async with AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=10) as client:
            return await talk(client)

    return asyncio.run(with_client())


def asked(url: str, **options: Any) -> ChatCompletion:
    return run(url, lambda client: client.chat.completions.create(model="some-model", messages=HELLO, **options))


def always(*kinds: str, **options: Any) -> list[dict[str, Any]]:
    return [{"service": "openai", "rate": 1.0, "kinds": list(kinds), **options}]


def test_a_question_that_is_no_task_has_a_polite_answer(url: str) -> None:
    completion = asked(url)
    (choice,) = completion.choices
    assert choice.finish_reason == "stop"
    assert json.loads(choice.message.content or "") == {"content": "You said: Hello"}
    assert completion.usage is not None
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens


def test_a_tool_that_is_offered_is_called(url: str) -> None:
    (choice,) = asked(url, tools=[TOOL], tool_choice="required").choices
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls or []
    assert call.type == "function"
    assert (call.function.name, json.loads(call.function.arguments)) == ("answer", {"content": "You said: Hello"})


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_task_is_done_by_its_rules_from_its_prompt_alone(task: Any, serve: Callable[..., str]) -> None:
    url = serve(offline=work_by_rules)
    task_input = plain_input(task.name)
    messages: Any = task.render(task_input)
    schema: Any = {"name": "answer", "schema": json_schema(task.output_model)}
    form: Any = {"type": "json_schema", "json_schema": schema}
    completion = run(
        url,
        lambda client: client.chat.completions.create(
            model="some-model",
            messages=messages,
            temperature=task.temperature,
            response_format=form,
        ),
    )
    said = completion.choices[0].message.content
    assert isinstance(json.loads(said or ""), dict)
    if task.name == "transcript-processor":
        read_answer(task.output_model, said, task_input.model_dump())


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_an_input_is_read_back_from_the_prompt_that_was_made_of_it(task: Any) -> None:
    task_input = plain_input(task.name)
    system, user = (message["content"] for message in task.render(task_input, "why"))
    name, given = read_prompt(TASKS, f"{system}\n\nAnswer as JSON.", user)
    assert name == task.name
    again = task.received(given)
    assert task.render(again, "why")[1]["content"] == user
    with pytest.raises(UnknownPrompt):
        read_prompt(TASKS, system, "Hello")


def test_a_wrong_key_and_a_wrong_body_are_refused_in_openais_shape(url: str) -> None:
    with pytest.raises(openai.AuthenticationError) as refused:
        run(url, lambda client: client.models._client.chat.completions.create(model="m", messages=HELLO), key="x")
    assert refused.value.code == "invalid_api_key"
    with pytest.raises(openai.BadRequestError, match="stream"):
        asked(url, stream=True)
    with pytest.raises(openai.BadRequestError, match="logit_bias"):
        asked(url, logit_bias={"1": 1})


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("429", openai.RateLimitError, "rate_limit_exceeded"),
        ("quota", openai.RateLimitError, "insufficient_quota"),
        ("500", openai.InternalServerError, None),
        ("context_length", openai.BadRequestError, "context_length_exceeded"),
        ("unknown_model", openai.NotFoundError, "model_not_found"),
    ],
)
def test_faults_have_the_status_and_the_code_of_the_provider(
    kind: str, error: type[openai.APIStatusError], code: str | None, url: str, control: Control
) -> None:
    control.configure(faults=always(kind, retry_after=7))
    with pytest.raises(error) as refused:
        asked(url)
    assert refused.value.code == code
    if kind == "429":
        assert refused.value.response.headers["retry-after"] == "7"


def test_answers_are_cut_off_spoilt_refused_or_filtered(url: str, control: Control) -> None:
    control.configure(faults=always("truncated_json"))
    (choice,) = asked(url, tools=[TOOL]).choices
    assert choice.finish_reason == "length"
    (call,) = choice.message.tool_calls or []
    assert call.type == "function"
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(call.function.arguments)
    control.configure(faults=always("wrong_types"))
    assert json.loads(asked(url).choices[0].message.content or "") == {"content": {"text": "You said: Hello"}}
    control.configure(faults=always("refusal"))
    assert asked(url).choices[0].message.refusal
    control.configure(faults=always("content_filter"))
    assert asked(url).choices[0].finish_reason == "content_filter"
    control.configure(faults=always("apology"))
    assert "sorry" in (asked(url).choices[0].message.content or "")


def test_a_model_s_faults_are_no_faults_of_others(control: Control) -> None:
    for service, kind in (("julep", "refusal"), ("elevenlabs", "content_filter"), ("elevenlabs", "apology")):
        with pytest.raises(Exception, match="422"):
            control.configure(faults=[{"service": service, "rate": 1.0, "kinds": [kind]}])


def test_the_sandbox_counts_answers_and_remembers_prompts(url: str, control: Control) -> None:
    for number in range(2):
        asked(url, extra_headers={"X-Client-Request-Id": f"abc.{number}"})
    asked(url)
    stats = control.stats()
    assert {item: len(made) for item, made in stats["executions"].items()} == {"abc": 2, "": 1}
    assert stats["requests"]["openai"] == {"POST /v1/chat/completions": {"200": 3}}
    assert control.prompts() == [HELLO] * 3
