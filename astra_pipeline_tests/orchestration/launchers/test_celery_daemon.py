"""Runs of the project under the daemon and Celery's workers: ended in the UI, and killed with their worker."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import psutil
import pytest

from astra_pipeline.cli import stack
from astra_pipeline.orchestration.instance import CELERY_VARIABLE
from astra_pipeline.orchestration.launchers.celery_launcher import CeleryLauncher
from astra_pipeline.sandbox.process import start_child, stop_child
from astra_pipeline.store.collections import INSIGHTS, LEASES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.orchestration.launchers.workers import needs_redis
from astra_pipeline_tests.orchestration.test_power_cut import until, with_status
from bench.servers import RedisServer, worker_command
from bench.stack import instance_file
from bench.ui import Ui

_SECONDS = 240

pytestmark = [needs_redis, pytest.mark.slow, pytest.mark.timeout(900)]


@contextmanager
def worker(folder: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of the instance in the environment, that takes runs when the block begins."""
    log = folder / f"{name}.log"
    with log.open("wb") as file:
        child = start_child(worker_command(name), stdout=file, stderr=file)
    try:
        until(lambda: b" ready." in log.read_bytes())
        yield child
    finally:
        child.kill()
        stop_child(child)


def started(instance: dg.DagsterInstance) -> dg.DagsterRun:
    until(lambda: bool(with_status(instance, dg.DagsterRunStatus.STARTED)), _SECONDS)
    (run,) = with_status(instance, dg.DagsterRunStatus.STARTED)
    return run


def test_the_ui_ends_a_run_and_what_a_killed_worker_had_is_done_by_another(
    world: World, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world.join("user_asha")
    talk = world.talk("user_asha", "I lost my job.")
    world.sandbox.configure(llm_seconds=120)
    port = stack.free_port()
    celery = instance_file(tmp_path / "celery", CeleryLauncher, redis={"env": CELERY_VARIABLE})
    with (
        RedisServer(tmp_path) as redis,
        stack.short_patience(),
        stack.environment(**{CELERY_VARIABLE: redis.url()}),
        stack.dagster(tmp_path, ui_port=port, instance_file=celery) as instance,
    ):
        with worker(tmp_path, "first") as first:
            until(lambda: bool(world.executions(talk)), _SECONDS)
            run = started(instance)
            assert Ui(f"http://127.0.0.1:{port}").terminate(run.run_id) == "TerminateRunSuccess"
            canceled = dg.DagsterRunStatus.CANCELED
            until(lambda: [run.run_id] == [one.run_id for one in with_status(instance, canceled)], 60)
            until(lambda: world.db[LEASES].count_documents({"run_id": run.run_id}) == 0)
            # The conversation still waits, so that another run takes it up; its worker dies with it.
            again = started(instance)
            until(lambda: world.db[LEASES].count_documents({"_id": talk, "run_id": again.run_id}) == 1)
            below = psutil.Process(first.pid).children(recursive=True)
            first.kill()
            until(lambda: not any(child.is_running() for child in below))
        # Its execution takes two minutes since it began, whoever asks how it is.
        assert not world.db[INSIGHTS].count_documents({})
        with worker(tmp_path, "second"):
            failed = dg.DagsterRunStatus.FAILURE
            until(lambda: again.run_id in [one.run_id for one in with_status(instance, failed)], _SECONDS)
            until(lambda: world.db[INSIGHTS].count_documents({"folded_at": {"$ne": None}}) == 1, _SECONDS)
    assert world.overview("user_asha")["recent_conversations"][0]["conversation_id"] == talk
    assert world.executions(talk) == 1
