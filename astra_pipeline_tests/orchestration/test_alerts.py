"""Failed runs, newly parked items and long outages reach a Slack-compatible webhook, once (F12, F17)."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.defs.alerts.sensors import failure_alerts
from astra_pipeline.orchestration.resources import AlertsResource, MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import FAILURES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.pipeline import run_pipeline

# Slack's bound on a message.
_LONGEST = 40_000


class Webhook(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.texts: list[str] = []
        self.refuse = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook/s3cret"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Webhook)
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        refused = self.server.refuse or len(body["text"]) > _LONGEST
        if not refused:
            self.server.texts.append(body["text"])
        self.send_response(503 if self.server.refuse else 400 if refused else 200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def webhook(environment: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with Webhook() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment.setenv("ASTRA_ALERT_WEBHOOK_URL", server.url)
        forget_settings()
        yield server
        server.shutdown()


def tick(instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    result = failure_alerts(context, mongo=MongoResource(), alerts=AlertsResource())
    assert isinstance(result, dg.SensorResult)
    return result


def park(world: World, item: str, **fields: Any) -> None:
    world.db[FAILURES].insert_one(
        {
            "_id": f"transcripts:{item}",
            "kind": "transcripts",
            "item": item,
            "error": "NotFound",
            "message": "ElevenLabs does not know this conversation (404)",
            "parked_at": dt.datetime.now(dt.UTC),
        }
        | fields
    )


def away(world: World, item: str, *, since: dt.timedelta) -> None:
    """An item that waits for ElevenLabs, which has been away for so long."""
    fields = {"parked_at": None, "error": "ServiceAway", "outage_since": dt.datetime.now(dt.UTC) - since}
    park(world, item, **fields, outages=5)


def test_it_is_off_without_a_webhook(world: World, instance: dg.DagsterInstance) -> None:
    park(world, "conv_1")
    assert "ASTRA_ALERT_WEBHOOK_URL" in str(tick(instance, None).skip_reason)


def test_a_failed_run_and_parked_items_are_told_once(
    world: World, webhook: Webhook, instance: dg.DagsterInstance
) -> None:
    cursor = tick(instance, None).cursor
    world.join("user_asha")
    world.talk("user_asha", "My password is hunter2.")
    world.sandbox.configure(reject_keys=True)
    run = run_pipeline(instance, raise_on_error=False)
    park(world, "conv_1")
    cursor = tick(instance, cursor).cursor
    (text,) = webhook.texts
    assert run.run_id[:8] in text
    assert "conversation_pipeline" in text
    assert "conv_1" in text
    assert "hunter2" not in text
    cursor = tick(instance, cursor).cursor
    assert len(webhook.texts) == 1
    park(world, "conv_2")
    tick(instance, cursor)
    assert "conv_2" in webhook.texts[1]
    assert "conv_1" not in webhook.texts[1]


def test_what_the_webhook_did_not_take_is_told_again(
    world: World, webhook: Webhook, instance: dg.DagsterInstance
) -> None:
    cursor = tick(instance, None).cursor
    park(world, "conv_1")
    webhook.refuse = True
    with pytest.raises(Exception, match="503") as refused:
        tick(instance, cursor)
    assert "s3cret" not in str(refused.value)
    webhook.refuse = False
    tick(instance, cursor)
    assert "conv_1" in webhook.texts[0]


def test_an_item_that_was_written_late_is_told_all_the_same(
    world: World, webhook: Webhook, instance: dg.DagsterInstance
) -> None:
    cursor = tick(instance, None).cursor
    park(world, "conv_1")
    cursor = tick(instance, cursor).cursor
    park(world, "conv_2", parked_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=30))
    cursor = tick(instance, cursor).cursor
    assert ["conv_2" in text for text in webhook.texts] == [False, True]
    tick(instance, cursor)
    assert len(webhook.texts) == 2


def test_any_number_of_parked_items_and_failed_runs_is_one_message_that_is_taken(
    world: World, webhook: Webhook, instance: dg.DagsterInstance
) -> None:
    cursor = tick(instance, None).cursor
    for number in range(60):
        park(world, f"conv_{number}", message="word " * 100)
    for _ in range(30):
        run = instance.create_run_for_job(_failing)
        instance.report_run_failed(run)
    cursor = tick(instance, cursor).cursor
    (text,) = webhook.texts
    assert (text.count(":parking:"), text.count(":rotating_light:")) == (20, 20)
    assert "and 40 more" in text
    assert "and 10 more runs" in text
    tick(instance, cursor)
    assert len(webhook.texts) == 1


@dg.job(name="failing")
def _failing() -> None: ...


@pytest.mark.parametrize("cursor", ["{", "[1]", "", '{"runs": "soon"}'])
@pytest.mark.usefixtures("world")
def test_a_cursor_that_cannot_be_read_is_none(cursor: str, webhook: Webhook, instance: dg.DagsterInstance) -> None:
    assert tick(instance, cursor).cursor
    assert webhook.texts == []


def test_an_outage_is_told_once_when_it_has_lasted_for_half_an_hour(
    world: World, webhook: Webhook, instance: dg.DagsterInstance
) -> None:
    away(world, "conv_1", since=dt.timedelta(minutes=20))
    cursor = tick(instance, None).cursor
    assert webhook.texts == []
    away(world, "conv_2", since=dt.timedelta(minutes=31))
    cursor = tick(instance, cursor).cursor
    (text,) = webhook.texts
    assert "`transcripts`: 2 items wait for a service" in text
    away(world, "conv_3", since=dt.timedelta(minutes=40))
    cursor = tick(instance, cursor).cursor
    # The first ones are healed; the outage goes on for the third.
    world.db[FAILURES].delete_many({"item": {"$in": ["conv_1", "conv_2"]}})
    cursor = tick(instance, cursor).cursor
    assert len(webhook.texts) == 1
    world.db[FAILURES].delete_many({})
    away(world, "conv_4", since=dt.timedelta(hours=1))
    tick(instance, cursor)
    assert len(webhook.texts) == 2
