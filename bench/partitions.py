"""The grid at three years by a hundred cohorts: what the asset's page asks, and what a tick takes.

The history is written into Dagster's storage as copies of one real event. The baseline is the grid at one cohort.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import dagster as dg

from astra_pipeline.cli import stack as embedded
from astra_pipeline.defs.horoscopes.assets import DAILY_HOROSCOPES
from astra_pipeline.defs.users.sensors import new_users
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.store.collections import COHORTS, USERS
from astra_pipeline.zones import cohort_slug
from bench import stack

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_ASSET = "daily_horoscopes"
_STATUSES = """
query Page($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  partitionKeysByDimension { name partitionKeys }
  assetPartitionStatuses { ... on MultiPartitionStatuses { ranges { primaryDimStartKey primaryDimEndKey
    secondaryDim { ... on DefaultPartitionStatuses { materializedPartitions } } } } }
  assetMaterializations(limit: 100) { runId partition timestamp } } } }
"""
_REPEATS = 3


@click.command()
@click.option("--days", default=1_095, show_default=True)
@click.option("--cohorts", default=100, show_default=True)
def main(days: int, cohorts: int) -> None:
    first_day = str(dt.datetime.now(dt.UTC).date() - dt.timedelta(days=days))
    with stack.fresh(llm_seconds=0.1) as (home, db, _), embedded.environment(ASTRA_START_DATE=first_day):
        port = embedded.free_port()
        with embedded.dagster(home, ui_port=port) as instance:
            for count in (1, cohorts):
                keys = _opened(db, instance, count)
                cells = _history(home, instance, keys, days)
                _tell(cells, instance, f"http://127.0.0.1:{port}/graphql")


def _opened(db: Database[dict[str, Any]], instance: dg.DagsterInstance, count: int) -> list[str]:
    keys = [f"{cohort_slug(stack.ZONE)}-{number:03d}" for number in range(1, count + 1)]
    for number, key in enumerate(keys):
        document = {"zone": stack.ZONE, "members": 1, "counted": 1, "opened": number}
        db[COHORTS].update_one({"_id": key}, {"$setOnInsert": document}, upsert=True)
        user = {"id": f"user_{number:03d}", "timezone": stack.ZONE, "astra": {"cohort": key}}
        db[USERS].update_one({"id": user["id"]}, {"$setOnInsert": user}, upsert=True)
    instance.add_dynamic_partitions("cohorts", keys)
    return keys


def _history(home: Path, instance: dg.DagsterInstance, cohorts: list[str], days: int) -> int:
    """Every cell materialised once; returns how many there are."""
    today = dt.datetime.now(dt.UTC).date()
    dates = [(today - dt.timedelta(days=ago)).isoformat() for ago in range(days)]
    first = dg.MultiPartitionKey({"date": dates[0], "cohort": cohorts[0]})
    instance.report_runless_asset_event(dg.AssetMaterialization(_ASSET, partition=first))
    (path,) = (home / "dagster").rglob("index.db")
    with sqlite3.connect(path, timeout=60) as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(event_logs)") if row[1] != "id"]
        row = db.execute(
            f"SELECT {', '.join(columns)} FROM event_logs WHERE partition = ? ORDER BY id DESC LIMIT 1",
            (str(first),),
        ).fetchone()
        known = {
            key for (key,) in db.execute("SELECT DISTINCT partition FROM event_logs WHERE asset_key IS NOT NULL")
        }
        event, partition = columns.index("event"), columns.index("partition")

        def copy(key: str) -> tuple[Any, ...]:
            values = list(row)
            values[event] = values[event].replace(str(first), key)
            values[partition] = key
            return tuple(values)

        keys = (str(dg.MultiPartitionKey({"date": date, "cohort": key})) for key in cohorts for date in dates)
        marks = ", ".join("?" * len(columns))
        db.executemany(
            f"INSERT INTO event_logs ({', '.join(columns)}) VALUES ({marks})",
            (copy(key) for key in keys if key not in known),
        )
    return len(cohorts) * days


def _tell(cells: int, instance: dg.DagsterInstance, url: str) -> None:
    import httpx

    client = httpx.Client(timeout=300)
    sizes: list[int] = []

    def page() -> None:
        answer = client.post(url, json={"query": _STATUSES, "variables": {"key": {"path": [_ASSET]}}})
        node = answer.raise_for_status().json()["data"]["assetNodeOrError"]
        sizes.append(len(answer.content))
        assert node["assetPartitionStatuses"]["ranges"]

    def materialised() -> None:
        assert len(instance.get_materialized_partitions(dg.AssetKey(_ASSET))) >= cells

    mongo = MongoResource()

    def sensor() -> None:
        new_users(dg.build_sensor_context(instance=instance), mongo=mongo)

    def schedule() -> None:
        at = dt.datetime.now(dt.UTC)
        DAILY_HOROSCOPES.schedule(
            dg.build_schedule_context(instance=instance, scheduled_execution_time=at), mongo=mongo
        )

    click.echo(f"{cells} cells, all materialised:")
    for name, work in (
        ("the asset page's queries", page),
        ("materialised partitions, as a backfill asks", materialised),
        ("a tick of new_users", sensor),
        ("a tick of DAILY_HOROSCOPES.schedule", schedule),
    ):
        click.echo(f"  {name:<45} {_seconds(work):7.2f} s")
    click.echo(f"  {'answer to the page':<45} {sizes[-1] / 1e6:7.2f} MB")


def _seconds(work: Callable[[], None]) -> float:
    """The best of a few."""
    took: list[float] = []
    for _ in range(_REPEATS):
        began = time.monotonic()
        work()
        took.append(time.monotonic() - began)
    return min(took)


if __name__ == "__main__":
    main()
