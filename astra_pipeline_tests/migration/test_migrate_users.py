"""People of the old system are taken in once, whatever their documents look like."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.charts import due as charts_due
from astra_pipeline.charts import write as charts
from astra_pipeline.definitions import defs
from astra_pipeline.defs.users.jobs import user_refresh
from astra_pipeline.errors import BadBirth
from astra_pipeline.gamification import write as metrics
from astra_pipeline.migration import people as migration
from astra_pipeline.migration.foresee import plan as foresee
from astra_pipeline.monitoring.changes import fingerprints
from astra_pipeline.orchestration.resources import LlmResource, MongoResource
from astra_pipeline.people import cohorts
from astra_pipeline.people.census import census
from astra_pipeline.people.julep_user import julep_user_id
from astra_pipeline.people.person import Person
from astra_pipeline.personal_data import export as personal_data
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import FAILURES, USERS
from astra_pipeline_tests.charted import chart
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.migration.taking_in import NOW, julep_users_of, take_in, ticked
from astra_pipeline_tests.pipeline import run_pipeline
from astra_pipeline_tests.working import work


def due_by_cohort(now: dt.datetime) -> dict[str, list[str]]:
    """Cohort -> users whose chart is due."""
    with work() as at_work:
        return at_work.run(charts_due.due_by_cohort(at_work.db, now=now))


_OLD_DOCUMENTS: dict[str, dict[str, Any]] = {
    "null": {"user_overview": None, "name": None},
    "texts": {
        "user_overview": {
            "preferences": {"hinglish_level": "30", "astrology_system": "vedic"},
            "recent_conversations": [
                {"date": "2025-11-03T10:00:00", "summary": "Spoke of a move.", "topics": ["travel"]},
                {"summary": "Undated.", "topics": "family"},
            ],
            "insights": [{"content": "Wants to move."}, "writes poems"],
            "incident_map": [{"description": "Broke an arm", "tags": None}],
        },
        "date_of_birth": "1994-03-12",
    },
    "chart": {"user_overview": {"birth_chart": {"vedic": {"sun_sign": "Leo"}, "text": "You are a Leo."}}},
    "extras": {
        "user_overview": {"weekly_reports": [{"week_start": "2025-01-06", "mood": "calm"}], "old": {"a": 1}}
    },
    "broken": {"user_overview": {"recent_conversations": "all of them"}},
    "astra": {"astra": None, "timezone": "America/New_York"},
}


def old_people(world: World) -> list[str]:
    return [world.join(f"user_{name}", **fields) for name, fields in _OLD_DOCUMENTS.items()]


def test_everybody_is_taken_in_once_and_odd_fields_are_named(world: World, instance: dg.DagsterInstance) -> None:
    ids = old_people(world)
    before = {user["id"]: user for user in world.db[USERS].find()}
    assert take_in(instance).success
    stored = {user["id"]: user for user in world.db[USERS].find()}
    for user_id in ids:
        assert stored[user_id]["julep_user_id"] == julep_user_id(user_id)
        assert stored[user_id]["julep_project"] == "astra"
        assert stored[user_id]["astra"]["cohort"] in instance.get_dynamic_partitions("cohorts")
        assert stored[user_id].get("user_overview") == before[user_id].get("user_overview")
    kolkata, new_york = (f"{zone}-migrated-{NOW:%Y%m%d}-001" for zone in ("asia-kolkata", "america-new-york"))
    assert stored["user_astra"]["astra"]["cohort"] == new_york
    assert julep_users_of(ids) == ids
    assert migration.unreadable_of(world.db, ids) == {
        "user_texts": ["user_overview.insights: 1 of 2 entries are no documents"],
        "user_broken": ["user_overview.recent_conversations is of type str, want a list"],
    }
    events = instance.get_records_for_run(
        instance.get_runs()[0].run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
    ).records
    assert {record.partition_key for record in events} == set(instance.get_dynamic_partitions("cohorts"))
    told = {record.partition_key: record.asset_materialization for record in events}
    counts = {key: {name: one.metadata[name].value for name in one.metadata} for key, one in told.items() if one}
    assert counts == {
        kolkata: {"done": len(ids) - 1, "unreadable": 2},
        new_york: {"done": 1, "unreadable": 0},
    }

    again = fingerprints(world.db)
    assert take_in(instance).success
    assert fingerprints(world.db) == again
    assert julep_users_of(ids) == ids


def test_a_dry_run_writes_nothing_anywhere(world: World, instance: dg.DagsterInstance) -> None:
    ids = old_people(world)
    world.talk("user_texts", "Hello.", ended_at=recently(days=40))
    before, users_before = fingerprints(world.db), world.sandbox.stats()["users"]
    made = {name: sorted(world.db[name].index_information()) for name in world.db.list_collection_names()}
    plan = foresee(world.db, now=dt.datetime.now(dt.UTC))
    assert (plan.users, plan.without_julep_user, plan.conversations, plan.reports) == (len(ids), len(ids), 1, 0)
    assert sorted(plan.cohorts.values()) == [1, len(ids) - 1]
    assert all("-migrated-" in cohort for cohort in plan.cohorts)
    assert set(plan.opened) == set(plan.cohorts)
    assert plan.llm_calls == 1 + plan.horoscopes
    assert set(plan.unreadable) == {"user_texts", "user_broken"}
    assert take_in(instance, dry_run=True).success
    assert fingerprints(world.db) == before
    assert world.db.list_collection_names(filter={"name": "astra_cohorts"}) == [] or (
        world.db["astra_cohorts"].count_documents({}) == 0
    )
    assert {name: sorted(world.db[name].index_information()) for name in world.db.list_collection_names()} == made
    assert world.sandbox.stats()["users"] == users_before
    assert instance.get_dynamic_partitions("cohorts") == []


def test_the_plan_seats_people_as_the_sync_does(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_COHORT_SIZE", "3")
    forget_settings()
    for number in range(8):
        world.join(f"user_{number}", timezone="Asia/Tokyo" if number % 4 == 0 else "Asia/Kolkata")
    migration.seat(world.db, migration.to_sync(world.db, only=["user_1"]), now=NOW)
    foreseen = foresee(world.db, now=NOW).cohorts
    migration.seat(world.db, migration.to_sync(world.db), now=NOW)
    batch = f"migrated-{NOW:%Y%m%d}"
    wanted = {f"asia-kolkata-{batch}-001": 3, f"asia-kolkata-{batch}-002": 3, f"asia-tokyo-{batch}-001": 2}
    assert foreseen == _seated(world) == wanted


def _seated(world: World) -> dict[str, int]:
    groups = world.db[USERS].aggregate([{"$group": {"_id": "$astra.cohort", "n": {"$sum": 1}}}])
    return {group["_id"]: group["n"] for group in groups}


def test_a_migration_opens_cohorts_of_its_own_also_when_new_users_was_faster(world: World) -> None:
    for number in range(3):
        world.join(f"user_old_{number}", timezone="Asia/Kolkata")
    world.join("user_new", timezone="Asia/Kolkata", julep_user_id="theirs")
    _, cursor = cohorts.follow(world.db, None)
    assert _seated(world) == {"asia-kolkata-001": 4}
    foreseen = foresee(world.db, now=NOW)
    assert migration.seat(world.db, migration.to_sync(world.db), now=NOW) == 3
    own = f"asia-kolkata-migrated-{NOW:%Y%m%d}-001"
    assert (foreseen.cohorts, foreseen.opened) == ({own: 3}, (own,))
    assert _seated(world) == {"asia-kolkata-001": 1, own: 3}

    # Killed here and repeated another day, nobody moves again; and who signs up is not seated among them.
    tomorrow = NOW + dt.timedelta(days=1)
    assert migration.seat(world.db, migration.to_sync(world.db), now=tomorrow) == 0
    assert foresee(world.db, now=tomorrow).cohorts == {own: 3}
    world.join("user_newer", timezone="Asia/Kolkata")
    cohorts.follow(world.db, cursor)
    assert _seated(world) == {"asia-kolkata-001": 2, own: 3}
    counted = census(world.db, ["asia-kolkata-001", own], now=NOW)
    assert counted.disagreements == []


def test_a_migrated_user_who_moves_leaves_the_batch(world: World) -> None:
    world.join("user_old", timezone="Asia/Kolkata")
    migration.seat(world.db, migration.to_sync(world.db), now=NOW)
    world.db[USERS].update_one({"id": "user_old"}, {"$set": {"timezone": "Asia/Tokyo"}})
    cohorts.follow(world.db, None)
    assert _seated(world) == {"asia-tokyo-001": 1}


def test_a_user_who_fails_is_reported_and_does_not_stop_the_rest(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_HTTP_ATTEMPTS", "1")
    forget_settings()
    ids = [world.join(f"user_{number:02d}") for number in range(20)]
    faults = [{"service": "julep", "rate": 0.5, "kinds": ["500"], "retry_after": 0.05, "seed": 3}]
    world.sandbox.configure(faults=faults)
    result = take_in(instance)
    world.sandbox.configure(faults=[])
    synced = world.db[USERS].count_documents({"julep_user_id": {"$ne": None}})
    assert not result.success
    assert 0 < synced < len(ids)
    assert world.db[FAILURES].count_documents({"kind": "julep_users"}) == len(ids) - synced
    world.db[FAILURES].update_many({}, {"$set": {"next_attempt_at": NOW}})
    assert take_in(instance).success
    assert julep_users_of(ids) == ids
    assert world.db[FAILURES].count_documents({}) == 0


def test_an_operator_can_name_the_users_to_take_in(world: World, instance: dg.DagsterInstance) -> None:
    old_people(world)
    assert take_in(instance, user_ids=["user_null"]).success
    assert [user["id"] for user in world.db[USERS].find({"julep_user_id": {"$ne": None}})] == ["user_null"]


def test_the_old_system_s_knowledge_outlives_the_backfill(world: World, instance: dg.DagsterInstance) -> None:
    ids = old_people(world)
    said = {user_id: world.talk(user_id, "I worry about my exam.", ended_at=recently(days=3)) for user_id in ids}
    take_in(instance)
    for _ in range(2):
        run_pipeline(instance, NOW.date() - dt.timedelta(days=5), NOW.date(), raise_on_error=False)
    texts = world.overview("user_texts")
    assert [entry["summary"] for entry in texts["recent_conversations"][:2]] == ["Undated.", "Spoke of a move."]
    assert [entry.get("conversation_id") for entry in texts["recent_conversations"]][2:] == [said["user_texts"]]
    assert "writes poems" in texts["insights"]
    assert {"content": "Wants to move."} in texts["insights"]
    assert texts["preferences"]["hinglish_level"] == "30"
    assert {"description": "Broke an arm", "tags": None} in texts["incident_map"]
    assert world.overview("user_extras")["old"] == {"a": 1}
    assert world.overview("user_extras")["weekly_reports"][0]["mood"] == "calm"
    assert [e["conversation_id"] for e in world.overview("user_null")["recent_conversations"]] == [
        said["user_null"]
    ]
    # What no rule reads makes room, and is kept.
    broken = world.db[USERS].find_one({"id": "user_broken"})
    assert broken is not None
    assert "all of them" in str(broken["astra"]["set_aside"])
    assert [e["conversation_id"] for e in broken["user_overview"]["recent_conversations"]] == [said["user_broken"]]
    assert world.db[FAILURES].count_documents({}) == 0


def test_a_person_processed_by_the_old_system_gets_streaks_and_milestones_as_well(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join("user_a")
    world.talk("user_a", "Hello.", ended_at=recently(days=40), metadata={"transcript_processed": True})
    take_in(instance)
    assert ticked(instance) == []
    assert world.db[USERS].count_documents({"astra.migration.backfill_due": True}) == 1, "not counted yet"
    assert metrics.any_due(world.db, now=NOW) == 1
    run_pipeline(instance, assets=["gamification_metrics"], tags={"astra/lane": "live"})
    assert world.overview("user_a")["gamification"]["total_conversations"] == 1
    ticked(instance)
    assert world.db[USERS].count_documents({"astra.migration.backfill_due": True}) == 0


def test_a_julep_user_that_could_not_be_made_is_tried_again_by_the_sensor(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_HTTP_ATTEMPTS", "1")
    forget_settings()
    ids = [world.join(f"user_{number}") for number in range(3)]
    world.sandbox.configure(faults=[{"service": "julep", "rate": 1.0, "kinds": ["500"]}])
    assert not take_in(instance).success
    assert ticked(instance) == [], "not due yet"
    world.db[FAILURES].update_many({}, {"$set": {"next_attempt_at": NOW}})
    (request,) = ticked(instance)
    assert request.job_name == "julep_users_job"

    def run() -> dg.ExecuteInProcessResult:
        return defs.resolve_job_def("julep_users_job").execute_in_process(
            instance=instance,
            partition_key=request.partition_key,
            run_config=request.run_config,
            raise_on_error=False,
        )

    assert not run().success, "nothing could be done"
    world.sandbox.configure(faults=[])
    assert run().success
    assert julep_users_of(ids) == ids
    assert world.db[FAILURES].count_documents({}) == 0


def test_a_date_no_calendar_knows_is_its_persons_trouble(world: World, instance: dg.DagsterInstance) -> None:
    from bson.datetime_ms import DatetimeMS

    far = DatetimeMS(1_029_283_200_000_000)  # microseconds where milliseconds belong: the year 34586
    world.join("user_far", date_of_birth=far, birth_time="07:15", birth_location="Pune")
    world.join("user_near")
    assert foresee(world.db, now=NOW).unreadable == {
        "user_far": ["date_of_birth is of type DatetimeMS, want a date"]
    }
    assert take_in(instance).success
    assert due_by_cohort(NOW).popitem()[1] == ["user_far"]
    people = [Person.read(user) for user in world.db[USERS].find({"id": "user_far"})]
    (answer,) = charts.charts_of(people, now=NOW).values()
    assert isinstance(answer, BadBirth)
    assert personal_data.as_json(personal_data.export(world.db, "user_far"))


def test_one_person_is_brought_up_to_date(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_a", user_overview={"birth_chart": chart()})
    world.join("user_b", user_overview={"birth_chart": chart()})
    for user_id in ("user_a", "user_b"):
        world.talk(user_id, "I worry about my exam.", ended_at=recently(days=8))
    result = user_refresh.execute_in_process(
        instance=instance,
        resources={"mongo": MongoResource(), "llm": LlmResource()},
        run_config={"ops": {"refresh_user": {"config": {"user_id": "user_a"}}}},
    )
    assert result.success
    mine = world.overview("user_a")
    assert mine["recent_conversations"]
    assert mine["gamification"]["total_conversations"] == 1
    assert mine["latest_horoscope"]["content"]
    assert "recent_conversations" not in world.overview("user_b")
    assert "latest_horoscope" not in world.overview("user_b")
