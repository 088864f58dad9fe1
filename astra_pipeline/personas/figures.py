"""A person's reactions to what the agent said, counted in one conversation's turns. Pure, no LLM.

A turn of the agent is *effective* when the caller's next turn is longer than their own mean, asks on or says
thanks; it is *ineffective* when the caller cut it short, answered in a word or two, or said nothing more. Anything
else says nothing.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from astra_pipeline.conversations.preferences import hinglish_level
from astra_pipeline.conversations.sentences import Sentence, sentences
from astra_pipeline.personas.kinds import FORMS

Reaction = Literal["effective", "ineffective", "none"]

SHORT_WORDS, LONG_WORDS = 18, 40
"""A turn of the agent of at most so many words is short, one of at least so many is long."""
_ANSWERED_IN = 3
_THANKS = re.compile(
    r"\b(?:thank|thanks|shukriya|dhanyavaad|that helps|love that|makes sense|wow|exactly)\b", re.IGNORECASE
)
_SHUT = re.compile(
    r"^\W*(?:ok(?:ay)?|hmm+|hm|fine|sure|yeah|yes|no|haan|theek hai|acha|achha|whatever|chalo)\W*$", re.IGNORECASE
)
_FORMS: Mapping[str, re.Pattern[str]] = {
    "practical_step": re.compile(
        r"\b(?:one (?:small )?(?:step|thing)|try (?:this|to|one|it)|write (?:it|them|that|down|one)|tonight,? (?:just )?\w+|"
        r"tomorrow,? (?:just )?\w+|make a list|take (?:ten|five|two|a) |first step|ek chhota kadam|likh (?:lo|dena))\b",
        re.IGNORECASE,
    ),
    "story": re.compile(
        r"\b(?:there was (?:once )?an?|once upon|let me tell you (?:a|about a)|an old story|the story (?:of|goes)|ek kahani|ek baar)\b",
        re.IGNORECASE,
    ),
    "chart_detail": re.compile(
        r"\b(?:house|ascendant|nakshatra|dasha|lagna|trine|square|sextile|opposition|conjunct\w*|"
        r"(?:your|the) (?:sun|moon|mars|venus|mercury|jupiter|saturn|rahu|ketu) (?:is|sits|in))\b",
        re.IGNORECASE,
    ),
    "reassurance_first": re.compile(
        r"^\W*(?:it'?s (?:okay|ok|alright|all right|only human)|that(?:'s| is| sounds) (?:okay|hard|heavy|a lot)|you'?re not alone|i hear you|"
        r"of course you|no wonder|it makes sense that|koi baat nahin?)\b",
        re.IGNORECASE,
    ),
    "humour": re.compile(r"\b(?:haha+|ha ha|just kidding|joke|joking|mazaak|hehe+)\b", re.IGNORECASE),
}


@dataclass(frozen=True)
class TalkFigures:
    """The counts of one conversation."""

    user_words: int = 0
    user_turns: int = 0
    questions: int = 0
    hinglish: int = 0
    """The share of Hindi in the caller's words, 0 to 100."""
    agent_turns: int = 0
    interrupted: int = 0
    short: tuple[int, int] = (0, 0)
    """Short turns of the agent: (effective, ineffective)."""
    long: tuple[int, int] = (0, 0)
    long_interrupted: int = 0
    forms: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Form -> (effective, ineffective), of the forms that occurred."""
    words_after: Mapping[str, float] = field(default_factory=dict)
    """`short`, `medium`, `long` -> the mean number of the caller's words after such turns."""


def figures_of(turns: Sequence[Mapping[str, Any]]) -> TalkFigures:
    """The figures of a conversation's stored turns."""
    said = [_words(turn) for turn in turns if turn.get("role") == "user" and _words(turn)]
    # Not the median: most turns of somebody who is pleased by most turns would not be longer than it.
    usual = statistics.mean(map(_length, said)) if said else 0
    short, long, forms = _Count(), _Count(), {form: _Count() for form in FORMS}
    after: dict[str, list[int]] = {}
    agents = interrupted = long_interrupted = 0
    for turn, reply in _answered(turns):
        words = _length(_words(turn))
        cut = turn.get("interrupted") is True
        agents, interrupted = agents + 1, interrupted + cut
        reaction = _reaction(reply, usual, cut=cut)
        size = "short" if words <= SHORT_WORDS else "long" if words >= LONG_WORDS else "medium"
        if reply:
            after.setdefault(size, []).append(_length(reply))
        if size == "short":
            short.add(reaction)
        elif size == "long":
            long.add(reaction)
            long_interrupted += cut
        for form in _forms_of(_words(turn)):
            forms[form].add(reaction)
    return TalkFigures(
        user_words=sum(map(_length, said)),
        user_turns=len(said),
        questions=sum(text.count("?") for text in said),
        hinglish=hinglish_level([Sentence.of(one) for text in said for one in sentences(text)]) or 0,
        agent_turns=agents,
        interrupted=interrupted,
        short=short.pair,
        long=long.pair,
        long_interrupted=long_interrupted,
        forms={form: count.pair for form, count in forms.items() if any(count.pair)},
        words_after={size: round(statistics.mean(counts), 1) for size, counts in sorted(after.items())},
    )


@dataclass
class _Count:
    effective: int = 0
    ineffective: int = 0

    def add(self, reaction: Reaction) -> None:
        self.effective += reaction == "effective"
        self.ineffective += reaction == "ineffective"

    @property
    def pair(self) -> tuple[int, int]:
        return self.effective, self.ineffective


def _answered(turns: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """(each turn of the agent that has words, the caller's words just after it)."""
    for number, turn in enumerate(turns):
        if turn.get("role") != "agent" or not _words(turn):
            continue
        follows = turns[number + 1] if number + 1 < len(turns) else {}
        yield turn, _words(follows) if follows.get("role") == "user" else ""


def _reaction(reply: str, usual: float, *, cut: bool) -> Reaction:
    if cut:
        return "ineffective"
    if not reply:
        return "none"
    words = _length(reply)
    if "?" in reply or _THANKS.search(reply) or (words > usual and words > _ANSWERED_IN):
        return "effective"
    return "ineffective" if words <= _ANSWERED_IN or _SHUT.match(reply) else "none"


def _forms_of(text: str) -> list[str]:
    found = [form for form, words in _FORMS.items() if words.search(text)]
    if text.rstrip().endswith("?"):
        found.append("question_back")
    return found


def _words(turn: Mapping[str, Any]) -> str:
    message = turn.get("message")
    return " ".join(message.split()) if isinstance(message, str) else ""


def _length(text: str) -> int:
    return len(text.split())
