"""The reader's life in a horoscope's input: near dates, plans of the last weeks, topics with their days."""

from __future__ import annotations

import datetime as dt

import pytest

from astra_pipeline.horoscopes import reader_life
from astra_pipeline.language.composing import register_of
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


def reader(topic: str, days: float | None, care: str = "none") -> Person:
    """Somebody whose one conversation, so many days ago, had a topic, and asked for care or not."""
    talk = {"topics": [topic]} | ({} if days is None else {"date": NOW - dt.timedelta(days=days)})
    since = (NOW - dt.timedelta(days=days or 0)).date()
    lasts = {"tender": 14, "crisis": 30}.get(care, 0)
    spell = {"level": care, "kind": "separation" if care == "tender" else "violence", "since": since.isoformat()}
    stored = {} if care == "none" else {"care": spell | {"until": (since + dt.timedelta(days=lasts)).isoformat()}}
    return Person.read({"user_overview": {"recent_conversations": [talk]}, "astra": stored})


def register(person: Person) -> str:
    """The register of the person's text by the topics that are left, and by care."""
    left = [topic for topic, _ in reader_life.topics(person, "UTC", until=NOW)]
    return register_of(person.care_at(TODAY), left)


@pytest.mark.parametrize("topic", ["Custody", "Loneliness", "Divorce", "Mother's illness", "Abortion"])
def test_a_topic_alone_sets_the_register_for_the_next_days_and_no_longer(topic: str) -> None:
    assert [register(reader(topic, days)) for days in (0, 1, 2.9, 3.1, 7, 13)] == ["tender"] * 3 + ["usual"] * 3
    assert register(reader(topic, None)) == "usual"


def test_care_that_was_heard_lasts_its_time_and_keeps_its_topic() -> None:
    assert reader_life.topics(reader("Custody", 10, "tender"), "UTC", until=NOW)
    assert [register(reader("Custody", days, "tender")) for days in (10, 15)] == ["tender", "usual"]


def test_a_topic_of_danger_weighs_as_long_as_a_crisis_does() -> None:
    assert [register(reader("Suicidal thoughts", days)) for days in (10, 29, 31)] == ["crisis", "crisis", "usual"]


def test_a_topic_that_is_light_stays() -> None:
    assert reader_life.topics(reader("Career", 13), "UTC", until=NOW)
