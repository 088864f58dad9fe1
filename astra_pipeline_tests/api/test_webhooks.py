"""The webhook takes what ElevenLabs sends, whatever it is, and nothing that it did not send."""

from __future__ import annotations

import base64
import datetime as dt
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from astra_pipeline.api.webhooks import LARGEST_BYTES, PATH
from astra_pipeline.sandbox.mongod import Mongod, free_port
from astra_pipeline.sandbox.signing import sign_webhook
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.client import forget_clients
from astra_pipeline.store.collections import CONVERSATIONS, EVENTS, FAILURES
from astra_pipeline_tests.api.serving import deliver, webhook
from astra_pipeline_tests.calls import AGENT, SECRET, new_id, opened, post_call, stored
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import call, recently

ASHA = "user_asha"


@pytest.fixture
def client(world: World, environment: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    environment.setenv("ELEVENLABS_WEBHOOK_SECRETS", f"wsec_new, {SECRET}")
    forget_settings()
    with webhook() as client:
        yield client


def over(conversation_id: str, user_id: str | None = ASHA, *said: str, minutes: float = 2) -> dict[str, Any]:
    end = recently(minutes=minutes)
    return call({"conversation_id": conversation_id, "user_id": user_id, "ended_at": end}, said or ("Namaste.",))


def test_an_authentic_event_is_stored_and_closes_the_conversation(client: httpx.Client, world: World) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    answer = deliver(client, body := post_call(over(key)))
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert stored(world, key)["status"] == "completed"
    (event,) = world.db[EVENTS].find()
    assert (event["_id"], event["user_id"], event["deliveries"]) == (f"post_call_transcription:{key}", ASHA, 1)
    assert event["payload"].encode() == body
    assert event["expires_at"] - event["received_at"] == dt.timedelta(days=14)


@pytest.mark.parametrize(
    ("refused", "status"),
    [
        ({"secret": "wsec_other"}, 401),
        ({"sent": b"{}"}, 401),
        ({"minutes_ago": 61}, 401),
        ({"minutes_ago": -6}, 401),
    ],
)
def test_what_elevenlabs_did_not_sign_lately_changes_nothing(
    refused: dict[str, Any], status: int, client: httpx.Client, world: World
) -> None:
    key = opened(world, ASHA)
    if "minutes_ago" in refused:
        refused = {"at": recently(minutes=refused["minutes_ago"])}
    assert deliver(client, post_call(over(key)), **refused).status_code == status
    assert "status" not in stored(world, key)
    assert world.db[EVENTS].count_documents({}) == 0


def test_faults_of_the_caller_have_their_own_answers(client: httpx.Client) -> None:
    body = post_call(over(new_id()))
    for headers in (
        {},
        {"ElevenLabs-Signature": "t=abc"},
        {"X-ElevenLabs-Signature": sign_webhook(SECRET, body, 1)},
    ):
        assert client.post(PATH, content=body, headers=headers).status_code == 400
    assert deliver(client, b"no json").status_code == 400
    assert client.get(PATH).status_code == 405
    signed = {"ElevenLabs-Signature": sign_webhook(SECRET, body, int(time.time()))}
    # A client of httpx would not announce more than it sends.
    plain = http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=30)
    plain.request("POST", PATH, headers=signed | {"Content-Length": str(LARGEST_BYTES + 1)})
    assert plain.getresponse().status == 413
    plain.close()


def test_without_a_secret_there_is_no_webhook(client: httpx.Client, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("ELEVENLABS_WEBHOOK_SECRETS")
    forget_settings()
    assert deliver(client, post_call(over(new_id()))).status_code == 404


@pytest.mark.parametrize(
    ("kind", "data", "ignored"),
    [
        ("post_call_audio", {"full_audio": "AAAA"}, "audio"),
        ("post_call_transcription_otel", {"resourceSpans": []}, "otel"),
        ("voice_removed", {"voice_id": "v"}, "unknown type"),
    ],
)
def test_events_of_other_kinds_are_received_and_ignored(
    kind: str, data: dict[str, Any], ignored: str, client: httpx.Client, world: World
) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    answer = deliver(client, post_call({"agent_id": AGENT, "conversation_id": key} | data, kind))
    assert (answer.status_code, answer.json()) == (200, {"received": True, "ignored": ignored})
    assert "status" not in stored(world, key)
    (event,) = world.db[EVENTS].find()
    assert "payload" not in event


def test_a_call_that_was_never_taken_is_abandoned(client: httpx.Client, world: World) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    data = {"agent_id": AGENT, "conversation_id": key, "failure_reason": "busy", "metadata": {"type": "sip"}}
    assert deliver(client, post_call(data, "call_initiation_failure")).json() == {"received": True}
    assert (stored(world, key)["status"], stored(world, key)["metadata"]) == ("abandoned", None)


def test_events_of_another_teams_agent_are_not_even_kept(
    client: httpx.Client, world: World, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_WEBHOOK_AGENT_IDS", "agent_of_ours,agent_two")
    forget_settings()
    answer = deliver(client, post_call(over(new_id())))
    assert (answer.status_code, answer.json()["ignored"]) == (200, "foreign agent")
    assert (world.db[EVENTS].count_documents({}), world.db[FAILURES].count_documents({})) == (0, 0)


def test_a_call_of_nobody_we_know_is_kept_as_a_failure_without_its_words(
    client: httpx.Client, world: World
) -> None:
    key = new_id()
    assert deliver(client, post_call(over(key, "user_gone", "My xylophone."))).status_code == 200
    (failure,) = world.db[FAILURES].find()
    assert (failure["kind"], failure["item"], failure["user_id"]) == ("webhooks", key, None)
    assert "xylophone" not in str(failure)
    assert world.db[CONVERSATIONS].count_documents({}) == 0
    assert world.db[EVENTS].count_documents({"conversation_id": key, "user_id": None}) == 1


def test_deliveries_that_are_repeated_reordered_and_at_once_leave_one_fact(
    client: httpx.Client, world: World
) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    early, late = over(key, ASHA, "First words."), over(key, ASHA, "First words.", "Last words.")
    bodies = [post_call(early, at=recently(minutes=2)), post_call(late, at=recently(minutes=1))]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: deliver(client, bodies[number % 2]), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    (event,) = world.db[EVENTS].find()
    assert (event["deliveries"], event["payload"].encode()) == (24, bodies[1])
    document = stored(world, key)
    deliver(client, bodies[0])
    assert stored(world, key) == document
    assert world.db[EVENTS].count_documents({"payload": bodies[1].decode(), "deliveries": 25}) == 1


def test_nothing_is_kept_of_a_call_of_before_an_erasure(client: httpx.Client, world: World) -> None:
    world.join(ASHA, astra={"erased_at": recently(minutes=1)})
    for key in (new_id(), opened(world, ASHA)):
        assert deliver(client, post_call(over(key, ASHA, "My xylophone."))).json() == {"received": True}
    assert world.db[EVENTS].count_documents({}) == 0
    assert world.db[FAILURES].count_documents({}) == 0
    assert deliver(client, post_call(over(new_id(), ASHA, minutes=0))).status_code == 200
    assert world.db[EVENTS].count_documents({}) == 1, "what they said since is theirs"


def test_a_recording_of_forty_megabytes_passes_in_constant_memory(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ELEVENLABS_WEBHOOK_SECRETS", SECRET)
    port = free_port()
    command = [sys.executable, "-m", "astra_pipeline_tests.api.serving", str(port)]
    with subprocess.Popen(command, env=dict(os.environ)) as server:
        try:
            _measure(server.pid, f"http://127.0.0.1:{port}", world)
        finally:
            server.terminate()


def _measure(pid: int, url: str, world: World) -> None:
    sound = base64.b64encode(bytes(30 * 2**20)).decode()
    key = new_id()
    audio = post_call({"agent_id": AGENT, "conversation_id": key, "full_audio": sound}, "post_call_audio")
    assert len(audio) > 40 * 2**20
    transport = httpx.HTTPTransport(retries=0)
    with httpx.Client(base_url=url, timeout=60, trust_env=False, transport=transport) as client:
        deadline = time.monotonic() + 60
        while True:
            try:
                assert deliver(client, post_call(over(new_id(), None))).status_code == 200
                break
            except httpx.ConnectError:
                assert time.monotonic() < deadline, "the server does not start"
                time.sleep(0.1)
        before = _peak_kib(pid)
        for _ in range(3):
            answer = deliver(client, audio)
            assert (answer.status_code, answer.json()["ignored"]) == (200, "audio")
        grown = _peak_kib(pid) - before
    assert world.db[EVENTS].count_documents({"_id": f"post_call_audio:{key}", "deliveries": 3}) == 1
    assert grown < 8 * 1024, f"the process grew by {grown} KiB"


def _peak_kib(pid: int) -> int:
    """The largest resident size that the process ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def test_while_mongodb_is_stopped_deliveries_are_put_off_and_the_next_one_succeeds(
    tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    port = free_port()
    environment.setenv("ELEVENLABS_WEBHOOK_SECRETS", SECRET)
    with Mongod(tmp_path / "mongod", port, cache_gb=0.25) as mongod:
        environment.setenv("MONGODB_URI", mongod.uri)
        forget_settings()
        forget_clients()
        body = post_call(over(new_id(), "user_gone"))
        with webhook() as client:
            assert deliver(client, body).status_code == 200
            mongod.stop()
            answer = deliver(client, body)
            assert (answer.status_code, answer.json()) == (503, {"error": "Service unavailable"})
            assert (answer.headers["Retry-After"], answer.headers["Cache-Control"]) == ("5", "no-store")
            mongod.start()
            assert deliver(client, body).status_code == 200
    forget_clients()


def test_no_word_of_a_body_gets_into_a_log(
    client: httpx.Client, world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    for body in (post_call(over(key, ASHA, "My xylophone.")), b'{"xylophone":', post_call({}, "xylophone")):
        deliver(client, body)
        deliver(client, body, secret="wsec_xylophone")
    out, err = capfd.readouterr()
    assert "webhook" in out + err
    assert "xylophone" not in out + err
    assert key not in out + err
