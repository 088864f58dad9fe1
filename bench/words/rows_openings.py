"""The rows about first messages: of one call only, in the caller's language, safe where others hear them."""

from __future__ import annotations

import functools
import re
from collections import Counter

from astra_pipeline.conversations.extraction import extract
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.opening.subjects import all_subjects
from astra_pipeline.language import devanagari, hinglish
from astra_pipeline.sandbox.people import load_people
from bench.words.calls import calls
from bench.words.registry import Figure, at_least, at_most, row, share
from bench.words.rows_care import heard

# Written apart from the list by which the openings are held: what a bystander must not hear.
_PRIVATE = re.compile(
    r"\b(?:sick|ill|illness|disease|cancer|chemo|dialysis|hospital|doctor|surgery|pills?|medicine|pregnan\w*|baby|"
    r"ivf|miscarr\w*|died?|death|funeral|grief|kill\w*|suicid\w*|hit|hits|beat|slap\w*|abus\w*|violen\w*|police|"
    r"court|lawyer|divorce\w*|breakup|affair|boyfriend|girlfriend|husband|wife|money|loan|debt|rent|salary|fired|"
    r"job offer|laid off|resign\w*|quit|drunk|drugs?|rehab|therapy|depress\w*|panic|bimar\w*|maut|talaq|karz\w*|"
    r"paise|zeher)\b",
    re.IGNORECASE,
)
_LONGEST = 8


@functools.cache
def openings() -> tuple[tuple[str, str, str], ...]:
    """(what the caller said, care, opening) of the bench's calls and of the demo people's."""
    ours = [
        (" ".join(call.said), call.fact.insights.care.level, call.fact.insights.first_message) for call in calls()
    ]
    return tuple((said, level, opening) for said, level, opening in [*ours, *_of_the_demo()] if opening)


def _of_the_demo() -> list[tuple[str, str, str | None]]:
    found: list[tuple[str, str, str | None]] = []
    for person in load_people():
        for call in person.conversations:
            said = [turn.message for turn in call.turns if turn.message and turn.role == "user"]
            if said:
                answer = extract(
                    TranscriptInput(
                        conversation_id=call.id,
                        ended_at="2026-11-24T12:00:00+00:00",
                        local_date="2026-11-24",
                        transcript="\n".join(f"user: {one}" for one in said),
                        user_name="",
                        known_topics=[],
                    )
                )
                found.append((" ".join(said), answer["care"]["level"], answer["first_message"]))
    return found


@row("first messages that fit one call only", "at least 80 %", at_least(0.8))
def fits_one_call() -> Figure:
    """A usual one names a subject of its call, and no other call has the same; in a crisis it must not."""
    names = [name.casefold() for one in all_subjects() for name in (one.english, one.hinglish)]
    once = Counter(opening for _, _, opening in openings())
    usual = [opening for _, level, opening in openings() if level == "none"]
    fitting = [one for one in usual if once[one] == 1 and any(name in one.casefold() for name in names)]
    return share(len(fitting), len(usual), tuple(one for one in usual if one not in fitting))


@row("first messages in another language than the call", "0", at_most(0))
def language() -> Figure:
    """A call with Hindi in every fourth word or more, or hardly any, leaves no doubt."""

    def share_of_hindi(said: str) -> float:
        words = re.findall(r"[\w']+", said.casefold())
        return (sum(word in hinglish.words() for word in words) + devanagari.count(said)) / max(len(words), 1)

    def is_wrong(said: str, opening: str) -> bool:
        part, has_hindi = share_of_hindi(said), bool(hinglish.spoken_in(opening) - {"namaste"})
        asked_for = "hinglish" in said.casefold()
        return (part >= 0.25 and not has_hindi) or (part < 0.03 and not asked_for and has_hindi)

    wrong = [(said, opening) for said, _, opening in openings() if is_wrong(said, opening)]
    return share(len(wrong), len(openings()), tuple(f"{said[:80]} -> {opening}" for said, opening in wrong))


@row("first messages with something that a bystander must not hear", "0", at_most(0))
def bystanders() -> Figure:
    of_care = [(one.words, one.level, one.fact.insights.first_message or "") for one in heard()]
    found = [*openings(), *of_care]
    wrong = [opening for _, _, opening in found if _PRIVATE.search(opening)]
    return share(len(wrong), len(found), tuple(wrong[:_LONGEST]))
