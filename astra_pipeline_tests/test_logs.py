"""No word of a person reaches a log, Dagster's storage, an alert or a stored failure (F3, F14)."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import structlog
from pymongo.errors import WriteError

from astra_pipeline import logs
from astra_pipeline.batches.worded import worded
from astra_pipeline.definitions import defs
from astra_pipeline.defs.alerts.sensors import failure_alerts
from astra_pipeline.errors import BadAnswer, NotFound, Unforeseen, places_of, words_of
from astra_pipeline.orchestration.resources import AlertsResource, MongoResource
from astra_pipeline.orchestration.tags import RANGE_END_TAG, RANGE_START_TAG
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import FAILURES, HOROSCOPES, INSIGHTS, REPORTS, TRANSCRIPTS, USERS
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.dagster_storage import with_tables
from astra_pipeline_tests.documents import recently

MARKER = "xylophone"
_REFRESH = {"ops": {"refresh_user": {"config": {"user_id": "user_asha", "force": True}}}}
_BORN = {"birth_time": "06:45", "date_of_birth": "1996-03-12", "birth_location": "Pune, Maharashtra, India"}


def quoted(secret: str) -> None:
    """Fail as a driver does that quotes the document."""
    raise WriteError(f"Document failed validation: {secret}", 121)


@pytest.fixture
def as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTRA_LOG_FORMAT", "json")
    forget_settings()
    logs.configure()


@pytest.mark.usefixtures("as_json")
def test_an_exception_is_logged_by_class_and_place_without_its_message_or_any_value(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        quoted(MARKER)
    except WriteError:
        structlog.get_logger("test").exception("a write failed", item="conv_1")
    out, err = capsys.readouterr()
    assert (out, MARKER in err) == ("", False)
    logged = json.loads(err)
    assert (logged["event"], logged["item"], logged["level"]) == ("a write failed", "conv_1", "error")
    assert logged["error"].startswith("WriteError at ")
    assert any(place.endswith(" quoted") for place in logged["places"])


@pytest.mark.usefixtures("as_json")
def test_an_odd_value_is_logged_and_hides_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger("astra").error("odd", number=2**70, half="\ud83d", moment=dt.datetime(2026, 11, 29))  # noqa: DTZ001
    line = json.loads(capsys.readouterr().err)
    assert (line["number"], line["half"]) == (2**70, "\ud83d")


def test_a_retry_is_logged_as_everything_else(capsys: pytest.CaptureFixture[str]) -> None:
    import stamina

    @stamina.retry(on=BadAnswer, attempts=2, wait_initial=0, wait_jitter=0)
    def ask(words: str) -> None:
        raise BadAnswer("topics: too few")

    with pytest.raises(BadAnswer):
        ask(MARKER)
    _, err = capsys.readouterr()
    assert json.loads(err.splitlines()[0])["retry_num"] == 1
    assert MARKER not in err


def test_an_error_in_words_quotes_our_own_messages_only() -> None:
    assert words_of(NotFound("ElevenLabs does not know it (404)")) == "NotFound: ElevenLabs does not know it (404)"
    with pytest.raises(WriteError) as refused:
        quoted(MARKER)
    assert MARKER not in words_of(refused.value) + str(places_of(refused.value))


def test_an_error_leaves_a_batch_without_the_message_and_the_cause_of_others() -> None:
    with pytest.raises(Unforeseen) as refused, worded():
        quoted(MARKER)
    assert MARKER not in str(refused.value)
    assert refused.value.__suppress_context__
    with pytest.raises(NotFound) as ours, worded():
        raise NotFound("gone") from refused.value
    assert ours.value.__cause__ is None


def refuse_writes(world: World, *collections: str) -> None:
    """From now on MongoDB refuses every write of ours into these collections, and quotes it in its error."""
    for name in collections:
        if name not in world.db.list_collection_names():
            world.db.create_collection(name)
        world.db.command("collMod", name, validator={"refused": True}, validationAction="error")


def files_with(marker: str, place: Path) -> list[str]:
    return [
        str(path.relative_to(place))
        for path in place.rglob("*")
        if path.is_file() and marker.encode() in path.read_bytes()
    ]


def run(instance: dg.DagsterInstance, job: str, **options: Any) -> None:
    """Run a job of ours, which may fail."""
    defs.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False, **options)


def test_no_marker_gets_out_of_any_asset_when_every_write_is_refused(
    world: World,
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    environment.setenv("ASTRA_PREVIEWS", "false")
    forget_settings()
    logs.configure()
    said: list[str] = []
    environment.setattr(
        AlertsResource, "send", lambda self, alerts: said.extend(line for one in alerts for line in one.lines)
    )
    environment.setenv("ASTRA_ALERT_WEBHOOK_URL", "http://127.0.0.1:9/hook")
    forget_settings()
    name = MARKER.title()
    world.join("user_asha", name=name, email=f"{MARKER}@example.com", **_BORN)
    world.join("user_ravi", name=name, email=f"{MARKER}@example.com", **_BORN)
    world.talk("user_asha", f"My {MARKER} worries me, and so does my exam.")
    world.talk("user_asha", f"My {MARKER} was stolen.", ended_at=recently(days=7))
    today = dt.datetime.now(dt.UTC).date()
    days = {RANGE_START_TAG: (today - dt.timedelta(days=1)).isoformat(), RANGE_END_TAG: today.isoformat()}
    with dg.instance_for_test(temp_dir=str(with_tables(tmp_path))) as instance:
        cursor = dg.build_sensor_context(instance=instance)
        failure_alerts(cursor, mongo=MongoResource(), alerts=AlertsResource())
        for collection in (TRANSCRIPTS, INSIGHTS, USERS):
            refuse_writes(world, collection)
            run(instance, "conversation_pipeline", tags=days)
            if collection != USERS:
                world.db.command("collMod", collection, validator={}, validationAction="error")
            world.db[FAILURES].update_many({}, {"$set": {"next_attempt_at": recently()}})
            if collection == INSIGHTS:
                # Everything else is written, so that there are charts to write texts from.
                run(instance, "user_refresh", run_config=_REFRESH)
                refuse_writes(world, HOROSCOPES, REPORTS)
                run(instance, "user_refresh", run_config=_REFRESH)
        run(instance, "user_refresh", run_config=_REFRESH)
        failures = list(world.db[FAILURES].find())
        world.db[FAILURES].update_many({}, {"$set": {"parked_at": recently(), "told_at": None}})
        again = dg.build_sensor_context(instance=instance, cursor=None)
        failure_alerts(again, mongo=MongoResource(), alerts=AlertsResource())
    out, err = capfd.readouterr()
    assert {failure["kind"] for failure in failures} >= {"user_overviews", "daily_horoscopes", "weekly_reports"}
    assert "WriteError" in str(failures) or "WriteError" in err, "the writes were refused"
    assert said, "the alerts were sent"
    for place, text in {"stdout": out, "stderr": err, "failures": str(failures), "alerts": str(said)}.items():
        assert MARKER not in text.lower(), place
    assert files_with(MARKER, tmp_path) == []
    assert files_with(name, tmp_path) == []
