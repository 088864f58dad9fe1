"""One item's trouble stays its own, and two writers of one user lose nothing."""

from __future__ import annotations

import datetime as dt
import threading
import time

import dagster as dg
import pytest

from astra_pipeline.monitoring.holdings import read_holdings, read_unprocessed
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.conftest import LLM_SERVICE, World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.pipeline import contents, run_pipeline, start_pipeline

_KINDS = ["429", "500", "timeout", "truncated_json", "wrong_types"]


@pytest.mark.slow
def test_a_backlog_of_500_gets_through_a_fifth_of_all_calls_failing(
    world: World, runner: str, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    for name, value in {
        "ASTRA_RETRY_BASE_SECONDS": "0.01",
        "ASTRA_HTTP_TIMEOUT_SECONDS": "1",
        "ASTRA_HTTP_ATTEMPTS": "2",
        "ASTRA_ANSWER_ATTEMPTS": "2",
        "ASTRA_ELEVENLABS_CONCURRENCY": "40",
    }.items():
        environment.setenv(name, value)
    forget_settings()
    users = [world.join(f"user_{number:03d}") for number in range(50)]
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    ids = [
        world.talk(
            users[number % 50],
            f"I worry about exam number {number}.",
            ended_at=recently(days=number % 20, minutes=5 + number % 60),
        )
        for number in range(500)
    ]
    services = ("elevenlabs", LLM_SERVICE[runner])
    faults = [
        {"service": service, "rate": 0.2, "kinds": _KINDS, "retry_after": 0.1, "timeout_seconds": 1.5, "seed": 7}
        for service in services
    ]
    world.sandbox.configure(llm_seconds=0.02, faults=faults)
    for _ in range(12):
        # A round of a few stragglers may meet nothing but faults, which rightly turns its run red.
        run_pipeline(
            instance,
            yesterday.date() - dt.timedelta(days=25),
            dt.datetime.now(dt.UTC).date(),
            raise_on_error=False,
        )
        if not read_holdings(world.db, now=dt.datetime.now(dt.UTC)).waiting:
            break
        time.sleep(0.5)
    holdings = read_holdings(world.db, now=dt.datetime.now(dt.UTC))
    parked = {one.conversation_id: one.reason for one in read_unprocessed(world.db) if one.parked}

    injected = world.sandbox.stats()["faults"]
    assert all(injected[service][kind] > 0 for service in services for kind in _KINDS), injected
    assert holdings.completed == 500
    assert holdings.waiting == 0
    assert holdings.processed + len(parked) == 500
    assert holdings.parked == len(parked)
    assert all(reason for reason in parked.values())
    assert holdings.processed > 480
    folded = {insight["_id"] for insight in world.db["astra_insights"].find({"folded_at": {"$ne": None}})}
    assert folded | parked.keys() == set(ids)
    totals = [world.overview(user_id)["gamification"]["total_conversations"] for user_id in users]
    assert totals == [10] * 50
    for user_id in users:
        entries = [entry["conversation_id"] for entry in world.overview(user_id)["recent_conversations"]]
        assert len(entries) == len(set(entries))


def test_nobodys_write_is_lost_when_two_runs_and_the_app_write_one_user(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    user_id = world.join("user_asha", user_overview={"preferences": {"communication_style": "formal"}})
    first = world.talk("user_asha", "I love talking about love and Venus.", ended_at=recently(days=1, minutes=1))
    second = world.talk("user_asha", "My job interview is tomorrow.", ended_at=recently(minutes=2))
    stop = threading.Event()
    written: list[int] = []

    def app() -> None:
        # The web app toggles consent all the time, and last says yes.
        for number in range(100_000):
            world.db["user"].update_one(
                {"id": user_id},
                {"$set": {"user_overview.preferences.flirt_opt_in": bool(number % 2), "app_writes": number}},
            )
            written.append(number)
            if stop.is_set() and number % 2:
                return
            time.sleep(0.001)

    writer = threading.Thread(target=app)
    writer.start()
    try:
        runs = [start_pipeline(), start_pipeline()]
        for run in runs:
            _, complaints = run.communicate(timeout=120)
            assert run.returncode == 0, complaints.decode()[-2000:]
    finally:
        stop.set()
        writer.join()
    user = world.db["user"].find_one({"id": user_id})
    assert user is not None
    overview = user["user_overview"]
    assert [entry["conversation_id"] for entry in overview["recent_conversations"]] == [first, second]
    assert overview["preferences"]["flirt_opt_in"] is True
    assert user["app_writes"] == written[-1] > 10
    assert overview["preferences"]["communication_style"] == "formal"
    assert overview["gamification"]["total_conversations"] == 2
    assert overview["gamification"]["streak_days"] == 2


def test_a_conversation_whose_mark_the_app_overwrote_is_marked_again_and_not_paid_again(
    world: World, runner: str, instance: dg.DagsterInstance
) -> None:
    world.join("user_asha")
    conversation_id = world.talk("user_asha", "I had a dream.")
    assert run_pipeline(instance).success
    before = contents(world.db)
    world.db["elevenlabs_conversations"].update_one(
        {"conversation_id": conversation_id}, {"$set": {"metadata": {"rating": 5}}}
    )
    assert run_pipeline(instance).success
    stored = world.db["elevenlabs_conversations"].find_one({"conversation_id": conversation_id})
    assert stored is not None
    assert stored["metadata"]["transcript_processed"] is True
    assert stored["metadata"]["rating"] == 5
    assert world.executions(conversation_id) == 1
    assert contents(world.db)["user"] == before["user"]


def test_two_runs_over_different_days_fold_the_same_user_at_the_same_time(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    """Nothing in common but the user's document, and no lease keeps them apart."""
    user_id = world.join("user_asha")
    noon = dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    days = [noon - dt.timedelta(days=ago) for ago in (5, 3)]
    ids = [
        [world.talk(user_id, f"I had dream number {n}.", ended_at=day - dt.timedelta(seconds=n)) for n in range(4)]
        for day in days
    ]
    runs = [start_pipeline(day.date()) for day in days]
    for run in runs:
        _, complaints = run.communicate(timeout=120)
        assert run.returncode == 0, complaints.decode()[-2000:]
    entries = [entry["conversation_id"] for entry in world.overview(user_id)["recent_conversations"]]
    assert entries == [conversation_id for day in ids for conversation_id in reversed(day)]
    assert world.overview(user_id)["gamification"]["total_conversations"] == 8
