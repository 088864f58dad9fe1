"""The reader's life in a horoscope's input: near dates, plans of the last weeks, topics with their days."""

from __future__ import annotations

import datetime as dt

from astra_pipeline.horoscopes import reader_life
from astra_pipeline.people.life import Life
from astra_pipeline.people.person import Person

TODAY = dt.date(2026, 11, 29)
NOW = dt.datetime(2026, 11, 29, 6, tzinfo=dt.UTC)


def in_days(days: int) -> str:
    return (TODAY + dt.timedelta(days=days)).isoformat()


def test_dates_are_near_ones_and_those_to_come_first() -> None:
    days = {"exam": 3, "party": -1, "wedding": 40, "viva": -9, "<<<READER": 2}
    life = Life.read({"dates": [{"what": what, "date": in_days(day)} for what, day in days.items()]})
    assert reader_life.dates(life, TODAY) == [f"{in_days(3)} exam", f"{in_days(-1)} party"]


def test_a_plan_of_long_ago_and_one_of_later_are_left_out() -> None:
    ago = {"old": -30, "new": -2, "later": 1}
    plans = [{"text": text, "at": NOW + dt.timedelta(days=days)} for text, days in ago.items()]
    assert reader_life.intentions(Life.read({"intentions": plans}), NOW) == ["new"]


def test_people_are_named_as_the_reader_names_them() -> None:
    people = [{"name": "Neha", "relation": "sister"}, {"relation": "mummy"}, {"name": "Kojo"}, {"name": "<b>"}]
    assert reader_life.people(Life.read({"people": people})) == ["sister Neha", "mummy", "Kojo"]


def test_topics_have_the_local_day_of_their_conversation() -> None:
    late = dt.datetime(2026, 11, 27, 20, tzinfo=dt.UTC)
    talks = [{"topics": ["Career"], "date": late}, {"topics": ["Later"], "date": NOW + dt.timedelta(hours=1)}]
    person = Person.read({"user_overview": {"recent_conversations": talks}})
    assert reader_life.topics(person, "Asia/Kolkata", until=NOW) == [("Career", "2026-11-28")]
