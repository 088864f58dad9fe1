"""The task `persona-enrichment` by rules: what was stated, and what the figures show. Pure.

A conversation votes for a style when enough of the agent's turns in it reached the person that way and the others
did not. Two conversations that vote alike make a proposal; contrary votes contradict a claim that stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from astra_pipeline.conversations.sentences import Sentence
from astra_pipeline.personas.input import Figures, PersonaInput, numbered
from astra_pipeline.personas.kinds import MOST_PROPOSALS, Kind, claim_id
from astra_pipeline.personas.stated import wishes_in

# Words of a caller from which their language can be told, and the shares of Hindi from which it is which.
_ENOUGH_WORDS, _LIGHT_FROM, _HEAVY_FROM = 25, 10, 35
# Turns of a size or form from which a conversation votes, and the difference of the shares that were effective.
_ENOUGH_TURNS, _APART = 2, 0.5
Key = tuple[Kind, str]


def proposals(task_input: PersonaInput) -> Mapping[str, Any]:
    """The answer of the task. Always the same for the same input."""
    stated: dict[Key, dict[int, str]] = defaultdict(dict)
    against: dict[Key, set[int]] = defaultdict(set)
    for number, words in map(numbered, task_input.said):
        for wish in wishes_in(Sentence.of(words)) if number else ():
            key: Key = (wish.kind, wish.value)
            if wish.polarity > 0:
                stated[key].setdefault(number, words)
            else:
                against[key].add(number)
    observed: dict[Key, set[int]] = defaultdict(set)
    for figures in task_input.figures:
        for key, polarity in votes(figures):
            (observed if polarity > 0 else against)[key].add(figures.n)
    made = [_stated(key, said) for key, said in stated.items()]
    made += [_observed(key, numbers) for key, numbers in observed.items() if len(numbers) >= 2]
    return {
        "proposals": sorted(made, key=lambda one: (-one["stated"], -len(one["conversations"]), one["value"]))[
            :MOST_PROPOSALS
        ],
        "verdicts": list(_verdicts(task_input, observed, against)),
    }


def votes(figures: Figures) -> Iterator[tuple[Key, int]]:
    """The styles that one conversation speaks for (+1) or against (-1)."""
    short, long = _share(figures.short), _share(figures.long)
    cut = sum(figures.long) >= _ENOUGH_TURNS and 2 * figures.cut_long >= sum(figures.long)
    if cut or (short is not None and long is not None and short - long >= _APART):
        yield ("response_style", "concise"), 1
    elif short is not None and long is not None and long - short >= _APART:
        yield ("response_style", "detailed"), 1
    if figures.words >= _ENOUGH_WORDS:
        language = (
            "heavy" if figures.hinglish >= _HEAVY_FROM else "light" if figures.hinglish >= _LIGHT_FROM else ""
        )
        yield ("response_style", f"{language}_hinglish" if language else "english"), 1
    for form, pair in figures.forms.items():
        share = _share(pair)
        rest = [
            sum(other)
            for other in zip(*(figures.forms[name] for name in figures.forms if name != form), strict=True)
        ]
        others = _share(rest) if rest else None
        if share is None:
            continue
        if share >= 0.75 and (others is None or share - others >= _APART):
            yield ("response_style", form), 1
        elif share <= 0.25:
            yield ("response_style", form), -1


def _share(pair: list[int]) -> float | None:
    """The share of turns that were effective; None for too few."""
    total = sum(pair)
    return pair[0] / total if total >= _ENOUGH_TURNS else None


def _stated(key: Key, said: Mapping[int, str]) -> dict[str, Any]:
    quotes = list(dict.fromkeys(said.values()))[:4]
    return _proposal(key, sorted(said), stated=True) | {"quotes": quotes}


def _observed(key: Key, numbers: set[int]) -> dict[str, Any]:
    return _proposal(key, sorted(numbers), stated=False)


def _proposal(key: Key, numbers: list[int], *, stated: bool) -> dict[str, Any]:
    return {
        "kind": key[0],
        "value": key[1],
        "statement": "",
        "stated": stated,
        "conversations": numbers[:20],
        "quotes": [],
    }


def _verdicts(
    task_input: PersonaInput, observed: Mapping[Key, set[int]], against: Mapping[Key, set[int]]
) -> Iterator[dict[str, Any]]:
    """The word of the conversations on the claims that stand."""
    holding = {claim_id(*key): numbers for key, numbers in observed.items()}
    contrary = {claim_id(*key): numbers for key, numbers in against.items()}
    for name in task_input.claims[:MOST_PROPOSALS]:
        if numbers := contrary.get(name):
            yield {"id": name, "verdict": "contradicted", "conversations": sorted(numbers)[:20]}
        elif numbers := holding.get(name):
            yield {"id": name, "verdict": "holds", "conversations": sorted(numbers)[:20]}
        else:
            yield {"id": name, "verdict": "no_evidence", "conversations": []}
