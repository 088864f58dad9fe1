"""`astra status`: what it counts, what it says, and its exit codes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
import yaml
from click.testing import CliRunner, Result
from dagster._core.scheduler.instigation import TickStatus
from dagster._core.test_utils import create_run_for_test
from dagster._daemon.types import DaemonHeartbeat

from astra_pipeline.cli.status import status
from astra_pipeline.definitions import defs
from astra_pipeline.monitoring.verdict import Verdict
from astra_pipeline.orchestration.instance import VARIABLE
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.client import forget_clients
from astra_pipeline.store.collections import FAILURES, LLM_SLOTS, USERS
from astra_pipeline_tests.charted import join
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.dagster_storage import beat, state_of, ticked, with_tables
from astra_pipeline_tests.documents import failure, recently
from astra_pipeline_tests.pipeline import run_pipeline

_ROOT = Path(__file__).parents[2]
_LONG_AGO = dt.timedelta(minutes=6)


def astra_status(*arguments: str) -> Result:
    return CliRunner().invoke(status, list(arguments), env={"COLUMNS": "160"})


def told(expected: int, *arguments: str) -> dict[str, Any]:
    result = astra_status("--json", *arguments)
    assert result.exit_code == expected, result.output
    document = json.loads(result.stdout)
    assert document["exit_code"] == expected
    return document


@pytest.fixture
def works(world: World, environment: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """The instance in DAGSTER_HOME, as the project configures it, its daemon alive.

    No process is preloaded: a heartbeat would have one made for each of these tests.
    """
    environment.delenv(VARIABLE, raising=False)
    environment.setenv("DAGSTER_HOME", str(tmp_path))
    config = yaml.safe_load((_ROOT / "dagster.yaml").read_text())
    del config["run_launcher"]
    (with_tables(tmp_path) / "dagster.yaml").write_text(yaml.safe_dump(config))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        beat(instance)
        yield instance


def where_it_is_day() -> str:
    """A zone in which 07:00 is over and midnight far."""
    zones = ("Asia/Kolkata", "America/Los_Angeles", "Pacific/Auckland", "Europe/London")
    return next(zone for zone in zones if 8 <= dt.datetime.now(ZoneInfo(zone)).hour <= 22)


def test_all_is_well(works: dg.DagsterInstance) -> None:
    result = astra_status()
    assert result.exit_code == Verdict.WELL, result.output
    for words in ("All is well", "0 waiting", "0 parked", "Daemon  alive", "conversation_pipeline"):
        assert words in result.output
    document = told(Verdict.WELL)
    assert (document["status"], document["reasons"]) == ("well", [])
    assert {clock["name"] for clock in document["schedules"]} == {str(one.name) for one in defs.schedules or []}
    assert {clock["name"] for clock in document["sensors"]} == {one.name for one in defs.sensors or []}


def test_the_runs_that_use_the_llm_are_listed(works: dg.DagsterInstance, world: World) -> None:
    result = astra_status()
    assert "0 of 50 slots held" in result.output
    assert "no run uses it" in result.output
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    holders = [
        {"name": f"{name}/1", "run_id": name, "lane": lane, "demand": 60, "granted": granted, "until": until}
        for name, lane, granted, until in (
            ("3f2a1b9c-aaaa", "live", 45, soon),
            ("77aa88bb-bbbb", None, 5, soon),
            ("dead0000-cccc", "grid", 9, soon - dt.timedelta(hours=1)),
        )
    ]
    world.db[LLM_SLOTS].insert_one({"_id": "llm", "holders": holders})
    result = astra_status()
    for words in ("50 of 50 slots held", "live, run 3f2a1b9c: holds 45, has a use for 60", "by hand, run 77aa88bb"):
        assert words in result.output
    assert "dead0000" not in result.output
    told_of = told(Verdict.WELL)["holdings"]["llm"]
    assert told_of["limit"] == 50
    assert [one["granted"] for one in told_of["holders"]] == [45, 5]


def test_the_last_run_says_what_it_did(works: dg.DagsterInstance, world: World) -> None:
    world.join("user_asha")
    world.talk("user_asha", "My job interview is on Monday.")
    assert told(Verdict.NEEDS_A_PERSON if works.get_runs() else Verdict.WELL)["holdings"]["waiting"] == 1
    assert run_pipeline(works).success
    document = told(Verdict.WELL)
    (last,) = [job for job in document["jobs"] if job["name"] == "conversation_pipeline"]
    assert last["result"] == "success"
    assert last["seconds"] > 0
    assert last["did"]["transcripts"] == {"done": 1}
    assert (document["holdings"]["processed"], document["holdings"]["waiting"]) == (1, 0)
    screen = astra_status().output
    assert "transcripts: 1 done" in screen
    assert "interview" not in screen + json.dumps(document)


def test_an_index_that_cannot_be_built_needs_a_person(works: dg.DagsterInstance, world: World) -> None:
    world.db[USERS].drop_indexes()
    world.db[USERS].insert_many([{"id": "user_twin"}, {"id": "user_twin"}])
    forget_clients()
    assert MongoResource().db is not None
    (reason,) = told(Verdict.NEEDS_A_PERSON)["reasons"]
    missing = "user.astra_id (two documents have the same id)"
    assert reason == f"an index is missing, reads are slow until it is built: {missing}"


def test_parked_items_need_a_person(works: dg.DagsterInstance, world: World) -> None:
    world.db[FAILURES].insert_one(failure("birth_charts", "user_asha", parked=True, user_id="user_asha"))
    result = astra_status()
    assert result.exit_code == Verdict.NEEDS_A_PERSON
    assert "1 item is parked: `astra failures list --parked`" in result.output
    assert "nobody should read" not in result.output
    assert told(Verdict.NEEDS_A_PERSON)["holdings"]["parked_items"] == {"birth_charts": 1}
    world.db[FAILURES].update_one({}, {"$set": {"parked_at": None}})
    assert told(Verdict.WELL)["holdings"]["retrying_items"] == 1


def test_a_daemon_that_is_silent_needs_a_person(works: dg.DagsterInstance, environment: pytest.MonkeyPatch) -> None:
    beat(works, ago=_LONG_AGO)
    result = astra_status()
    assert result.exit_code == Verdict.NEEDS_A_PERSON
    assert "the daemon is not alive (its last heartbeat was at" in result.output
    environment.setenv("DAGSTER_DAEMON_HEARTBEAT_TOLERANCE", "600")
    assert told(Verdict.WELL)["daemon"]["alive"]
    works.wipe_daemon_heartbeats()
    assert "it never gave a heartbeat" in told(Verdict.NEEDS_A_PERSON)["reasons"][0]


def test_one_silent_daemon_of_several_is_named(works: dg.DagsterInstance) -> None:
    at = (dt.datetime.now(dt.UTC) - _LONG_AGO).timestamp()
    works.add_daemon_heartbeat(DaemonHeartbeat(at, "SENSOR", "a daemon", []))
    assert told(Verdict.NEEDS_A_PERSON)["daemon"]["silent"] == ["SENSOR"]


def test_a_job_whose_last_run_failed_needs_a_person_until_the_next_succeeds(works: dg.DagsterInstance) -> None:
    failed = create_run_for_test(works, job_name="daily_sky_job", status=dg.DagsterRunStatus.FAILURE)
    document = told(Verdict.NEEDS_A_PERSON)
    assert document["reasons"] == [f"the last run of daily_sky_job failed: {failed.run_id}"]
    assert document["failed_runs_of_a_day"] == 1
    create_run_for_test(works, job_name="daily_sky_job", status=dg.DagsterRunStatus.SUCCESS)
    create_run_for_test(works, job_name="daily_sky_job", status=dg.DagsterRunStatus.NOT_STARTED)
    create_run_for_test(works, job_name="daily_sky_job", status=dg.DagsterRunStatus.STARTED)
    (sky,) = [job for job in told(Verdict.WELL)["jobs"] if job["name"] == "daily_sky_job"]
    assert (sky["queued"], sky["running"], sky["result"]) == (1, 1, "success")


def test_people_without_todays_horoscope_need_a_person(works: dg.DagsterInstance, world: World) -> None:
    zone = where_it_is_day()
    join(world, "user_asha", zone=zone)
    assert "users without today's horoscope" in astra_status().output
    assert told(Verdict.NEEDS_A_PERSON)["holdings"]["without_horoscope"] == 1
    today = dt.datetime.now(ZoneInfo(zone)).date().isoformat()
    world.db["user"].update_one({"id": "user_asha"}, {"$set": {"astra.horoscope_date": today}})
    assert told(Verdict.WELL)["holdings"]["without_horoscope"] == 0


def test_a_schedule_that_is_switched_off_needs_a_person(works: dg.DagsterInstance) -> None:
    works.add_instigator_state(state_of("daily_sky_schedule", on=False))
    assert "off" in astra_status().output
    assert "switched off: daily_sky_schedule" in told(Verdict.NEEDS_A_PERSON)["reasons"]


def test_a_sensor_that_no_longer_looks_needs_a_person(works: dg.DagsterInstance) -> None:
    sensor = state_of("new_conversations", on=True)
    works.add_instigator_state(sensor)
    ticked(works, sensor, TickStatus.SKIPPED, ago=300)
    assert told(Verdict.WELL)["reasons"] == []
    works.wipe_daemon_heartbeats()
    beat(works)
    stuck = state_of("new_users", on=True)
    works.add_instigator_state(stuck)
    ticked(works, stuck, TickStatus.SKIPPED, ago=900)
    assert told(Verdict.NEEDS_A_PERSON)["reasons"] == ["new_users: no tick for over ten minutes"]


def test_conversations_nobody_processes_need_a_person(works: dg.DagsterInstance, world: World) -> None:
    world.join("user_asha")
    world.talk("user_asha", "Of a migration's past.", ended_at=recently(days=30))
    world.talk("user_asha", "Just now.")
    assert told(Verdict.WELL)["holdings"]["overdue"] == 0
    world.talk("user_asha", "Hours ago.", ended_at=recently(hours=5))
    assert "that have waited for over an hour: 1" in told(Verdict.NEEDS_A_PERSON)["reasons"][0]


def test_a_look_that_failed_needs_a_person_and_a_renamed_location_does_not(works: dg.DagsterInstance) -> None:
    old = state_of("daily_sky_schedule", on=True, location="astra-pipeline")
    new = state_of("daily_sky_schedule", on=True)
    for state in (old, new):
        works.add_instigator_state(state)
    ticked(works, old, TickStatus.FAILURE, ago=600)
    ticked(works, new, TickStatus.SKIPPED, ago=60)
    assert told(Verdict.WELL)["reasons"] == []
    ticked(works, new, TickStatus.FAILURE, ago=1)
    assert "the last tick of daily_sky_schedule failed" in told(Verdict.NEEDS_A_PERSON)["reasons"][0]


def test_the_home_of_the_embedded_stack_is_found(
    works: dg.DagsterInstance, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.delenv("DAGSTER_HOME")
    embedded = tmp_path / "home" / "dagster"
    embedded.mkdir(parents=True)
    (embedded / "dagster.yaml").write_text((_ROOT / "dagster.yaml").read_text())
    reasons = told(Verdict.NEEDS_A_PERSON, "--home", str(tmp_path / "home"))["reasons"]
    assert "it never gave a heartbeat" in reasons[0]


def _mongodb_away(environment: pytest.MonkeyPatch, _: Path) -> None:
    environment.setenv("MONGODB_URI", "mongodb://asha:s3cret@127.0.0.1:1/?connectTimeoutMS=100")


def _mongodb_misspelt(environment: pytest.MonkeyPatch, _: Path) -> None:
    environment.setenv("MONGODB_URI", "mongodb://asha:s3/cret@127.0.0.1:27017")


def _setting_misspelt(environment: pytest.MonkeyPatch, _: Path) -> None:
    environment.setenv("MONGODB_URI", "http://asha:s3cret@127.0.0.1")


def _storage_away(environment: pytest.MonkeyPatch, _: Path) -> None:
    environment.setenv(VARIABLE, "postgresql://asha:s3cret@127.0.0.1:1/dagster")


def _storage_broken(environment: pytest.MonkeyPatch, home: Path) -> None:
    for file in home.rglob("*.db"):
        file.write_bytes(b"this is no database" * 1000)


def _no_home(environment: pytest.MonkeyPatch, home: Path) -> None:
    environment.setenv("DAGSTER_HOME", str(home / "nowhere"))


def _nothing_set(environment: pytest.MonkeyPatch, home: Path) -> None:
    environment.delenv("DAGSTER_HOME")


@pytest.mark.parametrize(
    ("breaks", "words"),
    [
        (_mongodb_away, "MongoDB cannot be read: ServerSelectionTimeoutError"),
        (_mongodb_misspelt, "MongoDB cannot be read"),
        (_setting_misspelt, "MONGODB_URI"),
        (_storage_away, "Dagster's storage cannot be read"),
        (_storage_broken, "Dagster's storage cannot be read"),
        (_no_home, "DAGSTER_HOME is"),
        (_nothing_set, "`astra demo`"),
    ],
)
def test_it_cannot_tell_and_says_why_in_a_line_without_a_secret(
    breaks: Callable[[pytest.MonkeyPatch, Path], None],
    words: str,
    works: dg.DagsterInstance,
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    breaks(environment, tmp_path)
    forget_settings()
    forget_clients()
    result = astra_status("--json", "--home", str(tmp_path / "embedded"))
    assert result.exit_code == Verdict.CANNOT_TELL, result.output
    document = json.loads(result.stdout)
    assert document["status"] == "cannot tell"
    assert words in document["error"]
    assert "\n" not in document["error"]
    assert result.stderr == ""
    for secret in ("s3", "cret"):
        assert secret not in result.output.replace("secret", "")


def test_what_it_cannot_tell_is_one_line_on_stderr(
    works: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("DAGSTER_HOME", "nowhere")
    result = astra_status()
    assert (result.exit_code, result.stdout) == (Verdict.CANNOT_TELL, "")
    assert len(result.stderr.splitlines()) == 1


def test_the_exit_codes_are_in_the_help() -> None:
    result = astra_status("--help")
    assert result.exit_code == 0
    for words in ("0  all is well", "1  something needs a person", "2  cannot tell"):
        assert words in result.output
