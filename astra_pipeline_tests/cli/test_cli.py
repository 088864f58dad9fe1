"""`astra`, as a person types it."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from astra_pipeline.cli.main import main
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import FAILURES
from astra_pipeline_tests.charted import join
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import failure
from astra_pipeline_tests.pipeline import run_pipeline
from astra_pipeline_tests.reports.test_weekly_reports import talked


def astra(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env={"COLUMNS": "160"})


def unknown(conversation_id: str, *, parked: bool) -> dict[str, Any]:
    """The failure of a conversation that ElevenLabs does not know."""
    return failure(
        "transcripts",
        conversation_id,
        parked=parked,
        conversation_id=conversation_id,
        user_id="user_asha",
        message="ElevenLabs does not know this conversation (404)",
    )


def test_help_names_every_command_and_what_it_is_for() -> None:
    for arguments in (
        [],
        ["dev"],
        ["serve"],
        ["demo"],
        ["overview"],
        ["horoscope"],
        ["report"],
        ["failures"],
        ["failures", "list"],
        ["failures", "retry"],
    ):
        told = astra(*arguments, "--help")
        assert told.exit_code == 0
        assert len(told.output.splitlines()) > 4
    for command in ("demo", "dev", "failures", "horoscope", "overview", "report", "serve"):
        assert command in astra("--help").output


def test_overview_prints_what_the_next_conversation_will_know(world: World) -> None:
    world.join("user_asha", name="Asha")
    world.talk("user_asha", "I am nervous about my job interview. Will my career grow?")
    assert run_pipeline().success
    told = astra("overview", "user_asha")
    assert told.exit_code == 0, told.output
    for words in ("Asha", "Opens with", "streak 1, best 1", "First Conversation", "Career"):
        assert words in told.output
    assert re.search(r"(Hi|Hello|Namaste) Asha\b", told.output)
    assert "{{user_name}}" not in told.output
    document = json.loads(astra("overview", "user_asha", "--json").output)
    assert "{{user_name}}" in document["first_message"]
    assert document["gamification"]["total_conversations"] == 1


def test_overview_of_nobody_is_a_clear_error(world: World) -> None:
    told = astra("overview", "user_nobody")
    assert told.exit_code == 1
    assert "no user has the id 'user_nobody'" in told.output
    assert "Traceback" not in told.output


def test_failures_are_listed_with_their_reason_and_retried_on_request(world: World) -> None:
    assert "Nothing has failed" in astra("failures", "list").output
    world.db[FAILURES].insert_many([unknown("conv_parked", parked=True), unknown("conv_later", parked=False)])
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
    refused = astra("failures", "retry", "conv_unknown")
    assert refused.exit_code == 1
    assert "no failure matches" in refused.output


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


_BORN = ("--date", "2002-08-14", "--time", "07:15")


def test_a_chart_is_printed_for_a_place_and_as_json_for_coordinates() -> None:
    told = astra("chart", *_BORN, "--place", "Jhajjar, Haryana, India", "--now", "2026-11-23")
    assert told.exit_code == 0, told.output
    for words in ("Leo rises", "Swati 1", "Now Jupiter/Venus", "Virgo rising", "28.6"):
        assert words in told.output
    as_json = astra("chart", *_BORN, "--lat", "28.6064", "--lon", "76.6565", "--tz", "Asia/Kolkata", "--json")
    chart = json.loads(as_json.stdout)
    assert chart["vedic"]["ascendant"] == "Leo"
    assert chart["western"]["planets"][0]["longitude"] == pytest.approx(141.1216, abs=0.001)
    assert chart["input"]["utc"] == "2002-08-14T01:45:00Z"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--date", "2002-02-30", "--time", "07:15", "--place", "Pune"), "date is no date"),
        ((*_BORN, "--place", "Xyzzyville"), "place is not known"),
        (("--date", "1850-01-01", "--time", "07:15", "--place", "Pune"), "outside of 1900"),
        (_BORN, "place is missing"),
        ((*_BORN, "--place", "Pune", "--now", "soon"), "'soon' is no ISO 8601"),
    ],
)
def test_a_birth_that_cannot_be_is_one_clear_line(arguments: tuple[str, ...], told: str) -> None:
    refused = astra("chart", *arguments)
    assert refused.exit_code != 0
    assert told in refused.output
    assert "Traceback" not in refused.output


def test_a_batch_of_births_is_one_line_each(tmp_path: Path) -> None:
    births = tmp_path / "births.jsonl"
    births.write_text('{"id": 1, "date": "2002-08-14", "time": "07:15", "place": "Pune"}\n{"id": 2}\n')
    lines = [json.loads(line) for line in astra("chart", "--batch", str(births)).stdout.splitlines()]
    assert lines[0]["vedic"]["moon_sign"] == "Libra"
    assert lines[1] == {"id": 2, "error": "date is missing"}


def test_the_chart_of_a_user_is_of_their_stored_birth_data(world: World) -> None:
    born = {"date_of_birth": dt.datetime(2002, 8, 14, tzinfo=dt.UTC), "birth_time": "07:15"}
    world.join("user_asha", **born, birth_location="Jhajjar, Haryana, India")
    world.join("user_half", **born)
    assert json.loads(astra("chart", "--user", "user_asha", "--json").stdout)["vedic"]["ascendant"] == "Leo"
    assert "place missing" in astra("chart", "--user", "user_half").output
    assert "no user has the id 'nobody'" in astra("chart", "--user", "nobody").output


def test_the_sky_of_a_day_is_printed_and_as_json() -> None:
    told = astra("sky", "2024-04-08")
    assert "18:21" in told.output
    assert "New Moon" in told.output
    sky = json.loads(astra("sky", "2024-04-08", "--json").stdout)
    assert {"type": "phase", "body": "Moon", "at": "2024-04-08T18:21:00Z", "detail": "New Moon"} in sky["events"]
    assert "outside of 1900" in astra("sky", "2060-01-01").output
    assert "In India: Diwali" in astra("sky", "2026-11-08").output


def test_the_sky_of_a_day_is_read_for_the_chart_of_a_user(world: World) -> None:
    join(world, "user_asha")
    join(world, "user_western", preferences={"astrology_system": "western"})
    told = astra("sky", "2026-11-08", "--user", "user_asha").output
    assert "festival:diwali" in told
    assert "Sade sati, setting phase" in told
    person = json.loads(astra("sky", "2026-11-08", "--user", "user_asha", "--json").stdout)["person"]
    assert (person["key"], person["theme"]["subject"]["name"]) == ("festival:diwali", "Diwali")
    western = json.loads(astra("sky", "2026-11-08", "--user", "user_western", "--json").stdout)["person"]
    assert (western["system"], western["theme"]["kind"]) == ("western", "house")
    world.join("user_new")
    assert "'user_new' has no birth chart" in astra("sky", "2026-11-08", "--user", "user_new").output
    assert "no user has the id 'nobody'" in astra("sky", "2026-11-08", "--user", "nobody").output


def test_a_horoscope_of_a_model_and_a_key_that_does_not_work_named_in_one_sentence(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_TASK_RUNNER", "model")
    forget_settings()
    join(world, "user_cli")
    told = astra("horoscope", "user_cli")
    assert told.exit_code == 0, told.output
    today = dt.datetime.now(ZoneInfo("Asia/Kolkata")).date()
    assert world.executions(f"user_cli@{today}") == 1
    for name, value, says in (
        ("OPENAI_API_KEY", "sk-wrong", "openai:gpt-4o-mini refused the key with 401: check OPENAI_API_KEY"),
        ("ASTRA_MODEL", "anthropic:claude-sonnet-4-5", "anthropic:claude-sonnet-4-5 needs a package: pip install "),
    ):
        environment.setenv(name, value)
        forget_settings()
        refused = astra("horoscope", "user_cli", "--force")
        assert refused.exit_code == 1
        assert says in refused.output
        assert len(refused.output.strip().splitlines()) == 1
        assert "sk-wrong" not in refused.output


def test_horoscope_prints_todays_once_written_and_writes_another_when_forced(world: World) -> None:
    join(world, "user_cli", name="Asha")
    told = astra("horoscope", "user_cli")
    assert told.exit_code == 0, told.output
    shown = world.overview("user_cli")["latest_horoscope"]
    today = dt.datetime.now(ZoneInfo("Asia/Kolkata")).date()
    assert shown["date"] == today.isoformat()
    assert told.output == f"{shown['content']}\n"
    assert astra("horoscope", "user_cli", "--date", str(today)).output == told.output
    assert world.overview("user_cli")["latest_horoscope"] == shown
    assert astra("horoscope", "user_cli", "--force").exit_code == 0
    assert world.overview("user_cli")["latest_horoscope"]["generated_at"] > shown["generated_at"]
    other = astra("horoscope", "user_cli", "--date", "2026-11-10")
    assert other.exit_code == 0
    assert other.output != told.output
    assert world.overview("user_cli")["latest_horoscope"]["date"] == today.isoformat()


def test_report_prints_that_of_the_last_week_that_is_over_or_of_the_week_of_a_date(world: World) -> None:
    asha = join(world, "user_cli", name="Asha")
    now = dt.datetime.now(ZoneInfo("Asia/Kolkata"))
    monday = due_week_before(now)
    talked(world, asha, monday.isoformat(), "Career")
    talked(world, asha, "2026-10-07", "Love")
    told = astra("report", "user_cli")
    assert told.exit_code == 0, told.output
    assert world.overview(asha)["latest_weekly_report"]["week_start"] == monday.isoformat()
    assert told.output == f"{world.overview(asha)['latest_weekly_report']['content']}\n"
    older = astra("report", "user_cli", "--week", "2026-10-09")
    assert older.exit_code == 0
    assert "love" in older.output
    assert world.overview(asha)["latest_weekly_report"]["week_start"] == monday.isoformat()


def due_week_before(now: dt.datetime) -> dt.date:
    monday = now.date() - dt.timedelta(days=now.weekday())
    return monday if (now.weekday(), now.hour) >= (6, 18) else monday - dt.timedelta(days=7)


def test_a_text_that_cannot_be_written_is_one_line_that_says_why(world: World) -> None:
    world.join("user_chartless")
    for arguments, reason in (
        (["horoscope", "user_chartless"], "no birth chart"),
        (["report", "user_chartless"], "no completed conversation in the week"),
        (["horoscope", "user_nobody"], "user_nobody"),
        (["horoscope", "user_chartless", "--date", "tomorrow"], "want YYYY-MM-DD"),
        (["horoscope", "user_chartless", "--date", "2026-02-30"], "no date of the calendar"),
    ):
        told = astra(*arguments)
        assert told.exit_code == 1
        assert reason in told.output
        assert len(told.output.splitlines()) == 1
