"""A kill between a request and its outcome loses nothing, and nothing is asked for without end."""

from __future__ import annotations

import asyncio

import dagster as dg
import pytest

from astra_pipeline.batches import leases
from astra_pipeline.defs.conversations.sensors import new_conversations
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.task_requests import KEY_TAG
from astra_pipeline.requests.outcome import RUNS_AT_MOST
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.requests.asking import ask, come, launch, outcome, state, tick

FAILED, CANCELED, STARTED = (
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
    dg.DagsterRunStatus.STARTED,
)


def one_request(world: World) -> str:
    world.join("user_a")
    return ask("transcript", "user_a", world.talk("user_a", "I worry."))


def test_a_daemon_killed_between_marking_and_launching_asks_for_that_very_run_again(
    world: World, instance: dg.DagsterInstance
) -> None:
    request_id = one_request(world)
    (lost,) = tick(instance)  # and nobody launches it
    other = ask("transcript", "user_a", world.talk("user_a", "I wonder."))
    again, new = tick(instance)
    assert (again.run_key, again.run_config) == (lost.run_key, lost.run_config)
    assert new.run_key != lost.run_key, "what was asked for meanwhile is not held up"
    for request in (again, new):
        assert launch(instance, request).success
    assert {outcome(world, one) for one in (request_id, other)} == {("succeeded", None)}
    assert state(world, request_id)["asked"]["times"] == 1


def test_while_a_run_has_not_begun_those_who_ask_meanwhile_wait_for_the_next(
    world: World, instance: dg.DagsterInstance
) -> None:
    one_request(world)
    come(instance, tick(instance)[0], dg.DagsterRunStatus.STARTING)
    ask("transcript", "user_a", world.talk("user_a", "I wonder."))
    assert tick(instance) == []


def test_a_run_that_died_is_asked_for_again_by_another_key_and_pays_nothing_twice(
    world: World, instance: dg.DagsterInstance
) -> None:
    request_id = one_request(world)
    talk = state(world, request_id)["item"]
    (request,) = tick(instance)
    dead = come(instance, request, STARTED)
    hold(dead.run_id, talk)
    assert tick(instance) == []
    assert state(world, request_id)["run_id"] == dead.run_id
    instance.report_run_failed(dead, "the process was killed")
    (again,) = tick(instance)
    assert again.run_key != request.run_key
    assert launch(instance, again).success
    assert outcome(world, request_id) == ("succeeded", None)
    assert world.executions(talk) == 1


def test_runs_that_die_again_and_again_end_the_request(world: World, instance: dg.DagsterInstance) -> None:
    request_id = one_request(world)
    for _ in range(RUNS_AT_MOST):
        (request,) = tick(instance)
        come(instance, request, FAILED)
    assert tick(instance) == []
    assert outcome(world, request_id) == ("failed", "NotDone")


def test_a_run_killed_after_its_work_and_before_its_word_is_told_of_by_the_facts(
    world: World, instance: dg.DagsterInstance
) -> None:
    request_id = one_request(world)
    (request,) = tick(instance)
    silent = request._replace(tags={name: value for name, value in request.tags.items() if name != KEY_TAG})
    launch(instance, silent)
    # As if the run had been killed before it looked for requests.
    unsettled = {"$set": {"status": "running"}, "$unset": {"finished_at": "", "result": ""}}
    world.db["astra_task_requests"].update_one({"_id": request_id}, unsettled)
    come(instance, request, FAILED)
    assert tick(instance) == []
    assert outcome(world, request_id) == ("succeeded", None)


def test_a_cancelled_run_cancels_its_requests(world: World, instance: dg.DagsterInstance) -> None:
    request_id = one_request(world)
    come(instance, tick(instance)[0], CANCELED)
    assert tick(instance) == []
    assert outcome(world, request_id) == ("cancelled", "Cancelled")


def test_a_run_that_was_deleted_counts_as_ended(world: World, instance: dg.DagsterInstance) -> None:
    request_id = one_request(world)
    run = come(instance, tick(instance)[0], STARTED)
    assert tick(instance) == []
    instance.delete_run(run.run_id)
    assert len(tick(instance)) == 1
    assert outcome(world, request_id) == ("running", None)


def test_what_a_live_run_holds_is_left_to_it(world: World, instance: dg.DagsterInstance) -> None:
    request_id = one_request(world)
    hold("cli-5f0e6a4e-0000-4000-8000-000000000000", state(world, request_id)["item"])
    assert tick(instance) == []
    assert outcome(world, request_id) == ("queued", None)


def test_a_conversation_that_was_asked_for_is_not_in_a_second_run_and_not_forgotten(
    world: World, instance: dg.DagsterInstance
) -> None:
    request_id = one_request(world)
    assert len(tick(instance)) == 1
    assert live(instance) == []
    world.db["astra_task_requests"].update_one(
        {"_id": request_id}, [{"$set": {"asked.at": {"$subtract": ["$asked.at", 61_000]}}}]
    )
    assert len(live(instance)) == 1, "no run came: it is the sensor's again"


@pytest.mark.parametrize("erased", ["account", "conversation"])
def test_nobody_works_for_a_person_who_was_erased(world: World, instance: dg.DagsterInstance, erased: str) -> None:
    request_id = one_request(world)
    collection = {"account": "user", "conversation": "elevenlabs_conversations"}[erased]
    world.db[collection].update_many({}, [{"$set": {"astra": {"erased_at": "$$NOW"}}}])
    assert tick(instance) == []
    assert outcome(world, request_id) == ("cancelled", "Erased")


def hold(run_id: str, item: str) -> None:
    async def claim() -> None:
        async with MongoResource().connect() as db:
            assert await leases.claim(db, [item], run_id=run_id, seconds=3600)

    asyncio.run(claim())


def live(instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    """The runs that the sensor of conversations asks for."""
    result = new_conversations(dg.build_sensor_context(instance=instance), mongo=MongoResource())
    assert isinstance(result, dg.SensorResult)
    return list(result.run_requests or [])
