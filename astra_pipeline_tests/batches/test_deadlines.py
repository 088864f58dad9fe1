"""A service that hangs, or sends a byte a second, ends as an outage and holds nobody up (F15 of the fault list)."""

from __future__ import annotations

import asyncio
import datetime as dt
import http.server
import threading
import time
from typing import Any

import pytest

from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Days, Scope
from astra_pipeline.batches.work import Stage
from astra_pipeline.conversations import insights, transcripts
from astra_pipeline.errors import ServiceAway
from astra_pipeline.orchestration import resources
from astra_pipeline.orchestration.alerting import Alert
from astra_pipeline.orchestration.resources import AlertsResource
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import FAILURES, TRANSCRIPTS
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.working import work

_NOW = dt.datetime.now(dt.UTC)
_LATELY = Scope(days=Days(_NOW - dt.timedelta(days=1), _NOW + dt.timedelta(days=1)))
# Far more than any deadline below, far less than an answer that drips takes.
_GENEROUS = 60


@pytest.fixture
def impatient(environment: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ASTRA_HTTP_TIMEOUT_SECONDS": "2",
        "ASTRA_HTTP_ATTEMPTS": "1",
        "ASTRA_ANSWER_ATTEMPTS": "1",
    }.items():
        environment.setenv(name, value)
    forget_settings()


def slowly(service: str, kind: str) -> list[dict[str, Any]]:
    return [{"service": service, "rate": 1.0, "kinds": [kind], "timeout_seconds": 300, "drip_seconds": 0.2}]


def only_an_outage(result: BatchResult) -> bool:
    return [failure.outage for failure in result.failed] == [True] and not result.done


@pytest.mark.timeout(_GENEROUS)
@pytest.mark.parametrize("kind", ["drip", "hang"])
@pytest.mark.usefixtures("impatient")
def test_a_transcript_that_drips_or_never_comes_is_an_outage(world: World, kind: str) -> None:
    world.join("user_asha")
    conversation_id = world.talk("user_asha", "I worry about my exam.")
    world.sandbox.configure(faults=slowly("elevenlabs", kind))
    with work() as at_work:
        assert only_an_outage(at_work.run(transcripts.fetch(at_work, _LATELY)))
    stored = world.db[FAILURES].find_one({"conversation_id": conversation_id})
    assert stored is not None
    assert stored["error"] == "ServiceAway"


@pytest.mark.timeout(_GENEROUS)
@pytest.mark.parametrize("kind", ["drip", "hang"])
@pytest.mark.usefixtures("impatient")
def test_an_execution_whose_answer_drips_or_never_comes_is_an_outage(world: World, kind: str) -> None:
    world.join("user_asha")
    world.talk("user_asha", "I worry about my exam.")
    with work() as at_work:
        at_work.run(transcripts.fetch(at_work, _LATELY))
        assert world.db[TRANSCRIPTS].count_documents({}) == 1
        world.sandbox.configure(faults=slowly("julep", kind))
        result = at_work.run(insights.extract(at_work, _LATELY))
    assert only_an_outage(result)
    # It is the request that ended. The item's own deadline would have ended it as well, much later.
    assert [failure.error for failure in result.failed] == ["ServiceAway"]


class _Endless(Stage):
    kind = "transcripts"

    async def do(self, subject: Subject) -> bool:
        if subject.item == "endless":
            await asyncio.Event().wait()
        return True


@pytest.mark.timeout(_GENEROUS)
@pytest.mark.usefixtures("db")
def test_an_item_that_never_ends_is_given_up_and_the_others_are_done(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_LLM_TIMEOUT_SECONDS", "0.1")
    environment.setenv("ASTRA_ITEM_TIMEOUT_SECONDS", "0.2")
    forget_settings()
    subjects = [Subject("endless"), Subject("quick")]
    with work() as at_work:
        result = at_work.run(at_work.through(_Endless(), subjects, Scope(), concurrency=1))
    assert result.done == ["quick"]
    assert [(failure.item, failure.error, failure.outage) for failure in result.failed] == [
        ("endless", "TookTooLong", True)
    ]


class _Dripping(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "1000")
        self.end_headers()
        try:
            for _ in range(1000):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.2)
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.mark.timeout(_GENEROUS)
def test_a_webhook_that_drips_does_not_hold_the_sensor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_POST_SECONDS", 0.5)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Dripping) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        alerts = AlertsResource(webhook_url=f"http://127.0.0.1:{server.server_port}/hook")
        with pytest.raises(ServiceAway, match="ASTRA_ALERT_WEBHOOK_URL"):
            alerts.send([Alert("run_failed", "critical", "Runs failed", ["something failed"], "astra status")])
        server.shutdown()
