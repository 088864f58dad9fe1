"""`python -m bench.campaign --seed 1 --minutes 5`: exit code 1 when a law was broken."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dagster as dg
from pymongo import MongoClient
from pymongo.synchronous.database import Database
from rich.console import Console

from astra_pipeline.sandbox.process import SandboxProcess
from astra_pipeline.sandbox.replica_set import ReplicaSet
from astra_pipeline.settings import forget_settings
from bench.campaign import laws, plan
from bench.campaign.app import App
from bench.campaign.collect import collect
from bench.campaign.daemon import Daemon
from bench.campaign.evidence import Evidence
from bench.campaign.history import CONVERSATIONS, USERS, History
from bench.campaign.many import VERDICTS
from bench.campaign.nemesis import Nemesis
from bench.campaign.plan import Step
from bench.campaign.recorder import Recorder
from bench.campaign.report import report
from bench.campaign.runs import Processes

_DATABASE = "campaign"
_LLM_SECONDS = 0.8
_TURN_SECONDS = 0.1
# The sensors asked for nothing for so long, and nothing runs: it has come to rest.
_REST_SECONDS = 8.0
# The plan may take so many times its length before what is left of it is dropped.
_SLOWER_AT_MOST = 1.5
# A driver notices a stopped member by a heartbeat that is not answered: as fast as the members themselves do.
_URI_OPTIONS = "&heartbeatFrequencyMS=1000&connectTimeoutMS=2000"
_SHORT_PATIENCE = {
    "ASTRA_HTTP_TIMEOUT_SECONDS": "2",
    "ASTRA_LLM_TIMEOUT_SECONDS": "20",
    "ASTRA_LEASE_SECONDS": "4",
    "ASTRA_RETRY_BASE_SECONDS": "1",
    "ASTRA_WAITING_BASE_SECONDS": "1",
    "ASTRA_SENSOR_INTERVAL_SECONDS": "1",
    "ASTRA_SHIFT_SECONDS": "10",
    "ASTRA_SHIFT_LINGER_SECONDS": "3",
    "ASTRA_LLM_CONCURRENCY": "4",
    "ASTRA_ELEVENLABS_CONCURRENCY": "4",
    "ASTRA_STEP_RETRIES": "1",
    # The laws count what each item's writing costs.
    "ASTRA_JUDGE_SHARE": "0",
}


class Campaign:
    """Everything that runs, and the three who act on it: the app, the faults, the daemon."""

    def __init__(self, folder: Path, wanted: plan.Plan, parts: ExitStack) -> None:
        self._plan = wanted
        self._history = History()
        self._folder = folder
        self._set = parts.enter_context(ReplicaSet(folder / "mongo"))
        self._sandbox = parts.enter_context(SandboxProcess(people=False, llm_seconds=_LLM_SECONDS))
        self._home = folder / "dagster"
        self._home.mkdir()
        (self._home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        os.environ.update(self._environment())
        forget_settings()  # the definitions were loaded without them
        client = parts.enter_context(
            MongoClient[dict[str, Any]](self._set.uri + _URI_OPTIONS, tz_aware=True, appname="campaign")
        )
        self._db = client[_DATABASE]
        self._recorder = parts.enter_context(Recorder(client, _DATABASE))
        processes = parts.enter_context(Processes(self._history, self._home, folder / "logs", self._environment()))
        instance = parts.enter_context(dg.DagsterInstance.from_config(str(self._home)))
        self._app = App(self._db, self._sandbox.control, processes, self._history)
        self._nemesis = Nemesis(self._set, self._sandbox, processes, self._history, wanted.seed)
        self._daemon = Daemon(instance, processes, self._history)

    def _environment(self) -> dict[str, str]:
        return _SHORT_PATIENCE | {
            "MONGODB_URI": self._set.uri + _URI_OPTIONS,
            "MONGODB_DB": _DATABASE,
            "ELEVENLABS_API_KEY": self._sandbox.elevenlabs_api_key,
            "ELEVENLABS_BASE_URL": self._sandbox.elevenlabs_url,
            "JULEP_API_KEY": self._sandbox.julep_api_key,
            "JULEP_BASE_URL": self._sandbox.julep_url,
            "BACKGROUND_WORKER_AGENT_ID": self._sandbox.julep_agent_id,
            "DAGSTER_HOME": str(self._home),
            "PYTHONWARNINGS": "ignore",
        }

    def run(self, quiet_seconds: float) -> Evidence:
        """The plan, then quiet until everything rests, then the evidence.

        Gives up on rest when so many seconds brought no progress: a slow machine has the time it needs.
        """
        began = time.monotonic()
        over = threading.Event()
        threads = [
            _Actor("app", lambda done: self._follow(self._plan.app, began, self._act, over, done)),
            _Actor("faults", lambda done: self._follow(self._plan.faults, began, self._strike, over, done)),
        ]
        for thread in threads:
            thread.start()
        while self._goes_on(began, threads):
            self._turn()
        over.set()
        while any(thread.is_alive() for thread in threads):
            self._turn()
        for thread in threads:
            thread.raise_trouble()
        self._nemesis.heal()
        self._rest(quiet_seconds)
        return self._collected()

    def _goes_on(self, began: float, threads: Sequence[_Actor]) -> bool:
        """Whether the time is not over, or a slow machine has not come to the end of the plan in it."""
        lasts = time.monotonic() - began
        done = all(thread.is_done.is_set() for thread in threads)
        return lasts < self._plan.seconds or (not done and lasts < self._plan.seconds * _SLOWER_AT_MOST)

    def _act(self, step: Step | None, _: threading.Event) -> None:
        if step is not None:
            self._app.act(step)
        self._app.look()

    def _strike(self, step: Step | None, over: threading.Event) -> None:
        if step is not None:
            self._nemesis.strike(step, over.is_set)

    @staticmethod
    def _follow(
        steps: Sequence[Step],
        began: float,
        do: Callable[[Step | None, threading.Event], None],
        over: threading.Event,
        done: threading.Event,
    ) -> None:
        """Each step at its time, or as soon as those before it are done; None in between. Then sets `done`."""
        left = list(steps)
        while not over.is_set():
            if not left:
                done.set()
            due = left.pop(0) if left and left[0].at <= time.monotonic() - began else None
            do(due, over)
            if due is None:
                time.sleep(_TURN_SECONDS)

    def _turn(self) -> None:
        self._daemon.turn()
        time.sleep(_TURN_SECONDS)

    def _rest(self, quiet_seconds: float) -> None:
        self._history.add("quiet")
        least, deadline = work_left(self._db), time.monotonic() + quiet_seconds
        while time.monotonic() < deadline:
            self._app.look()
            self._turn()
            if (left := work_left(self._db)) < least:
                least, deadline = left, time.monotonic() + quiet_seconds
            rests = time.monotonic() - self._daemon.asked_at > _REST_SECONDS
            if rests and self._daemon.is_idle and self._app.is_idle:
                self._history.add("settled")
                return

    def _collected(self) -> Evidence:
        return collect(
            self._db,
            self._sandbox,
            events=self._history.events,
            writes=self._recorder.finish(),
            dagster_home=self._home,
            logs=self._folder / "logs",
        )


def work_left(db: Database[dict[str, Any]]) -> int:
    """The number of calls that are not processed and of people whose metrics are not computed."""
    waiting = {"status": "completed", "astra.erased_at": None, "metadata.transcript_processed": {"$ne": True}}
    due = {"astra.gamification_due": {"$exists": True}}
    return db[CONVERSATIONS].count_documents(waiting) + db[USERS].count_documents(due)


class _Actor(threading.Thread):
    """A thread whose exception is not lost."""

    def __init__(self, name: str, act: Callable[[threading.Event], None]) -> None:
        super().__init__(name=name, daemon=True)
        self._act = act
        self.is_done = threading.Event()
        """Set by it when it has nothing more to do."""
        self._trouble: BaseException | None = None

    def run(self) -> None:
        try:
            self._act(self.is_done)
        except BaseException as error:  # noqa: BLE001 - raised by raise_trouble, in the thread that waits
            self._trouble = error

    def raise_trouble(self) -> None:
        """Raise what ended the thread, if anything did."""
        if self._trouble is not None:
            raise self._trouble


def main() -> int:
    """Run a campaign and print its report."""
    parser = argparse.ArgumentParser("python -m bench.campaign", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="everything random is drawn from it")
    parser.add_argument("--minutes", type=float, default=5.0, help="how long things go wrong")
    parser.add_argument("--people", type=int, default=6, help="accounts in the beginning")
    parser.add_argument("--quiet-seconds", type=float, default=120.0, help="how long to wait for progress")
    parser.add_argument("--no-faults", action="store_true", help="the app's writes alone")
    parser.add_argument("--keep", type=Path, help="a folder for the history, the logs and Dagster's storage")
    options = parser.parse_args()
    wanted = plan.drawn(options.seed, options.minutes * 60, people=options.people, faults=not options.no_faults)
    with ExitStack() as parts:
        folder = options.keep or Path(parts.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        evidence = Campaign(folder.resolve(), wanted, parts).run(options.quiet_seconds)
        verdicts = laws.check(evidence)
        if options.keep:
            _save(folder, evidence, verdicts)
    report(Console(), options.seed, options.minutes, evidence.events, verdicts)
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def _save(folder: Path, evidence: Evidence, verdicts: Sequence[laws.Verdict]) -> None:
    def plain(value: object) -> str:
        return value.isoformat() if isinstance(value, dt.datetime) else str(value)

    with (folder / "history.jsonl").open("w") as file:
        for event in evidence.events:
            file.write(json.dumps({"at": event.at, "kind": event.kind, **event.fields}, default=plain) + "\n")
    with (folder / "writes.jsonl").open("w") as file:
        for write in evidence.writes:
            file.write(json.dumps(vars(write), default=plain) + "\n")
    with (folder / VERDICTS).open("w") as file:
        kept = {
            verdict.law: {"examined": verdict.examined, "broken": list(verdict.broken), "counts": verdict.counts}
            for verdict in verdicts
        }
        json.dump(kept, file, indent=1)


if __name__ == "__main__":
    sys.exit(main())
