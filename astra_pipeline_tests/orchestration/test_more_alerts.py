"""Mornings, promises and the webhook are told once, by severity, with their cure; and Dagster's state is noted."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any, get_args

import dagster as dg
import pytest

from astra_pipeline.definitions import defs
from astra_pipeline.defs.alerts.sensors import failure_alerts
from astra_pipeline.orchestration import alert_lines, dagster_state
from astra_pipeline.orchestration.alerting import SEVERITIES, Alert, as_slack, from_severity
from astra_pipeline.orchestration.resources import AlertsResource, MongoResource
from astra_pipeline.promises import news, store
from astra_pipeline.promises.news import Name
from astra_pipeline.promises.table import Figure, Measured
from astra_pipeline.settings import forget_settings, settings
from astra_pipeline.store import counters
from astra_pipeline.store.collections import COHORTS, CONVERSATIONS, EVENTS, FAILURES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.deploy.files import ROOT
from astra_pipeline_tests.documents import recently


class Plain(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[dict[str, Any]] = []

    @property
    def alerts(self) -> list[dict[str, Any]]:
        return [alert for body in self.bodies for alert in body["alerts"]]


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Plain)
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def plain(environment: pytest.MonkeyPatch) -> Iterator[Plain]:
    counters.OUTBOX.forget()
    with Plain() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment.setenv("ASTRA_ALERT_JSON_URL", f"http://127.0.0.1:{server.server_port}/hook")
        forget_settings()
        yield server
        server.shutdown()


def tick(instance: dg.DagsterInstance, cursor: str | None = None) -> str | None:
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    result = failure_alerts(context, mongo=MongoResource(), alerts=AlertsResource())
    assert isinstance(result, dg.SensorResult)
    return result.cursor


def test_a_morning_that_does_not_fit_is_told_once_with_its_cure(
    world: World, plain: Plain, instance: dg.DagsterInstance
) -> None:
    # Ten seconds an execution, 50 slots: 16,200 people take an hour.
    world.db[COHORTS].insert_one(
        {"_id": "asia-kolkata-001", "zone": "Asia/Kolkata", "opened": 1, "members": 20_000}
    )
    cursor = tick(instance)
    (alert,) = plain.alerts
    assert (alert["name"], alert["severity"]) == ("morning_does_not_fit", "warning")
    assert "20000 people in 1 cohorts are due; they will take 74 minutes and have 60" in alert["lines"][0]
    assert "ASTRA_LLM_LIMIT" in alert["command"]
    tick(instance, cursor)
    assert len(plain.alerts) == 1


def test_promises_that_were_missed_are_told_once_a_day(
    world: World, plain: Plain, instance: dg.DagsterInstance
) -> None:
    now = dt.datetime.now(dt.UTC)
    figures = {"return_7d": Figure(0.4, 10), "streak_3": Figure(0.9, 10), "churn": Figure(None, 0)}
    for days in (2, 1):
        day = (now - dt.timedelta(days=days)).date().isoformat()
        store.write(world.db, Measured(day, now, figures))
        tick(instance)
    told = plain.alerts
    assert [alert["name"] for alert in told] == ["promises_missed"] * 2
    assert told[0]["lines"] == [
        "People who return within 7 days: 40.0 %, promised at least 70.0 % "
        "(of 10 people whose first call was 7 to 35 days ago)"
    ]
    assert told[0]["command"] == "astra status --slo"


def test_a_webhook_is_silent_when_the_reconciler_finds_what_it_should_have_told(
    world: World, plain: Plain, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    environment.setenv("ELEVENLABS_WEBHOOK_SECRETS", "wsec_of_the_tests")
    forget_settings()
    # One that it missed before its last event is over: the hours since then were quiet.
    world.db[EVENTS].insert_one({"_id": "event_1", "last_received_at": recently(hours=4)})
    _closed_by_the_reconciler(world, recently(hours=5))
    tick(instance)
    assert plain.alerts == []
    for hours in (1, 2):
        _closed_by_the_reconciler(world, recently(hours=hours))
    tick(instance)
    tick(instance)
    (alert,) = plain.alerts
    assert (alert["name"], alert["severity"]) == ("webhook_silent", "critical")
    assert "closed 2 calls" in alert["lines"][0]


def _closed_by_the_reconciler(world: World, ended_at: dt.datetime) -> None:
    call = {"conversation_id": f"conv_{ended_at:%H%M}", "status": "completed", "ended_at": ended_at}
    world.db[CONVERSATIONS].insert_one(call | {"astra": {"closed_by": "reconciler"}})


def test_one_message_has_all_alerts_the_gravest_first_and_none_below_the_least_severity(
    world: World, plain: Plain, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    cursor = tick(instance)
    parked = {
        "_id": "transcripts:conv_1",
        "kind": "transcripts",
        "item": "conv_1",
        "error": "NotFound",
        "message": "m",
    }
    world.db[FAILURES].insert_one(parked | {"parked_at": dt.datetime.now(dt.UTC)})
    yesterday = (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).date().isoformat()
    missed = Measured(yesterday, dt.datetime.now(dt.UTC), {"streak_3": Figure(0.1, 9)})
    store.write(world.db, missed)
    instance.report_run_failed(instance.create_run_for_job(_failing))
    environment.setenv("ASTRA_ALERT_FROM", "warning")
    environment.setenv("ASTRA_DAGSTER_URL", "https://dagster.example")
    forget_settings()
    tick(instance, cursor)
    (body,) = plain.bodies
    assert [alert["name"] for alert in body["alerts"]] == ["run_failed", "items_parked"]
    assert body["severity"] == "critical"
    assert body["alerts"][0]["link"].startswith("https://dagster.example/runs/")
    assert body["alerts"][1]["command"] == "astra failures retry"
    assert body["alerts"][1]["runbook"] == "docs/runbook/items_parked.md"


@dg.job(name="failing")
def _failing() -> None: ...


@pytest.mark.usefixtures("environment")
def test_every_alert_of_the_sensor_has_its_page_which_names_the_command() -> None:
    alerts = [
        *alert_lines.of_money("spent"),
        *alert_lines.of_items([{"kind": "k", "item": "i", "error": "E", "message": "m"}], 1),
        *(Alert(name, *alert_lines._NEWS[name][:2], [], alert_lines._NEWS[name][2]) for name in get_args(Name)),
        Alert("run_failed", "critical", "", [], "astra status"),
        Alert("service_away", "warning", "", [], "astra status"),
    ]
    for alert in alerts:
        page = ROOT / alert.runbook(settings().astra_runbook_url)
        assert f"`{alert.command}`" in page.read_text(), alert.name
    assert [one.severity for one in from_severity(alerts, "critical")] == ["critical"] * 2
    text = as_slack(from_severity(alerts, SEVERITIES[0]), runbook="docs/runbook")
    assert text.startswith(":fire: *CRITICAL")


def test_dagsters_state_is_noted_where_the_api_reads_it(world: World, instance: dg.DagsterInstance) -> None:
    context = dg.build_sensor_context(instance=instance, repository_def=defs.get_repository_def())
    failure_alerts(context, mongo=MongoResource(), alerts=AlertsResource())
    noted = dagster_state.noted(world.db)
    assert noted is not None
    assert {"failure_alerts", "new_conversations"} <= {one.name for one in noted.state.sensors}
    assert {"conversation_pipeline", "engagement_job"} <= {job.name for job in noted.state.jobs}
    # A note of before that comes late does not replace it.
    dagster_state.note(world.db, noted.state, now=noted.at - dt.timedelta(minutes=1))
    again = dagster_state.noted(world.db)
    assert again is not None
    assert again.at == noted.at


@pytest.mark.parametrize("away", ["ASTRA_ALERT_WEBHOOK_URL", "ASTRA_ALERT_JSON_URL"])
def test_one_webhook_that_is_away_keeps_no_news_from_the_other_and_repeats_none(
    world: World, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance, away: str
) -> None:
    with Plain() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in ("ASTRA_ALERT_WEBHOOK_URL", "ASTRA_ALERT_JSON_URL"):
            port = 9 if name == away else server.server_port
            environment.setenv(name, f"http://127.0.0.1:{port}/hook/s3cret")
        forget_settings()
        parked = {"kind": "transcripts", "item": "conv_1", "error": "NotFound", "message": "m"}
        world.db[FAILURES].insert_one(parked | {"_id": "transcripts:conv_1", "parked_at": dt.datetime.now(dt.UTC)})
        for _ in range(2):
            tick(instance)
        server.shutdown()
    assert ["conv_1" in json.dumps(body) for body in server.bodies] == [True]


def test_several_mornings_that_do_not_fit_are_told_once_a_day(world: World) -> None:
    for number, zone in enumerate(("Asia/Kolkata", "Europe/London", "America/New_York")):
        cohort = {"_id": f"{zone.lower().replace('/', '-')}-001", "zone": zone, "opened": 1}
        world.db[COHORTS].insert_one(cohort | {"members": 20_000 + number})
    began, told = dt.datetime(2026, 11, 28, 20, 0, tzinfo=dt.UTC), []
    for hours in range(48):
        now = began + dt.timedelta(hours=hours)
        found = news.untold(world.db, now=now)
        news.note_told(world.db, found, now=now)
        told += [hours for one in found if one.name == "morning_does_not_fit"]
    assert len(told) == 3
