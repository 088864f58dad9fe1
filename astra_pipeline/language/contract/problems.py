"""The breaches of the contract of all our texts, in words that help the next attempt. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from astra_pipeline import names
from astra_pipeline.language.contract import shape
from astra_pipeline.language.contract.certainty import is_certain_in_small_letters
from astra_pipeline.language.contract.facts import (
    PROBLEMS,
    Fact,
    claims_of,
    facts_of,
    is_a_term,
    says_another_day,
    stranger_problems,
    unproven,
    without_own_words,
    without_speech,
)
from astra_pipeline.language.contract.register import can_be_read, register_problems
from astra_pipeline.language.contract.sentences import in_small_letters
from astra_pipeline.language.contract.signs import GREETING, sign_problems
from astra_pipeline.language.contract.transits import transits_told


def problems(text: str, task_input: Mapping[str, Any], *, at_least: int, at_most: int) -> list[str]:
    """The breaches of the contract in a text of `at_least` to `at_most` paragraphs; empty without any.

    `task_input` is the input of the text's task: the name, topics, transits and Hinglish level of its reader. No
    problem repeats the text.
    """
    found = shape.size_problems(text, at_least=at_least, at_most=at_most)
    text, name = names.plain(text[: shape.READ]), names.plain(task_input.get("name") or "")
    if name and not names.is_in(name, text):
        found.append("the person's name is not used")
    topics = _topics(task_input)
    own = _our_words(text, name, topics)
    found += shape.faults(own, in_small_letters(own))
    lowered = in_small_letters(without_speech(own))
    if is_certain_in_small_letters(lowered):
        found.append("certainty about health, money or misfortune, want possibilities")
    found += claim_problems(text, task_input)
    besides = " ".join([name, *topics])
    if not besides.isascii():
        text = _without(text, besides.split(), " ")
    found += register_problems(text, task_input.get("hinglish_level") or 0, besides)
    return list(dict.fromkeys(found))


def claim_problems(text: str, task_input: Mapping[str, Any]) -> list[str]:
    """The kinds of claims in a text that its input does not bear out, in words for the next attempt; each once.

    Read are the claims of the closed vocabulary of `facts`, and the names of people.
    """
    name = names.plain(task_input.get("name") or "")
    told = without_own_words(names.plain(text[: shape.READ]), task_input)
    said = _of_facts(told, name, _topics(task_input))
    facts = facts_of(task_input)
    found = [PROBLEMS["aspect"]] if _has_invented_transits(said, facts) else []
    if says_another_day(names.plain(text[: shape.READ]), task_input):
        found.append(PROBLEMS["weekday"])
    found += [PROBLEMS[kind] for kind in dict.fromkeys(one.kind for one in unproven(said, facts))]
    found += sign_problems(said, task_input) + stranger_problems(said, task_input)
    return list(dict.fromkeys(found))


def _has_invented_transits(said: str, facts: frozenset[Fact]) -> bool:
    return any(Fact(aspect, planet, point) not in facts for planet, aspect, point in transits_told(said))


def _of_facts(text: str, name: str, topics: Sequence[str] = ()) -> str:
    """The text as it is compared with facts: "you" for the person's name, "that" for what they said themselves.

    A topic of several words is their own word for something: "your Saturn return" may be named when they spoke of
    it. Somebody called Leo or Chitra is replaced only where they are called: the sign and the star stay.
    """
    said = without_speech(text)
    if is_a_term(name):
        said = re.sub(rf"(^|[,.!?\n—] |\b(?:{GREETING}|[Dd]ear),? ){re.escape(name)}(?=[,.!?])", r"\1you", said)
    else:
        said = _without(said, [name], "you")
    return _without(said, [topic for topic in topics if " " in topic], "that", flags=re.IGNORECASE)


def unproven_sentences(written: Sequence[str], task_input: Mapping[str, Any]) -> set[int]:
    """The numbers, from 1, of the sentences of a text with a claim that its input does not bear out."""
    name = names.plain(task_input.get("name") or "")
    facts = facts_of(task_input)
    told = [without_own_words(names.plain(one[: shape.READ]), task_input) for one in written]
    lines = [_of_facts(one, name) for one in told]
    text = "\n".join(line.replace("\n", " ") for line in lines)
    found = {text.count("\n", 0, claim.start) + 1 for claim in unproven(text, facts)}
    return found | {number for number, line in enumerate(lines, 1) if _has_invented_transits(line, facts)}


def says_what_was_not_said(text: str, transcript: str, known: Mapping[str, Any]) -> bool:
    """Whether a text about a conversation claims, or names somebody, that is neither in it nor in `known`.

    Whatever was said in the conversation may be said again, right or wrong.
    """
    told, facts = without_speech(names.plain(text)), facts_of(known)
    # Most texts claim nothing, and a transcript may be long: it is read where that decides.
    if unproven(told, facts) and unproven(told, facts | _said_in(names.plain(transcript))):
        return True
    return bool(stranger_problems(told, {"said": names.plain(transcript), **known}))


@lru_cache(maxsize=32)
def _said_in(transcript: str) -> frozenset[Fact]:
    """Every reading of what a transcript claims. Several texts are written about one conversation."""
    return frozenset(reading for claim in claims_of(transcript) for reading in claim.readings)


def names_a_stranger(sentence: str, name: str, facts: str) -> bool:
    """Whether a sentence names somebody who is neither called `name` nor in the facts."""
    said = _of_facts(names.plain(sentence), names.plain(name))
    return bool(stranger_problems(said, {"facts": facts}))


def is_quotable(text: str, level: int) -> bool:
    """True when somebody's own words can be quoted in a text for a reader of that Hinglish level."""
    return not _is_foul(text) and can_be_read(text, level)


def _our_words(text: str, name: str, topics: Sequence[str]) -> str:
    """The text with "you" for the name and for those topics that would break the contract by themselves.

    Somebody may be called Todo, and worry about a guaranteed profit. All other topics stay in the text: with
    "mother's health" among the topics, a promise that her health will improve is still found.
    """
    spoken_of = text.lower()
    foul = [topic for topic in topics if topic.lower() in spoken_of and _is_foul(topic)]
    return _without(_without(text, [name], "you"), foul, "you", flags=re.IGNORECASE)


def _is_foul(text: str) -> bool:
    """True when somebody's own words would break the contract by themselves."""
    text = text[: shape.READ]
    lowered = in_small_letters(names.plain(text))
    return bool(shape.faults(text, lowered)) or is_certain_in_small_letters(lowered)


def _without(text: str, parts: Sequence[str], instead: str, *, flags: int = 0) -> str:
    """The text with those parts replaced where they are whole words."""
    longest_first = sorted(filter(None, parts), key=len, reverse=True)
    if not longest_first:
        return text
    expression = "|".join(map(re.escape, longest_first))
    return re.sub(rf"(?<!\w)(?:{expression})(?!\w)", instead, text, flags=flags)


def _topics(task_input: Mapping[str, Any]) -> list[str]:
    parts = ("recent_topics", "topics")
    return [names.plain(topic) for part in parts for topic in _strings(task_input.get(part))]


def _strings(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
