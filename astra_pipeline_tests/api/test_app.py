"""The application as a whole: which bounds hold where, and what it is made of."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import pytest

pytestmark = pytest.mark.anyio
WEBHOOK = "/webhooks/elevenlabs/post-call"


async def test_the_webhook_takes_bodies_that_no_task_may_have(db, opened) -> None:
    secret, at = "wsec_test", int(time.time())
    data = {"conversation_id": "conv_1", "agent_id": "agent_astra", "full_audio": "x" * 300_000}
    body = json.dumps({"type": "post_call_audio", "event_timestamp": at, "data": data}).encode()
    signature = hmac.digest(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hex()
    async with opened(ELEVENLABS_WEBHOOK_SECRETS=secret, ASTRA_RATE_LIMITS="on") as door:
        taken = await door.client.post(
            WEBHOOK, content=body, headers={"ElevenLabs-Signature": f"t={at},v0={signature}"}
        )
        forged = [(await door.client.post(WEBHOOK, content=body)).status_code for _ in range(40)]
    assert taken.status_code == 200
    assert set(forged) == {400}, "never 429: ElevenLabs would switch the webhook off"
    assert "ratelimit" not in taken.headers


async def test_health_is_asked_as_often_as_one_likes(db, opened) -> None:
    async with opened(ASTRA_RATE_LIMITS="on", ASTRA_RATE_ADDRESS="1/hour") as door:
        for path in ("/healthz", "/readyz"):
            answers = [await door.client.get(path) for _ in range(20)]
            assert {answer.status_code for answer in answers} == {200}
            assert answers[0].headers["cache-control"] == "no-store"
