"""A slow, obvious count of the metrics from their definition, without the product's code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from astra_pipeline.gamification.milestones import MILESTONES
from astra_pipeline_tests.gamification.people import DAY, DEFAULT_ZONE, HOUR, Person

IANA = available_timezones()


@cache
def zone_had(day: dt.date, zone: str) -> bool:
    """True when any half hour of UTC fell on this local date."""
    midnight = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    zone_info = ZoneInfo(zone)
    return any((midnight + half * HOUR / 2).astimezone(zone_info).date() == day for half in range(-32, 80))


def nothing_between(before: dt.date, after: dt.date, zone: str) -> bool:
    """True when the zone had no day between the two."""
    between = [before + number * DAY for number in range(1, (after - before).days)]
    return len(between) < 5 and not any(zone_had(day, zone) for day in between)


def runs(days: Mapping[dt.date, str]) -> list[list[dt.date]]:
    """The days in runs of days that follow each other; `days` has the zone of the first call of each."""
    found: list[list[dt.date]] = []
    for day in sorted(days):
        if found and nothing_between(found[-1][-1], day, days[day]):
            found[-1].append(day)
        else:
            found.append([day])
    return found


def longest_run(days: Mapping[dt.date, str]) -> int:
    return max(map(len, runs(days)), default=0)


def place_named(value: object) -> str | None:
    """The place that a reported zone names: a city of the database, however it is written."""
    if not isinstance(value, str):
        return None
    named = [name for name in IANA if name.casefold() == value.strip().casefold()]
    return next((name for name in named if "/" in name and not name.startswith("Etc/")), None)


def zone_of(person: Person) -> str:
    for value in (person.profile.get("timezone"), person.profile.get("birth_timezone")):
        if name := place_named(value):
            return name
    return DEFAULT_ZONE


def place_of(person: Person, at: dt.datetime) -> str:
    return place_named(person.places.get(at)) or zone_of(person)


def days_of(person: Person, talks: Iterable[dt.datetime]) -> dict[dt.date, str]:
    """The dates of conversations where they took place, each with the zone of its first one."""
    days: dict[dt.date, str] = {}
    for at in sorted(talks):
        zone = place_of(person, at)
        days.setdefault(day_of(at, zone), zone)
    return days


def day_of(at: dt.datetime, zone: str) -> dt.date:
    return at.astimezone(ZoneInfo(zone)).date()


def strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def topics_of(value: object) -> list[str]:
    """Topics as they are stored: a list, or one text with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else strings(value)


def stored_entries(person: Person) -> dict[str, dict[str, Any]]:
    listed = person.milestones if isinstance(person.milestones, list) else []
    return {entry["id"]: entry for entry in listed if isinstance(entry, dict) and isinstance(entry.get("id"), str)}


def stored_best(person: Person) -> int:
    value = person.best_streak
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else 0


def expected_streak(person: Person, as_of: dt.datetime) -> int:
    zone = zone_of(person)
    last = (runs(days_of(person, person.talks)) or [[]])[-1]
    today = day_of(as_of, zone)
    # The last day may be after today: where clocks went back across midnight, and after a journey westwards.
    return len(last) if last and (last[-1] >= today or nothing_between(last[-1], today, zone)) else 0


def expected_topics(person: Person) -> tuple[list[str], list[dt.datetime | None]]:
    """(topics in order, the moments of their first mention); stored topics without an insight come first."""
    seen: dict[str, tuple[str, dt.datetime | None]] = {}
    for at, topics in sorted(person.insights):
        for topic in topics:
            if topic.casefold() not in seen:
                seen[topic.casefold()] = (topic, at)
    kept: dict[str, tuple[str, dt.datetime | None]] = {}
    for topic in topics_of(person.topics_explored):
        if topic.casefold() not in seen and topic.casefold() not in kept:
            kept[topic.casefold()] = (topic, None)
    both = [*kept.values(), *seen.values()]
    return [topic for topic, _ in both], [at for _, at in both]


def expected_chart(person: Person) -> int:
    percent = 0
    for name in ("date_of_birth", "birth_time", "birth_location"):
        value = person.profile.get(name)
        if (isinstance(value, str) and value.strip() != "") or isinstance(value, dt.datetime):
            percent += 25
    return percent + (25 if place_named(person.profile.get("birth_timezone")) else 0)


def first_time(person: Person, length: int) -> dt.datetime | None:
    """The conversation after which the longest run was first `length` days long."""
    talks = sorted(person.talks)
    for number, at in enumerate(talks):
        if longest_run(days_of(person, talks[: number + 1])) >= length:
            return at
    return None


def expected_unlocks(person: Person, as_of: dt.datetime) -> dict[str, dt.datetime | None]:
    """Milestone id -> the moment of its unlocking; None where no moment is known."""
    talks = sorted(person.talks)
    best = max(longest_run(days_of(person, talks)), stored_best(person))
    topics, named = expected_topics(person)
    facts: dict[str, tuple[bool, dt.datetime | None]] = {
        "streak_3": (best >= 3, first_time(person, 3)),
        "streak_7": (best >= 7, first_time(person, 7)),
        "full_chart": (expected_chart(person) == 100, None),
        "topic_explorer": (len(topics) >= 5, named[4] if len(topics) >= 5 else None),
    }
    for name, number in (("first_conversation", 1), *((f"conversations_{n}", n) for n in (10, 25, 50, 100))):
        facts[name] = (len(talks) >= number, talks[number - 1] if len(talks) >= number else None)
    entries = stored_entries(person)
    unlocks: dict[str, dt.datetime | None] = {}
    for name in [*strings(person.milestones_unlocked), *entries]:
        when = entries.get(name, {}).get("unlocked_at")
        unlocks[name] = when if isinstance(when, dt.datetime) else None
    for name, (met, at) in facts.items():
        if met and name not in unlocks:
            unlocks[name] = as_of
        if met and at is not None:
            unlocks[name] = at
    return unlocks


def assert_as_counted_by_hand(person: Person, result: Mapping[str, Any], as_of: dt.datetime) -> None:
    days = days_of(person, person.talks)
    assert result["streak_days"] == expected_streak(person, as_of)
    assert result["best_streak"] == max(longest_run(days), stored_best(person))
    assert result["last_conversation_day"] == (max(days).isoformat() if days else None)
    assert result["total_conversations"] == len(person.talks)
    assert result["last_conversation_date"] == max(person.talks, default=None)
    assert result["topics_explored"] == expected_topics(person)[0]
    assert result["chart_completion_percent"] == expected_chart(person)

    unlocks = expected_unlocks(person, as_of)
    assert sorted(result["milestones_unlocked"]) == sorted(unlocks)
    assert [entry["id"] for entry in result["milestones"]] == result["milestones_unlocked"]
    when = {entry["id"]: entry["unlocked_at"] for entry in result["milestones"]}
    if runs_forward(person):
        assert when == unlocks
    dated = [at for at in when.values() if at is not None]
    assert dated == sorted(dated), "milestones are in the order of unlocking"
    had = {*strings(person.milestones_unlocked), *stored_entries(person)}
    assert set(result["newly_unlocked"]) == set(unlocks) - had
    titles = {milestone.id: (milestone.title, milestone.emoji) for milestone in MILESTONES}
    for entry in result["milestones"]:
        if entry["id"] in titles:
            assert (entry["title"], entry["emoji"]) == titles[entry["id"]]


def runs_forward(person: Person) -> bool:
    """False for a person with a later conversation on an earlier local date.

    Clocks were set back across midnight in St John's until 2011, and people fly westwards across the date line.
    Either of the two conversations may then complete a run.
    """
    days = [day_of(at, place_of(person, at)) for at in sorted(person.talks)]
    return days == sorted(days)
