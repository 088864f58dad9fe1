"""The turns of a transcript as exchanges, without the caller's turns that try to give instructions. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

# What speech recognition writes where it heard no words: [silence], (inaudible), <noise>.
_NOISE = re.compile(r"\[[^\]]*\]|\([^)]*\)|<[^>]*>|\*[^*]*\*")

_SENTENCE = re.compile(r"(?<=[.!?।…])\s+")

_INSTRUCTS = re.compile(
    r"\b(?:ignore|forget|disregard|override) (?:\w+ ){0,3}(?:instructions?|prompts?|rules|code)\b"
    r"|^\W*(?:system|assistant|developer)(?: (?:message|prompt))?\s*[:.\"]"
    r"|\b(?:admin|developer|god|debug|sudo) mode\b"
    r"|\b(?:set|change|make|put|raise|increase) my (?:streak|score|level|milestones?)\b"
    r"|\b(?:unlock|mark|grant|award)\b.{0,30}\bmilestones?\b"
    r"|\b(?:print|show|reveal|tell me|leak|repeat) (?:me )?(?:your|the) (?:\w+ )?(?:prompt|key|keys|instructions|password)\b"
    r"|\bwrite (?:\w+ ){0,4}(?:summary|profile|overview|insights?)\b"
    r"|\b(?:i'?m|i am) (?:the|your) (?:developer|admin|creator)\b"
    r"|\b(?:instructions?|prompt|rules) (?:bhool|bhul|ignore)\b"
    r"|\b(?:streak|score|level|milestones?) (?:ko )?\w+ (?:kar|bana|set)\b",
    re.IGNORECASE,
)


def exchanges_of(transcript: str) -> list[tuple[str, str]]:
    """(the agent's words just before, the caller's words) of each turn of the caller that gives no instruction.

    `transcript` has lines "agent: ..." and "user: ...". The agent's words are empty where the caller goes on.
    """
    exchanges: list[tuple[str, str]] = []
    asked = ""
    for line in transcript.splitlines():
        speaker, _, words = line.partition(": ")
        words = words.replace("’", "'").strip()
        if speaker == "agent":
            asked = words
        elif speaker == "user" and words:
            if not any(_INSTRUCTS.search(sentence) for sentence in _SENTENCE.split(words)):
                exchanges.append((asked, words))
            asked = ""
    return exchanges


def caller_spoke(turns: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the caller said a word in any of the stored turns: dots, and notes of a noise, are none."""
    return any(turn.get("role") == "user" and _has_words(turn.get("message")) for turn in turns)


def _has_words(message: object) -> bool:
    return isinstance(message, str) and any(letter.isalnum() for letter in _NOISE.sub(" ", message))
