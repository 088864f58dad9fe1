"""A run counts what it did, once, whatever is repeated, killed or erased; and says it in one line of the log."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import TYPE_CHECKING, Any, get_args

import dagster as dg
import pytest
from pymongo import AsyncMongoClient

from astra_pipeline import counters, logs
from astra_pipeline.batches import failures
from astra_pipeline.counters import ELEVENLABS, EXECUTION_SECONDS, EXECUTIONS, ITEMS, TO_OVERVIEW, count
from astra_pipeline.monitoring.exposition import Exposition
from astra_pipeline.monitoring.gauges import Collector, gauge
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tasks import TASKS
from astra_pipeline.personal_data.erase import erase
from astra_pipeline.requests.request import KINDS
from astra_pipeline.settings import forget_settings, settings
from astra_pipeline.store.counters import OUTBOX, read_totals
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.pipeline import run_pipeline

if TYPE_CHECKING:
    from prometheus_client.core import Metric
    from pymongo.synchronous.database import Database


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    OUTBOX.forget()


def totals(db: Database[dict[str, Any]]) -> dict[str, float]:
    return {"|".join(series): count.value for series, count in read_totals(db).items()}


def test_a_run_counts_its_items_executions_and_requests_once(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_asha")
    world.talk("user_asha", "I was born in Pune.")
    run_pipeline(instance)
    found = totals(world.db)
    for asset in ("transcripts", "conversation_insights", "user_overviews"):
        assert found[f"{ITEMS.name}|{asset}|done"] == 1
    assert found[f"{EXECUTIONS.name}|transcript-processor|julep|answered"] == 1
    assert found[f"{EXECUTION_SECONDS.name}|transcript-processor|julep"] == 1
    assert found[f"{ELEVENLABS.name}|conversation|200"] == 1
    assert found[TO_OVERVIEW.name] == 1
    run_pipeline(instance)
    again = totals(world.db)
    done = {name for name in again if name.startswith(ITEMS.name) and name.endswith("|done")}
    assert {name: again[name] for name in done} == {name: found[name] for name in done}
    assert again[TO_OVERVIEW.name] == 1


def test_an_erasure_lowers_nothing(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_asha")
    world.talk("user_asha", "I was born in Pune.")
    run_pipeline(instance)
    before = totals(world.db)
    asyncio.run(erase(MongoResource(), instance, "user_asha"))
    after = totals(world.db)
    assert {name: after.get(name, 0.0) for name, value in before.items() if after.get(name, 0.0) < value} == {}
    assert "user_asha" not in json.dumps(list(world.db["astra_metrics"].find()), default=str)


def test_a_run_says_in_one_line_what_happened(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("ASTRA_LOG_FORMAT", "json")
    forget_settings()
    logs.configure()
    try:
        world.join("user_asha")
        world.talk("user_asha", "My cat is called Marmalade.")
        run = run_pipeline(instance)
    finally:
        environment.setenv("ASTRA_LOG_FORMAT", "console")
        forget_settings()
        logs.configure()
    written = capfd.readouterr().err
    told = [json.loads(line) for line in written.splitlines() if '"event_kind":"run"' in line]
    (line,) = told
    assert line["run"] == run.run_id
    assert "transcripts: 1 done; conversation_insights: 1 done" in line["event"]
    assert line["items"]["done"] >= 3
    assert line["job"] == "conversation_pipeline"
    assert "user_asha" not in json.dumps(told)
    assert "Marmalade" not in written


async def _flush_cut_off(uri: str, name: str) -> None:
    """Write counts, and be cut off in the middle of it; then write what is left."""
    async with AsyncMongoClient(uri) as client:
        flushing = asyncio.create_task(OUTBOX.flush(client[name]))
        for _ in range(3):
            await asyncio.sleep(0)
        flushing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await flushing
        assert await OUTBOX.flush(client[name])


def test_counts_whose_writing_is_cut_off_are_neither_lost_nor_counted_twice(db: Database[dict[str, Any]]) -> None:
    count(ITEMS, 7, asset="transcripts", outcome="done")
    asyncio.run(_flush_cut_off(settings().required("MONGODB_URI"), settings().mongodb_db))
    assert totals(db) == {"astra_items_total|transcripts|done": 7}


def test_every_asset_task_and_kind_of_request_is_at_zero_before_it_is_counted() -> None:
    kinds = get_args(failures.Kind)
    # A delivery that cannot be read is a failure, and no item of a batch.
    assert {*kinds} - {"webhooks"} <= {*counters.ASSETS}
    assert {*TASKS} == {*counters.TASKS}
    assert {*KINDS} == {*counters.KINDS}


def test_an_outage_of_minutes_loses_no_count(db: Database[dict[str, Any]]) -> None:
    async def away_and_back() -> None:
        nowhere = AsyncMongoClient("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=1")
        async with nowhere, AsyncMongoClient(settings().required("MONGODB_URI")) as client:
            for _ in range(30):
                count(ITEMS, 1, asset="transcripts", outcome="done")
                assert not await OUTBOX.flush(nowhere["nothing"])
            assert await OUTBOX.flush(client[settings().mongodb_db])

    asyncio.run(away_and_back())
    assert totals(db) == {"astra_items_total|transcripts|done": 30}


def test_a_collector_that_hangs_neither_makes_every_scrape_late_nor_takes_the_others_along(
    db: Database[dict[str, Any]],
) -> None:
    tried: list[float] = []

    def hangs(db: Database[dict[str, Any]], now: dt.datetime) -> list[Metric]:
        tried.append(now.timestamp())
        db.command("ping")
        raise TimeoutError

    def reads(db: Database[dict[str, Any]], now: dt.datetime) -> list[Metric]:
        return [gauge("astra_users", "People.", 7)]

    shown = Exposition(lambda: db, collectors=(Collector("slow", hangs, age=300), Collector("quick", reads, age=0)))
    bodies = [shown.render()[0].decode() for _ in range(3)]
    assert len(tried) == 1
    assert all('astra_collector_success{collector="slow"} 0.0' in body for body in bodies)
    assert all("astra_users 7.0" in body for body in bodies)
    shown.age(61)
    shown.render()
    assert len(tried) == 2
