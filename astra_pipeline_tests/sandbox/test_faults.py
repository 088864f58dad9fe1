from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from typing import Any

import httpx
import julep
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from julep import AsyncJulep

from astra_pipeline.sandbox.faults import FaultRule, Faults, wrongly_typed
from astra_pipeline.sandbox.process import ELEVENLABS_API_KEY, Control
from astra_pipeline_tests.sandbox.conftest import echo
from astra_pipeline_tests.sandbox.test_julep_api import TASK_ID, create_task, finished, run

ONE = "/v1/convai/conversations/conv_asha_01"


def elevenlabs(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"xi-api-key": ELEVENLABS_API_KEY}, timeout=0.5)


def always(service: str, *kinds: str | int, **options: Any) -> list[dict[str, Any]]:
    return [{"service": service, "rate": 1.0, "kinds": list(kinds), **options}]


def test_the_same_seed_draws_the_same_faults_at_about_the_rate():
    def drawn(seed: int) -> list[str | None]:
        faults = Faults()
        faults.replace([FaultRule(service="julep", rate=0.3, kinds=["429", "500", "timeout"], seed=seed)])
        found = [faults.draw("julep", answer_can_be_spoilt=False) for _ in range(2000)]
        assert faults.draw("elevenlabs", answer_can_be_spoilt=True) is None
        return [fault and fault.kind for fault in found]

    assert drawn(1) == drawn(1) != drawn(2)
    counts = Counter(drawn(1))
    assert 1300 < counts[None] < 1500
    assert all(150 < counts[kind] < 250 for kind in ("429", "500", "timeout"))


def test_a_refusal_for_haste_carries_retry_after(url: str, control: Control):
    control.configure(faults=always("elevenlabs", 429, retry_after=7))
    with elevenlabs(url) as client:
        response = client.get(ONE)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    control.configure(faults=always("julep", "429", retry_after=0.25))

    async def talk(client: AsyncJulep) -> None:
        with pytest.raises(julep.RateLimitError) as refused:
            await client.users.list()
        assert refused.value.response.headers["Retry-After"] == "0.25"

    run(url, talk)
    assert control.stats()["faults"] == {"elevenlabs": {"429": 1}, "julep": {"429": 1}, "openai": {}}


def test_a_server_error_is_seen_as_one_by_both_sdks(url: str, control: Control):
    control.configure(faults=always("elevenlabs", 500) + always("julep", 500))
    client = ElevenLabs(api_key=ELEVENLABS_API_KEY, base_url=url)
    with pytest.raises(ApiError) as refused:
        client.conversational_ai.conversations.get("conv_asha_01", request_options={"max_retries": 0})
    assert refused.value.status_code == 500

    async def talk(client: AsyncJulep) -> None:
        with pytest.raises(julep.InternalServerError):
            await create_task(client)

    run(url, talk)
    assert control.stats()["tasks"] == 0


def test_a_timeout_leaves_the_client_waiting_and_the_work_done(url: str, control: Control):
    control.configure(faults=always("elevenlabs", "timeout", timeout_seconds=0.8))
    with elevenlabs(url) as client, pytest.raises(httpx.ReadTimeout):
        client.get(ONE)

    async def talk(client: AsyncJulep) -> None:
        await create_task(client)
        control.configure(faults=always("julep", "timeout", timeout_seconds=0.8))
        with pytest.raises(julep.APITimeoutError):
            await client.executions.create(TASK_ID, input={"transcript": ""}, timeout=0.3)
        control.configure(faults=[])
        assert len([one async for one in client.executions.list(TASK_ID)]) == 1

    run(url, talk)


def test_an_elevenlabs_answer_can_be_cut_short_or_wrongly_typed(url: str, control: Control):
    with elevenlabs(url) as client:
        whole = client.get(ONE)
        control.configure(faults=always("elevenlabs", "truncated_json"))
        cut = client.get(ONE)
        assert cut.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            cut.json()
        control.configure(faults=always("elevenlabs", "wrong_types"))
        twisted = client.get(ONE).json()
    assert twisted.keys() == whole.json().keys()
    assert isinstance(twisted["transcript"], str)


def test_a_cut_short_output_comes_in_each_way_servers_have_shown(url: str, control: Control):
    async def talk(client: AsyncJulep) -> list[tuple[str, str | None, object]]:
        await create_task(client)
        control.configure(faults=always("julep", "truncated_json", seed=3))
        created = [await client.executions.create(TASK_ID, input={"transcript": "x"}) for _ in range(20)]
        done = await asyncio.gather(*(finished(client, one.id) for one in created))
        return [(one.status, one.error, one.output) for one in done]

    ways = Counter()
    for status, error, output in run(url, talk):
        if status == "succeeded":
            assert isinstance(output, str)
            with pytest.raises(json.JSONDecodeError):
                json.loads(output)
            ways["cut output"] += 1
        elif error:
            assert "JSONDecodeError" in error
            assert output is None
            ways["reason in error"] += 1
        else:
            assert isinstance(output, str)
            assert "JSONDecodeError" in output
            ways["reason in output"] += 1
    assert ways.keys() == {"cut output", "reason in error", "reason in output"}
    assert all(made["corrupted"] for made in control.stats()["executions"][""])


def test_a_wrongly_typed_output_has_the_keys_and_none_of_the_types(url: str, control: Control):
    async def talk(client: AsyncJulep) -> object:
        await create_task(client)
        control.configure(faults=always("julep", "wrong_types"))
        created = await client.executions.create(TASK_ID, input={"transcript": "x"})
        return (await finished(client, created.id)).output

    output = run(url, talk)
    right = echo("transcript-processor", {"transcript": "x"})
    assert isinstance(output, dict)
    assert output.keys() == right.keys()
    assert all(type(output[key]) is not type(value) for key, value in right.items())


def test_every_json_type_is_turned_into_another():
    for value in ("text", 1, 1.5, True, None, [1], {"a": 1}):
        (twisted,) = wrongly_typed({"key": value}).values()
        assert type(twisted) is not type(value)


def test_more_requests_than_allowed_are_429_and_pass_when_waited_for(url: str, control: Control):
    control.configure(requests_per_second={"elevenlabs": 2})
    with elevenlabs(url) as client:
        answers = [client.get(ONE) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        wait = int(answers[2].headers["Retry-After"])
        assert wait == 1
        time.sleep(wait)
        assert client.get(ONE).status_code == 200


def test_rejected_keys_are_401_until_accepted_again(url: str, control: Control):
    control.configure(reject_keys=True)
    with elevenlabs(url) as client:
        assert client.get(ONE).status_code == 401
        control.configure(reject_keys=False)
        assert client.get(ONE).status_code == 200


def test_settings_left_out_stay_as_they_are(control: Control):
    control.configure(llm_seconds=3.5, requests_per_second={"julep": 10})
    now = control.configure(reject_keys=True)
    assert now == {
        "llm_seconds": 3.5, "faults": [], "requests_per_second": {"julep": 10.0}, "reject_keys": True
    }  # fmt: skip


@pytest.mark.parametrize(
    "settings",
    [
        {"speed": 1},
        {"llm_seconds": -1},
        {"faults": [{"service": "mongodb", "rate": 1, "kinds": ["500"]}]},
        {"faults": [{"service": "julep", "rate": 2, "kinds": ["500"]}]},
        {"faults": [{"service": "julep", "rate": 1, "kinds": []}]},
        {"faults": [{"service": "julep", "rate": 1, "kinds": [404]}]},
    ],
)
def test_settings_that_mean_nothing_are_refused(control: Control, settings: dict[str, Any]):
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        control.configure(**settings)
