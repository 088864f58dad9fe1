"""Asks sensors and schedules and starts the runs they request, as Dagster's daemon would."""

from __future__ import annotations

import time
from collections import deque

import dagster as dg

from bench.campaign.history import History
from bench.campaign.runs import Process, Processes
from bench.campaign.ticks import Requested, Ticks

_RUNS_AT_ONCE = 3
# Seconds between ticks: the sensor of live conversations often, the others seldom.
_OFTEN, _SELDOM = 1.5, 6.0
_LIVE = "new_conversations"
# They reach people by webhook, write texts whose cost on one machine would leave the campaign no time, or ask for a
# run at each of their moments, whatever there is to do: here each tick is such a moment.
_LEFT_OUT = frozenset({"failure_alerts", "weekly_reports_schedule", "dagster_retention_schedule"})


class Daemon:
    """One tick after the other, in one thread; runs are processes of their own."""

    def __init__(self, instance: dg.DagsterInstance, processes: Processes, history: History) -> None:
        self._instance = instance
        self._processes = processes
        self._history = history
        self._ticks = Ticks(instance)
        self._keys: set[tuple[str, str]] = set()
        self._queue: deque[Requested] = deque()
        self._runs: dict[str, Process] = {}
        self._next: dict[str, float] = {}
        self.asked_at = time.monotonic()
        """When a sensor or schedule last asked for a run, or failed."""

    @property
    def is_idle(self) -> bool:
        """Whether no run is queued or alive."""
        return not self._queue and not self._processes.alive()

    def turn(self) -> None:
        """Do what is due now: see to the ends of runs, tick, start runs."""
        self._see_to_the_dead()
        for name in self._due():
            try:
                for requested in self._ticks.ask(name):
                    self._take(requested)
            except Exception as error:  # noqa: BLE001 - the daemon notes it and goes on, whatever it is
                self.asked_at = time.monotonic()
                words = str(error)[:500]
                self._history.add("tick_failed", name=name, error=type(error).__name__, message=words)
        while self._queue and len(self._processes.alive(runs_only=True)) < _RUNS_AT_ONCE:
            self._start(self._queue.popleft())

    def _due(self) -> list[str]:
        if self._queue:
            return []  # what is asked for already would be asked for again
        now = time.monotonic()
        due = [name for name in self._ticks.names if name not in _LEFT_OUT and now >= self._next.get(name, 0.0)]
        self._next |= {name: now + (_OFTEN if name == _LIVE else _SELDOM) for name in due}
        return due

    def _take(self, requested: Requested) -> None:
        self.asked_at = time.monotonic()
        self._history.add("run_requested", by=requested.by, job=requested.job)
        if requested.run_key:
            # A schedule's key is its moment, which here is another at every tick.
            if (requested.by, requested.run_key) in self._keys:
                return
            self._keys.add((requested.by, requested.run_key))
        self._queue.append(requested)

    def _start(self, requested: Requested) -> None:
        process = self._processes.run(requested)
        self._runs[process.order] = process

    def _see_to_the_dead(self) -> None:
        """Dagster's code server reports a run process that died; nothing else would end its run."""
        for order, process in list(self._runs.items()):
            if process.code is None:
                continue
            del self._runs[order]
            run = self._instance.get_run_by_id(order)
            if run is not None and not run.is_finished:
                self._instance.report_run_failed(run, f"the process ended with {process.code}")
