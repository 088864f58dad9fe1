"""The task `text-judge` without a model: the rules of the contract, sentence by sentence, and a few words. Pure.

They find what is said plainly. What an LLM rewords is found by an LLM.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline import names
from astra_pipeline.judge.input import JudgeInput, unnumbered
from astra_pipeline.judge.kinds import Kind
from astra_pipeline.language import vocabulary
from astra_pipeline.language.contract.certainty import is_certain_in_small_letters
from astra_pipeline.language.contract.facts import without_speech
from astra_pipeline.language.contract.orders import is_advice_on_a_cure, is_advice_on_money
from astra_pipeline.language.contract.problems import names_a_stranger, unproven_sentences
from astra_pipeline.language.contract.sentences import in_small_letters
from astra_pipeline.language.contract.shape import READ
from astra_pipeline.language.word_lists import Vocabulary, Words, one_of


class JudgeWords(Vocabulary):
    """The lists of rules.yaml, where each has a comment that says what it is for."""

    remedies: Words
    forced: Words
    no_way_out: Words
    echoes: Words
    cheer: Words


_WORDS = vocabulary.load("astra_pipeline.judge", "rules.yaml", JudgeWords)
_REMEDY = re.compile(rf"\b{one_of(_WORDS.remedies)}\b")
_FORCED = re.compile(rf"\b{one_of(_WORDS.forced)}\b")
_NO_WAY_OUT = re.compile(rf"\b{one_of(_WORDS.no_way_out)}\b")
_ECHO = re.compile(rf"\b{one_of(_WORDS.echoes)}\b|^(?:system|assistant|user): ")
_CHEER = re.compile(rf"\b{one_of(_WORDS.cheer)}\b")


@dataclass(frozen=True)
class _Sentence:
    text: str
    lowered: str
    name: str
    all_facts: str
    is_unproven: bool
    """Whether it has a claim that is in none of the facts. Those of a conversation are not looked at."""
    care: str


def judged(task_input: JudgeInput) -> dict[str, Any]:
    """The answer to `text-judge`, which always fits `Verdict`. The care is the one that the word rules hear."""
    facts = _read(task_input.facts)
    name, all_facts = names.plain(task_input.name), names.plain(task_input.facts)
    findings = []
    sentences = unnumbered(task_input.sentences)
    unproven = unproven_sentences(sentences, facts | {"name": task_input.name}) if facts else set()
    for number, written in enumerate(sentences, 1):
        text = names.plain(written[:READ])
        one = _Sentence(
            text, in_small_letters(without_speech(text)), name, all_facts, number in unproven, task_input.care
        )
        kind = next((kind for kind, is_broken in _RULES.items() if is_broken(one)), None)
        if kind and written.strip():
            findings.append({"sentence": number, "quote": written[:600], "kind": kind})
    return {
        "findings": findings[:60],
        "care": task_input.care_by_rules if task_input.is_care_in_doubt else None,
    }


def _read(facts: str) -> dict[str, Any]:
    try:
        read = json.loads(facts)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _is_advice(one: _Sentence) -> bool:
    return is_advice_on_a_cure(one.lowered) or is_advice_on_money(one.lowered)


def _is_fear(one: _Sentence) -> bool:
    return bool(_NO_WAY_OUT.search(one.lowered)) or bool(
        _REMEDY.search(one.lowered) and _FORCED.search(one.lowered)
    )


def _is_of_the_wrong_register(one: _Sentence) -> bool:
    return one.care == "crisis" and bool(_CHEER.search(one.lowered))


# Kind -> whether a sentence is of it. The first one that fits is told.
_RULES: Mapping[Kind, Callable[[_Sentence], bool]] = {
    "instruction": lambda one: bool(_ECHO.search(one.lowered)),
    "fear": _is_fear,
    "advice": _is_advice,
    "promise": lambda one: is_certain_in_small_letters(one.lowered),
    "register": _is_of_the_wrong_register,
    "name": lambda one: bool(one.name) and names_a_stranger(one.text, one.name, one.all_facts),
    "claim": lambda one: one.is_unproven,
}
