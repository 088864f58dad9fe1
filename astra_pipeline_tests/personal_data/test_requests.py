"""The jobs that erase and export do nothing without a request from outside Dagster, which works once (F2, F21)."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner

from astra_pipeline.cli.main import main
from astra_pipeline.defs.personal_data.jobs import erase_user, export_user
from astra_pipeline.errors import RequestRefused
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.personal_data import export_files, requests
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import REQUESTS
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.personal_data.lives import ANN, ANNETTE, WORD, person, run_erasing

_OPS = {"erase_user": "erase_data", "export_user": "export_data"}


@pytest.fixture
def folder(tmp_path: Path, environment: pytest.MonkeyPatch) -> Path:
    """The folder of exports."""
    environment.setenv("ASTRA_EXPORT_FOLDER", str(tmp_path / "exports"))
    forget_settings()
    return tmp_path / "exports"


def join(world: World) -> None:
    world.join(ANN, user_overview={"profile_summary": WORD})
    world.join(ANNETTE, user_overview={"profile_summary": "violin"})


def run_exporting(instance: dg.DagsterInstance, request_id: str) -> dg.ExecuteInProcessResult:
    return export_user.execute_in_process(
        instance=instance,
        resources={"mongo": MongoResource()},
        run_config={"ops": {"export_data": {"config": {"request_id": request_id}}}},
        raise_on_error=False,
    )


@pytest.mark.parametrize("job", [erase_user, export_user])
def test_a_job_takes_neither_a_person_nor_a_path(job: dg.JobDefinition) -> None:
    op = _OPS[job.name]
    for config in ({"user_id": ANN}, {"user_id": ANN, "path": "/etc/passwd"}, {"request_id": "1", "path": "x"}):
        result = dg.validate_run_config(job, {"ops": {op: {"config": {"request_id": "1"}}}})
        assert result
        with pytest.raises(dg.DagsterInvalidConfigError):
            dg.validate_run_config(job, {"ops": {op: {"config": config}}})


@pytest.mark.parametrize("request_id", [ANN, "0" * 32, "../x", "$ne"])
def test_without_a_request_nothing_happens(
    request_id: str, world: World, instance: dg.DagsterInstance, folder: Path
) -> None:
    join(world)
    assert not run_erasing(instance, request_id, raise_on_error=False).success
    assert not run_exporting(instance, request_id).success
    assert person(world)["user_overview"]
    assert not folder.exists()


def test_a_request_works_once_for_its_kind_and_person(
    world: World, instance: dg.DagsterInstance, folder: Path
) -> None:
    join(world)
    request_id = requests.make(world.db, "erase", ANN, requested_by="a test")
    assert not run_exporting(instance, request_id).success, "it is one to erase"
    assert run_erasing(instance, request_id).success
    assert "user_overview" not in person(world)
    assert person(world, ANNETTE)["user_overview"]
    world.db["user"].update_one({"id": ANN}, {"$set": {"user_overview": {"profile_summary": "new"}}})
    assert not run_erasing(instance, request_id, raise_on_error=False).success
    assert person(world)["user_overview"]
    taken = world.db[REQUESTS].find_one({"_id": request_id})
    assert taken is not None
    assert taken["state"] == "done"


def test_a_request_ends_after_a_quarter_of_an_hour_by_the_servers_clock(world: World) -> None:
    request_id = requests.make(world.db, "erase", ANN, requested_by="a test")
    stored: Any = world.db[REQUESTS].find_one({"_id": request_id})
    hello = world.db.command("hello")["localTime"]
    left = (stored["expires_at"].replace(tzinfo=None) - hello.replace(tzinfo=None)).total_seconds()
    assert 14 * 60 < left <= 15 * 60
    world.db[REQUESTS].update_one({"_id": request_id}, [{"$set": {"expires_at": {"$subtract": ["$$NOW", 1]}}}])
    with pytest.raises(RequestRefused):
        requests.take(world.db, "erase", request_id, run_id="run_a")


def test_a_step_that_is_tried_again_has_its_request_and_another_run_has_not(world: World) -> None:
    request_id = requests.make(world.db, "erase", ANN, requested_by="a test")
    assert requests.take(world.db, "erase", request_id, run_id="run_a") == ANN
    assert requests.take(world.db, "erase", request_id, run_id="run_a") == ANN
    with pytest.raises(RequestRefused, match="no open request"):
        requests.take(world.db, "erase", request_id, run_id="run_b")


def test_an_export_is_one_file_with_all_of_it_for_its_owner_alone(
    world: World, instance: dg.DagsterInstance, folder: Path
) -> None:
    join(world)
    said = world.talk(ANN, f"My {WORD}.")
    request_id = requests.make(world.db, "export", ANN, requested_by="a test")
    result = run_exporting(instance, request_id)
    assert result.success
    path = folder / f"{request_id}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    known = json.loads(path.read_text())
    assert known["user"]["user_overview"] == {"profile_summary": WORD}
    assert [one["conversation_id"] for one in known["elevenlabs_conversations"]] == [said]
    assert "annette" not in path.read_text().lower()
    (told,) = [event.step_output_data for event in result.all_events if event.is_successful_output]
    assert told.metadata["request_id"].value == request_id
    assert told.metadata["bytes"].value == path.stat().st_size
    assert set(told.metadata) == {"request_id", "bytes"}


def test_an_export_goes_through_no_link_and_over_no_file(
    world: World, instance: dg.DagsterInstance, folder: Path, tmp_path: Path
) -> None:
    join(world)
    folder.mkdir()
    other = tmp_path / "other.txt"
    other.write_text("mine")
    linked = requests.make(world.db, "export", ANN, requested_by="a test")
    (folder / f"{linked}.json").symlink_to(other)
    there = requests.make(world.db, "export", ANN, requested_by="a test")
    (folder / f"{there}.json").write_text("mine")
    for request_id in (linked, there):
        assert not run_exporting(instance, request_id).success
    assert other.read_text() == (folder / f"{there}.json").read_text() == "mine"


def test_a_file_goes_after_a_week_and_with_its_person(
    world: World, instance: dg.DagsterInstance, folder: Path
) -> None:
    join(world)
    ids = {user: requests.make(world.db, "export", user, requested_by="a test") for user in (ANN, ANNETTE)}
    assert all(run_exporting(instance, request_id).success for request_id in ids.values())
    assert run_erasing(instance, requests.make(world.db, "erase", ANN, requested_by="a test")).success
    assert [path.stem for path in folder.iterdir()] == [ids[ANNETTE]]
    (folder / "notes.json").write_text("{}")
    day = 86_400
    assert export_files.sweep(now=time.time() + 6 * day) == 0
    assert export_files.sweep(now=time.time() + 8 * day) == 1
    assert [path.name for path in folder.iterdir()] == ["notes.json"], "files of others stay"


def test_the_command_line_prints_the_id_that_the_job_asks_for(
    world: World, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    printed = CliRunner().invoke(main, ["users", "request", "erase", ANN, "--home", str(tmp_path)])
    assert printed.exit_code == 0, printed.output
    request_id = printed.output.strip().splitlines()[-1]
    assert requests.is_id(request_id)
    assert requests.take(world.db, "erase", request_id, run_id="run_a") == ANN
    assert os.getenv("MONGODB_DB") == world.db.name
