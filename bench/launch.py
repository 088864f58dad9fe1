"""The start of a run, launched by the code server and forked from the preloaded parent, in turns on one machine.

Real daemon, queue, web server and run processes; the job is `conversation_pipeline` on a day without conversations,
so a run's CPU is nearly all start. Each launcher has a Dagster of its own, one after the other, with one MongoDB.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click
import dagster as dg
import psutil

from astra_pipeline.cli import stack as embedded
from astra_pipeline.orchestration.launchers.watched import WatchedRunLauncher
from bench import stack
from bench.ui import Ui

_JOB = "conversation_pipeline"
_PATIENCE_SECONDS = 180.0
_PROMISE = 3.0


@dataclass(frozen=True)
class Measured:
    """Medians of the runs of one launcher. Times in seconds."""

    first: float
    """From STARTING to started, of the first run after the daemon's start."""
    start: float
    """The same, of the others."""
    whole: float
    """From STARTING to the end of the run."""
    cpu: float
    """Time of the processors for one run, all processes that were started for it."""


@click.command()
@click.option("--runs", default=10, show_default=True, help="Runs of each launcher, after the first.")
def main(runs: int) -> None:
    with stack.fresh(llm_seconds=2.0) as (home, _, _):
        cold = _measure(home / "code-server", runs, warm=False)
        warm = _measure(home / "preloaded", runs, warm=True)
    click.echo(f"{runs} runs of {_JOB} without work, one after the other; median seconds:")
    click.echo(f"  {'':<22}{'first':>8}{'start':>8}{'whole':>8}{'CPU':>8}")
    for name, one in (("code server", cold), ("preloaded parent", warm)):
        click.echo(f"  {name:<22}{one.first:8.2f}{one.start:8.2f}{one.whole:8.2f}{one.cpu:8.2f}")
    ratio = cold.start / warm.start
    less = cold.cpu / warm.cpu
    click.echo(f"  the preloaded parent starts a run {ratio:.1f} times as fast, for {less:.1f} times less CPU")
    kept = ratio >= _PROMISE
    click.echo(f"{'PASS' if kept else 'FAIL'}: at least {_PROMISE:g} times as fast")
    sys.exit(not kept)


def _measure(home: Path, runs: int, *, warm: bool) -> Measured:
    home.mkdir()
    port = embedded.free_port()
    with embedded.dagster(
        home, ui_port=port, instance_file=None if warm else stack.instance_file(home, WatchedRunLauncher)
    ) as instance:
        ui = Ui(f"http://127.0.0.1:{port}")
        first, _ = _run(instance, ui)
        began = _cpu()
        times = [_run(instance, ui) for _ in range(runs)]
        cpu = (_cpu() - began) / runs
    return Measured(
        first=first,
        start=statistics.median(start for start, _ in times),
        whole=statistics.median(whole for _, whole in times),
        cpu=cpu,
    )


def _run(instance: dg.DagsterInstance, ui: Ui) -> tuple[float, float]:
    """(seconds from STARTING to started, and to the end) of one run."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    run_id = ui.launch(_JOB, tags={"dagster/partition": today})
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (record := instance.get_run_record_by_id(run_id)) or not record.dagster_run.is_finished:
        if time.monotonic() > deadline:
            raise click.ClickException(f"a run did not end within {_PATIENCE_SECONDS:g} s")
        time.sleep(0.1)
    if not record.dagster_run.is_success:
        raise click.ClickException("a run failed")
    stats = instance.get_run_stats(run_id)
    assert stats.launch_time
    assert stats.start_time
    assert stats.end_time
    return stats.start_time - stats.launch_time, stats.end_time - stats.launch_time


def _cpu() -> float:
    """CPU seconds of the parent of runs, and of what it, the code server and the daemon have waited for."""
    time.sleep(2.0)  # the last run's process ends, and is waited for
    seconds = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # or a zombie
            command, spent = " ".join(process.cmdline()), process.cpu_times()
            # The daemon's: a parent that was replaced, because somebody changed a file meanwhile.
            if any(part in command for part in ("run_parent", "api grpc", "dagster._daemon")):
                seconds += spent.children_user + spent.children_system
                seconds += spent.user + spent.system if "run_parent" in command else 0.0
    return seconds


if __name__ == "__main__":
    main()
