"""Words that occur nowhere else, and calls in which they are said. Pure."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

_SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "xo")
# No word of any language the extraction knows begins so.
_BEGINNING = "zq"
_TOPICS = ("job interview", "exam", "wedding", "health test", "house move", "business trip")


def marker(drawn: random.Random) -> str:
    """A word of 20 letters that no text, and no other call, holds by chance: there are twenty billion."""
    return _BEGINNING + "".join(drawn.choice(_SYLLABLES) for _ in range(9))


def question(word: str) -> str:
    """A caller's question. The extraction quotes questions, so the word shows in the insights and the overview."""
    return f"Will my {word} {_TOPICS[sum(map(ord, word)) % len(_TOPICS)]} go well?"


def call(conversation_id: str, user_id: str, words: Sequence[str], ended_at: dt.datetime) -> dict[str, Any]:
    """The conversation in the shape ElevenLabs answers GET with: a question of the caller for each of `words`."""
    turns = [
        turn
        for number, word in enumerate(words)
        for turn in (
            {"role": "agent", "message": "Tell me more.", "time_in_call_secs": number * 20},
            {"role": "user", "message": question(word), "time_in_call_secs": number * 20 + 10},
        )
    ]
    seconds = 60 * len(words)
    return {
        "agent_id": "agent_astra",
        "conversation_id": conversation_id,
        "user_id": user_id,
        "status": "done",
        "transcript": turns,
        "metadata": {
            "start_time_unix_secs": int(ended_at.timestamp()) - seconds,
            "call_duration_secs": seconds,
        },
    }


def document(
    conversation_id: str, user_id: str, ended_at: dt.datetime, now: dt.datetime, *, dated: bool
) -> dict[str, Any]:
    """The conversation as the web app records it when it is over. Without `dated`, only `updated_at` is a date."""
    dates = {"started_at": ended_at - dt.timedelta(minutes=5), "ended_at": ended_at, "duration_ms": 300_000}
    return {
        "conversation_id": conversation_id,
        "user_id": user_id,
        "status": "completed",
        "updated_at": now,
        "metadata": {"source": "app"},
    } | (dates if dated else {})
