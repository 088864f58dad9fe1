"""The metrics against a slow, obvious count: sets of dates, one person, one day after the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import bson
import pandas as pd
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from astra_pipeline.gamification import rules as gamification
from astra_pipeline.gamification.milestones import MILESTONES

DEFAULT_ZONE = "Asia/Kolkata"
ZONES = (
    "UTC",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/New_York",
    "Europe/London",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Pacific/Apia",
    "Pacific/Fakaofo",
)
IANA = available_timezones()
MILLISECOND = dt.timedelta(milliseconds=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@dataclass
class Person:
    """A user with their conversations, insights, and what is stored of them."""

    user_id: str = "user_asha"
    talks: list[dt.datetime] = field(default_factory=list)
    insights: list[tuple[dt.datetime, list[str]]] = field(default_factory=list)
    profile: dict[str, Any] = field(default_factory=dict)
    best_streak: object = None
    milestones_unlocked: object = None
    milestones: object = None
    topics_explored: object = None

    def having(self, result: Mapping[str, Any]) -> Person:
        """The person after `result` was stored."""
        stored = ("best_streak", "milestones_unlocked", "milestones", "topics_explored")
        return replace(self, **{name: result[name] for name in stored})


def compute(people: Sequence[Person], as_of: dt.datetime, *, backwards: bool = False) -> list[dict[str, Any]]:
    """The product's metrics, one dict a person, in their order; `backwards` turns the input rows around."""
    step = -1 if backwards else 1
    talks = [(person.user_id, at) for person in people for at in person.talks][::step]
    told = [(person.user_id, at, topics) for person in people for at, topics in person.insights][::step]
    profile = ("timezone", "birth_timezone", *gamification.CHART_FIELDS)
    users = pd.DataFrame(
        {
            "user_id": [person.user_id for person in people],
            **{name: [person.profile.get(name) for person in people] for name in dict.fromkeys(profile)},
            "stored_best_streak": [person.best_streak for person in people],
            "stored_milestones": [person.milestones_unlocked for person in people],
            "stored_unlocked": [person.milestones for person in people],
            "stored_topics": [person.topics_explored for person in people],
        },
        dtype=object,
    )
    times = {"ended_at": "datetime64[ms, UTC]"}
    computed = gamification.compute(
        pd.DataFrame(talks, columns=["user_id", "ended_at"]).astype(times),
        users,
        pd.DataFrame(told, columns=["user_id", "ended_at", "topics"]).astype(times),
        as_of=as_of,
        default_timezone=DEFAULT_ZONE,
    )
    assert list(computed.index) == [person.user_id for person in people]
    columns = {str(name): computed[name].tolist() for name in computed.columns}
    return [{name: values[row] for name, values in columns.items()} for row in range(len(people))]


def compute_one(person: Person, as_of: dt.datetime) -> dict[str, Any]:
    return compute([person], as_of)[0]


# --- the oracle: from the definition, without the product's code -------------------------------------------------


@cache
def zone_had(day: dt.date, zone: str) -> bool:
    """Whether any half hour of UTC fell on this local date."""
    midnight = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    there = ZoneInfo(zone)
    return any((midnight + half * HOUR / 2).astimezone(there).date() == day for half in range(-32, 80))


def previous(day: dt.date, zone: str) -> dt.date:
    day -= DAY
    while not zone_had(day, zone):
        day -= DAY
    return day


def run_ending(day: dt.date, days: set[dt.date], zone: str) -> int:
    length = 0
    while day in days:
        length, day = length + 1, previous(day, zone)
    return length


def longest_run(days: set[dt.date], zone: str) -> int:
    return max((run_ending(day, days, zone) for day in days), default=0)


def zone_of(person: Person) -> str:
    for name in (person.profile.get("timezone"), person.profile.get("birth_timezone")):
        if isinstance(name, str) and name in IANA:
            return name
    return DEFAULT_ZONE


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
    days = {day_of(at, zone) for at in person.talks}
    # Where clocks went back across midnight, "today" was yesterday once more, for an hour.
    today = max(day_of(as_of, zone), *days) if days else day_of(as_of, zone)
    return run_ending(today, days, zone) or run_ending(previous(today, zone), days, zone)


def expected_topics(person: Person) -> tuple[list[str], list[dt.datetime | None]]:
    """Topics in order, and when each was first named; what is stored and no insight names comes first."""
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
    for name in ("date_of_birth", "birth_time", "birth_location", "birth_timezone"):
        value = person.profile.get(name)
        if (isinstance(value, str) and value.strip() != "") or isinstance(value, dt.datetime):
            percent += 25
    return percent


def first_time(person: Person, length: int) -> dt.datetime | None:
    """The conversation after which the longest run was first `length` days long."""
    zone = zone_of(person)
    days: set[dt.date] = set()
    for at in sorted(person.talks):
        day = day_of(at, zone)
        if day not in days:
            days.add(day)
            if longest_run(days, zone) >= length:
                return at
    return None


def expected_unlocks(person: Person, as_of: dt.datetime) -> dict[str, dt.datetime | None]:
    """Milestone id -> when it was unlocked, None where nobody knows."""
    zone = zone_of(person)
    talks = sorted(person.talks)
    best = max(longest_run({day_of(at, zone) for at in talks}, zone), stored_best(person))
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
    zone = zone_of(person)
    days = {day_of(at, zone) for at in person.talks}
    assert result["streak_days"] == expected_streak(person, as_of)
    assert result["best_streak"] == max(longest_run(days, zone), stored_best(person))
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
    """False where a later conversation has an earlier local date (clocks set back across midnight, as in
    St John's until 2011): then which of the two completed a run is a matter of taste."""
    days = [day_of(at, zone_of(person)) for at in sorted(person.talks)]
    return days == sorted(days)


# --- what people do ----------------------------------------------------------------------------------------------


@cache
def changes_of_clocks(zone: str) -> tuple[dt.date, ...]:
    """The local dates of 2010-2018 on which the zone's offset changed."""
    there = ZoneInfo(zone)
    noons = [dt.datetime(2010, 1, 1, 12, tzinfo=dt.UTC) + number * DAY for number in range(9 * 365)]
    offsets = [noon.astimezone(there).utcoffset() for noon in noons]
    return tuple(
        noon.astimezone(there).date()
        for noon, before, after in zip(noons[1:], offsets, offsets[1:], strict=False)
        if before != after
    )


CHANGES = sorted({day for zone in ZONES for day in changes_of_clocks(zone)})
anchors = st.one_of(
    st.sampled_from(CHANGES),
    st.sampled_from([dt.date(2011, 12, day) for day in (29, 30, 31)]),
    st.dates(dt.date(2010, 2, 1), dt.date(2018, 11, 30)),
)
# From a local midnight: at it, around it, an hour or so beside it, or anywhere in the day.
_EDGES = [0, 1, -1, 999, 1_800_000, -1_800_000, 3_599_999, 3_600_000, -3_600_000, 5_400_000, 43_200_000]
jitters = st.one_of(st.sampled_from(_EDGES), st.integers(0, 86_399_999)).map(lambda ms: ms * MILLISECOND)
TOPICS = ["Love", "love", "LOVE", "career", "Career", "Straße", "STRASSE", "travel", "health", "money", "Moon"]
IDS = [*(milestone.id for milestone in MILESTONES), "early_bird"]
junk = st.sampled_from([None, True, 7.5, "", "many", "a, b", {}, {"a": 1}, [], [None, 3], b"7"])
zone_names = st.one_of(
    st.sampled_from(ZONES),
    st.just("Pacific/Apia"),
    st.sampled_from([None, "", "Mars/Olympus", "asia/kolkata ", "+05:30", 330, ["UTC"]]),
)


days_on_end = st.lists(st.tuples(jitters, st.integers(0, 1)), max_size=9)
days_at_random = st.lists(st.tuples(st.integers(-7, 7), jitters, st.integers(0, 1)), max_size=4)
lists_of_topics = st.lists(st.sampled_from(TOPICS), max_size=3)


@st.composite
def moments(draw: st.DrawFn, anchor: dt.date, zone: str) -> list[dt.datetime]:
    """Distinct instants (UTC) in the week on either side of `anchor`, close to midnights of `zone`: some days on
    end, and some at random, in no order."""
    there = ZoneInfo(zone)
    first = draw(st.integers(-7, 3))
    wanted = [(first + number, *moment) for number, moment in enumerate(draw(days_on_end))]
    found: set[dt.datetime] = set()
    for days, jitter, fold in [*wanted, *draw(days_at_random)]:
        midnight = dt.datetime.combine(anchor + days * DAY, dt.time(), tzinfo=there).replace(fold=fold)
        found.add(midnight.astimezone(dt.UTC) + jitter)
    return draw(st.permutations(sorted(found)))


@st.composite
def persons(draw: st.DrawFn, number: int, anchor: dt.date, as_of: dt.datetime, *, fresh: bool = False) -> Person:
    """Somebody whose conversations and insights lie before `as_of`; `fresh`: with nothing stored yet."""
    profile: dict[str, Any] = {"timezone": draw(zone_names), "birth_timezone": draw(zone_names)}
    profile["date_of_birth"] = draw(
        st.sampled_from([None, "", "1999-04-02", dt.datetime(1999, 4, 2, tzinfo=dt.UTC)])
    )
    profile["birth_time"] = draw(st.sampled_from([None, "07:40", "  "]))
    profile["birth_location"] = draw(st.sampled_from([None, "Pune", 0]))
    person = Person(f"user_{number}", profile=profile)
    if draw(st.integers(0, 7)) == 0:
        person.profile |= {"date_of_birth": "1999-04-02", "birth_time": "07:40", "birth_location": "Pune"}
    person.talks = [at for at in draw(moments(anchor, zone_of(person))) if at <= as_of]
    if draw(st.integers(0, 9)) == 0:  # somebody who talks a lot
        person.talks = sorted({*person.talks, *(as_of - number * 5 * HOUR for number in range(1, 110))})
    for at in person.talks:
        if draw(st.booleans()):
            person.insights.append((at, draw(lists_of_topics)))
    if not fresh:
        person.best_streak = draw(st.one_of(st.integers(0, 12), junk))
        person.milestones_unlocked = draw(st.one_of(st.lists(st.sampled_from(IDS), unique=True, max_size=4), junk))
        entry = st.fixed_dictionaries(
            {"id": st.sampled_from(IDS)},
            optional={
                "title": st.just("Early Bird"),
                "emoji": st.just("🐦"),
                "unlocked_at": st.just(as_of - 30 * DAY),
            },
        )
        person.milestones = draw(st.one_of(st.lists(st.one_of(entry, junk), max_size=3), junk))
        person.topics_explored = draw(
            st.one_of(st.lists(st.sampled_from(["Old times", *TOPICS]), max_size=6), junk)
        )
    return person


@st.composite
def batches(draw: st.DrawFn, *, fresh: bool = False, most: int = 4) -> tuple[list[Person], dt.datetime]:
    """Up to `most` people in zones of their own, and the moment their metrics are computed as of."""
    anchor = draw(anchors)
    there = ZoneInfo(draw(st.sampled_from(ZONES)))
    midnight = dt.datetime.combine(anchor + draw(st.integers(-2, 9)) * DAY, dt.time(), tzinfo=there)
    as_of = midnight.astimezone(dt.UTC) + draw(jitters)
    count = draw(st.integers(1, most))
    return [draw(persons(number, anchor, as_of, fresh=fresh)) for number in range(count)], as_of


@settings(max_examples=150)
@given(batches())
def test_metrics_are_what_counting_by_hand_gives(batch: tuple[list[Person], dt.datetime]):
    people, as_of = batch
    for person, result in zip(people, compute(people, as_of), strict=True):
        event(f"streak {min(result['streak_days'], 8)}")
        assert_as_counted_by_hand(person, result, as_of)


@settings(max_examples=60)
@given(batches())
def test_the_order_of_the_rows_does_not_matter(batch: tuple[list[Person], dt.datetime]):
    people, as_of = batch
    assert compute(people, as_of, backwards=True) == compute(people, as_of)


@settings(max_examples=60)
@given(batches())
def test_a_batch_gives_what_each_person_alone_gives(batch: tuple[list[Person], dt.datetime]):
    people, as_of = batch
    assert compute(people, as_of) == [compute_one(person, as_of) for person in people]


@settings(max_examples=100)
@given(batches())
def test_computing_again_changes_nothing_and_celebrates_nothing(batch: tuple[list[Person], dt.datetime]):
    people, as_of = batch
    first = compute(people, as_of)
    after = [person.having(result) for person, result in zip(people, first, strict=True)]
    assert compute(after, as_of) == [result | {"newly_unlocked": []} for result in first]


@settings(max_examples=60)
@given(batches())
def test_nothing_that_is_stored_is_ever_lost(batch: tuple[list[Person], dt.datetime]):
    people, as_of = batch
    for person, result in zip(people, compute(people, as_of), strict=True):
        assert result["best_streak"] >= stored_best(person)
        assert {*strings(person.milestones_unlocked), *stored_entries(person)} <= {*result["milestones_unlocked"]}
        topics = [topic.casefold() for topic in result["topics_explored"]]
        assert {topic.casefold() for topic in topics_of(person.topics_explored)} <= {*topics}
        assert len(topics) == len(set(topics))


@settings(max_examples=50)
@given(batches(fresh=True), st.integers(0, 14))
def test_conversations_that_become_known_late_leave_no_trace(
    batch: tuple[list[Person], dt.datetime], known_at_first: int
):
    people, as_of = batch
    as_of += MILLISECOND
    partly = [
        replace(person, talks=person.talks[:known_at_first], insights=person.insights[:known_at_first])
        for person in people
    ]
    stored = compute(partly, as_of)
    in_two_steps = compute([person.having(result) for person, result in zip(people, stored, strict=True)], as_of)
    at_once = compute(people, as_of)
    for name in set(at_once[0]) - {"newly_unlocked"}:
        assert [result[name] for result in in_two_steps] == [result[name] for result in at_once], name
    for early, late, both in zip(stored, in_two_steps, at_once, strict=True):
        assert sorted(early["newly_unlocked"] + late["newly_unlocked"]) == sorted(both["newly_unlocked"])


@settings(max_examples=60)
@given(batches())
def test_results_are_plain_values_that_bson_stores_as_they_are(batch: tuple[list[Person], dt.datetime]):
    people, as_of = batch
    aware = bson.CodecOptions[dict[str, Any]](tz_aware=True)
    for result in compute(people, as_of.replace(microsecond=as_of.microsecond // 1000 * 1000)):
        assert bson.decode(bson.encode(result), codec_options=aware) == result
        for name in ("streak_days", "best_streak", "total_conversations", "chart_completion_percent"):
            assert type(result[name]) is int, name
        assert type(result["last_conversation_date"]) in (dt.datetime, type(None))
        assert all(type(entry["unlocked_at"]) in (dt.datetime, type(None)) for entry in result["milestones"])


@settings(max_examples=100)
@given(batches(), st.integers(0, 5), jitters)
def test_a_stored_streak_has_lapsed_exactly_when_computing_it_anew_gives_nothing(
    batch: tuple[list[Person], dt.datetime], days: int, jitter: dt.timedelta
):
    people, as_of = batch
    later = max(as_of, as_of + days * DAY + jitter)
    before, after = compute(people, as_of), compute(people, later)
    for person, stored, anew in zip(people, before, after, strict=True):
        lapsed = gamification.lapsed(
            stored["streak_days"], stored["last_conversation_date"], zone_of(person), later
        )
        event(f"lapsed: {lapsed}")
        if runs_forward(person):
            assert lapsed == (stored["streak_days"] > 0 and anew["streak_days"] == 0)
        elif stored["streak_days"] > 0 and anew["streak_days"] == 0:
            assert lapsed


# --- examples ----------------------------------------------------------------------------------------------------


def local(zone: str, *clock: int, **more: int) -> dt.datetime:
    """A moment by the clock on the wall in `zone`, as UTC."""
    return dt.datetime(*clock, **more, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)  # type: ignore[arg-type, misc]


def in_zone(zone: str, *talks: dt.datetime) -> Person:
    return Person(talks=list(talks), profile={"timezone": zone})


def every_day(zone: str, first: dt.date, days: int, hour: int = 9) -> list[dt.datetime]:
    dates = [first + number * DAY for number in range(days)]
    return [local(zone, day.year, day.month, day.day, hour) for day in dates]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"])
def test_the_last_millisecond_before_local_midnight_is_another_day_than_midnight(zone: str):
    midnight = local(zone, 2026, 5, 2)
    person = in_zone(zone, midnight - MILLISECOND, midnight)
    assert compute_one(person, midnight)["streak_days"] == 2
    same_day = in_zone(zone, midnight, midnight + DAY - MILLISECOND)
    assert compute_one(same_day, midnight + DAY - MILLISECOND)["streak_days"] == 1


def test_a_streak_lasts_until_the_end_of_the_day_after_its_last_conversation():
    zone = "Asia/Kolkata"
    last = local(zone, 2026, 5, 2, 0, 0)
    person = in_zone(zone, last - DAY, last)
    end = local(zone, 2026, 5, 4)
    assert compute_one(person, end - MILLISECOND)["streak_days"] == 2
    assert compute_one(person, end)["streak_days"] == 0
    assert compute_one(person, end)["best_streak"] == 2
    assert not gamification.lapsed(2, last, zone, end - MILLISECOND)
    assert gamification.lapsed(2, last, zone, end)


def test_utc_days_do_not_count_where_the_person_has_other_days():
    # 23:00 and 01:00 in Kolkata: one UTC day, two of theirs; 06:00 UTC is not even the same date in Los Angeles.
    late, early = local("Asia/Kolkata", 2026, 5, 1, 23), local("Asia/Kolkata", 2026, 5, 2, 1)
    assert compute_one(in_zone("Asia/Kolkata", late, early), early)["streak_days"] == 2
    assert compute_one(in_zone("UTC", late, early), early)["streak_days"] == 1


@pytest.mark.parametrize("days", [3, 7])
def test_a_streak_milestone_is_unlocked_by_the_first_conversation_of_its_last_day(days: int):
    zone = "America/New_York"
    talks = every_day(zone, dt.date(2026, 5, 1), days)
    shorter = compute_one(in_zone(zone, *talks[:-1]), talks[-1])
    assert f"streak_{days}" not in shorter["milestones_unlocked"]

    person = in_zone(zone, *talks, talks[-1] + HOUR).having(shorter)
    result = compute_one(person, talks[-1] + 2 * HOUR)
    assert result["streak_days"] == result["best_streak"] == days
    assert result["newly_unlocked"] == [f"streak_{days}"]
    assert result["milestones"][-1] == {
        "id": f"streak_{days}",
        "title": f"{days}-Day Streak",
        "emoji": "🔥",
        "unlocked_at": talks[-1],
    }


@pytest.mark.parametrize(
    ("zone", "changed"),
    [
        ("America/New_York", dt.date(2026, 3, 8)),
        ("America/New_York", dt.date(2026, 11, 1)),
        ("Europe/London", dt.date(2026, 3, 29)),
        ("Europe/London", dt.date(2026, 10, 25)),
        ("Australia/Lord_Howe", dt.date(2026, 4, 5)),  # half an hour
        ("Australia/Lord_Howe", dt.date(2026, 10, 4)),
        ("Africa/Casablanca", dt.date(2026, 2, 15)),  # for Ramadan
        ("America/Sao_Paulo", dt.date(2018, 2, 18)),  # at midnight, back to the evening before
        ("America/Sao_Paulo", dt.date(2018, 11, 4)),  # at midnight, which did not happen
    ],
)
@pytest.mark.parametrize("hour", [0, 1, 2, 12, 23])
def test_a_streak_of_seven_days_survives_the_change_of_clocks(zone: str, changed: dt.date, hour: int):
    offsets = {at.astimezone(ZoneInfo(zone)).utcoffset() for at in every_day(zone, changed - 3 * DAY, 7)}
    assert len(offsets) == 2, "the clocks change in this week"
    talks = every_day(zone, changed - 3 * DAY, 7, hour)
    result = compute_one(in_zone(zone, *talks), talks[-1])
    assert (result["streak_days"], result["best_streak"]) == (7, 7)
    missed = compute_one(in_zone(zone, *talks[:3], *talks[4:]), talks[-1])
    assert (missed["streak_days"], missed["best_streak"]) == (3, 3)


def test_the_hour_that_comes_twice_before_midnight_is_one_day():
    # 17 February 2018 in Sao Paulo had 25 hours: 23:00 to 24:00 came twice.
    twice = [dt.datetime(2018, 2, 18, 1, 30, tzinfo=dt.UTC), dt.datetime(2018, 2, 18, 2, 30, tzinfo=dt.UTC)]
    midnight = dt.datetime(2018, 2, 18, 3, tzinfo=dt.UTC)
    assert compute_one(in_zone("America/Sao_Paulo", *twice), midnight)["streak_days"] == 1
    assert compute_one(in_zone("America/Sao_Paulo", *twice, midnight), midnight)["streak_days"] == 2


def test_the_day_samoa_skipped_breaks_no_streak():
    zone = "Pacific/Apia"
    talks = [local(zone, 2011, 12, day, 12) for day in (28, 29, 31)] + [local(zone, 2012, 1, 1, 12)]
    result = compute_one(in_zone(zone, *talks), talks[-1])
    assert (result["streak_days"], result["best_streak"]) == (4, 4)
    assert {entry["id"]: entry["unlocked_at"] for entry in result["milestones"]}["streak_3"] == talks[2]
    # Who last talked on the 29th talked yesterday all through the 31st, and the day before it from then on.
    assert compute_one(in_zone(zone, *talks[:2]), local(zone, 2011, 12, 31, 23))["streak_days"] == 2
    assert compute_one(in_zone(zone, *talks[:2]), local(zone, 2012, 1, 1))["streak_days"] == 0
    assert not gamification.lapsed(2, talks[1], zone, local(zone, 2011, 12, 31, 23))
    assert gamification.lapsed(2, talks[1], zone, local(zone, 2012, 1, 1))
    # Elsewhere the 30th was a day like any other.
    elsewhere = [local("Asia/Kolkata", 2011, 12, day, 12) for day in (28, 29, 31)]
    assert compute_one(in_zone("Asia/Kolkata", *elsewhere), elsewhere[-1])["streak_days"] == 1


def test_streaks_end_where_the_person_is_and_not_everywhere_at_once():
    last = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    zones = ("Pacific/Kiritimati", "Asia/Kolkata", "UTC", "America/New_York")
    people = [replace(in_zone(zone, last), user_id=zone) for zone in zones]
    as_of = dt.datetime(2026, 5, 2, 19, tzinfo=dt.UTC)
    assert [result["streak_days"] for result in compute(people, as_of)] == [1, 0, 1, 1]


def test_somebody_without_conversations_has_zeros_and_no_last_date():
    result = compute_one(Person(), dt.datetime(2026, 5, 1, tzinfo=dt.UTC))
    assert result == {
        "streak_days": 0,
        "best_streak": 0,
        "total_conversations": 0,
        "last_conversation_date": None,
        "topics_explored": [],
        "chart_completion_percent": 0,
        "milestones_unlocked": [],
        "milestones": [],
        "newly_unlocked": [],
    }


def test_nobody_at_all_is_no_error():
    assert compute([], dt.datetime(2026, 5, 1, tzinfo=dt.UTC)) == []


def test_conversations_and_insights_of_people_not_asked_for_are_left_alone():
    now = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    asked, other = in_zone("UTC", now), Person("user_other", [now - DAY, now], [(now, ["love"])])
    talks = pd.DataFrame(
        [(person.user_id, at) for person in (other, asked) for at in person.talks], columns=["user_id", "ended_at"]
    )
    insights = pd.DataFrame([("user_other", now, ["love"])], columns=["user_id", "ended_at", "topics"])
    users = pd.DataFrame({"user_id": [asked.user_id]}, dtype=object)
    for name in ("timezone", *gamification.CHART_FIELDS, "stored_best_streak", "stored_milestones"):
        users[name] = None
    users["stored_unlocked"] = users["stored_topics"] = None
    computed = gamification.compute(talks, users, insights, as_of=now, default_timezone="UTC")
    assert computed["total_conversations"].tolist() == [1]
    assert computed["topics_explored"].tolist() == [[]]


JUNK_OF_EVERY_TYPE = (
    None,
    True,
    False,
    -4,
    2.5,
    float("nan"),
    10**30,
    "seven",
    b"7",
    {},
    [],
    [None, 3, {}, []],
    [{"id": 5}],
)


@pytest.mark.parametrize("value", JUNK_OF_EVERY_TYPE, ids=repr)
@pytest.mark.parametrize("name", ["best_streak", "milestones_unlocked", "milestones", "topics_explored"])
def test_stored_values_of_a_wrong_type_count_as_absent(name: str, value: object):
    now = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    person = in_zone("UTC", now - DAY, now)
    readable = (name, value) in (("best_streak", 2.5), ("topics_explored", "seven"))  # see below
    if not readable:
        assert compute_one(replace(person, **{name: value}), now) == compute_one(person, now)


@pytest.mark.parametrize(
    ("stored", "best"),
    [(5.0, 5), (2.5, 2), (1, 2), (bson.Int64(9), 9), (bson.Decimal128("12"), 12), ("12", 12), (" 7.0 ", 7)]
    + [(text, 2) for text in ("²", "12 days", "-5", "9" * 400, "")],
)
def test_a_best_streak_stored_as_another_kind_of_number_is_not_lost(stored: object, best: int):
    now = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    result = compute_one(replace(in_zone("UTC", now - DAY, now), best_streak=stored), now)
    assert result["best_streak"] == best
    assert type(result["best_streak"]) is int


def test_a_stored_streak_without_a_usable_date_has_nothing_to_lapse():
    now = dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)
    old = now - 5 * DAY
    assert gamification.lapsed(3, old, "UTC", now)
    assert gamification.lapsed(3.0, old, "UTC", now)
    assert gamification.lapsed("3", old, "UTC", now)
    for streak, last in ((0, old), (None, old), ("²", old), (True, old), (3, None), (3, "2026-05-01"), (3, 5)):
        assert not gamification.lapsed(streak, last, "UTC", now)


@pytest.mark.parametrize(
    ("field", "stored", "read"),
    [
        ("topics_explored", "career, love", ["career", "love"]),
        ("topics_explored", {"0": "career", "1": "love"}, ["career", "love"]),
        ("topics_explored", ["career", None, {"a": 1}, "love"], ["career", "love"]),
        ("topics_explored", {"career": 3}, []),
        ("milestones_unlocked", "first_conversation,streak_7", ["first_conversation", "streak_7"]),
        ("milestones_unlocked", "first_conversation and others", []),
        ("milestones_unlocked", [{"id": "streak_7", "seen": True}, "first_conversation"], ["streak_7"]),
    ],
)
def test_lists_that_the_old_system_wrote_in_another_way_are_read(field: str, stored: object, read: list[str]):
    now = dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)
    result = compute_one(replace(in_zone("UTC"), **{field: stored}), now)
    assert [name for name in result[field] if name in read] == read


def test_a_milestone_keeps_the_date_it_was_unlocked_on_also_when_that_is_text():
    now = dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)
    stored = [{"id": "early_bird", "title": "Early Bird", "unlocked_at": "2025-11-03T10:00:00Z"}]
    (entry,) = compute_one(replace(in_zone("UTC"), milestones=stored), now)["milestones"]
    assert entry["unlocked_at"] == dt.datetime(2025, 11, 3, 10, tzinfo=dt.UTC)


def test_milestones_the_old_system_stored_without_dates_come_first_and_get_the_date_facts_give():
    now = dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)
    person = replace(in_zone("UTC", now), milestones_unlocked=["streak_7", "first_conversation", "early_bird"])
    result = compute_one(person, now + HOUR)
    assert result["milestones_unlocked"] == ["streak_7", "early_bird", "first_conversation"]
    assert [entry["unlocked_at"] for entry in result["milestones"]] == [None, None, now]
    assert result["milestones"][1] == {"id": "early_bird", "title": "early_bird", "emoji": "", "unlocked_at": None}
    assert result["newly_unlocked"] == []


def test_a_milestone_no_conversation_accounts_for_keeps_the_date_it_was_first_given():
    first = dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)
    chart = {"date_of_birth": first, "birth_time": "07:40", "birth_location": "Pune", "birth_timezone": "UTC"}
    person = Person(profile=chart)
    stored = compute_one(person, first)
    assert stored["newly_unlocked"] == ["full_chart"]
    later = compute_one(person.having(stored), first + 30 * DAY)
    assert later["milestones"] == stored["milestones"]
    assert later["milestones"][0]["unlocked_at"] == first
    without_birth_time = replace(person.having(stored), profile=chart | {"birth_time": None})
    lost_chart = compute_one(without_birth_time, first + 30 * DAY)
    assert lost_chart["chart_completion_percent"] == 75
    assert lost_chart["milestones"] == stored["milestones"]


def test_topics_keep_the_spelling_and_place_of_their_first_mention():
    start = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    person = Person(
        talks=[start, start + DAY],
        insights=[(start + DAY, ["LOVE", "Moon"]), (start, ["Love", "STRASSE", "Straße"])],
        topics_explored=["Childhood", "moon", "childhood", "Old friends", "CHILDHOOD"],
    )
    result = compute_one(person, start + DAY)
    assert result["topics_explored"] == ["Childhood", "Old friends", "Love", "STRASSE", "Moon"]
    explorer = {entry["id"]: entry["unlocked_at"] for entry in result["milestones"]}["topic_explorer"]
    assert explorer == start + DAY


def test_a_missing_zone_falls_back_to_the_birth_zone_and_then_to_the_default():
    # 1 May 20:00 UTC is the 2nd in Kolkata and the 1st in New York.
    talks = [dt.datetime(2026, 5, 1, hour, tzinfo=dt.UTC) for hour in (12, 20)]
    for profile, streak in (
        ({"timezone": "America/New_York", "birth_timezone": "Asia/Kolkata"}, 1),
        ({"timezone": "Mars/Olympus", "birth_timezone": "America/New_York"}, 1),
        ({"birth_timezone": "Asia/Kolkata"}, 2),
        ({"timezone": None, "birth_timezone": 5}, 2),
        ({}, 2),
    ):
        assert compute_one(Person(talks=talks, profile=profile), talks[-1])["streak_days"] == streak, profile
