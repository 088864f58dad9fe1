"""Runs as children of a process that has loaded everything: they start in a fraction of a second.

A new process imports for seconds what the one before it imported. Each process that launches runs (the daemon; a
web server only where there is no queue) owns a parent of its own, see parent.py. The run's process is noted in a
tag, so that any process can ask whether it lives, and interrupt it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import dagster as dg
from dagster import DagsterRun, DagsterRunStatus
from dagster._config import Field
from dagster._core.code_pointer import ModuleCodePointer, PackageCodePointer
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClassData, serialize_value

from astra_pipeline.orchestration.launchers.identity import Identity
from astra_pipeline.orchestration.launchers.owner import OwnedParent, ParentGone
from astra_pipeline.orchestration.launchers.watched import WatchedRunLauncher
from astra_pipeline.orchestration.tags import UNFINISHED

# The run and its process: a run that is done again gets the tags of the first one. The UI hides tags with a dot.
PROCESS_TAG = ".dagster/astra_process"
_NOT_FORKED = "none"
DEFINITIONS = "astra_pipeline.definitions"
_PARENT = "astra_pipeline.orchestration.launchers.run_parent"
# Some seconds of imports; a minute on a machine that is busy with other things.
_LOADING_SECONDS = 120.0
# A fork and a system call or two.
_ANSWERING_SECONDS = 30.0
# A parent that is stale, and one that is killed while it takes the order.
_ATTEMPTS = 3
# Between two looks whether the parent is alive and fresh, and two attempts to start one that does not load.
_LOOK_SECONDS, _RETRY_SECONDS = 20.0, 60.0

_log = logging.getLogger("dagster.astra")


class WarmRunLauncher(WatchedRunLauncher):
    """Runs forked from a parent that has loaded the definitions; what it cannot start, the code server starts."""

    def __init__(self, inst_data: ConfigurableClassData | None = None, module: str = DEFINITIONS) -> None:
        super().__init__(inst_data)
        self._module = module
        self._lock = threading.Lock()
        self._parent: OwnedParent | None = None
        self._looked = self._failed = float("-inf")

    @classmethod
    def config_type(cls) -> Any:
        return {
            "module": Field(
                str, is_required=False, default_value=DEFINITIONS, description="The module to load ahead of runs."
            )
        }

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Self:
        return cls(inst_data=inst_data, **config_value)

    # -- launching

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start a run in a child of the parent, or by the code server where that cannot be, and log why."""
        run = context.dagster_run
        reason = self._why_cold(run)
        if reason is None:
            try:
                self._launch_warm(run)
                return
            except ParentGone as error:
                reason = str(error)
                self._instance.report_engine_event(f"Not forked from the preloaded process: {reason}.", run)
                self._instance.add_run_tags(run.run_id, {PROCESS_TAG: _NOT_FORKED})
        _log.warning("run %s is started by the code server: %s", run.run_id, reason)
        super().launch_run(context)

    def _why_cold(self, run: DagsterRun) -> str | None:
        """Why a run cannot be a child of the parent; None: it can."""
        if why := unsupported():
            return why
        origin = run.job_code_origin
        if origin is None:
            return "the run does not say where its code is"
        repository = origin.repository_origin
        pointer = repository.code_pointer
        if not isinstance(pointer, ModuleCodePointer | PackageCodePointer) or pointer.module != self._module:
            return f"its code is not in {self._module}"
        if repository.container_image or not _is_ours(repository.executable_path):
            return "its code location has a Python of its own"
        return None

    def _launch_warm(self, run: DagsterRun) -> None:
        """Raises ParentGone, and then nothing has been started that will do anything."""
        assert run.job_code_origin is not None
        arguments = ExecuteRunArgs(
            job_origin=run.job_code_origin, run_id=run.run_id, instance_ref=self._instance.get_ref()
        )
        order = {"run": serialize_value(arguments)}
        for attempt in range(_ATTEMPTS):
            parent = self.ready_parent()
            try:
                with parent.order(order) as channel:
                    answer = channel.answer(_ANSWERING_SECONDS)
                    if "process" in answer:
                        self._instance.add_run_tags(run.run_id, {PROCESS_TAG: f"{run.run_id} {answer['process']}"})
                        channel.go()
                        return
                why = ParentGone("the files changed" if "stale" in answer else "its child ended before it began")
            except ParentGone as error:
                why = error
            self._replace(parent, str(why))
            if attempt == _ATTEMPTS - 1:
                raise why

    def ready_parent(self) -> OwnedParent:
        """The parent, alive and loaded; a new one if need be, for which this waits. Raises ParentGone."""
        with self._lock:
            parent = self._fresh_parent()
            try:
                parent.wait_until_ready(_LOADING_SECONDS)
            except ParentGone:
                self._failed = time.monotonic()
                self._leave(parent)
                raise
            return parent

    def _fresh_parent(self) -> OwnedParent:
        """The parent that lives and has this process's environment, else a new one. Raises ParentGone."""
        if (parent := self._parent) is not None:
            if parent.is_alive and parent.environment == dict(os.environ):
                return parent
            self._leave(parent)
        if (since := time.monotonic() - self._failed) < _RETRY_SECONDS:
            raise ParentGone(f"it did not load {since:.0f} s ago")
        self._parent = OwnedParent(["-m", _PARENT, self._module])
        return self._parent

    def _replace(self, parent: OwnedParent, why: str) -> None:
        _log.info("the preloaded process %s is replaced: %s", parent.pid, why)
        with self._lock:
            if self._parent is parent:
                self._leave(parent)

    def _leave(self, parent: OwnedParent) -> None:
        parent.close()
        self._parent = None

    # -- being ready

    def keep_warm(self) -> None:
        """Have a parent that lives and is fresh, at once or soon: this does not wait. The daemon calls it often."""
        if unsupported() or time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        threading.Thread(target=self._warm_up, name="warm-up", daemon=True).start()

    def _warm_up(self) -> None:
        try:
            parent = self.ready_parent()
            with parent.order({"look": True}) as channel:
                stale = channel.answer(_ANSWERING_SECONDS)["stale"]
            if stale:
                self._replace(parent, "the files changed")
                self.ready_parent()
        except ParentGone as error:
            _log.warning("no process is preloaded: %s", error)

    def dispose(self) -> None:
        """Let go of the parent. The runs go on."""
        with self._lock:
            if self._parent is not None:
                self._leave(self._parent)
        super().dispose()

    # -- runs that are under way

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        process = process_of(run)
        if process is None:
            return super().check_run_worker_health(run)
        if process.is_alive:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, f"its process {process.pid} is gone")

    def terminate(self, run_id: str) -> bool:
        """Interrupt a run's process. False: it is over, or its process is not of this machine and container."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        process = process_of(run)
        if process is None and (GRPC_INFO_TAG in run.tags or run.status == DagsterRunStatus.STARTED):
            return super().terminate(run_id)
        self._instance.report_run_canceling(run)
        if process is None:
            return True  # it is just being launched; its process finds that it is not wanted
        if not process.is_here:
            self._instance.report_engine_event("The run's process is in another container or was lost", run)
            return False
        if not process.interrupt() and not self._has_ended(run_id):
            self._instance.report_run_canceled(run, "The run's process was gone already.")
        return True

    def _has_ended(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        return run is None or run.is_finished


def _is_ours(executable: str) -> bool:
    """Whether this is Python as it runs here: of this environment, under any of its names."""
    return Path(executable).parent == Path(sys.executable).parent


def process_of(run: DagsterRun) -> Identity | None:
    """The process that a run was forked in, or None when it was not forked, or not yet."""
    run_id, _, process = run.tags.get(PROCESS_TAG, "").partition(" ")
    return Identity.parse(process) if run_id == run.run_id else None


def end_runs(instance: dg.DagsterInstance, *, patience_seconds: float = 10.0) -> None:
    """Cancel the runs that were forked and still work, and wait for their processes: what they need stops next."""
    at_work = []
    for run in instance.get_runs(dg.RunsFilter(statuses=list(UNFINISHED))):
        process = process_of(run)
        if process is not None and process.is_alive:
            instance.run_launcher.terminate(run.run_id)
            at_work.append(process)
    until = time.monotonic() + patience_seconds
    while any(process.is_alive for process in at_work) and time.monotonic() < until:
        time.sleep(0.05)
    for process in at_work:
        process.interrupt(signal.SIGKILL)


def unsupported() -> str | None:
    """Why this machine cannot fork runs, or None. Elsewhere than on Linux libraries do not survive a fork."""
    if sys.platform != "linux":
        return f"{sys.platform} is not Linux"
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return "the kernel is older than 5.3, or pidfd_open is forbidden"
    return None


def keep_warm(instance: dg.DagsterInstance) -> None:
    """Have the instance's launcher be ready, if it can be."""
    if isinstance(instance.run_launcher, WarmRunLauncher):
        instance.run_launcher.keep_warm()
