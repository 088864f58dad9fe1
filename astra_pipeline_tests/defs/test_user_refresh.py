"""One person is brought up to date in one run, which nothing else stands for."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import subprocess
import sys
import time
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.definitions import defs
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.personal_data import erase as personal_data
from astra_pipeline.reports.rules import last_due
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import CONVERSATIONS, FAILURES, HOROSCOPES, LEASES, REPORTS, USERS
from astra_pipeline.zones import at_local, local_date
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation, recently

_PARTS = [
    "transcripts",
    "conversation_insights",
    "user_overviews",
    "gamification_metrics",
    "birth_charts",
    "daily_horoscopes",
    "weekly_reports",
    "personas",
]
_NOW, _WEEK = dt.datetime.now(dt.UTC), dt.timedelta(weeks=1)
# A zone in which the last report that is due is on a week that was over hours ago, before the calls that are new.
# From Sunday evening to the small hours of Monday it was not.
_ZONE = next(
    zone
    for zone in ("Asia/Kolkata", "Pacific/Pago_Pago")
    if last_due(_NOW, zone) + _WEEK <= local_date(_NOW - dt.timedelta(hours=4), zone)
)
_BORN = {
    "timezone": _ZONE,
    "date_of_birth": dt.datetime(1994, 3, 12, tzinfo=dt.UTC),
    "birth_time": "07:15",
    "birth_location": "Pune, India",
}


def refresh(instance: dg.DagsterInstance, user_id: str = "user_a", **config: Any) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def("user_refresh").execute_in_process(
        instance=instance,
        run_config={"ops": {"refresh_user": {"config": {"user_id": user_id} | config}}},
        raise_on_error=False,
    )


def told(result: dg.ExecuteInProcessResult) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """(part -> what became of it, all there is to see), of a run that succeeded or failed."""
    (metadata,) = [
        event.step_output_data.metadata if event.is_successful_output else _failure(event).metadata
        for event in result.all_events
        if event.is_successful_output or event.is_step_failure
    ]
    parts = metadata["parts"]
    assert isinstance(parts, dg.TableMetadataValue)
    return {str(row.data["part"]): dict(row.data) for row in parts.records}, dict(metadata)


def _failure(event: dg.DagsterEvent) -> Any:
    failure = event.step_failure_data.user_failure_data
    assert failure is not None, event.step_failure_data.error
    return failure


def words(result: dg.ExecuteInProcessResult) -> str:
    (event,) = [event for event in result.all_events if event.is_step_failure]
    return str(event.step_failure_data)


def last_week() -> dt.datetime:
    return at_local(last_due(_NOW, _ZONE) + dt.timedelta(days=2), dt.time(12), _ZONE)


def test_everything_of_one_person_is_one_run_and_each_part_tells(
    world: World, instance: dg.DagsterInstance
) -> None:
    for user_id in ("user_a", "user_b"):
        world.join(user_id, **_BORN)
        world.talk(user_id, "I worry about my exam.", ended_at=last_week())
    result = refresh(instance)
    assert result.success, words(result)
    assert [run.job_name for run in instance.get_runs()] == ["user_refresh"]
    parts, metadata = told(result)
    assert list(parts) == _PARTS
    assert {name: part["done"] for name, part in parts.items()} == dict.fromkeys(_PARTS, 1) | {"personas": 0}
    assert parts["personas"]["why"] == "fewer than 5 processed conversations"
    overview = world.overview("user_a")
    assert overview["recent_conversations"]
    assert overview["gamification"]["total_conversations"] == 1
    assert overview["birth_chart"]["engine"]
    assert overview["latest_horoscope"]["content"] in metadata["daily_horoscopes/preview"].value.replace(
        "\n> ", "\n"
    )
    assert overview["latest_weekly_report"]["stats"]["conversations"] == 1
    assert world.overview("user_b") == {}
    assert world.db[LEASES].count_documents({}) == 0
    for asset in _PARTS:
        assert instance.get_materialized_partitions(dg.AssetKey(asset)) == set(), "one person is not everybody"


def test_again_it_finds_everything_done_and_pays_for_nothing(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_a", **_BORN)
    said = world.talk("user_a", "I worry about my exam.", ended_at=last_week())
    refresh(instance)
    paid = world.sandbox.stats()["executions"]
    again = refresh(instance)
    assert again.success
    assert not any(part["done"] for part in told(again)[0].values())
    assert world.sandbox.stats()["executions"] == paid
    forced = refresh(instance, force=True)
    assert forced.success
    assert told(forced)[0]["daily_horoscopes"]["done"] == 1
    assert world.executions(said) == 1, "of the days since the oldest that waited"


def test_what_fails_keeps_nothing_else_and_turns_the_run_red(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_a", **_BORN | {"birth_location": "Xanaduville"})
    world.talk("user_a", "I worry about my exam.", ended_at=last_week())
    lost = conversation("user_a", ended_at=recently(hours=3))
    world.db[CONVERSATIONS].insert_one(lost)
    result = refresh(instance)
    assert not result.success
    parts, metadata = told(result)
    assert {name for name, part in parts.items() if part["failed"]} == {"transcripts", "birth_charts"}
    assert "place is not known" in parts["birth_charts"]["why"]
    assert "Xanaduville" not in str(metadata)
    assert metadata["birth_charts/failures"].records[0].data["attempt"] == 1
    assert "birth_charts" in words(result)
    assert metadata["transcripts/failures"].records[0].data["item"] == lost["conversation_id"]
    assert world.overview("user_a")["gamification"]["total_conversations"] == 2
    assert world.overview("user_a")["latest_weekly_report"]


def test_an_llm_that_is_away_is_said_and_streaks_and_charts_do_not_wait_for_it(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_HTTP_ATTEMPTS", "1")
    forget_settings()
    world.join("user_a", **_BORN)
    world.talk("user_a", "I worry about my exam.", ended_at=last_week())
    world.sandbox.configure(faults=[{"service": "julep", "rate": 1.0, "kinds": ["500"]}])
    result = refresh(instance)
    assert not result.success
    assert {"conversation_insights", "daily_horoscopes"} <= {
        p for p, part in told(result)[0].items() if part["failed"]
    }
    assert world.overview("user_a")["gamification"]["total_conversations"] == 1
    assert world.overview("user_a")["birth_chart"]["engine"]
    world.sandbox.configure(faults=[])
    world.db[FAILURES].update_many({}, {"$set": {"next_attempt_at": dt.datetime.now(dt.UTC)}})
    assert refresh(instance).success
    assert world.overview("user_a")["latest_weekly_report"]


def test_what_another_run_works_on_is_left_to_it(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_a", **_BORN)
    said = world.talk("user_a", "I worry about my exam.")
    until = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    world.db[LEASES].insert_one({"_id": said, "run_id": "another", "claimed_until": until})
    result = refresh(instance)
    assert result.success, words(result)
    assert told(result)[0]["transcripts"]["why"] == "leased by another run"
    assert world.db[LEASES].find_one({"_id": said, "run_id": "another"})
    assert world.overview("user_a")["latest_horoscope"]


def test_an_id_nobody_has_is_no_success(world: World, instance: dg.DagsterInstance) -> None:
    result = refresh(instance, "user_nobody")
    assert not result.success
    assert "user_nobody" in words(result)
    assert world.db[USERS].count_documents({}) == 0


def test_who_was_erased_is_refreshed_when_they_talk_again(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_a", **_BORN)
    world.talk("user_a", "I worry about my exam.", ended_at=last_week())
    assert refresh(instance).success
    asyncio.run(personal_data.erase(MongoResource(), instance, "user_a"))
    silent = refresh(instance)
    assert not silent.success
    assert "was erased" in words(silent)
    assert world.db[REPORTS].count_documents({}) == world.db[HOROSCOPES].count_documents({}) == 0
    assert "user_overview" not in (world.db[USERS].find_one({"id": "user_a"}) or {})
    world.talk("user_a", "A new start with tea.", ended_at=recently())
    result = refresh(instance)
    assert result.success, words(result)
    assert told(result)[0]["weekly_reports"]["why"] == "no completed conversation in the week"
    assert world.overview("user_a")["gamification"]["total_conversations"] == 1


def test_killed_it_leaves_nothing_behind_but_its_own_run(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    world.join("user_a", **_BORN)
    said = world.talk("user_a", "I worry about my exam.", ended_at=last_week())
    world.sandbox.configure(llm_seconds=3)
    child = subprocess.Popen(
        [sys.executable, "-m", __name__], env={**os.environ, "DAGSTER_HOME": instance.root_directory}
    )
    deadline = time.monotonic() + 60
    while not world.executions(said) and time.monotonic() < deadline:
        time.sleep(0.1)
    child.kill()
    child.wait()
    (killed,) = instance.get_runs()
    assert (killed.job_name, killed.status) == ("user_refresh", dg.DagsterRunStatus.STARTED)
    assert child.returncode == -9
    time.sleep(float(os.environ["ASTRA_LEASE_SECONDS"]))
    world.sandbox.configure(llm_seconds=0.05)
    assert refresh(instance).success
    assert world.executions(said) == 1, "what was paid for is collected"
    assert world.overview("user_a")["latest_weekly_report"]


if __name__ == "__main__":
    with dg.DagsterInstance.get() as mine:
        refresh(mine)
