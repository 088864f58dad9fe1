"""The care that a conversation asks for, and the floor behind every runner. Pure.

An answer may find more than the rules of `language.care` do. It never lowers what they hear. Of a conversation in
crisis nothing is kept as a goal, a wish, a plan or an event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from astra_pipeline.language.care import KINDS, LEVELS
from astra_pipeline.language.care.hearing import heard, is_of_a_crisis

# The topic of a conversation in crisis. `language.topics` reads it as one; no text names it.
TOPIC = "Urgent support"
_SUMMARY = "A hard conversation, to be met with care."
_TOPICS = 12
_WISHES = re.compile(
    r"\b(?:wish(?:es|ed)?|want(?:s|ed)?|hop(?:es|ed|ing)|dreams? of|plan(?:s|ned|ning)?|intend(?:s|ed)?|means|"
    r"goals?|longs?|aims?|looking forward|would like|determined|decided)\b",
    re.IGNORECASE,
)


def needed(transcript: str, local_date: str) -> dict[str, Any]:
    """{level, kind, since} of a transcript of lines "user: ..." and "agent: ...", by the rules.

    Every turn of the caller is heard, also one that tries to give instructions.
    """
    turns = [line.removeprefix("user: ") for line in transcript.splitlines() if line.startswith("user: ")]
    found = heard(turns)
    return {"level": found.level, "kind": found.kind, "since": local_date if found.kind else None}


def gated(answer: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """A runner's answer with the care that it and the rules find together, for the input `context` of the task.

    `context["judged_care"]` is the level that a judge found, where the two differed: it counts for the answer's.
    """
    ours, theirs = needed(context["transcript"], context["local_date"]), answer["care"]
    if judged := context.get("judged_care"):
        theirs = {**theirs, "level": judged}
    level = max(ours["level"], theirs["level"], key=LEVELS.index)
    kinds = KINDS[level]
    kind = next((one for one in (ours["kind"], theirs["kind"]) if one in kinds), kinds[0] if kinds else None)
    since = context["local_date"] if kind else None
    return kept({**answer, "care": {"level": level, "kind": kind, "since": since}})


def kept(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer as it may be kept: of a crisis without goals, wishes, plans, events and dates."""
    if answer["care"]["level"] != "crisis":
        return dict(answer)
    topics = [topic for topic in answer["topics"] if topic.casefold() != TOPIC.casefold()]
    profile = answer["profile_summary"]
    return {
        **answer,
        "summary": _SUMMARY if is_of_a_crisis(answer["summary"]) else answer["summary"],
        "topics": [TOPIC, *topics][:_TOPICS],
        "key_insights": [text for text in answer["key_insights"] if not _says_too_much(text)],
        "questions_asked": [text for text in answer["questions_asked"] if not is_of_a_crisis(text)],
        "follow_up_actions": [],
        "insights": [
            one
            for one in answer["insights"]
            if one["type"].casefold() in ("emotion", "work", "relationship", "belief")
            and not _says_too_much(one["content"])
        ],
        "incidents": [],
        "intentions": [],
        "dates": [],
        "profile_summary": None if profile and _says_too_much(profile) else profile,
    }


def _says_too_much(text: str) -> bool:
    """Whether a text repeats what was said in a crisis, or makes a wish of it."""
    return bool(_WISHES.search(text)) or is_of_a_crisis(text)
