"""People who are listed by a name and by their relation alone are one where that is sure."""

from __future__ import annotations

import pytest

from astra_pipeline.people.life import Life
from astra_pipeline.people.relations import without_doubles


def listed(*people: str) -> list[str]:
    """The people "name/relation" that are left."""
    return without_doubles(people, lambda one: (one.partition("/")[0], one.partition("/")[2]))


@pytest.mark.parametrize(
    ("bare", "named"),
    [
        ("/sister", "Isha/sister"),
        ("/Sister", "Isha/sister"),
        ("/behen", "Isha/sister"),
        ("/sister", "Isha/didi"),
        ("/sister", "Isha/elder sister"),
        ("/mummy", "Sunita/mother"),
        ("/husband", "Arjun/husband"),
        ("/boss", "Mr Rao/boss"),
        ("/fiancé", "Zoya/fiance"),
    ],
)
def test_a_relation_alone_is_the_one_person_named_with_it(bare: str, named: str) -> None:
    assert listed(bare, named) == [named]
    assert listed(named, bare) == [named]


@pytest.mark.parametrize(
    "people",
    [
        ["Isha/sister", "Neha/sister", "/sister"],
        ["Isha/sister", "Neha/didi", "/sister"],
        ["Isha/friend", "/friend"],
        ["Rohan/cousin", "/cousin"],
        ["Meera/colleague", "/colleague"],
        ["Ravi/mama", "/mama"],
        ["Isha/sister", "/brother"],
        ["Isha/sister", "/elder sister"],
        ["Isha/elder sister", "/younger sister"],
        ["Isha/sister", "/didi"],
        ["Isha/", "/sister"],
        ["Isha/sister", "/sister-in-law"],
    ],
)
def test_a_relation_that_may_be_somebody_else_stays(people: list[str]) -> None:
    assert listed(*people) == people


def test_one_person_named_twice_is_one() -> None:
    assert listed("Isha/sister", "Isha Rao/elder sister", "/sister") == ["Isha/sister", "Isha Rao/elder sister"]


def test_a_stored_list_is_read_without_its_doubles() -> None:
    stored = {"people": [{"relation": "sister"}, {"name": "Isha", "relation": "sister"}, {"relation": "mother"}]}
    assert [(one.name, one.relation) for one in Life.read(stored).people] == [("Isha", "sister"), ("", "mother")]
