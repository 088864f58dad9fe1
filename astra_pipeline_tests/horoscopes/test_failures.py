"""The asset `daily_horoscopes` survives refused answers, outages and killed runs, and pays for no text twice."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.batches import failures
from astra_pipeline.defs.horoscopes.assets import DAILY_HOROSCOPES
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.charted import chart, join
from astra_pipeline_tests.conftest import LLM_SERVICE, World
from astra_pipeline_tests.horoscopes.runs import DATE, executions, reading, run, someone, stored
from astra_pipeline_tests.pipeline import checks_of, metadata_of


def test_a_text_that_breaks_the_contract_is_asked_for_again_with_the_reason_then_parked_and_the_rest_delivered(
    world: World, runner: str, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    environment.setenv("ASTRA_ANSWER_ATTEMPTS", "2")
    environment.setenv("ASTRA_RETRY_ATTEMPTS", "2")
    environment.setenv("ASTRA_RETRY_BASE_SECONDS", "0.01")
    forget_settings()
    users = [join(world, someone(), name=f"N{number}") for number in range(24)]
    kinds = ["fenced_json", "apology", "other_sign", "one_paragraph"]
    world.sandbox.configure(faults=[{"service": LLM_SERVICE[runner], "rate": 0.6, "kinds": kinds, "seed": 5}])
    run(instance)
    time.sleep(0.05)
    ran = run(instance)

    injected = world.sandbox.stats()["faults"][LLM_SERVICE[runner]]
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


def test_an_outage_of_the_llm_fails_the_run(world: World, runner: str, instance: dg.DagsterInstance) -> None:
    for number in range(3):
        join(world, f"user_{number}")
    world.sandbox.configure(reject_keys=True)
    ran = run(instance, raise_on_error=False)
    assert not ran.success
    assert world.db["astra_failures"].count_documents({}) == 0
    assert instance.get_materialized_partitions(dg.AssetKey("daily_horoscopes")) == set()


def test_a_cell_in_which_everybody_failed_is_not_materialised(
    world: World, runner: str, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_HTTP_ATTEMPTS", "1")
    forget_settings()
    for number in range(3):
        join(world, f"user_{number}")
    world.sandbox.configure(faults=[{"service": LLM_SERVICE[runner], "rate": 1.0, "kinds": ["500"]}])
    ran = run(instance, raise_on_error=False)
    assert not ran.success
    (failed,) = [event for event in ran.all_events if event.is_step_failure]
    assert "all 3 items failed" in str(failed.step_failure_data.user_failure_data)
    assert instance.get_materialized_partitions(dg.AssetKey("daily_horoscopes")) == set()
    assert world.db["astra_failures"].count_documents({}) == 3


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


def test_a_run_killed_between_storing_and_showing_is_made_good(world: World, instance: dg.DagsterInstance) -> None:
    asha = join(world, someone())
    run(instance)
    shown = reading(world, asha)
    unset = {"user_overview.latest_horoscope": "", "astra.horoscope_date": ""}
    world.db["user"].update_one({"id": asha}, {"$unset": unset})
    run(instance)
    assert reading(world, asha) == shown
    assert executions(world, asha) == 1
