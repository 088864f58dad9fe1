"""The web app and its callers: does what the plan says at its time, and notes what was acknowledged."""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from typing import Any

from pymongo.synchronous.database import Database

from astra_pipeline.sandbox.process import Control
from bench.campaign.history import History
from bench.campaign.plan import Step
from bench.campaign.records import Records
from bench.campaign.runs import Process, Processes

_ERASE_AGAIN_AFTER_SECONDS = 1.5


class App:
    """Acts step by step. A person who asked to be erased does nothing until that is done."""

    def __init__(
        self, db: Database[dict[str, Any]], control: Control, processes: Processes, history: History
    ) -> None:
        self._records = Records(db, control, history)
        self._processes = processes
        self._history = history
        self._erasing: dict[str, _Erasure] = {}
        self._later: dict[str, deque[Step]] = {}
        self._reopened: list[tuple[float, Step]] = []

    @property
    def is_idle(self) -> bool:
        """Whether nothing was put off and no erasure is asked for."""
        return not self._erasing and not self._reopened

    def act(self, step: Step) -> None:
        """Do one step now, or when the person's erasure is done."""
        if step.person in self._erasing:
            self._later.setdefault(step.person, deque()).append(step)
        else:
            self._do(step)

    def look(self) -> None:
        """Go on with what takes time: calls that were taken up again, and erasures."""
        now = time.monotonic()
        due = [step for at, step in self._reopened if at <= now]
        self._reopened = [(at, step) for at, step in self._reopened if at > now]
        for step in due:
            fields = step.fields
            self._records.close_again(fields["person"], fields["call"], fields["word"])
        for person, erasure in list(self._erasing.items()):
            if erasure.is_done(self._records):
                del self._erasing[person]
                for step in self._later.pop(person, ()):
                    self.act(step)

    def _do(self, step: Step) -> None:
        fields = step.fields
        match step.action:
            case "take_in":
                # An operator has Julep users made: a command that pays nothing and writes to Julep.
                self._processes.command("users", "sync", "--only", step.person)
            case "erase":
                asked = self._history.add("erasure_asked", person=step.person)
                self._erasing[step.person] = _Erasure(self._processes, step.person, asked.at)
            case "complete_again":
                self._records.take_up_again(fields["person"], fields["call"], fields["word"])
                self._reopened.append((time.monotonic() + fields["active_seconds"], step))
            case "join" | "talk" | "move_end" | "replace_metadata" | "change_zone":
                getattr(self._records, step.action)(**fields)


class _Erasure:
    """`astra users erase`, until it was done: it refuses while a run works on something of the person."""

    def __init__(self, processes: Processes, person: str, asked_at: dt.datetime) -> None:
        self._processes = processes
        self._person = person
        self._asked_at = asked_at
        self._process: Process | None = None
        self._next = 0.0

    def is_done(self, records: Records) -> bool:
        """Whether it is; asks again when it was refused."""
        if self._process is None:
            if time.monotonic() >= self._next:
                self._process = self._processes.command("users", "erase", self._person, "--yes")
            return False
        if self._process.code is None:
            return False
        code, self._process = self._process.code, None
        self._next = time.monotonic() + _ERASE_AGAIN_AFTER_SECONDS
        return code == 0 and records.was_erased_since(self._person, self._asked_at)
