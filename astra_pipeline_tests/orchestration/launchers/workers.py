"""Celery's workers as real processes, beside a code location of a few jobs and a Redis of their own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import pytest
from redis import Redis

from astra_pipeline.orchestration.instance import CELERY_VARIABLE
from astra_pipeline.orchestration.launchers.celery_launcher import CeleryLauncher
from astra_pipeline.sandbox.process import start_child, stop_child
from astra_pipeline_tests.orchestration.launchers.location import Location, location
from astra_pipeline_tests.orchestration.test_power_cut import until
from bench.servers import RedisServer, find_postgres, find_redis, worker_command

needs_postgres = pytest.mark.skipif(
    find_postgres() is None, reason="no PostgreSQL in /usr/lib (apt-get install postgresql): it was not tried"
)
needs_redis = pytest.mark.skipif(
    find_redis() is None, reason="no redis-server on PATH (apt-get install redis-server): no worker was tried"
)


class Workers:
    """The place of the runs, their Redis, and the workers that were started."""

    def __init__(self, place: Location, redis: RedisServer) -> None:
        self.place, self.redis = place, redis
        self._log = place.folder / "worker.log"
        self._children: list[subprocess.Popen[bytes]] = []

    @property
    def launcher(self) -> CeleryLauncher:
        launcher = self.place.instance.run_launcher
        assert isinstance(launcher, CeleryLauncher)
        return launcher

    @property
    def queue(self) -> Redis:
        return Redis.from_url(self.redis.url(), decode_responses=True)

    def start(self, *, processes: int = 1) -> psutil.Process:
        """Start a worker, and wait until it takes runs."""
        with self._log.open("ab") as log:
            seen = self._log.stat().st_size
            child = start_child(
                worker_command(f"w{len(self._children)}", processes=processes), stdout=log, stderr=log
            )
        self._children.append(child)
        until(lambda: b" ready." in self._log.read_bytes()[seen:] or child.poll() is not None)
        assert child.poll() is None, self._log.read_text()
        return psutil.Process(child.pid)

    def process(self, run_id: str) -> psutil.Process:
        """The process of a run that was taken."""
        holder = self.launcher.claims.holder(run_id)
        assert holder is not None
        return psutil.Process(int(holder.partition(":")[0]))

    def said_in_log(self, words: str) -> bool:
        return words in self._log.read_text()

    def stop(self) -> None:
        for child in self._children:
            if child.poll() is None:
                child.kill()
            stop_child(child)


@contextmanager
def workers(
    folder: Path, environment: pytest.MonkeyPatch, *, settings: Mapping[str, Any] | None = None
) -> Iterator[Workers]:
    """A place without a worker yet. What was started is ended by SIGKILL: no test waits for a run's end."""
    launcher = {
        "module": CeleryLauncher.__module__,
        "class": CeleryLauncher.__name__,
        "config": {"redis": {"env": CELERY_VARIABLE}},
    }
    with RedisServer(folder) as redis:
        environment.setenv(CELERY_VARIABLE, redis.url())
        with location(folder, environment, other_launcher=launcher, settings=settings) as place:
            found = Workers(place, redis)
            try:
                yield found
            finally:
                found.stop()


def judged(instance: dg.DagsterInstance, run_id: str) -> None:
    """Let Dagster's run monitoring look at a run, as the daemon does every 15 s."""
    from dagster._daemon.monitoring.run_monitoring import monitor_started_run

    record = instance.get_run_record_by_id(run_id)
    assert record is not None
    if record.dagster_run.status == dg.DagsterRunStatus.STARTED:
        monitor_started_run(instance, None, record, _Silent())  # pyright: ignore[reportArgumentType]
    time.sleep(0.5)


class _Silent:
    """A logger that nobody reads."""

    def info(self, *_: object) -> None:
        """Say nothing."""
