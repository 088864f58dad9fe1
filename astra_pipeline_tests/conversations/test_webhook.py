"""The signature of a webhook is taken as ElevenLabs makes it, and as its own SDK takes it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time

import pytest
from elevenlabs import ElevenLabs
from elevenlabs.errors import BadRequestError

from astra_pipeline.conversations.webhook import Event, Incoming, heard_in, is_fresh, read_event, read_header
from astra_pipeline.errors import BadDocument
from astra_pipeline.sandbox.signing import sign_webhook

# ElevenLabs' own words, as they were seen.
SECRET, T = "wsec_test", 1739537297
BODY = (
    '{"type":"post_call_transcription","event_timestamp":1739537297,'
    '"data":{"conversation_id":"conv_1","note":"नमस्ते"}}'
).encode()
GOLDEN = "6e60ee9af71cb8599ef217c32c2b7adc9fd417d42248df2340e5eef0b34312e1"
HEADER = f"t={T},v0={GOLDEN}"
SIGNED_AT = dt.datetime.fromtimestamp(T, dt.UTC)
WRONG = "0" * 64


def incoming(header: str, body: bytes = BODY, *secrets: str, keep: int = 2**20, piece: int = 7) -> Incoming:
    signed = read_header(header)
    assert signed is not None
    taken = Incoming(signed, secrets or (SECRET,), keep_bytes=keep)
    for start in range(0, len(body), piece):
        taken.take(body[start : start + piece])
    return taken


def event(body: bytes) -> Event:
    return read_event(body, digest=hashlib.sha256(body).hexdigest(), signed_at=SIGNED_AT)


def about(kind: str, **data: object) -> bytes:
    return json.dumps({"type": kind, "event_timestamp": T, "data": data}).encode()


def test_the_golden_vector_holds_and_the_sandbox_signs_alike() -> None:
    assert incoming(HEADER).is_authentic
    assert sign_webhook(SECRET, BODY, T) == HEADER
    read = incoming(HEADER).event()
    assert (read.conversation_id, read.at, read.key) == ("conv_1", SIGNED_AT, "post_call_transcription:conv_1")


@pytest.mark.parametrize(
    "header",
    [
        f"v0={GOLDEN},t={T}",
        f"t={T}, v0={GOLDEN}",
        f" t = {T} ,\tv0 = {GOLDEN} ",
        f"T={T},V0={GOLDEN.upper()}",
        f"t={T},v0={GOLDEN},v0={WRONG}",
        f"t={T},v0={WRONG},v0={GOLDEN}",
        f"t={T},v1=another-scheme,v0={GOLDEN}",
        f"t={T},v0=not-hexadecimal,v0={GOLDEN}",
    ],
)
def test_a_header_is_read_as_generously_as_is_safe(header: str) -> None:
    assert incoming(header).is_authentic


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        GOLDEN,
        f"v0={GOLDEN}",
        f"t={T}",
        f"t=abc,v0={GOLDEN}",
        f"t=-1,v0={GOLDEN}",
        f"t={T}.5,v0={GOLDEN}",
        f"t=١٧٣٩٥٣٧٢٩٧,v0={GOLDEN}",
        f"t=1{'0' * 300},v0={GOLDEN}",
        f"t={T},t={T + 1},v0={GOLDEN}",
        f"t={T},v0={GOLDEN[:-1]}",
        f"t={T},v0=",
        f"t={T};v0={GOLDEN}",
    ],
)
def test_a_malformed_header_is_none(header: str | None) -> None:
    assert read_header(header) is None


def test_only_the_very_bytes_and_a_secret_of_ours_are_authentic() -> None:
    rewritten = json.dumps(json.loads(BODY)).encode()
    for body in (rewritten, BODY + b"\n", BODY[:-1], b"", BODY.replace(b"conv_1", b"conv_2")):
        assert not incoming(HEADER, body).is_authentic
    assert not incoming(HEADER, BODY, "wsec_other").is_authentic
    assert not incoming(f"t={T + 1},v0={GOLDEN}").is_authentic
    assert incoming(HEADER, BODY, "wsec_new", SECRET).is_authentic, "the old one of two secrets still counts"


@pytest.mark.parametrize(
    ("seconds_ago", "fresh"), [(0, True), (3599, True), (3601, False), (-299, True), (-301, False), (86400, False)]
)
def test_a_signature_is_taken_for_an_hour_and_not_from_the_future(seconds_ago: int, fresh: bool) -> None:
    signed = read_header(HEADER)
    assert signed is not None
    now = SIGNED_AT + dt.timedelta(seconds=seconds_ago)
    assert is_fresh(signed, now=now, tolerance=dt.timedelta(hours=1)) is fresh


@pytest.mark.parametrize("said", ["नमस्ते", "plain", "\\ud83d cut", "a\u2028b"])
def test_our_verifier_and_the_sdks_accept_the_same(said: str) -> None:
    now = int(time.time())
    body = f'{{"type":"post_call_transcription","data":{{"conversation_id":"c","note":"{said}"}}}}'
    header = sign_webhook(SECRET, body, now)
    sdk = ElevenLabs(api_key="none", base_url="http://127.0.0.1:1").webhooks
    assert sdk.construct_event(body, header, SECRET)["data"]["conversation_id"] == "c"
    assert incoming(header, body.encode()).is_authentic
    for secret, text in (("wsec_other", body), (SECRET, body + " ")):
        with pytest.raises(BadRequestError):
            sdk.construct_event(text, header, secret)
        assert not incoming(header, text.encode(), secret).is_authentic


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"12",
        b"nope",
        b'{"type": "x"',
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_a_body_that_is_no_json_object_is_refused_without_its_words(body: bytes) -> None:
    with pytest.raises(BadDocument, match=r"the body is no JSON( object)?$"):
        event(body)


@pytest.mark.parametrize(
    ("body", "ignored"),
    [
        (about("post_call_audio", conversation_id="c", full_audio="AAAA"), "audio"),
        (about("post_call_transcription_otel", resourceSpans=[]), "otel"),
        (about("agent_qa", conversation_id="c"), "unknown type"),
        (b'{"data": null}', "unknown type"),
        (b'{"type": 7, "data": "text"}', "unknown type"),
        (about("post_call_transcription"), "no conversation_id"),
        (about("post_call_transcription", conversation_id=""), "no conversation_id"),
        (about("post_call_transcription", conversation_id={"$gt": ""}), "no conversation_id"),
    ],
)
def test_an_event_that_changes_nothing_says_why_and_keeps_no_words(body: bytes, ignored: str) -> None:
    read = event(body)
    assert (read.ignored, read.payload, read.call) == (ignored, None, None)
    assert read.key.startswith(f"{read.type}:")


def test_a_transcription_is_a_call_that_is_over() -> None:
    body = about(
        "post_call_transcription",
        conversation_id="c",
        agent_id="agent_astra",
        user_id="user_a",
        status="done",
        transcript=[{"role": "user", "message": "Hi", "time_in_call_secs": 1}],
        metadata={"start_time_unix_secs": T, "call_duration_secs": 60},
        conversation_initiation_client_data={"user_id": "user_b", "dynamic_variables": {"user_id": "user_c"}},
    )
    call = event(body).call
    assert call is not None
    assert call.names == ("user_a", "user_b", "user_c")
    assert (call.started_at, call.ended_at) == (SIGNED_AT, SIGNED_AT + dt.timedelta(seconds=60))
    assert (call.duration_ms, call.status, call.agent_id) == (60_000, "done", "agent_astra")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"transcript": None, "analysis": None, "metadata": None, "conversation_initiation_client_data": None},
        {"status": "gone", "transcript": [{"role": "narrator", "message": 7}, {"role": "user", "message": None}]},
        {"status": "done", "transcript": "text", "metadata": []},
        {"status": "done", "metadata": {"start_time_unix_secs": 1e300, "call_duration_secs": -1, "timezone": 3}},
        {"status": "done", "metadata": {"start_time_unix_secs": True, "call_duration_secs": "60"}},
        {"status": ["done"], "user_id": 9, "conversation_initiation_client_data": {"dynamic_variables": [1]}},
    ],
)
def test_whatever_else_a_transcription_holds_the_call_is_over(data: dict[str, object]) -> None:
    read = event(about("post_call_transcription", conversation_id="c", **data))
    assert read.call is not None
    assert (read.call.conversation_id, read.call.ended_at, read.call.over_at) == ("c", None, SIGNED_AT)


def test_a_stored_payload_is_read_again_with_its_halves_of_characters() -> None:
    body = about("post_call_transcription", conversation_id="c", status="done", transcript=[]).decode()
    spoken = '[{"role":"user","message":"fine \\ud83d"},{"role":"narrator","message":"He left."}]'
    heard = heard_in(body.replace("[]", spoken))
    assert heard is not None
    assert [turn.message for turn in heard.transcript] == ["fine \ufffd"]
    assert heard_in("{") is None
    assert heard_in('{"data": 1}') is None


def test_a_body_that_is_too_large_to_keep_is_told_by_its_beginning() -> None:
    sound = about("post_call_audio", agent_id="agent_astra", conversation_id="c", full_audio="A" * 100_000)
    header = sign_webhook(SECRET, sound, T)
    for keep in (1_000, 2**20):
        body = incoming(header, sound, keep=keep, piece=1000)
        assert body.is_authentic
        read = body.event()
        assert (read.key, read.agent_id, read.ignored) == ("post_call_audio:c", "agent_astra", "audio")
    talk = about("post_call_transcription", conversation_id="c", transcript=["A" * 100_000])
    read = incoming(sign_webhook(SECRET, talk, T), talk, keep=1_000).event()
    assert (read.conversation_id, read.ignored, read.call, read.payload) == ("c", "too large", None, None)
