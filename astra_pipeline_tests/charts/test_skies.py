"""The stored skies: one asset stores them, and readers that find none compute their own."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.astrology import sky as astrology
from astra_pipeline.charts import skies
from astra_pipeline.charts.sky import Sky, SkyEvent, computed
from astra_pipeline.errors import BadBirth, BadDocument
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline_tests.charted import join, run_cells
from astra_pipeline_tests.conftest import World

DATE = dt.date(2026, 11, 20)
DAY = dt.timedelta(days=1)


def around(*dates: dt.date) -> skies.Skies:
    async def read() -> skies.Skies:
        async with MongoResource().connect() as db:
            return await skies.around(db, dates)

    return asyncio.run(read())


def horoscope(world: World, instance: dg.DagsterInstance, user_id: str) -> dict[str, Any]:
    """The stored horoscope of DATE, written anew."""
    config = {"user_ids": [user_id], "force": True}
    run_cells(instance, "daily_horoscopes", (DATE.isoformat(), "asia-kolkata-001"), config=config)
    stored = world.db["astra_horoscopes"].find_one({"user_id": user_id})
    assert stored is not None
    return {field: stored[field] for field in ("content", "input", "transit_highlights", "sky_at")}


@pytest.mark.parametrize("system", ["vedic", "western"])
def test_a_horoscope_stores_no_sky_and_reads_the_same_with_a_stored_sky(
    system: str, world: World, instance: dg.DagsterInstance
) -> None:
    user_id = join(world, f"user_{uuid.uuid4().hex[:10]}", name="Asha", preferences={"astrology_system": system})
    without = horoscope(world, instance, user_id)
    assert world.db["astra_daily_sky"].count_documents({}) == 0
    skies.refresh(world.db, [DATE - DAY, DATE, DATE + DAY])
    assert horoscope(world, instance, user_id) == without
    assert world.db["astra_daily_sky"].count_documents({}) == 3


def test_the_skies_around_local_dates_are_those_of_the_utc_dates_beside_them(world: World) -> None:
    skies.refresh(world.db, [DATE])
    before = list(world.db["astra_daily_sky"].find())
    found = around(DATE, DATE + DAY)
    assert sorted(found) == [DATE - DAY, DATE, DATE + DAY, DATE + 2 * DAY]
    assert all(found[date] == computed(date) for date in found)
    assert list(world.db["astra_daily_sky"].find()) == before


def test_a_sky_of_another_engine_is_missing_and_not_read(world: World) -> None:
    skies.refresh(world.db, [DATE])
    world.db["astra_daily_sky"].update_one({}, {"$set": {"engine.version": "0", "events": []}})
    assert skies.missing(world.db, [DATE, DATE + DAY]) == [DATE, DATE + DAY]
    assert around(DATE)[DATE] == computed(DATE)
    assert skies.refresh(world.db, [DATE]).done == [DATE.isoformat()]
    assert skies.missing(world.db, [DATE]) == []


def test_an_event_has_its_minute_in_utc_its_body_and_its_words() -> None:
    sky = computed(dt.date(2026, 11, 24))
    assert SkyEvent(dt.datetime(2026, 11, 24, 14, 54, tzinfo=dt.UTC), "phase", "Moon", "Full Moon") in sky.events
    assert [event.at for event in sky.events] == sorted(event.at for event in sky.events)
    assert (sky.moon.phase, sky.moon.illumination > 0.99) == ("Waxing Gibbous", True)


def test_a_date_without_an_ephemeris_is_refused_as_an_items_failure(world: World) -> None:
    with pytest.raises(BadBirth, match="outside of 1900"):
        around(dt.date(1850, 1, 1))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [({"events": [{"at": None}]}, "lacks the field"), ({"positions": None}, "TypeError"), ({"date": "x"}, "Value")],
)
def test_a_document_that_is_no_sky_is_refused_by_what_is_wrong(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadDocument, match=problem):
        Sky.read(astrology.day(DATE) | changes)
