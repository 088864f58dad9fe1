"""Runs and commands as processes of their own, which faults can kill, stop and let go on."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from astra_pipeline.orchestration.launchers.identity import Identity
from astra_pipeline.orchestration.launchers.owner import Channel, OwnedParent, ParentGone
from bench.campaign.history import History
from bench.campaign.ticks import Requested

# Some seconds of imports on a machine that has nothing else to do.
_READY_SECONDS = 900.0


@dataclass
class Process:
    """One child. `code` is None while it lives; negative: the signal that ended it."""

    order: str
    what: str
    is_run: bool
    pid: int | None = None
    code: int | None = None
    began: float = field(default_factory=time.monotonic)
    paused: bool = False

    @property
    def age(self) -> float:
        """Seconds since it was asked for."""
        return time.monotonic() - self.began


class Processes:
    """The children of one prefork server, ready when the `with` block begins and gone when it ends."""

    def __init__(self, history: History, dagster_home: Path, logs: Path, environment: Mapping[str, str]) -> None:
        self._history = history
        self._dagster_home = dagster_home
        self._logs = logs
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._all: dict[str, Process] = {}
        self._skews: list[float] = []

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._logs / "prefork.log").open("wb") as log:
            self._parent = OwnedParent(
                ["-m", "bench.campaign.prefork"], environment={**os.environ, **self._environment}, output=log
            )
        try:
            self._parent.wait_until_ready(_READY_SECONDS)
        except ParentGone as error:
            self._parent.close()
            raise RuntimeError(f"the prefork server: {error}; see {self._logs / 'prefork.log'}") from None
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.alive():
            self._signal(process, signal.SIGKILL)
        self._parent.close()
        deadline = time.monotonic() + 10
        while not self._parent.has_ended and time.monotonic() < deadline:
            time.sleep(0.05)

    # -- starting

    def run(self, requested: Requested) -> Process:
        """Start a run that was asked for. It has a wrong clock when `skew_next` said so."""
        order = {
            "job": requested.job,
            "tags": dict(requested.tags),
            "config": dict(requested.config),
            "partition": requested.partition,
            "assets": list(requested.assets),
            "dagster_home": str(self._dagster_home),
        }
        with self._lock:
            if self._skews:
                order["skew"] = self._skews.pop()
        return self._start(requested.job, order, is_run=True)

    def command(self, *argv: str) -> Process:
        """Start `astra` with these arguments."""
        return self._start(f"astra {' '.join(argv[:2])}", {"argv": list(argv)}, is_run=False)

    def _start(self, what: str, order: dict[str, Any], *, is_run: bool) -> Process:
        process = Process(str(uuid.uuid4()), what, is_run)
        with self._lock:
            self._all[process.order] = process
        line = order | {"order": process.order, "log": str(self._logs / f"{process.order}.log")}
        self._history.add("run_started" if is_run else "command_started", order=process.order, what=what)
        channel = self._parent.order(line)
        threading.Thread(target=self._attend, args=(process, channel), name="prefork", daemon=True).start()
        return process

    def _attend(self, process: Process, channel: Channel) -> None:
        """Let the child of an order begin, and wait for its end."""
        with channel:
            answer = channel.answer()
            if "process" in answer:
                process.pid = Identity.parse(answer["process"]).pid
                with suppress(ParentGone):  # a fault came first, and the next answer says which
                    channel.go()
                answer = channel.answer()
        self._history.add("run_ended", order=process.order, what=process.what, code=answer["code"])
        process.code = answer["code"]

    # -- looking, and faults

    def alive(self, *, runs_only: bool = False) -> list[Process]:
        """The children that have not ended, oldest first."""
        with self._lock:
            return [one for one in self._all.values() if one.code is None and (one.is_run or not runs_only)]

    def skew_next(self, seconds: float, runs: int) -> None:
        """The clocks of the next `runs` runs are off by `seconds`."""
        with self._lock:
            self._skews = [seconds] * runs

    def kill(self, process: Process) -> None:
        """SIGKILL, noted before it is sent: what a run did after this moment, nobody can know."""
        self._history.add("killed", order=process.order, what=process.what)
        self._signal(process, signal.SIGKILL)

    def pause(self, process: Process) -> None:
        """SIGSTOP until `cont`."""
        process.paused = True
        self._signal(process, signal.SIGSTOP)

    def cont(self, process: Process) -> None:
        """SIGCONT after `pause`."""
        process.paused = False
        self._signal(process, signal.SIGCONT)

    @staticmethod
    def _signal(process: Process, number: int) -> None:
        if process.pid is not None and process.code is None:
            try:
                os.kill(process.pid, number)
            except ProcessLookupError:
                return  # it ended meanwhile
