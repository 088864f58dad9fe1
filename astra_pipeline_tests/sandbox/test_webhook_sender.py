"""The sandbox tells of calls as ElevenLabs does: signed, once or with retries, until it gives up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.types import WorkspaceWebhookListResponseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from astra_pipeline.sandbox.process import ELEVENLABS_API_KEY, Control
from astra_pipeline_tests.sandbox.conftest import serving

KEY, SECRET = "conv_asha_01", "wsec_test"


@dataclass
class Receiver:
    """A server that answers deliveries with these statuses, then with 200."""

    statuses: list[int] = field(default_factory=list)
    received: list[tuple[bytes, str]] = field(default_factory=list)

    async def hook(self, request: Request) -> Response:
        self.received.append((await request.body(), request.headers["ElevenLabs-Signature"]))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)


@contextmanager
def receiving(control: Control, *statuses: int, **settings: object) -> Iterator[Receiver]:
    receiver = Receiver(list(statuses))
    with serving(Starlette(routes=[Route("/hook", receiver.hook, methods=["POST"])])) as url:
        control.set_webhook(f"{url}/hook", SECRET, **settings)
        yield receiver


def sdk(url: str) -> ElevenLabs:
    return ElevenLabs(api_key=ELEVENLABS_API_KEY, base_url=url, timeout=10)


def test_the_sdk_accepts_what_is_delivered(url: str, control: Control) -> None:
    with receiving(control) as receiver:
        assert control.deliver(KEY) == [200]
    ((body, signature),) = receiver.received
    event = sdk(url).webhooks.construct_event(body.decode(), signature, SECRET)
    assert event["type"] == "post_call_transcription"
    assert event["data"]["transcript"]
    with httpx.Client(base_url=url, headers={"xi-api-key": ELEVENLABS_API_KEY}) as client:
        assert event["data"] == client.get(f"/v1/convai/conversations/{KEY}").json()


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("post_call_audio", {"agent_id", "conversation_id", "full_audio"}),
        ("post_call_transcription_otel", {"resourceSpans"}),
        ("call_initiation_failure", {"agent_id", "conversation_id", "failure_reason", "metadata"}),
        ("agent_qa", {"agent_id", "conversation_id"}),
    ],
)
def test_every_kind_of_event_has_its_shape(kind: str, named: set[str], control: Control) -> None:
    with receiving(control) as receiver:
        control.deliver(KEY, type=kind, audio_bytes=100_000)
    event = json.loads(receiver.received[0][0])
    assert (event["type"], event["data"].keys()) == (kind, named)
    assert isinstance(event["event_timestamp"], int)


def test_an_excluded_transcript_is_not_there_at_all(control: Control) -> None:
    with receiving(control) as receiver:
        control.deliver(KEY, exclude_transcript=True)
    assert "transcript" not in json.loads(receiver.received[0][0])["data"]


def test_nothing_is_sent_again_unless_retries_are_on(control: Control) -> None:
    with receiving(control, 500):
        assert control.deliver(KEY) == [500]


@pytest.mark.parametrize(
    ("statuses", "attempts"),
    [
        ([500, 503, 429, 408], [500, 503, 429, 408, 200]),
        ([500] * 6, [500] * 5),
        ([404], [404]),
        ([401], [401]),
        ([201], [201]),
    ],
)
def test_retries_follow_failures_of_the_server_alone(
    statuses: list[int], attempts: list[int], control: Control
) -> None:
    with receiving(control, *statuses, retry_enabled=True, pause_factor=0) as receiver:
        assert control.deliver(KEY) == attempts
        signatures = {body for body, _ in receiver.received}
        assert len(signatures) == 1, "every attempt has the same body"
        receiver.statuses = [500]
        assert control.deliver(KEY, type="post_call_audio") == [500], "recordings are sent once"


def test_ten_failures_in_a_row_switch_the_webhook_off(url: str, control: Control) -> None:
    with receiving(control, *[500] * 9, 200, *[500] * 10):
        assert control.deliver(KEY, repeats=10)[-1] == 200
        assert not sdk(url).webhooks.list().webhooks[0].is_auto_disabled
        control.deliver(KEY, repeats=10)
        (webhook,) = sdk(url).webhooks.list().webhooks
        assert (webhook.is_auto_disabled, webhook.most_recent_failure_error_code) == (True, 500)
        with pytest.raises(httpx.HTTPStatusError, match="409"):
            control.deliver(KEY)


def test_the_webhooks_satisfy_the_sdks_model_checked_strictly(url: str, control: Control) -> None:
    control.set_webhook("https://example.com/hook", SECRET)
    with httpx.Client(base_url=url, headers={"xi-api-key": ELEVENLABS_API_KEY}) as client:
        answer = client.get("/v1/workspace/webhooks").json()
        assert len(WorkspaceWebhookListResponseModel.model_validate(answer).webhooks) == 1
        control.delete_webhook()
        assert client.get("/v1/workspace/webhooks").json() == {"webhooks": []}
