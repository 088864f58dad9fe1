"""Answers of ElevenLabs with values of tomorrow (K16): what is odd costs nothing beside it."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.conversations.webhook import heard_in, read_event
from astra_pipeline.conversations.wire import ElevenLabsConversation, Page, Webhooks
from astra_pipeline.conversations.wire_json import readable
from astra_pipeline.errors import NotReady

_NOW = dt.datetime.now(dt.UTC)
_START = int(_NOW.timestamp()) - 600
_GOOD_TURN = {"role": "user", "message": "I am well.", "time_in_call_secs": 3}


def answer(**changes: Any) -> dict[str, Any]:
    """A good answer with some changes."""
    good = {
        "conversation_id": "conv_1",
        "agent_id": "agent_1",
        "status": "done",
        "transcript": [{"role": "agent", "message": "Hello."}, _GOOD_TURN],
        "metadata": {"start_time_unix_secs": _START, "call_duration_secs": 60, "timezone": "Asia/Kolkata"},
    }
    return good | changes


def both_ways(document: dict[str, Any] | bytes) -> list[ElevenLabsConversation]:
    """The conversation as a GET tells it, and as the stored body of a webhook does."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    got = ElevenLabsConversation.model_validate_json(readable(body))
    sent = b'{"type": "post_call_transcription", "event_timestamp": %d, "data": %s}' % (time.time(), body)
    event = read_event(sent, digest="d" * 64, signed_at=_NOW)
    assert event.payload is not None
    assert event.call is not None
    assert event.call.status == got.final_status
    told = heard_in(event.payload)
    assert told is not None
    assert told == got
    return [got, told]


def words(heard: ElevenLabsConversation) -> list[str | None]:
    return [turn.message for turn in heard.transcript]


@pytest.mark.parametrize(
    "odd",
    [
        {"role": "tool", "message": "ran"},
        {"role": "system", "message": None},
        {"role": None, "message": "?"},
        {"role": 7},
        {"message": "no role"},
        None,
        "a text",
        42,
        [],
        [[{"role": "user"}]],
    ],
)
def test_a_turn_that_is_none_is_skipped_and_the_others_are_read(odd: Any) -> None:
    for heard in both_ways(answer(transcript=[_GOOD_TURN, odd, _GOOD_TURN])):
        assert words(heard) == ["I am well."] * 2


@pytest.mark.parametrize(
    "odd",
    [
        {"message": {"text": "nested"}},
        {"message": 3.5},
        {"message": ["a"]},
        {"interrupted": "yes"},
        {"interrupted": None},
        {"interrupted": []},
        {"time_in_call_secs": -4},
        {"time_in_call_secs": 10**30},
        {"time_in_call_secs": "soon"},
        {"time_in_call_secs": True},
        {"tool_calls": "none", "tool_results": {"a": 1}},
        {"tool_calls": [{"params": {"x": [1, {"y": None}]}}], "source_medium": "text"},
    ],
)
def test_what_is_odd_inside_a_turn_is_dropped(odd: dict[str, Any]) -> None:
    for heard in both_ways(answer(transcript=[_GOOD_TURN, _GOOD_TURN | odd])):
        assert len(heard.transcript) == 2
        assert heard.transcript[0].message == "I am well."
        assert heard.transcript[1].time_in_call_secs in (3, None)


@pytest.mark.parametrize("status", ["queued", "archived", "", None, 3, ["done"], {"is": "done"}])
def test_another_status_is_not_ready(status: Any) -> None:
    for heard in both_ways(answer(status=status)):
        with pytest.raises(NotReady):
            heard.require_final()


@pytest.mark.parametrize("number", [10**25, -1, "60", None, True, [60], 1e400, float("nan"), -float("inf"), 3.9e9])
def test_a_number_out_of_range_is_dropped(number: Any) -> None:
    for field in ("call_duration_secs", "start_time_unix_secs"):
        for heard in both_ways(answer(metadata={"start_time_unix_secs": _START, field: number})):
            assert getattr(heard.metadata, field) is None
            assert words(heard) == ["Hello.", "I am well."]
            assert heard.times.ended_at is None


def test_a_duration_with_a_fraction_is_read() -> None:
    for heard in both_ways(answer(metadata={"start_time_unix_secs": _START + 0.5, "call_duration_secs": 60.9})):
        assert heard.times.duration_ms == 60_000


def test_a_call_does_not_begin_in_the_far_future() -> None:
    for heard in both_ways(
        answer(metadata={"start_time_unix_secs": _START + 90 * 86_400, "call_duration_secs": 5})
    ):
        assert heard.times.started_at is None
    sent = json.dumps({"type": "post_call_transcription", "event_timestamp": 4e9, "data": answer(metadata=None)})
    assert read_event(sent.encode(), digest="d" * 64, signed_at=_NOW).at == _NOW


@pytest.mark.parametrize("odd", [None, [], "text", 3, {"timezone": 5, "main_language": ["en"], "new": {}}])
def test_metadata_of_another_type_costs_no_turn(odd: Any) -> None:
    for heard in both_ways(answer(metadata=odd, conversation_initiation_client_data=odd, user_id=9, analysis=odd)):
        assert words(heard) == ["Hello.", "I am well."]
        assert heard.metadata.timezone is None
        assert heard.callers == ()


def test_a_null_in_place_of_the_list_is_a_call_without_words() -> None:
    assert [words(heard) for heard in both_ways(answer(transcript=None))] == [[], []]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (rb"fine \ud83d", "fine \ufffd"),
        (rb"\ude42\ud83d fine", "\ufffd\ufffd fine"),
        (rb"\ud83d\ude42", "\U0001f642"),
        (rb"C:\\ud83d", r"C:\ud83d"),
        (b"caf\xe9", "caf\ufffd"),
        (b"\xed\xa0\xbd", "\ufffd\ufffd\ufffd"),
    ],
)
def test_half_a_character_is_replaced_and_the_turn_kept(sent: bytes, read: str) -> None:
    body = json.dumps(answer(transcript=[{"role": "user", "message": "@"}, _GOOD_TURN])).encode()
    for heard in both_ways(body.replace(b"@", sent)):
        assert words(heard) == [read, "I am well."]


@pytest.mark.parametrize("depth", [10, 63, 200, 5_000, 100_000])
def test_a_deep_value_costs_no_turn(depth: int) -> None:
    body = json.dumps(answer(transcript=[_GOOD_TURN | {"tool_calls": "@"}, _GOOD_TURN])).encode()
    for deep in (b"[" * depth + b"1" + b"]" * depth, b'{"a":' * depth + b'"[{\\""' + b"}" * depth):
        for heard in both_ways(body.replace(b'"@"', deep)):
            assert words(heard) == ["I am well."] * 2


def test_odd_entries_of_a_list_cost_no_other() -> None:
    good = {"conversation_id": "conv_1", "status": "done", "start_time_unix_secs": _START, "call_duration_secs": 9}
    odd = [None, 3, {}, {"conversation_id": None}, {"conversation_id": "conv_2", "status": None}]
    page = Page.model_validate({"conversations": [*odd, good], "has_more": None, "next_cursor": 5})
    assert [one.conversation_id for one in page.conversations] == ["conv_2", "conv_1"]
    assert (page.has_more, page.next_cursor) == (None, None)
    assert page.conversations[0].final_status is None
    listed = Webhooks.model_validate({"webhooks": [None, {"webhook_url": None, "is_disabled": None}]}).webhooks
    assert [one.webhook_url for one in listed] == [""]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = ("role", "message", "interrupted", "time_in_call_secs", "tool_calls")


@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON), st.dictionaries(st.text(max_size=8), _JSON), _JSON)
def test_no_neighbour_costs_a_good_turn(odd: dict[str, Any], metadata: dict[str, Any], anything: Any) -> None:
    transcript = [_GOOD_TURN, odd, anything, _GOOD_TURN]
    heard = ElevenLabsConversation.model_validate(answer(transcript=transcript, metadata=metadata))
    assert words(heard).count("I am well.") >= 2
