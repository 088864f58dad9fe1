"""A worker of the runs that CeleryLauncher sends, configured by the dagster.yaml that names it:

    celery -A astra_pipeline.orchestration.launchers.celery_worker worker --concurrency 2

It loads what runs import, then forks a process for each run. One that gets SIGTERM takes no more runs, and ends
when those that it has are over. One that is killed takes its runs with it.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from celery.signals import worker_init
from dagster._core.instance.ref import InstanceRef
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import unpack_value
from dagster_celery.config import TASK_EXECUTE_JOB_NAME

from astra_pipeline.errors import SettingError
from astra_pipeline.orchestration.launchers.celery_launcher import CeleryLauncher
from astra_pipeline.orchestration.launchers.identity import Identity
from astra_pipeline.orchestration.launchers.parent import thread_count
from astra_pipeline.orchestration.launchers.preload import load
from astra_pipeline.orchestration.launchers.run_process import execute, unfinished

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)

_log = logging.getLogger("dagster.astra")


def _configured() -> tuple[InstanceRef, CeleryLauncher]:
    home = os.environ.get("DAGSTER_HOME")
    if not home:
        raise SettingError("DAGSTER_HOME is not set")
    ref = InstanceRef.from_dir(home)
    launcher = ref.run_launcher
    if not isinstance(launcher, CeleryLauncher):
        raise SettingError(f"run_launcher of DAGSTER_HOME's dagster.yaml is not {CeleryLauncher.__name__}")
    return ref, launcher


_ref, _launcher = _configured()
app = _launcher.celery


@worker_init.connect
def preload(**_: Any) -> None:
    """Load what runs import, once, before the first process is forked."""
    load(_launcher.module)
    # The storage is opened in each process, with connections of its own; its modules are loaded here.
    for part in (_ref.storage_data, _ref.run_storage_data, _ref.event_storage_data, _ref.compute_logs_data):
        if part is not None:
            importlib.import_module(part.module_name)
    if (threads := thread_count()) > 1:
        _log.warning("%d threads are alive after loading; none but one of them is in a run's process", threads)


@app.task(name=TASK_EXECUTE_JOB_NAME)
def execute_run(execute_job_args_packed: Any) -> None:
    """Do a run, unless it is over, or was taken before: messages may come twice, and years late."""
    run_id = unpack_value(execute_job_args_packed, as_type=ExecuteRunArgs).run_id
    holder = f"{Identity.of(os.getpid())} on {socket.gethostname()}"
    with dg.DagsterInstance.get() as instance, _interruptible():
        if unfinished(instance, run_id) is None:
            _log.info("run %s is over or unknown, and is not started", run_id)
        elif not _launcher.claims.take(run_id, holder):
            _log.info("run %s was taken before, and is not started", run_id)
        else:
            with _launcher.claims.kept(run_id, holder):
                execute(instance, run_id)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Have interrupts end the run in order. A worker's processes ignore SIGINT, and are ended by SIGTERM."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in _INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
