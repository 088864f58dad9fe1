"""Runs and commands as processes of their own, which faults can kill, stop and let go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

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
        self._server = subprocess.Popen(
            [sys.executable, "-m", "bench.campaign.prefork"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self._logs / "prefork.log").open("wb"),
            env={**os.environ, **self._environment},
        )
        self._ready = threading.Event()
        threading.Thread(target=self._listen, name="prefork-answers", daemon=True).start()
        deadline = time.monotonic() + _READY_SECONDS
        while not self._ready.wait(1.0) and self._server.poll() is None and time.monotonic() < deadline:
            pass
        if not self._ready.is_set():
            self._server.kill()
            raise RuntimeError(f"the prefork server did not become ready, see {self._logs / 'prefork.log'}")
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.alive():
            self._signal(process, signal.SIGCONT)
        assert self._server.stdin is not None
        self._server.stdin.close()
        try:
            self._server.wait(10)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

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
        assert self._server.stdin is not None
        self._history.add("run_started" if is_run else "command_started", order=process.order, what=what)
        self._server.stdin.write(json.dumps(line).encode() + b"\n")
        self._server.stdin.flush()
        return process

    def _listen(self) -> None:
        assert self._server.stdout is not None
        for line in self._server.stdout:
            answer = json.loads(line)
            if answer.get("ready"):
                self._ready.set()
                continue
            process = self._all[answer["order"]]
            if "pid" in answer:
                process.pid = answer["pid"]
            else:
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
