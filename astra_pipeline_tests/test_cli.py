"""`astra`, as a person types it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from astra_pipeline.cli import main
from astra_pipeline.resources.mongo import FAILURES
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.pipeline import run_pipeline


def astra(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env={"COLUMNS": "160"})


def failure(item: str, *, parked: bool) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    return {
        "_id": f"transcripts:{item}",
        "kind": "transcripts",
        "item": item,
        "conversation_id": item,
        "user_id": "user_asha",
        "attempt": 6 if parked else 2,
        "looks": 0,
        "error": "NotFound",
        "message": "ElevenLabs does not know this conversation (404)",
        "first_failed_at": now,
        "last_failed_at": now,
        "next_attempt_at": None if parked else now + dt.timedelta(hours=1),
        "parked_at": now if parked else None,
    }


def test_help_names_every_command_and_what_it_is_for() -> None:
    for arguments in (
        [],
        ["dev"],
        ["demo"],
        ["overview"],
        ["failures"],
        ["failures", "list"],
        ["failures", "retry"],
    ):
        told = astra(*arguments, "--help")
        assert told.exit_code == 0
        assert len(told.output.splitlines()) > 4
    for command in ("demo", "dev", "failures", "overview"):
        assert command in astra("--help").output


def test_overview_prints_what_the_next_conversation_will_know(world: World) -> None:
    world.join("user_asha", name="Asha")
    world.talk("user_asha", "I am nervous about my job interview. Will my career grow?")
    assert run_pipeline().success
    told = astra("overview", "user_asha")
    assert told.exit_code == 0, told.output
    for words in ("Asha", "Opens with", "streak 1, best 1", "First Conversation", "Career"):
        assert words in told.output
    document = json.loads(astra("overview", "user_asha", "--json").output)
    assert document["gamification"]["total_conversations"] == 1


def test_overview_of_nobody_is_a_clear_error(world: World) -> None:
    told = astra("overview", "user_nobody")
    assert told.exit_code == 1
    assert "no user has the id 'user_nobody'" in told.output
    assert "Traceback" not in told.output


def test_failures_are_listed_with_their_reason_and_retried_on_request(world: World) -> None:
    assert "Nothing has failed" in astra("failures", "list").output
    world.db[FAILURES].insert_many([failure("conv_parked", parked=True), failure("conv_later", parked=False)])
    told = astra("failures", "list").output
    assert "conv_parked" in told
    assert "conv_later" in told
    assert "404" in told
    only_parked = astra("failures", "list", "--parked").output
    assert "conv_parked" in only_parked
    assert "conv_later" not in only_parked

    assert "1 due now" in astra("failures", "retry").output
    freed = world.db[FAILURES].find_one({"_id": "transcripts:conv_parked"})
    assert freed is not None
    assert (freed["parked_at"], freed["attempt"]) == (None, 0)
    assert freed["next_attempt_at"] <= dt.datetime.now(dt.UTC)
    assert "nothing is parked" in astra("failures", "retry").output
    assert "1 due now" in astra("failures", "retry", "conv_later").output
    unknown = astra("failures", "retry", "conv_unknown")
    assert unknown.exit_code == 1
    assert "no failure matches" in unknown.output


def test_a_setting_that_does_not_fit_is_one_clear_line(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_DEFAULT_TIMEZONE", "Mars/Olympus")
    forget_settings()
    told = astra("overview", "user_asha")
    assert told.exit_code == 1
    assert "ASTRA_DEFAULT_TIMEZONE" in told.output
    assert "Traceback" not in told.output


def test_own_and_embedded_services_are_never_mixed(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.delenv("JULEP_API_KEY")
    told = astra("demo", "--home", str(tmp_path))
    assert told.exit_code == 1
    assert "JULEP_API_KEY not set although" in told.output


def test_without_any_database_the_way_out_is_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.delenv("MONGODB_URI")
    told = astra("failures", "list", "--home", str(tmp_path))
    assert told.exit_code == 1
    assert "astra demo" in told.output
