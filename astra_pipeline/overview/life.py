"""People, dates and plans of a person's life, folded from all their conversations into `astra.life`. Pure.

The next conversation takes them up without reading the conversations again. The newest are kept, each once. What a
crisis forbids is not in the insights (conversations/care.py), so it is not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.people.relations import without_doubles

PATH = "astra.life"
MOST_PEOPLE, MOST_DATES, MOST_INTENTIONS = 8, 12, 5


def life_of(facts: Sequence[Fact]) -> dict[str, Any] | None:
    """`astra.life` for the facts, in whatever order; None where nobody told of a person, a date or a plan.

    {people [{name, relation, conversation_id}], dates [{what, date, until, conversation_id}],
    intentions [{text, at, conversation_id}]}: the people and plans that were named last first, the dates by date.
    `at` is the end (UTC) of the conversation.
    """
    newest_first = sorted(facts, key=lambda fact: (fact.ended_at, fact.conversation_id), reverse=True)
    life = {
        "people": _once(_people(newest_first), MOST_PEOPLE),
        "dates": sorted(_once(_dates(newest_first), MOST_DATES), key=lambda one: (one["date"], one["what"])),
        "intentions": _once(_intentions(newest_first), MOST_INTENTIONS),
    }
    return life if any(life.values()) else None


def _people(facts: Iterable[Fact]) -> Iterable[tuple[object, dict[str, Any]]]:
    told = [
        ((one.name or "").strip(), (one.relation or "").strip(), fact.conversation_id)
        for fact in facts
        for one in fact.insights.people
    ]
    for name, relation, conversation in without_doubles(told, lambda one: one[:2]):
        who = {"name": name or None, "relation": relation or None, "conversation_id": conversation}
        yield name.casefold() or relation.casefold(), who


def _dates(facts: Iterable[Fact]) -> Iterable[tuple[object, dict[str, Any]]]:
    for fact in facts:
        for one in fact.insights.dates:
            told = {"what": one.what, "date": one.date, "until": one.until}
            # The newest word on an event counts: an interview that was moved is one interview.
            yield one.what.casefold(), told | {"conversation_id": fact.conversation_id}


def _intentions(facts: Iterable[Fact]) -> Iterable[tuple[object, dict[str, Any]]]:
    for fact in facts:
        for text in fact.insights.intentions:
            told = {"text": text, "at": fact.ended_at, "conversation_id": fact.conversation_id}
            yield text.casefold(), told


def _once(told: Iterable[tuple[object, dict[str, Any]]], at_most: int) -> list[dict[str, Any]]:
    """The first `at_most` things, each once by its key."""
    kept: dict[object, dict[str, Any]] = {}
    for key, one in told:
        kept.setdefault(key, one)
        if len(kept) == at_most:
            break
    return list(kept.values())
