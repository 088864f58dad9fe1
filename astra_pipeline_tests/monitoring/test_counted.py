"""A run counts what it did, once, whatever is repeated, killed or erased; and says it in one line of the log."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from pymongo import AsyncMongoClient

from astra_pipeline import logs
from astra_pipeline.counters import ELEVENLABS, EXECUTION_SECONDS, EXECUTIONS, ITEMS, TO_OVERVIEW, count
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.personal_data.erase import erase
from astra_pipeline.settings import forget_settings, settings
from astra_pipeline.store.counters import OUTBOX, read_totals
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.pipeline import run_pipeline

if TYPE_CHECKING:
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
