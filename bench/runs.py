"""Run processes, as the daemon would start them, and what one took."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from astra_pipeline.cli.stack import own_instance_file

_LOG_SHOWN = 2_000


@dataclass(frozen=True)
class Measured:
    """One run process. Times in seconds; `asset` is the time of the asset the run is about, `cpu` user and system
    time of the run, without that of loading; memory in MB; `started` is the begin of the run (POSIX time)."""

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
    # As deployed, its storage, too.
    shutil.copy(own_instance_file(), dagster_home)
    with (home / "run.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=os.environ | {"DAGSTER_HOME": str(dagster_home)} | variables,
            stdout=subprocess.PIPE,
            stderr=log,
        )


def run(home: Path, module: str, *arguments: str, **variables: str) -> Measured:
    """The same, to its end. Raises ClickException when it failed."""
    began = time.monotonic()
    child = start(home, module, *arguments, **variables)
    try:
        said, _ = child.communicate()
    finally:
        with suppress(ProcessLookupError):
            child.kill()
    wall = time.monotonic() - began
    if child.returncode:
        log = (home / "run.log").read_text(errors="replace")
        raise click.ClickException(f"{module} ended with {child.returncode}:\n{log[-_LOG_SHOWN:]}")
    told = json.loads(said.splitlines()[-1])
    return Measured(
        wall=wall,
        inside=told["seconds"],
        asset=told["asset_seconds"],
        cpu=told["cpu"],
        peak_memory=told["peak_memory_mb"],
        started=told["started"],
    )


class Begun:
    """The begin of a run, as its process sees it. What a run of production finds loaded is loaded before."""

    def __init__(self) -> None:
        self.started, self._wall, self._cpu = time.time(), time.monotonic(), time.process_time()

    def tell(self, *, asset_seconds: Any = None) -> None:
        """Print what `run` reads. `asset_seconds` is the time of the asset, where it has one of its own."""
        seconds = time.monotonic() - self._wall
        told = {
            "started": self.started,
            "seconds": seconds,
            "asset_seconds": seconds if asset_seconds is None else asset_seconds,
            "cpu": time.process_time() - self._cpu,
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        sys.stdout.write(json.dumps(told) + "\n")
