"""Requests are of a person: exported with them, erased with them, and counted without them."""

from __future__ import annotations

import datetime as dt

from astra_pipeline.monitoring.holdings import read_holdings
from astra_pipeline.personal_data.export import export
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.personal_data.lives import erase_as_cli
from astra_pipeline_tests.requests.asking import ask, state


def test_a_persons_requests_are_exported_and_erased_with_them(world: World) -> None:
    for user in ("user_a", "user_b"):
        world.join(user)
    mine, other = ask("chart", "user_a", "user_a"), ask("chart", "user_b", "user_b")
    world.db["astra_task_requests"].update_one(
        {"_id": other}, {"$set": {"requested_by": {"kind": "admin", "id": "user_a"}}}
    )
    exported = export(world.db, "user_a")["astra_task_requests"]
    assert [request["_id"] for request in exported] == [mine]
    erase_as_cli(None, "user_a")
    assert [request["_id"] for request in world.db["astra_task_requests"].find()] == [other]
    assert state(world, other)["requested_by"] == {"kind": "admin", "id": None}


def test_the_status_counts_what_waits_is_at_work_and_failed(world: World) -> None:
    now = recently()
    ids = [ask("chart", f"user_{number}", f"user_{number}") for number in range(4)]
    for request_id, fields in (
        (ids[0], {"requested_at": now - dt.timedelta(hours=1)}),
        (ids[1], {"status": "running"}),
        (ids[2], {"status": "failed"}),
        (ids[3], {"status": "failed", "requested_at": now - dt.timedelta(days=2)}),
    ):
        world.db["astra_task_requests"].update_one({"_id": request_id}, {"$set": fields})
    found = read_holdings(world.db, now=now).requests
    assert (found.waiting, found.running, found.failed) == (1, 1, 1)
    assert found.oldest_waiting == now - dt.timedelta(hours=1)


def test_open_requests_are_found_through_indexes(world: World) -> None:
    """Their cost follows what is open, not what was ever asked for."""
    ask("chart", "user_a", "user_a")
    world.db["astra_task_requests"].insert_many(
        [
            {"_id": f"req_{number}", "status": "succeeded", "dedupe": "chart:user_a", "requested_at": recently()}
            for number in range(200)
        ]
    )
    plan = world.db.command(
        "explain",
        {"find": "astra_task_requests", "filter": {"status": "queued"}, "sort": {"requested_at": 1}},
        verbosity="executionStats",
    )
    assert plan["executionStats"]["totalDocsExamined"] == 1
