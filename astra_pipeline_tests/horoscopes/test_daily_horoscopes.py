"""A horoscope a person and local date: who gets one, what becomes of trouble, what a repeat costs."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import uuid
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.batches import failures
from astra_pipeline.defs.horoscopes.assets import DAILY_HOROSCOPES
from astra_pipeline.horoscopes import write as horoscopes
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline.zones import at_local
from astra_pipeline_tests.charted import chart, join, run_cells
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.pipeline import checks_of, metadata_of

DATE = "2026-11-20"
KOLKATA = "asia-kolkata-001"


def run(instance: dg.DagsterInstance, *cells: tuple[str, str], **options: Any) -> dg.ExecuteInProcessResult:
    return run_cells(instance, "daily_horoscopes", *(cells or ((DATE, KOLKATA),)), **options)


def someone() -> str:
    """An id nobody had before: the sandbox remembers executions from test to test."""
    return f"user_{uuid.uuid4().hex[:10]}"


def stored(world: World, user_id: str, date: str = DATE) -> dict[str, Any] | None:
    return world.db["astra_horoscopes"].find_one({"_id": f"{user_id}@{date}"})


def executions(world: World, user_id: str, date: str = DATE) -> int:
    return world.executions(f"{user_id}@{date}")


def reading(world: World, user_id: str) -> dict[str, Any]:
    return world.overview(user_id)["latest_horoscope"]


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
    first = shown["transit_highlights"][0]
    assert first["planet"] in shown["content"]
    assert first["point"] in shown["content"]
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


def test_the_check_names_who_lacks_todays_an_hour_after_it_was_due(
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
    world: World, instance: dg.DagsterInstance
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


SIGNS_ONLY = {"vedic": {"sun_sign": "Leo", "moon_sign": "Virgo"}, "western": {"sun_sign": "Leo"}}


def test_who_has_no_sun_and_moon_sign_is_skipped_with_the_reason(
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
    assert "Virgo" in shown["content"]


def test_western_signs_serve_who_prefers_them_and_who_has_no_others(
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


def test_a_text_that_breaks_the_contract_is_asked_for_again_with_the_reason_then_parked_and_the_rest_delivered(
    world: World, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    environment.setenv("ASTRA_ANSWER_ATTEMPTS", "2")
    environment.setenv("ASTRA_RETRY_ATTEMPTS", "2")
    environment.setenv("ASTRA_RETRY_BASE_SECONDS", "0.01")
    forget_settings()
    users = [join(world, someone(), name=f"N{number}") for number in range(24)]
    kinds = ["fenced_json", "apology", "other_sign", "one_paragraph"]
    world.sandbox.configure(faults=[{"service": "julep", "rate": 0.6, "kinds": kinds, "seed": 5}])
    run(instance)
    time.sleep(0.05)
    ran = run(instance)

    injected = world.sandbox.stats()["faults"]["julep"]
    assert all(injected[kind] > 0 for kind in kinds), injected
    parked = {failure["user_id"]: failure for failure in world.db["astra_failures"].find()}
    served = {horoscope["user_id"] for horoscope in world.db["astra_horoscopes"].find()}
    assert parked
    assert parked.keys() | served == set(users)
    assert not parked.keys() & served
    assert all(failure["parked_at"] and failure["kind"] == "daily_horoscopes" for failure in parked.values())
    reasons = " ".join(failure["message"] for failure in parked.values())
    assert any(word in reasons for word in ("apology", "paragraphs", "none of the facts", "markup"))
    paid = {user: executions(world, user) for user in users}
    assert {paid[user] for user in parked} == {4}
    assert max(paid.values()) == 4
    told = metadata_of(ran, "daily_horoscopes")
    assert told["parked"] == len(parked)
    assert not checks_of(ran)["daily_horoscopes:nothing_parked"]
    assert checks_of(ran)["daily_horoscopes:texts_keep_their_contract"]

    world.sandbox.configure(faults=[])
    run(instance)
    assert world.db["astra_horoscopes"].count_documents({}) == len(users) - len(parked)
    run(instance, config={"user_ids": sorted(parked)})
    assert world.db["astra_horoscopes"].count_documents({}) == len(users)
    assert world.db["astra_failures"].count_documents({}) == 0


def test_an_outage_of_the_llm_fails_the_run(world: World, instance: dg.DagsterInstance) -> None:
    for number in range(3):
        join(world, f"user_{number}")
    world.sandbox.configure(reject_keys=True)
    ran = run(instance, raise_on_error=False)
    assert not ran.success
    assert world.db["astra_failures"].count_documents({}) == 0
    assert instance.get_materialized_partitions(dg.AssetKey("daily_horoscopes")) == set()


def test_a_cell_in_which_everybody_failed_is_not_materialised(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_HTTP_ATTEMPTS", "1")
    forget_settings()
    for number in range(3):
        join(world, f"user_{number}")
    world.sandbox.configure(faults=[{"service": "julep", "rate": 1.0, "kinds": ["500"]}])
    ran = run(instance, raise_on_error=False)
    assert not ran.success
    (failed,) = [event for event in ran.all_events if event.is_step_failure]
    assert "all 3 items failed" in str(failed.step_failure_data.user_failure_data)
    assert instance.get_materialized_partitions(dg.AssetKey("daily_horoscopes")) == set()
    assert world.db["astra_failures"].count_documents({}) == 3


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


def test_a_run_over_many_cells_tells_of_each_its_own(world: World, instance: dg.DagsterInstance) -> None:
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


def test_a_limit_is_not_used_up_by_who_is_set_aside(world: World, instance: dg.DagsterInstance) -> None:
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


def test_an_execution_that_outlasts_the_patience_is_collected_and_not_paid_for_again(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_LLM_TIMEOUT_SECONDS", "0.2")
    environment.setenv("ASTRA_RETRY_BASE_SECONDS", "0.01")
    forget_settings()
    asha, binod = join(world, someone()), join(world, someone())
    run(instance, config={"user_ids": [binod]}, raise_on_error=False)
    world.sandbox.configure(llm_seconds=1.5)
    run(instance, config={"user_ids": [asha]}, raise_on_error=False)
    assert stored(world, asha) is None
    time.sleep(2)
    run(instance)
    assert stored(world, asha) is not None
    assert executions(world, asha) == 1
    assert world.db["astra_leases"].count_documents({}) == 0


def test_an_execution_waited_for_twice_is_given_up(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_LLM_TIMEOUT_SECONDS", "0.2")
    environment.setenv("ASTRA_RETRY_BASE_SECONDS", "0.01")
    forget_settings()
    asha = join(world, someone())
    world.sandbox.configure(llm_seconds=60)
    for paid in (1, 1, 2):
        run(instance, config={"user_ids": [asha]}, raise_on_error=False)
        assert executions(world, asha) == paid


def test_forced_anew_means_asked_anew_whatever_a_killed_run_left(
    world: World, instance: dg.DagsterInstance
) -> None:
    from astra_pipeline.horoscopes.task import TASK

    asha = join(world, someone())
    run(instance)
    (left,) = world.sandbox.stats()["executions"][f"{asha}@{DATE}"]
    # A run killed between storing and giving back its lease leaves this.
    task_id = str(TASK.task_id)
    lease = {"run_id": "dead", "claimed_until": dt.datetime.now(dt.UTC), "executions": {task_id: left}}
    world.db["astra_leases"].insert_one({"_id": f"{asha}@{DATE}"} | lease)
    new_chart = {"user_overview.birth_chart": chart(hour=19, minute=15)}
    world.db["user"].update_one({"id": asha}, {"$set": new_chart})
    run(instance, config={"user_ids": [asha], "force": True})
    assert executions(world, asha) == 2
    assert reading(world, asha)["rising_sign"] == new_chart["user_overview.birth_chart"]["vedic"]["ascendant"]


def test_a_failure_of_a_date_that_is_over_is_retried_when_it_is_due_or_somebody_asks(
    world: World, instance: dg.DagsterInstance
) -> None:
    asha, binod = join(world, someone()), join(world, someone())
    now = dt.datetime.now(dt.UTC)
    run(instance)
    world.db["astra_horoscopes"].delete_many({})
    for user, parked_at in ((asha, None), (binod, now)):
        world.db["astra_failures"].insert_one(
            {"_id": f"daily_horoscopes:{user}@{DATE}", "kind": "daily_horoscopes", "item": f"{user}@{DATE}"}
            | {"user_id": user, "parked_at": parked_at, "next_attempt_at": None if parked_at else now}
            | {"error": "BadAnswer", "message": "one paragraph"}
        )

    def requested() -> list[dg.RunRequest]:
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
        )
        asked: Any = DAILY_HOROSCOPES.schedule(context, mongo=MongoResource())
        return [one for one in asked if DATE in str(one.partition_key)] if isinstance(asked, list) else []

    (request,) = requested()
    assert request.run_config == {"ops": {"daily_horoscopes": {"config": {"user_ids": [asha]}}}}
    assert request.tags["astra/lane"] == "backfill"
    run(instance, config={"user_ids": [asha]})
    assert requested() == []
    assert failures.retry_now(world.db, []) == 1
    (request,) = requested()
    run(instance, config=request.run_config["ops"]["daily_horoscopes"]["config"])
    assert stored(world, binod) is not None
    assert requested() == []
    assert world.db["astra_failures"].count_documents({}) == 0


def test_of_a_date_that_is_over_nothing_is_told_that_came_later(world: World, instance: dg.DagsterInstance) -> None:
    ended = at_local(dt.date.fromisoformat(DATE), dt.time(12), "Asia/Kolkata")
    entries = [{"date": ended - dt.timedelta(days=1), "topics": ["Love"]}, {"date": ended, "topics": ["Money"]}]
    asha = join(world, someone(), overview={"recent_conversations": entries, "gamification": {"streak_days": 9}})
    run(instance)
    written = stored(world, asha)
    assert written is not None
    assert (written["input"]["recent_topics"], written["input"]["streak_days"]) == (["Love"], 0)


def test_who_has_todays_horoscope_in_one_zone_gets_no_second_one_in_another(
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


def test_a_run_killed_between_storing_and_showing_is_made_good(world: World, instance: dg.DagsterInstance) -> None:
    asha = join(world, someone())
    run(instance)
    shown = reading(world, asha)
    unset = {"user_overview.latest_horoscope": "", "astra.horoscope_date": ""}
    world.db["user"].update_one({"id": asha}, {"$unset": unset})
    run(instance)
    assert reading(world, asha) == shown
    assert executions(world, asha) == 1


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


def test_the_schedule_asks_for_cells_in_which_somebody_lacks_todays(
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
