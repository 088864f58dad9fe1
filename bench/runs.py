"""Run processes, as the daemon would start them, and what one took."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

_LOG_SHOWN = 2_000


@dataclass(frozen=True)
class Measured:
    """One run process. Times in seconds; `asset` is the time of the asset the run is about, `cpu` user and system
    time of the process; memory in MB; `started` is the begin of the run (POSIX time)."""

    wall: float
    inside: float
    asset: float
    cpu: float
    peak_memory: float
    started: float = 0.0


def start(home: Path, module: str, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
    """The module (`bench.one_run`, `bench.one_cell`) in a process of its own, `variables` in its environment."""
    dagster_home = home / "dagster"
    dagster_home.mkdir(exist_ok=True)
    with (home / "run.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=os.environ | {"DAGSTER_HOME": str(dagster_home)} | variables,
            stdout=subprocess.PIPE,
            stderr=log,
        )


def run(home: Path, module: str, *arguments: str, **variables: str) -> Measured:
    """The same, to its end. Raises ClickException when it failed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    child = start(home, module, *arguments, **variables)
    try:
        said, _ = child.communicate()
    finally:
        with suppress(ProcessLookupError):
            child.kill()
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if child.returncode:
        log = (home / "run.log").read_text(errors="replace")
        raise click.ClickException(f"{module} ended with {child.returncode}:\n{log[-_LOG_SHOWN:]}")
    told = json.loads(said.splitlines()[-1])
    return Measured(
        wall=wall,
        inside=told["seconds"],
        asset=told["asset_seconds"],
        cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        peak_memory=told["peak_memory_mb"],
        started=told.get("started", 0.0),
    )
