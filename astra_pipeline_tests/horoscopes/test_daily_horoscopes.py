"""The asset `daily_horoscopes` writes true horoscopes, once each, for the people and dates of its run."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

import dagster as dg
import pytest

from astra_pipeline.horoscopes import write as horoscopes
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.zones import at_local
from astra_pipeline_tests.charted import chart, join
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.horoscopes.runs import DATE, KOLKATA, executions, reading, run, someone, stored
from astra_pipeline_tests.pipeline import checks_of, metadata_of


def test_it_speaks_of_the_persons_own_chart_and_of_the_dates_real_sky(
    world: World, instance: dg.DagsterInstance
) -> None:
    from astra_pipeline.astrology.ephemeris import PLANETS, positions
    from astra_pipeline.astrology.timescales import julian_date

    join(world, "user_asha", name="Asha Rao", preferences={"astrology_system": "western"})
    ran = run(instance)
    shown = reading(world, "user_asha")
    born = chart()["western"]
    assert shown["date"] == DATE
    assert (shown["sun_sign"], shown["moon_sign"], shown["rising_sign"]) == (
        "Pisces",
        "Pisces",
        born["rising_sign"],
    )
    assert "Asha" in shown["content"]
    assert "Rao" not in shown["content"]
    sky = positions(julian_date([at_local(dt.date.fromisoformat(DATE), dt.time(6), "Asia/Kolkata")]))
    natal = {planet["name"]: planet["longitude"] for planet in born["planets"]}
    natal |= {"Ascendant": born["ascendant_longitude"], "Midheaven": born["mc_longitude"]}
    angles = {"conjunction": 0, "sextile": 60, "square": 90, "trine": 120, "opposition": 180}
    assert 1 <= len(shown["transit_highlights"]) <= 5
    for transit in shown["transit_highlights"]:
        apart = sky.longitude[PLANETS.index(transit["planet"]), 0] - natal[transit["point"]]
        gap = abs((apart + 180) % 360 - 180)
        assert abs(gap - angles[transit["aspect"]]) == pytest.approx(transit["orb"], abs=0.0051)
        assert transit["description"].startswith(
            f"{transit['planet']} {transit['aspect']} natal {transit['point']}"
        )
    kept = stored(world, "user_asha", DATE)
    assert kept is not None
    assert kept["theme"]["key"] == kept["input"]["theme"]["key"]
    assert kept["suggestions"]
    assert kept["recollection"]["texts"][0]["image"] in shown["content"]
    assert kept["recollection"]["phrases"][DATE]
    told = metadata_of(ran, "daily_horoscopes")
    assert (told["done"], told["llm_calls"]) == (1, 1)
    assert shown["content"].splitlines()[0] in told["preview"]
    checks = checks_of(ran)
    # By the real clock, today's may be due.
    del checks["daily_horoscopes:everyone_has_one"]
    assert checks == {
        f"daily_horoscopes:{check}": True
        for check in ("nothing_parked", "latest_is_the_newest", "texts_keep_their_contract")
    }


def test_the_check_names_people_without_todays_horoscope_an_hour_after_it_was_due(
    world: World, instance: dg.DagsterInstance
) -> None:
    # A zone in which it is between 8 and 9 in the morning.
    now = dt.datetime.now(dt.UTC)
    east = (8 - now.hour + 12) % 24 - 12
    zone = f"Etc/GMT{-east:+d}" if east else "Etc/GMT"
    cohort = "here-001"
    join(world, "user_asha", zone=zone, cohort=cohort)
    today = (now + dt.timedelta(hours=east)).date()
    yesterday = ((today - dt.timedelta(days=1)).isoformat(), cohort)
    assert not checks_of(run(instance, yesterday))["daily_horoscopes:everyone_has_one"]
    # Who got a chart this minute is not late.
    drawn = {"user_overview.birth_chart.calculated_at": now}
    world.db["user"].update_one({"id": "user_asha"}, {"$set": drawn})
    assert checks_of(run(instance, yesterday))["daily_horoscopes:everyone_has_one"]
    assert checks_of(run(instance, (today.isoformat(), cohort)))["daily_horoscopes:everyone_has_one"]


def test_a_second_materialisation_pays_for_nothing_and_writes_nothing(
    world: World, runner: str, instance: dg.DagsterInstance
) -> None:
    users = [join(world, someone(), name=f"N{number}") for number in range(5)]
    run(instance)
    before = list(world.db["user"].find()), list(world.db["astra_horoscopes"].find())
    again = metadata_of(run(instance), "daily_horoscopes")
    assert (again["done"], again["unchanged"], again["llm_calls"]) == (0, 5, 0)
    assert [executions(world, user) for user in users] == [1] * 5
    assert (list(world.db["user"].find()), list(world.db["astra_horoscopes"].find())) == before


def test_force_writes_it_anew_and_user_ids_and_limit_restrict_the_run(
    world: World, instance: dg.DagsterInstance
) -> None:
    users = sorted(join(world, someone(), name=f"N{number}") for number in range(4))
    run(instance, config={"limit": 1})
    assert [executions(world, user) for user in users] == [1, 0, 0, 0]
    run(instance, config={"user_ids": [users[0], users[3]]})
    assert [executions(world, user) for user in users] == [1, 0, 0, 1]
    run(instance, config={"user_ids": [users[3]], "force": True})
    assert [executions(world, user) for user in users] == [1, 0, 0, 2]
    assert world.db["astra_horoscopes"].count_documents({}) == 2


def test_the_next_text_says_nothing_that_the_last_one_said(world: World, instance: dg.DagsterInstance) -> None:
    join(world, "user_asha")
    days = [(dt.date.fromisoformat(DATE) - dt.timedelta(days=days)).isoformat() for days in (2, 1, 0)]
    texts = []
    for day in (days[0], days[2]):
        run(instance, (day, KOLKATA))
        found = stored(world, "user_asha", day)
        assert found is not None
        texts.append(found)
    # A day without a text is no gap in the memory.
    assert {*texts[1]["recollection"]["phrases"]} == {days[0], days[2]}
    assert [text["date"] for text in texts[1]["recollection"]["texts"]] == [days[2], days[0]]
    said = [set(re.split(r"(?<=[.!?])\s+", text["content"])) for text in texts]
    assert not said[0] & said[1]


def test_backfilling_an_older_date_does_not_touch_the_latest(world: World, instance: dg.DagsterInstance) -> None:
    join(world, "user_asha")
    run(instance)
    before = world.overview("user_asha")
    ran = run(instance, ("2026-11-17", KOLKATA))
    assert world.overview("user_asha") == before
    backfilled = stored(world, "user_asha", "2026-11-17")
    assert backfilled is not None
    assert backfilled["content"] != before["latest_horoscope"]["content"]
    assert checks_of(ran)["daily_horoscopes:latest_is_the_newest"]


def test_one_run_over_a_range_of_dates_writes_every_cell(world: World, instance: dg.DagsterInstance) -> None:
    join(world, "user_asha")
    ran = run(instance, ("2026-11-14", KOLKATA), ("2026-11-20", KOLKATA))
    dates = [horoscope["date"] for horoscope in world.db["astra_horoscopes"].find().sort("date", 1)]
    assert dates == [f"2026-11-{day}" for day in range(14, 21)]
    assert len(ran.asset_materializations_for_node("daily_horoscopes")) == 7
    texts = [horoscope["content"] for horoscope in world.db["astra_horoscopes"].find()]
    sentences = [sentence for text in texts for sentence in text.replace("\n\n", " ").split(". ")]
    assert sorted(sentences) == sorted(set(sentences))


@pytest.mark.parametrize("force", [False, True])
def test_a_date_that_has_not_begun_where_they_live_is_not_written_early(
    force: bool, world: World, instance: dg.DagsterInstance
) -> None:
    join(world, "user_leilani", zone="Pacific/Honolulu")
    today = dt.datetime.now(dt.UTC).date()
    early = (today + dt.timedelta(days=1)).isoformat()
    ran = run(instance, (early, "pacific-honolulu-001"), config={"force": force})
    told = metadata_of(ran, "daily_horoscopes")
    assert (told["done"], told["skipped"]) == (0, 1)
    assert "latest_horoscope" not in world.overview("user_leilani")


def test_a_run_over_many_cells_reports_the_counts_of_each(world: World, instance: dg.DagsterInstance) -> None:
    join(world, "user_asha")
    join(world, "user_noor", zone="Asia/Dubai")
    join(world, "user_oleg", zone="Asia/Dubai", overview={"birth_chart": None})
    ran = run(instance, ("2026-11-19", KOLKATA), ("2026-11-20", "asia-dubai-001"))
    told = {
        made.partition: {name: made.metadata[name].value for name in ("done", "skipped", "llm_calls")}
        for made in ran.asset_materializations_for_node("daily_horoscopes")
    }
    assert len(told) == 4
    for partition, counts in told.items():
        skipped = int("dubai" in str(partition))
        assert counts == {"done": 1, "skipped": skipped, "llm_calls": 1}, partition
    for made in ran.asset_materializations_for_node("daily_horoscopes"):
        cohort, date = str(made.partition).split("|")
        reader, other = ("user_noor", "user_asha") if "dubai" in cohort else ("user_asha", "user_noor")
        text = stored(world, reader, date)
        assert text is not None
        shown = str(made.metadata["preview"].value)
        assert text["content"].splitlines()[0] in shown
        assert other not in shown
        assert ("skip_reasons" in made.metadata) == (reader == "user_noor")


def test_a_limit_is_not_used_up_by_people_who_are_skipped(world: World, instance: dg.DagsterInstance) -> None:
    users = sorted(join(world, someone()) for _ in range(5))
    for user in users[:2]:
        world.db["astra_failures"].insert_one(
            {"_id": f"daily_horoscopes:{user}@{DATE}", "kind": "daily_horoscopes", "item": f"{user}@{DATE}"}
            | {"user_id": user, "next_attempt_at": None, "parked_at": dt.datetime.now(dt.UTC)}
            | {"error": "BadAnswer", "message": "one paragraph"}
        )
    told = metadata_of(run(instance, config={"limit": 2}), "daily_horoscopes")
    assert (told["done"], told["skipped"]) == (2, 2)
    assert [stored(world, user) is not None for user in users] == [False, False, True, True, False]


def test_the_horoscope_of_a_past_date_holds_nothing_that_came_later(
    world: World, instance: dg.DagsterInstance
) -> None:
    ended = at_local(dt.date.fromisoformat(DATE), dt.time(12), "Asia/Kolkata")
    entries = [{"date": ended - dt.timedelta(days=1), "topics": ["Love"]}, {"date": ended, "topics": ["Money"]}]
    asha = join(world, someone(), overview={"recent_conversations": entries, "gamification": {"streak_days": 9}})
    run(instance)
    written = stored(world, asha)
    assert written is not None
    assert (written["input"]["recent_topics"], written["input"]["streak_days"]) == (["Love"], 0)


def test_a_person_with_todays_horoscope_in_one_zone_gets_no_second_one_in_another(
    world: World, instance: dg.DagsterInstance
) -> None:
    mover = join(world, someone(), zone="Pacific/Kiritimati")
    run(instance, (DATE, "pacific-kiritimati-001"))
    world.db["astra_cohorts"].insert_one(
        {"_id": "america-los-angeles-001", "zone": "America/Los_Angeles", "members": 1}
    )
    moved = {"astra.cohort": "america-los-angeles-001", "timezone": "America/Los_Angeles"}
    world.db["user"].update_one({"id": mover}, {"$set": moved})
    told = metadata_of(run(instance, (DATE, "america-los-angeles-001")), "daily_horoscopes")
    assert (told["done"], told["unchanged"]) == (0, 1)
    assert executions(world, mover) == 1


def test_the_schedule_requests_cells_in_which_somebody_lacks_todays_horoscope(
    world: World, instance: dg.DagsterInstance
) -> None:
    join(world, "user_asha")
    join(world, "user_chartless", chart={"vedic": {}})
    date = dt.date.fromisoformat(DATE)

    def due(hour: int) -> list[str]:
        async def look() -> list[str]:
            async with MongoResource().connect() as db:
                at = at_local(date, dt.time(hour, 59), "Asia/Kolkata")
                found = await horoscopes.due(db, {KOLKATA: "Asia/Kolkata"}, now=at)
                return [one.cohort_date.date.isoformat() for one in found]

        return asyncio.run(look())

    assert due(5) == []
    assert due(6) == [DATE]
    run(instance)
    assert due(6) == due(23) == []
    join(world, "user_binod", cohort=KOLKATA)
    assert due(23) == [DATE]
    world.db["astra_failures"].insert_one(
        {"_id": f"daily_horoscopes:user_binod@{DATE}", "kind": "daily_horoscopes", "item": f"user_binod@{DATE}"}
        | {"user_id": "user_binod", "next_attempt_at": None, "parked_at": dt.datetime.now(dt.UTC)}
    )
    assert due(23) == []
