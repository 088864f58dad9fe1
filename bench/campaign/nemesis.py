"""Makes things go wrong at their time, and makes them right again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from astra_pipeline.sandbox.process import SandboxProcess
from astra_pipeline.sandbox.replica_set import ReplicaSet
from bench.campaign.history import History
from bench.campaign.plan import Step
from bench.campaign.runs import Process, Processes

_APP_NAME = "astra_pipeline"
_READS_AND_WRITES = ("find", "aggregate", "update", "insert", "delete", "commitTransaction", "findAndModify")
_WRITES = ("update", "insert", "delete", "findAndModify", "commitTransaction")
_HANGS_SECONDS = 60.0
# Their death is worth more than that of others.
_PAYING = ("conversation_pipeline", "daily_horoscopes_job")
_PATIENCE_SECONDS = 15.0
_POLL_SECONDS = 0.05


class Nemesis:
    """One fault at a time; `heal` leaves none."""

    def __init__(
        self, replica_set: ReplicaSet, sandbox: SandboxProcess, processes: Processes, history: History, seed: int
    ) -> None:
        self._set = replica_set
        self._sandbox = sandbox
        self._processes = processes
        self._history = history
        self._seed = seed

    def strike(self, step: Step, is_over: Callable[[], bool]) -> None:
        """Do the fault and end it. `is_over` is asked while it waits for a victim."""
        getattr(self, f"_{step.action}")(is_over, **step.fields)

    def heal(self) -> None:
        """Everything runs and answers again."""
        for process in self._processes.alive():
            if process.paused:
                self._processes.cont(process)
        os.kill(self._sandbox.pid, signal.SIGCONT)
        self._sandbox.control.configure(faults=[])
        self._set.calm()

    # -- runs

    def _kill_run(self, is_over: Callable[[], bool], after: float) -> None:
        if (run := self._victim(is_over, after)) is not None:
            self._note("kill_run", what=run.what)
            self._processes.kill(run)

    def _pause_run(self, is_over: Callable[[], bool], after: float, seconds: float) -> None:
        if (run := self._victim(is_over, after)) is not None:
            self._note("pause_run", what=run.what, seconds=seconds)
            self._processes.pause(run)
            time.sleep(seconds)
            self._processes.cont(run)

    def _victim(self, is_over: Callable[[], bool], after: float) -> Process | None:
        """A run that is `after` seconds old, once there is one."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline and not is_over():
            old_enough = [run for run in self._processes.alive(runs_only=True) if run.pid and run.age >= after]
            if old_enough:
                return max(old_enough, key=lambda run: run.what in _PAYING)
            time.sleep(_POLL_SECONDS)
        return None

    def _skew(self, is_over: Callable[[], bool], seconds: float, runs: int) -> None:
        self._note("skew", seconds=seconds, runs=runs)
        self._processes.skew_next(seconds, runs)

    # -- MongoDB

    def _step_down(self, is_over: Callable[[], bool], seconds: float) -> None:
        if self._set.step_down(seconds=int(seconds) + 1) is not None:
            self._note("step_down")

    def _kill_primary(self, is_over: Callable[[], bool], seconds: float) -> None:
        primary = self._set.wait_for_primary()
        self._note("kill_primary", member=primary, seconds=seconds)
        self._set.kill(primary)
        time.sleep(seconds)
        self._set.restart(primary)

    def _pause_primary(self, is_over: Callable[[], bool], seconds: float) -> None:
        primary = self._set.wait_for_primary()
        self._note("pause_primary", member=primary, seconds=seconds)
        self._set.pause(primary)
        time.sleep(seconds)
        self._set.cont(primary)

    def _close_connections(self, is_over: Callable[[], bool], times: int) -> None:
        self._note("close_connections", times=times)
        self._set.close_connections(_READS_AND_WRITES, times=times, app_name=_APP_NAME)

    def _lose_writes(self, is_over: Callable[[], bool], times: int) -> None:
        self._note("lose_writes", times=times)
        self._set.lose_replies(_WRITES, times=times, app_name=_APP_NAME)

    # -- ElevenLabs and Julep

    def _lose_replies(self, is_over: Callable[[], bool], service: str, rate: float, seconds: float) -> None:
        """The service does its work, and its answer does not come before the client gives up."""
        with self._wrong(service, rate, ["timeout"]):
            self._note("lose_replies", service=service, rate=rate, seconds=seconds)
            time.sleep(seconds)

    def _refuse(self, is_over: Callable[[], bool], service: str, rate: float, seconds: float) -> None:
        with self._wrong(service, rate, ["500", "429"]):
            self._note("refuse", service=service, rate=rate, seconds=seconds)
            time.sleep(seconds)

    @contextmanager
    def _wrong(self, service: str, rate: float, kinds: list[str]) -> Iterator[None]:
        rule = {"service": service, "rate": rate, "kinds": kinds, "seed": self._seed}
        self._sandbox.control.configure(faults=[rule | {"timeout_seconds": _HANGS_SECONDS, "retry_after": 0.5}])
        try:
            yield
        finally:
            self._sandbox.control.configure(faults=[])

    def _hang(self, is_over: Callable[[], bool], seconds: float) -> None:
        """Both services take connections and answer nothing."""
        self._note("hang", seconds=seconds)
        os.kill(self._sandbox.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self._sandbox.pid, signal.SIGCONT)

    def _note(self, name: str, **details: Any) -> None:
        self._history.add("fault", name=name, **details)
