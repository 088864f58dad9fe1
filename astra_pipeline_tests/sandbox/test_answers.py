"""The stand-in for the LLM may think of a transcript once, so that a benchmark measures who asks."""

from __future__ import annotations

from typing import Any

from astra_pipeline.sandbox import server

_WORDS = "agent: How are you?\nuser: I start a new job on Monday, and my sister Noor helps me."


def _given(**fields: Any) -> dict[str, Any]:
    asked = {
        "conversation_id": "c1",
        "ended_at": "2026-03-04T10:00:00+00:00",
        "local_date": "2026-03-04",
        "transcript": _WORDS,
        "user_name": "Ada",
        "known_topics": [],
    }
    return asked | fields


def test_a_transcript_is_thought_of_once_and_other_words_anew() -> None:
    first = server.answered_once("transcript-processor", _given())
    assert first == server.work_by_rules("transcript-processor", _given())
    later = _given(conversation_id="c2", local_date="2026-05-06", known_topics=["Work"])
    assert server.answered_once("transcript-processor", later) == first
    assert server.work_by_rules("transcript-processor", later) != first
    other = server.answered_once("transcript-processor", _given(transcript="user: I lost my keys."))
    assert other != first
