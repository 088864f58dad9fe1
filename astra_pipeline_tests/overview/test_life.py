"""The fold of a person's life: somebody is listed once, in whatever order their name and relation were told."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.task import SpokenPerson, TranscriptInsights
from astra_pipeline.overview.life import life_of

SISTER, ISHA, NEHA = (None, "sister"), ("Isha", "sister"), ("Neha", "sister")
Said = tuple[str | None, str]


def fact(day: int, *people: Said) -> Fact:
    """The insights of a conversation on a day of November, in which these people were named."""
    at = dt.datetime(2026, 11, day, 12, tzinfo=dt.UTC)
    spoken = [SpokenPerson(name=name, relation=relation) for name, relation in people]
    told = TranscriptInsights(summary="A talk.", topics=[], emotional_tone="calm", people=spoken)
    return Fact(conversation_id=f"conv_{day:03}", ended_at=at, created_at=at, insights=told)


@pytest.mark.parametrize(
    ("people", "listed"),
    [
        ([SISTER, ISHA], {ISHA}),
        ([SISTER, ISHA, (None, "mother")], {ISHA, (None, "mother")}),
        ([SISTER, ISHA, NEHA], {SISTER, ISHA, NEHA}),
        ([(None, "friend"), ("Zoya", "friend")], {(None, "friend"), ("Zoya", "friend")}),
    ],
)
def test_a_relation_alone_is_the_one_person_named_with_it_in_whatever_order(
    people: list[Said], listed: set[Said]
) -> None:
    for order in itertools.permutations(people):
        life = life_of([fact(day, one) for day, one in enumerate(order, 1)])
        assert life is not None
        assert {(one["name"], one["relation"]) for one in life["people"]} == listed
