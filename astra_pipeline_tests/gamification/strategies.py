"""People drawn at random by hypothesis: conversations close to midnights, stored values of any type."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from astra_pipeline.gamification.milestones import MILESTONES
from astra_pipeline_tests.gamification.by_hand import zone_of
from astra_pipeline_tests.gamification.people import DAY, HOUR, MILLISECOND, Person

ZONES = (
    "Africa/Abidjan",
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


@cache
def changes_of_clocks(zone: str) -> tuple[dt.date, ...]:
    """The local dates of 2010-2018 on which the zone's offset changed."""
    zone_info = ZoneInfo(zone)
    noons = [dt.datetime(2010, 1, 1, 12, tzinfo=dt.UTC) + number * DAY for number in range(9 * 365)]
    offsets = [noon.astimezone(zone_info).utcoffset() for noon in noons]
    return tuple(
        noon.astimezone(zone_info).date()
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
    st.sampled_from([None, "", "Mars/Olympus", "europe/berlin ", "UTC", "Etc/Unknown", "+05:30", 330, ["UTC"]]),
)


days_on_end = st.lists(st.tuples(jitters, st.integers(0, 1)), max_size=9)
days_at_random = st.lists(st.tuples(st.integers(-7, 7), jitters, st.integers(0, 1)), max_size=4)
lists_of_topics = st.lists(st.sampled_from(TOPICS), max_size=3)


@st.composite
def moments(draw: st.DrawFn, anchor: dt.date, zone: str) -> list[dt.datetime]:
    """Distinct moments (UTC) in the week on either side of `anchor`, close to midnights of `zone`, in no order.

    Some are on consecutive days, and some at random.
    """
    zone_info = ZoneInfo(zone)
    first = draw(st.integers(-7, 3))
    wanted = [(first + number, *moment) for number, moment in enumerate(draw(days_on_end))]
    found: set[dt.datetime] = set()
    for days, jitter, fold in [*wanted, *draw(days_at_random)]:
        midnight = dt.datetime.combine(anchor + days * DAY, dt.time(), tzinfo=zone_info).replace(fold=fold)
        found.add(midnight.astimezone(dt.UTC) + jitter)
    return draw(st.permutations(sorted(found)))


@st.composite
def persons(draw: st.DrawFn, number: int, anchor: dt.date, as_of: dt.datetime, *, fresh: bool = False) -> Person:
    """A person whose conversations and insights lie before `as_of`; `fresh`: with nothing stored yet."""
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
    if draw(st.booleans()):  # somebody who travels
        for at in person.talks:
            if (place := draw(st.sampled_from([None, "Etc/Unknown", "america/los_angeles", *ZONES]))) is not None:
                person.places[at] = place
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
    zone_info = ZoneInfo(draw(st.sampled_from(ZONES)))
    midnight = dt.datetime.combine(anchor + draw(st.integers(-2, 9)) * DAY, dt.time(), tzinfo=zone_info)
    as_of = midnight.astimezone(dt.UTC) + draw(jitters)
    count = draw(st.integers(1, most))
    return [draw(persons(number, anchor, as_of, fresh=fresh)) for number in range(count)], as_of
