"""The asset `daily_horoscopes` adapts to its reader: to their signs, name, language and old document."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from astra_pipeline_tests.charted import chart, join
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.horoscopes.runs import DATE, reading, run, stored
from astra_pipeline_tests.pipeline import checks_of, metadata_of

SIGNS_ONLY = {"vedic": {"sun_sign": "Leo", "moon_sign": "Virgo"}, "western": {"sun_sign": "Leo"}}


def test_a_person_without_sun_and_moon_sign_is_skipped_with_the_reason(
    world: World, instance: dg.DagsterInstance
) -> None:
    charts: list[Any] = [
        None,
        "Leo",
        {"vedic": {"sun_sign": "Leo"}},
        {"vedic": {"sun_sign": "Leo", "moon_sign": "?"}},
    ]
    users = [join(world, f"user_{number}", overview={"birth_chart": chart}) for number, chart in enumerate(charts)]
    join(world, "user_binod")
    told = metadata_of(run(instance), "daily_horoscopes")
    assert (told["done"], told["skipped"]) == (1, 4)
    reasons = {record.data["reason"]: record.data["items"] for record in told["skip_reasons"].records}
    assert reasons == {"no birth chart": 2, "birth chart without Sun and Moon sign": 2}
    assert all(stored(world, user) is None for user in users)


def test_a_chart_of_the_old_system_that_knows_signs_only_serves_by_its_moon_sign(
    world: World, instance: dg.DagsterInstance
) -> None:
    join(world, "user_asha", chart=SIGNS_ONLY)
    run(instance)
    shown = reading(world, "user_asha")
    assert (shown["sun_sign"], shown["moon_sign"], shown["rising_sign"]) == ("Leo", "Virgo", None)
    assert shown["transit_highlights"] == []
    assert "house from your Moon" in shown["content"]


def test_western_signs_serve_people_who_prefer_them_or_have_no_others(
    world: World, instance: dg.DagsterInstance
) -> None:
    join(world, "user_vedic")
    join(world, "user_western", preferences={"astrology_system": "western"})
    join(world, "user_both", preferences={"astrology_system": "both"})
    join(world, "user_half", chart={"western": chart()["western"], "engine": {}})
    run(instance)
    signs = {
        user: reading(world, user)["sun_sign"] for user in ("user_vedic", "user_western", "user_both", "user_half")
    }
    assert signs == {
        "user_vedic": "Aquarius",
        "user_western": "Pisces",
        "user_both": "Aquarius",
        "user_half": "Pisces",
    }


def test_any_name_is_called_or_left_out(world: World, instance: dg.DagsterInstance) -> None:
    from astra_pipeline.names import called, isolated

    names: list[Any] = [None, "", "🌙✨", "مريم", "Leo", "{{user_name}}", "Anne-Marie\nO'Neil", 42]
    users = {join(world, f"user_{number}", name=name): name for number, name in enumerate(names)}
    assert metadata_of(run(instance), "daily_horoscopes")["done"] == len(names)
    for user, name in users.items():
        text = reading(world, user)["content"]
        assert isolated(called(name)) in text
        assert "{" not in text
        assert ", ," not in text


def test_hinglish_follows_the_level_whatever_is_stored(world: World, instance: dg.DagsterInstance) -> None:
    from astra_pipeline.language import hinglish

    levels: dict[Any, int] = {0: 0, 50: 2, 100: 4, "30": 1, None: 0, "a lot": 0, -5: 0, 1e12: 4}
    for number, level in enumerate(levels):
        join(world, f"user_{number}", preferences={"hinglish_level": level})
    assert metadata_of(run(instance), "daily_horoscopes")["done"] == len(levels)
    for number, wanted in enumerate(levels.values()):
        words = hinglish.spoken_in(reading(world, f"user_{number}")["content"])
        assert len(words) >= wanted
        assert words or not wanted
        assert not words or wanted


@pytest.mark.parametrize(
    "old", ["24/11/2027", "November 24, 2025", "Tuesday, 24 Nov 2025", "2026-11-25T01:00:00Z", "", 20251124]
)
def test_a_date_of_the_old_system_however_it_is_written_is_older(
    old: Any, world: World, instance: dg.DagsterInstance
) -> None:
    join(world, "user_asha", overview={"latest_horoscope": {"date": old, "content": "An old one."}})
    ran = run(instance)
    assert reading(world, "user_asha")["date"] == DATE
    assert checks_of(ran)["daily_horoscopes:latest_is_the_newest"]
    world.db["user"].update_one({"id": "user_asha"}, {"$set": {"user_overview.latest_horoscope.date": old}})
    assert not checks_of(run(instance, config={"user_ids": ["nobody"]}))["daily_horoscopes:latest_is_the_newest"]


def test_a_document_of_the_old_system_with_nulls_is_no_obstacle(world: World, instance: dg.DagsterInstance) -> None:
    join(
        world,
        "user_asha",
        overview={
            "latest_horoscope": None,
            "preferences": None,
            "recent_conversations": [{"topics": None}, None, {"topics": ["Love", 7, "<script>", "x" * 500]}],
            "gamification": {"streak_days": "3", "milestones": [{"title": "X"}, None]},
        },
    )
    run(instance)
    shown = reading(world, "user_asha")
    assert shown["date"] == DATE
    assert "script" not in shown["content"]
    old = {"date": "2025-05-05", "content": "An old one."}
    world.db["user"].update_one({"id": "user_asha"}, {"$set": {"user_overview.latest_horoscope": old}})
    run(instance, config={"force": True})
    assert reading(world, "user_asha")["date"] == DATE
