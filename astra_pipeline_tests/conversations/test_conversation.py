"""Conversation documents are read as they are stored."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.conversations.conversation import CLOCKS_DIFFER, ended_at, parse
from astra_pipeline.errors import BadDocument

_NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)
_END = dt.datetime(2026, 11, 23, 11, 30, tzinfo=dt.UTC)


def document(**fields: Any) -> dict[str, Any]:
    return {"conversation_id": "conv_1", "user_id": "user_1", "status": "completed", "ended_at": _END} | fields


def test_a_document_is_its_ids_its_end_and_its_utc_day() -> None:
    conversation = parse(document(ended_at=_END.astimezone(dt.timezone(dt.timedelta(hours=13)))), now=_NOW)
    assert (conversation.conversation_id, conversation.user_id) == ("conv_1", "user_1")
    assert conversation.ended_at == _END
    assert conversation.day == dt.date(2026, 11, 23)


def test_without_an_end_the_start_and_the_duration_tell_it() -> None:
    start = _END - dt.timedelta(minutes=10)
    assert ended_at(document(ended_at=None, started_at=start, duration_ms=600_000)) == _END
    assert ended_at(document(ended_at=None, started_at=start, duration_ms="long")) == start
    assert ended_at(document(ended_at=None, updated_at=_END)) == _END
    assert ended_at(document(ended_at=_END.replace(tzinfo=None))) == _END


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"conversation_id": None}, "conversation_id is missing"),
        ({"conversation_id": " "}, "conversation_id is an empty string"),
        ({"user_id": 7}, "user_id is of type int"),
        ({"ended_at": "yesterday"}, "ended_at is of type str"),
        ({"ended_at": None}, "ended_at is missing"),
        ({"ended_at": _NOW + dt.timedelta(hours=2)}, "still to come"),
        ({"ended_at": None, "started_at": _LAST, "duration_ms": 1}, "started_at is 9999"),
    ],
)
def test_what_cannot_be_used_is_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(BadDocument, match=named):
        parse(document(**fields), now=_NOW)


def test_clocks_may_differ_a_little() -> None:
    assert parse(document(ended_at=_NOW + CLOCKS_DIFFER), now=_NOW).ended_at == _NOW + CLOCKS_DIFFER


_anything = (
    st.none() | st.text() | st.integers() | st.floats() | st.booleans() | st.datetimes() | st.lists(st.text())
)


@given(
    st.dictionaries(
        st.sampled_from(["conversation_id", "user_id", "ended_at", "started_at", "duration_ms"]), _anything
    )
)
def test_no_document_raises_anything_but_bad_document(fields: dict[str, Any]) -> None:
    try:
        conversation = parse(fields, now=_NOW)
    except BadDocument:
        return
    assert conversation.ended_at.utcoffset() == dt.timedelta(0)
    assert conversation.user_id.strip()
