"""A person's life is read from any stored value, and what cannot be used is left out."""

from __future__ import annotations

import datetime as dt

from astra_pipeline.people.life import KnownDate, KnownPerson, Life
from astra_pipeline.people.person import Person

NOW = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)


def test_people_dates_and_plans_are_read() -> None:
    stored = {
        "people": [{"name": "Neha", "relation": "sister"}, {"name": None, "relation": "mummy"}],
        "dates": [{"what": "visa  interview", "date": "2026-12-03", "until": None}],
        "intentions": [{"text": "I'll call.", "at": NOW}],
    }
    life = Person.read({"astra": {"life": stored}}).life
    assert life.people == (KnownPerson("Neha", "sister"), KnownPerson("", "mummy"))
    assert life.dates == (KnownDate("visa interview", dt.date(2026, 12, 3)),)
    assert [(plan.text, plan.at) for plan in life.intentions] == [("I'll call.", NOW)]


def test_nonsense_is_nobodys_life() -> None:
    nonsense = {"people": [3, {"name": ""}], "dates": [{"what": "x", "date": "soon"}], "intentions": "no"}
    assert Life.read(nonsense) == Life.read(None) == Life.read([]) == Life()
