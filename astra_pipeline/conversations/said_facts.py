"""The opening and the portrait of an answer say nothing of sky, days, counts and names that was not said. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from astra_pipeline.language import contract


def is_said(text: str, answer: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Whether everything that a text claims stands in the transcript, or among the dates and people read from it.

    `answer` is that of transcript-processor, `context` its input.
    """
    known = {
        "dates": answer.get("dates") or [],
        "people": answer.get("people") or [],
        "local_date": context.get("local_date") or "",
        "known_topics": context.get("known_topics") or [],
        "user_name": context.get("user_name") or "",
    }
    return not contract.says_what_was_not_said(text, context["transcript"], known)


def gated(answer: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """The answer without a portrait that claims what nobody said."""
    portrait = answer["profile_summary"]
    if portrait is None or is_said(portrait, answer, context):
        return dict(answer)
    return {**answer, "profile_summary": None}
