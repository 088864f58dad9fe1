"""Failed runs and newly parked items reach a Slack-compatible webhook, once."""

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
        if not self.server.refuse:
            self.server.texts.append(body["text"])
        self.send_response(503 if self.server.refuse else 200)
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


def park(world: World, item: str) -> None:
    world.db[FAILURES].insert_one(
        {
            "_id": f"transcripts:{item}",
            "kind": "transcripts",
            "item": item,
            "error": "NotFound",
            "message": "ElevenLabs does not know this conversation (404)",
            "parked_at": dt.datetime.now(dt.UTC),
        }
    )


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
