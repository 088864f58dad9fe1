"""Rows of the fact check: changed facts refused, true texts accepted, promises by rules alone, and its speed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from astra_pipeline.evaluation.sets import ACCEPT, cases
from astra_pipeline.judge.input import JudgeInput
from astra_pipeline.judge.rules import judged
from astra_pipeline.language import contract
from bench.words.mutants import Mutant, mutants
from bench.words.registry import Figure, at_least, at_most, row, share
from bench.words.true_texts import TrueText, composed_texts

_FILE = Path(__file__).with_name("llm_like.yaml")
_SEED = 20
# Of the evaluation's sentences, those that the rules refused before they read facts.
_REFUSED_BEFORE = 6
_MILLISECONDS = 10.0


def llm_like() -> dict[str, dict[str, Any]]:
    """Reader -> {facts, texts, wrong}: texts as an LLM writes them, and false ones."""
    return yaml.safe_load(_FILE.read_text(encoding="utf-8"))


@cache
def _written() -> tuple[TrueText, ...]:
    return tuple(TrueText(one["facts"], text) for one in llm_like().values() for text in one["texts"])


@row("one fact of a composed text changed at random: refused", "at least 95 %", at_least(0.95))
def composed_mutants() -> Figure:
    """Mutants of what the offline composers wrote."""
    return _refused(composed_texts(), each=1)


@row("one fact of a text as an LLM writes it changed at random: refused", "at least 95 %", at_least(0.95))
def written_mutants() -> Figure:
    """Mutants of the texts written by hand."""
    return _refused(_written(), each=4)


@row("true texts refused for a fact", "at most 1 %", at_most(0.01))
def true_texts() -> Figure:
    """Composed and handwritten texts that the fact check refuses."""
    all_of = [*composed_texts(), *_written()]
    wrong = [one for one in all_of if one.problems()]
    return share(len(wrong), len(all_of), tuple(f"{one.problems()}: {one.text}" for one in wrong))


@row("false texts as an LLM writes them: refused", "all", at_least(1.0))
def false_texts() -> Figure:
    """Handwritten texts with a claim that is in none of the facts, or with another person's name."""
    wrong = [(one["facts"], text) for one in llm_like().values() for text in one["wrong"]]
    passed = tuple(text for facts, text in wrong if not contract.claim_problems(text, facts))
    return share(len(wrong) - len(passed), len(wrong), passed)


@row(
    "promises, threats and orders of the evaluation: refused by rules alone",
    f"at least {_REFUSED_BEFORE}, as before",
    at_least(_REFUSED_BEFORE),
)
def by_rules() -> Figure:
    """Sentences of promise, advice and fear in which the rules find something."""
    asked = [case for case in cases("texts") if case.label in ("promise", "advice", "fear")]
    passed = [case for case in asked if not _finds(case.given)]
    found = len(asked) - len(passed)
    return Figure(found, f"{found} of {len(asked)}", tuple(_told(case.given) for case in passed))


@row("sentences of the evaluation that may be sent: refused by rules alone", "at most 3 %", at_most(0.03))
def harmless() -> Figure:
    """Sentences without a fault in which the rules find one."""
    asked = [case for case in cases("texts") if case.label == ACCEPT]
    wrong = [case for case in asked if _finds(case.given)]
    return share(len(wrong), len(asked), tuple(_told(case.given) for case in wrong))


@row("milliseconds to check a text for all of its contract", f"under {_MILLISECONDS:g}", at_most(_MILLISECONDS))
def speed() -> Figure:
    """The median time of this process for a whole text, on whatever else the machine does."""
    texts, times = composed_texts()[:200], []
    for one in texts:
        begun = time.thread_time()
        contract.problems(one.text, one.facts, at_least=2, at_most=4)
        times.append(1000 * (time.thread_time() - begun))
    middle = sorted(times)[len(times) // 2]
    return Figure(middle, f"{middle:.1f} ms, the slowest {max(times):.1f}")


def _refused(texts: tuple[TrueText, ...], *, each: int) -> Figure:
    chance = random.Random(_SEED)
    made = list(_mutants(texts, chance, each))
    passed = [mutant for one, mutant in made if not contract.claim_problems(mutant.text, one.facts)]
    told = tuple(f"{one.kind}: {one.was} became {one.becomes}: {one.text}" for one in passed)
    return share(len(made) - len(passed), len(made), told)


def _mutants(texts: tuple[TrueText, ...], chance: random.Random, each: int) -> Iterator[tuple[TrueText, Mutant]]:
    for one in texts:
        if not one.problems():
            yield from ((one, mutant) for mutant in mutants(one.text, one.facts["name"], chance, each=each))


def _finds(given: object) -> bool:
    assert isinstance(given, JudgeInput)
    return bool(judged(given)["findings"])


def _told(given: object) -> str:
    assert isinstance(given, JudgeInput)
    return " ".join(given.sentences)
