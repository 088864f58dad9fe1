"""Every sensor and schedule beside 0, 50,000 and 200,000 dead conversations and as many people.

A tick may cost what the live work costs, which is the same at every size: the dead may not be seen in it. The first
ticks at a size begin without a cursor and mark what is dead; they are measured apart. `astra status` is measured as
well. Triggers are taken from the definitions.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import click
import dagster as dg

from astra_pipeline.cli import stack as embedded
from astra_pipeline.monitoring.holdings import read_holdings
from bench import stack
from bench.campaign.ticks import Ticks
from bench.tick_world import World

if TYPE_CHECKING:
    from pathlib import Path

    from pymongo.synchronous.database import Database

_STATUS = "astra status"
# The largest ratio of a tick's time at two sizes, and the time below which a tick counts as taking so long: what a
# tick costs whatever it reads, and the noise of the machine.
_FLAT, _FLOOR_SECONDS = 2.0, 0.05
# `astra status` counts keys of indexes, which no index answers in a moment.
_STATUS_SECONDS = 1.0
_REPEATS = 7
# A first tick updates documents, or compares people, by the thousand. One of live work alone does not.
_UPDATED, _RETURNED = 500, 4_000
_FIRST_AT_MOST = 80
_PROFILE_BYTES = 64_000_000


@dataclass
class Cost:
    """The cost of one trigger at one size. Times are in seconds, of the clock or of the processors."""

    first: list[float] = field(default_factory=list)
    """The ticks that still found something to mark, and the one after them."""
    steady: list[float] = field(default_factory=list)
    requested: int = 0
    """Runs that the last tick asked for."""
    examined: int = 0
    """Documents that MongoDB looked at in one steady tick."""
    returned: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.steady)


Costs = dict[str, dict[int, Cost]]
"""Trigger -> size -> its cost."""


@click.command()
@click.option("--sizes", default="0,50000,200000", show_default=True, help="Dead conversations, and people.")
@click.option("--only", default="", help="Triggers whose name has this in it.")
@click.option("--cpu", is_flag=True, help="Count seconds of the processors, on a machine that does other work.")
def main(sizes: str, only: str, cpu: bool) -> None:
    counts = [int(size) for size in sizes.split(",")]
    with (
        _webhook() as url,
        stack.fresh(llm_seconds=0.1) as (home, db, _),
        # No tick waits for conversations to end.
        embedded.environment(ASTRA_ALERT_WEBHOOK_URL=url, ASTRA_SENSOR_INTERVAL_SECONDS="1"),
        _instance(home) as instance,
    ):
        bench = Bench(db, instance, only, cpu=cpu)
        costs = bench.run(counts)
    kept = _tell(costs, counts)
    sys.exit(not kept)


@contextmanager
def _instance(home: Path) -> Iterator[dg.DagsterInstance]:
    folder = home / "ticks"
    folder.mkdir()
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance


@contextmanager
def _webhook() -> Iterator[str]:
    """The URL of a webhook that takes every message."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    finally:
        server.shutdown()


class Bench:
    """The triggers of the definitions, asked beside a growing database."""

    def __init__(self, db: Database[dict[str, Any]], instance: dg.DagsterInstance, only: str, *, cpu: bool) -> None:
        self._db, self._cpu = db, cpu
        self._world, self._ticks = World(db), Ticks(instance)
        instance.add_dynamic_partitions("cohorts", self._world.cohorts)
        db.create_collection("system.profile", capped=True, size=_PROFILE_BYTES)
        self._names = [name for name in (*self._ticks.names, _STATUS) if only in name]

    def run(self, sizes: list[int]) -> Costs:
        """The cost of each trigger at each size."""
        self._world.begin()
        costs: Costs = {name: {} for name in self._names}
        for size in sizes:
            began = time.monotonic()
            self._world.grow(size)
            self._ticks.forget_cursors()
            people = self._world.people + self._world.due
            click.echo(f"{size} dead conversations, {people} people: made in {time.monotonic() - began:.0f} s")
            for name in self._names:
                click.echo(f"  {name}", err=True)
                costs[name][size] = self._first(name)
            for name in self._names:
                self._steady(name, costs[name][size])
        return costs

    def _first(self, name: str) -> Cost:
        """Ask until a tick finds nothing more to mark."""
        cost = Cost()
        while len(cost.first) < _FIRST_AT_MOST:
            before = self._status()["metrics"]["document"]
            cost.first.append(self._seconds(name, cost))
            after = self._status()["metrics"]["document"]
            if (
                after["updated"] - before["updated"] < _UPDATED
                and after["returned"] - before["returned"] < _RETURNED
            ):
                break
        return cost

    def _steady(self, name: str, cost: Cost) -> None:
        cost.steady = [self._seconds(name, cost) for _ in range(_REPEATS)]
        self._world.stir()
        began = dt.datetime.now(dt.UTC)
        self._db.command("profile", 2)
        try:
            self._ask(name)
        finally:
            self._db.command("profile", 0)
        read = {"$match": {"ts": {"$gte": began}, "ns": {"$ne": f"{self._db.name}.system.profile"}}}
        summed = {"examined": {"$sum": "$docsExamined"}, "returned": {"$sum": "$nreturned"}}
        for found in self._db["system.profile"].aggregate([read, {"$group": {"_id": None} | summed}]):
            cost.examined, cost.returned = found["examined"], found["returned"]

    def _seconds(self, name: str, cost: Cost) -> float:
        self._world.stir()
        began = self._clock()
        cost.requested = self._ask(name)
        return self._clock() - began

    def _ask(self, name: str) -> int:
        if name == _STATUS:
            read_holdings(self._db, now=dt.datetime.now(dt.UTC))
            return 0
        return len(self._ticks.ask(name, at=self._world.evening))

    def _clock(self) -> float:
        """Seconds of the clock, or of the processors by this process and the server."""
        if not self._cpu:
            return time.monotonic()
        server = self._status()["extra_info"]
        return time.process_time() + (server["user_time_us"] + server["system_time_us"]) / 1e6

    def _status(self) -> dict[str, Any]:
        return self._db.client.admin.command("serverStatus")


def _tell(costs: Costs, sizes: list[int]) -> bool:
    """Print the table, and whether each mark was kept."""
    heads = "".join(f"{size:>10}" for size in sizes)
    click.echo("\nSteady tick in ms (median), documents examined per document returned at the largest size:")
    click.echo(f"  {'':<28}{heads}{'ratio':>8}{'examined':>10}{'returned':>10}{'each':>7}{'runs':>6}")
    verdicts = {}
    for name, by_size in costs.items():
        last = by_size[sizes[-1]]
        times = [by_size[size].median for size in sizes]
        ratio = max(max(times), _FLOOR_SECONDS) / max(min(times), _FLOOR_SECONDS)
        shown = "".join(f"{seconds * 1000:>10.0f}" for seconds in times)
        each = last.examined / max(last.returned, 1)
        click.echo(
            f"  {name:<28}{shown}{ratio:>8.1f}{last.examined:>10}{last.returned:>10}{each:>7.1f}{last.requested:>6}"
        )
        if name == _STATUS:
            verdicts[f"{name} in {_STATUS_SECONDS:g} s at the largest size"] = times[-1] <= _STATUS_SECONDS
        else:
            verdicts[f"{name} within a factor of {_FLAT:g}"] = ratio <= _FLAT
    click.echo("\nFirst ticks at each size (number, slowest and sum in ms), without a cursor and with all to mark:")
    for name, by_size in costs.items():
        spans = (by_size[size].first for size in sizes)
        shown = "".join(f"{len(one):>6}{max(one) * 1000:>9.0f}{sum(one) * 1000:>9.0f}" for one in spans)
        click.echo(f"  {name:<28}{shown}")
    click.echo()
    for promise, is_kept in verdicts.items():
        click.echo(f"{'PASS' if is_kept else 'FAIL'}: {promise}")
    return all(verdicts.values())


if __name__ == "__main__":
    main()
