"""The same run twice, two at once, or one killed half way and repeated leave the same documents."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.monitoring.changes import changes_between, fingerprints
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.pipeline import contents, run_pipeline, start_pipeline

_SAID = (
    "I lost my job last week and I am scared about money.",
    "Kal mera interview hai, bahut tension ho rahi hai.",
    "My sister's wedding is in June and I love planning it.",
    "What does Saturn mean for my career? And my moon sign?",
)


def _somebody_talked(world: World, conversations: int, users: int) -> list[str]:
    people = [world.join(f"user_{number:02d}") for number in range(users)]
    return [
        world.talk(people[number % users], _SAID[number % len(_SAID)], ended_at=recently(minutes=1 + number))
        for number in range(conversations)
    ]


def _until(holds: Callable[[], bool], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def _undisturbed(world: World, environment: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """The result of one undisturbed run over the same documents, in a database of its own."""
    inputs = {name: list(world.db[name].find()) for name in ("user", "elevenlabs_conversations")}
    environment.setenv("MONGODB_DB", f"{world.db.name}_undisturbed")
    forget_settings()
    other = MongoResource().db
    try:
        for name, documents in inputs.items():
            other[name].insert_many(documents)
        world.sandbox.configure(llm_seconds=0)
        assert run_pipeline().success
        return contents(other)
    finally:
        other.client.drop_database(other.name)
        environment.setenv("MONGODB_DB", world.db.name)
        forget_settings()


def test_a_second_run_changes_no_document_and_pays_for_nothing(world: World, instance: dg.DagsterInstance) -> None:
    ids = _somebody_talked(world, 12, 5)
    assert run_pipeline(instance).success
    before = fingerprints(world.db)
    assert run_pipeline(instance).success
    assert changes_between(before, fingerprints(world.db)) == {}
    assert {conversation_id: world.executions(conversation_id) for conversation_id in ids} == dict.fromkeys(ids, 1)


def test_two_runs_at_once_share_the_work_and_leave_what_one_alone_would(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    ids = _somebody_talked(world, 40, 7)
    expected = _undisturbed(world, environment)
    paid = {conversation_id: world.executions(conversation_id) for conversation_id in ids}
    world.sandbox.configure(llm_seconds=0.5)
    environment.setenv("ASTRA_LLM_CONCURRENCY", "4")
    runs = [start_pipeline(), start_pipeline()]
    for run in runs:
        _, complaints = run.communicate(timeout=120)
        assert run.returncode == 0, complaints.decode()[-2000:]
    # What one of them held, the other left alone; a last run finds nothing more to do.
    assert {i: world.executions(i) - paid[i] for i in ids} == dict.fromkeys(ids, 1)
    assert run_pipeline().success
    assert contents(world.db) == expected


def test_a_run_killed_in_the_middle_of_insights_is_completed_by_the_next(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    ids = _somebody_talked(world, 30, 6)
    expected = _undisturbed(world, environment)
    paid = {conversation_id: world.executions(conversation_id) for conversation_id in ids}
    world.sandbox.configure(llm_seconds=1.0)
    environment.setenv("ASTRA_LLM_CONCURRENCY", "5")
    environment.setenv("ASTRA_LEASE_SECONDS", "3")

    def stored() -> set[str]:
        return {insight["_id"] for insight in world.db["astra_insights"].find({}, {"_id": 1})}

    def noted() -> set[str]:
        """The executions that leases know to be paid for and not stored."""
        return {lease["_id"] for lease in world.db["astra_leases"].find({"executions": {"$gt": {}}})} - stored()

    run = start_pipeline()
    _until(lambda: len(stored()) >= 8 and bool(noted()))
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    assert run.returncode == -signal.SIGKILL
    finished = stored()
    in_flight = {i for i in ids if world.executions(i) > paid[i]} - finished
    assert 8 <= len(finished) < 30

    # The dead run's leases end, then its work is taken over.
    _until(lambda: world.db["astra_leases"].count_documents({"claimed_until": {"$gt": recently()}}) == 0)
    known = noted()
    assert known
    world.sandbox.configure(llm_seconds=0.05)
    assert run_pipeline().success
    assert contents(world.db) == expected
    twice = {i for i in ids if world.executions(i) - paid[i] > 1}
    assert twice <= in_flight
    assert all(world.executions(i) - paid[i] <= 2 for i in ids)
    # An execution that was noted in its lease is collected, not paid again: lost are at most those whose creation
    # was answered in the moment of the kill.
    assert twice.isdisjoint(known), (twice, known)


@pytest.mark.slow
def test_a_run_killed_at_any_step_leaves_nothing_half_done(world: World, environment: pytest.MonkeyPatch) -> None:
    _somebody_talked(world, 10, 3)
    expected = _undisturbed(world, environment)
    environment.setenv("ASTRA_LEASE_SECONDS", "1")
    for collection in ("astra_transcripts", "astra_insights"):
        run = start_pipeline()
        _until(lambda name=collection: world.db[name].count_documents({}) > 0)  # type: ignore[misc]
        run.kill()
        run.communicate()
    _until(lambda: world.db["astra_leases"].count_documents({"claimed_until": {"$gt": recently()}}) == 0)
    assert run_pipeline().success
    assert contents(world.db) == expected
