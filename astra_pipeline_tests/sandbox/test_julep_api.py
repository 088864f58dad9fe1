from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import julep
import pytest
from julep import AsyncJulep
from julep.types import Execution

from astra_pipeline.llm.runner import read_answer
from astra_pipeline.llm.task import Task
from astra_pipeline.orchestration.tasks import TASKS
from astra_pipeline.sandbox.process import ELEVENLABS_API_KEY, JULEP_AGENT_ID, JULEP_API_KEY, Control
from astra_pipeline.sandbox.server import work_by_rules
from astra_pipeline_tests.llm.inputs import plain_input

TASK_ID = str(uuid.uuid5(uuid.NAMESPACE_URL, "a task"))
DEFINITION: dict[str, Any] = {
    "name": "transcript-processor",
    "description": "Says what a conversation was about.",
    "input_schema": {
        "type": "object",
        "required": ["transcript"],
        "properties": {"transcript": {"type": "string"}},
    },
    "main": [
        {"evaluate": {"transcript": "$ _.transcript"}},
        {"prompt": [{"role": "user", "content": "$ steps[0].output.transcript"}], "unwrap": True},
        {"if": "$ _ != ''", "then": {"evaluate": {"answer": "$ _"}}},
        {"return": {"answer": "$ _"}},
    ],
}


T = TypeVar("T")


def run(url: str, talk: Callable[[AsyncJulep], Awaitable[T]], **options: Any) -> T:
    async def with_client() -> T:
        async with AsyncJulep(
            base_url=f"{url}/julep", **{"api_key": JULEP_API_KEY, "max_retries": 0, "timeout": 10, **options}
        ) as client:
            return await talk(client)

    return asyncio.run(with_client())


async def create_task(client: AsyncJulep, **changes: Any) -> None:
    task = await client.tasks.create_or_update(
        task_id=TASK_ID, agent_id=JULEP_AGENT_ID, **{**DEFINITION, **changes}
    )
    assert task.id == TASK_ID


async def finished(client: AsyncJulep, execution_id: str) -> Execution:
    async with asyncio.timeout(10):
        while True:
            execution = await client.executions.get(execution_id)
            if execution.status not in ("queued", "running"):
                return execution
            await asyncio.sleep(0.02)


def test_sdk_creates_a_task_and_polls_its_execution_to_success(url: str, control: Control):
    control.configure(llm_seconds=0.5)

    async def talk(client: AsyncJulep) -> None:
        await create_task(client)
        given = {"transcript": "Namaste"}
        created = await client.executions.create(TASK_ID, input=given, metadata={"item": "conv_1"})
        assert (created.status, created.task_id, created.output) == ("queued", TASK_ID, None)
        seen = [created]
        while seen[-1].status in ("queued", "running"):
            await asyncio.sleep(0.02)
            seen.append(await client.executions.get(created.id))
        assert list(dict.fromkeys(one.status for one in seen)) == ["queued", "running", "succeeded"]
        done = seen[-1]
        assert done.output == {
            "task": "transcript-processor", "given": given, "count": 1, "keys": ["transcript"]
        }  # fmt: skip
        assert 0.5 <= (done.updated_at - done.created_at).total_seconds() < 0.51
        assert done.metadata == {"item": "conv_1"}

    began = time.monotonic()
    run(url, talk)
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_each_task_of_ours_is_taken_and_answered(serve: Callable[..., str], task: Task[Any, Any]):
    task_input = plain_input(task.name)
    task_id = str(task.task_id)

    async def talk(client: AsyncJulep) -> Execution:
        await client.tasks.create_or_update(task_id, agent_id=JULEP_AGENT_ID, **task.julep_definition())
        created = await client.executions.create(task_id, input=task.sent(task_input))
        return await finished(client, created.id)

    execution = run(serve(offline=work_by_rules), talk)
    assert execution.status == "succeeded", execution.error
    assert read_answer(task.output_model, execution.output, task_input.model_dump())


def test_the_work_of_an_execution_is_done_once_and_only_when_asked_for(serve: Callable[..., str]):
    worked: list[str] = []

    def count(task: str, given: dict[str, Any]) -> dict[str, Any]:
        worked.append(task)
        return {"ok": True}

    async def talk(client: AsyncJulep) -> None:
        await create_task(client)
        created = await client.executions.create(TASK_ID, input={"transcript": ""})
        assert worked == []
        for _ in range(3):
            assert (await client.executions.get(created.id)).status == "succeeded"

    run(serve(offline=count), talk)
    assert worked == ["transcript-processor"]


def test_a_task_whose_work_raises_is_a_failed_execution_that_says_why(url: str):
    async def talk(client: AsyncJulep) -> None:
        await create_task(client)
        created = await client.executions.create(TASK_ID, input={"transcript": "", "please": "fail"})
        execution = await finished(client, created.id)
        assert execution.status == "failed"
        assert execution.error == "ValueError: the task was asked to fail"

    run(url, talk)


def test_creating_a_task_again_keeps_its_executions(url: str):
    async def talk(client: AsyncJulep) -> None:
        await create_task(client)
        created = await client.executions.create(TASK_ID, input={"transcript": ""})
        first = await client.tasks.get(TASK_ID)
        await create_task(client, description="Better words")
        again = await client.tasks.get(TASK_ID)
        assert (again.created_at, again.description) == (first.created_at, "Better words")
        assert [one.id async for one in client.executions.list(TASK_ID)] == [created.id]

    run(url, talk)


def test_executions_are_listed_in_pages_in_either_direction(url: str):
    async def talk(client: AsyncJulep) -> None:
        await create_task(client)
        created = [
            (await client.executions.create(TASK_ID, input={"transcript": str(number)})).id for number in range(5)
        ]
        assert [one.id async for one in client.executions.list(TASK_ID, limit=2)] == created
        newest = await client.executions.list(TASK_ID, limit=1, direction="desc", sort_by="created_at")
        assert [one.id for one in newest.items] == created[-1:]
        shifted = await client.executions.list(TASK_ID, limit=2, offset=3, sort_by="updated_at")
        assert [one.id for one in shifted.items] == created[3:]

    run(url, talk)


def test_users_are_created_updated_and_found_by_metadata(url: str):
    async def talk(client: AsyncJulep) -> None:
        own = str(uuid.uuid5(uuid.NAMESPACE_URL, "user_asha"))
        first = await client.users.create_or_update(
            own, name="Asha", about="Lives in Pune", metadata={"app_id": "u1", "demo": True}, project="astra"
        )
        again = await client.users.create_or_update(own, name="Asha M.", metadata={"app_id": "u1", "demo": True})
        assert (again.id, again.created_at) == (own, first.created_at)
        assert again.updated_at > first.updated_at
        other = await client.users.create(name="Ravi", metadata={"app_id": "u2"})
        renamed = await client.users.reset(other.id, name="Ravi K.", metadata={"app_id": "u2"})
        assert (await client.users.get(other.id)).name == renamed.name == "Ravi K."
        assert [user.id async for user in client.users.list(metadata_filter={"app_id": "u2"})] == [other.id]
        assert [user.id async for user in client.users.list(metadata_filter={"demo": True})] == [own]
        assert [user.id async for user in client.users.list(limit=1)] == [own, other.id]
        with pytest.raises(julep.NotFoundError):
            await client.users.reset(str(uuid.uuid4()), name="Nobody")

    run(url, talk)


def test_unknown_task_execution_and_user_are_404(url: str):
    async def talk(client: AsyncJulep) -> None:
        unknown = str(uuid.uuid4())
        for request in (
            client.tasks.get(unknown),
            client.executions.get(unknown),
            client.users.get(unknown),
            client.executions.create(unknown, input={}),
        ):
            with pytest.raises(julep.NotFoundError):
                await request

    run(url, talk)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"extra_body": {"project": "astra"}}, "project"),
        ({"main": []}, "main"),
        ({"main": [{"prompt": "Hello", "evaluate": {}}]}, "step 0"),
        ({"main": [{"log": "one"}, {"ask": "the oracle"}]}, "step 1"),
        ({"main": [{"evaluate": {}, "unwrap": True}]}, "unwrap"),
        ({"main": [{"if": "$ True", "then": {"ask": "the oracle"}}]}, "step 0, then"),
        ({"main": [{"foreach": {"in": "$ _", "do": {"ask": "the oracle"}}}]}, "step 0, do"),
        ({"name": ""}, "name"),
    ],
)
def test_a_task_julep_would_stumble_over_is_refused(url: str, changes: dict[str, Any], named: str):
    async def talk(client: AsyncJulep) -> None:
        with pytest.raises(julep.UnprocessableEntityError) as refused:
            await create_task(client, **changes)
        assert named in refused.value.response.text

    run(url, talk)


def test_bodies_with_unknown_or_missing_fields_are_refused(url: str):
    headers = {"Authorization": f"Bearer {JULEP_API_KEY}"}
    task = f"/agents/{JULEP_AGENT_ID}/tasks/{TASK_ID}"
    with httpx.Client(base_url=f"{url}/julep", headers=headers) as client:
        assert client.post(task, json=DEFINITION).status_code == 201
        for path, body, named in [
            (task, {key: value for key, value in DEFINITION.items() if key != "main"}, "main"),
            ("/users", {"name": "Asha", "email": "asha@example.com"}, "email"),
            ("/users/not-a-uuid", {"name": "Asha"}, "user_id"),
            (f"/agents/my-agent/tasks/{TASK_ID}", DEFINITION, "agent_id"),
            (f"/tasks/{TASK_ID}/executions", {"metadata": {}}, "input"),
            (f"/tasks/{TASK_ID}/executions", {"input": {"words": "x"}}, "transcript"),
            (f"/tasks/{TASK_ID}/executions", {"input": {"transcript": "x"}, "priority": 1}, "priority"),
        ]:
            response = client.post(path, json=body)
            assert (response.status_code, named in response.text) == (422, True), (path, response.text)
        assert client.post("/users", content=b"{").status_code == 422
        assert client.get("/users?page=2").status_code == 422
        assert client.get("/sessions").status_code == 404


@pytest.mark.parametrize("key", ["wrong", ELEVENLABS_API_KEY])
def test_wrong_key_is_401(url: str, key: str):
    async def talk(client: AsyncJulep) -> None:
        with pytest.raises(julep.AuthenticationError):
            await client.users.list()

    run(url, talk, api_key=key)


def test_stats_tell_how_often_each_item_was_paid_for(url: str, control: Control):
    async def talk(client: AsyncJulep) -> None:
        await create_task(client)
        for item in ("conv_1", "conv_2", "conv_1"):
            await client.executions.create(TASK_ID, input={"transcript": ""}, metadata={"item": item})
        await client.executions.create(TASK_ID, input={"transcript": ""})

    run(url, talk)
    stats = control.stats()
    assert {item: len(made) for item, made in stats["executions"].items()} == {
        "conv_1": 2,
        "conv_2": 1,
        "": 1,
    }
    assert {made["task"] for made in stats["executions"]["conv_1"]} == {"transcript-processor"}
    assert stats["requests"]["julep"]["POST /julep/tasks/{task_id}/executions"] == {"201": 4}
    assert (stats["tasks"], stats["users"]) == (1, 0)
