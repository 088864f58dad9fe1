"""GCRA in MongoDB: exact for many at once, and by the server's clock."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from astra_pipeline.rates import Rate
from astra_pipeline.settings import settings
from astra_pipeline.store.client import connect
from astra_pipeline.store.collections import RATE
from astra_pipeline.store.rates import take

FIVE = Rate(5, 60, 5)


def run(db, act):
    async def on_a_loop():
        async with connect(settings().required("MONGODB_URI"), settings().mongodb_db) as opened:
            return await act(opened)

    return asyncio.run(on_a_loop())


def test_two_hundred_at_once_get_exactly_the_burst(db) -> None:
    async def at_once(opened):
        return await asyncio.gather(*(take(opened, "read", "person:asha", FIVE) for _ in range(200)))

    grants = run(db, at_once)
    assert sum(grant.allowed for grant in grants) == 5
    assert {grant.left for grant in grants if grant.allowed} == {0, 1, 2, 3, 4}
    waits = [grant.wait_seconds for grant in grants if not grant.allowed]
    assert 0 < min(waits) <= max(waits) <= 12


def test_one_more_is_allowed_after_each_interval(db) -> None:
    async def spent(opened):
        for _ in range(5):
            await take(opened, "read", "person:asha", FIVE)
        refused = await take(opened, "read", "person:asha", FIVE)
        # As if 12 seconds and one millisecond had passed.
        earlier = {"$set": {"tat": {"$subtract": ["$tat", 12_001]}}}
        await opened[RATE].update_one({}, [earlier])
        later = [await take(opened, "read", "person:asha", FIVE) for _ in range(2)]
        return refused, later

    refused, later = run(db, spent)
    assert not refused.allowed
    assert [grant.allowed for grant in later] == [True, False]


def test_a_rest_is_not_saved_up(db) -> None:
    async def rested(opened):
        await take(opened, "read", "person:asha", FIVE)
        await opened[RATE].update_one({}, {"$set": {"tat": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}})
        return [await take(opened, "read", "person:asha", FIVE) for _ in range(7)]

    assert [grant.allowed for grant in run(db, rested)] == [True] * 5 + [False] * 2


def test_subjects_and_buckets_are_counted_apart(db) -> None:
    async def apart(opened):
        once = Rate(1, 3600, 1)
        return [
            await take(opened, bucket, subject, once)
            for bucket, subject in (("a", "x"), ("a", "y"), ("b", "x"), ("a", "x"))
        ]

    assert [grant.allowed for grant in run(db, apart)] == [True, True, True, False]


def test_what_is_counted_goes_by_itself(db) -> None:
    run(db, lambda opened: take(opened, "read", "person:asha", FIVE))
    (index,) = [one for one in db[RATE].list_indexes() if one["name"] == "expiry"]
    assert index["expireAfterSeconds"] == 0
    (stored,) = db[RATE].find()
    assert set(stored) == {"_id", "tat", "ok", "at", "expires_at"}


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/hour;burst=5", Rate(10, 3600, 5)),
        ("120/minute; burst=60", Rate(120, 60, 60)),
        ("3/day", Rate(3, 86_400, 3)),
        ("2/s", Rate(2, 1, 2)),
    ],
)
def test_a_rate_is_read_as_it_is_written(text, rate) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize("text", ["", "10", "0/hour", "10/week", "10/hour;burst=0", "ten/hour", "-1/day", "١/day"])
def test_a_text_that_is_no_rate_is_refused(text) -> None:
    with pytest.raises(ValueError, match="rate such as"):
        Rate.parse(text)


def test_what_is_counted_ahead_leaves_half_of_the_burst(db) -> None:
    async def ahead(opened):
        twenty = Rate(20, 60, 20)
        return [await take(opened, "read", "person:asha", twenty, ahead=4) for _ in range(4)]

    grants = run(db, ahead)
    assert [(grant.allowed, grant.ahead, grant.left) for grant in grants] == [
        (True, 4, 15),
        (True, 4, 10),
        (True, 0, 9),
        (True, 0, 8),
    ]


def test_nothing_is_counted_ahead_of_a_refused_one(db) -> None:
    async def spent(opened):
        grants = [await take(opened, "read", "person:asha", FIVE, ahead=1) for _ in range(6)]
        return [(grant.allowed, grant.ahead) for grant in grants]

    assert run(db, spent) == [(True, 1), (True, 0), (True, 0), (True, 0), (False, 0), (False, 0)]
