"""The outcome of a request, decided by the facts, the ledger of failures and the word of its run. Pure.

The facts and the ledger stand in MongoDB whatever happens to a run, so an outcome that a killed run did not write
is found again from them. What leaves no trace there, such as "birth data incomplete", comes from the run itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from astra_pipeline.batches.result import BatchResult
from astra_pipeline.errors import CredentialsRejected, Erased, NotFound, NotReady
from astra_pipeline.requests.request import Pointer, Problem, Status, TaskRequest

# How many runs are asked for on behalf of a request whose runs end without a word on its item.
RUNS_AT_MOST = 3
# A request that no run could be asked for, because its person has no cohort yet, is given up after this.
GIVEN_UP_AFTER = dt.timedelta(hours=24)
# The reason that `batches.work` gives for an item that another run does.
_LEASED = "leased by another run"

RunState = Literal["unknown", "ended", "cancelled"]
"""The state of the run asked for. `unknown`: it works, or it has not come yet."""


@dataclass(frozen=True)
class Setback:
    """The item's entry in `astra_failures`: its last attempt did not succeed."""

    error: str
    message: str
    at: dt.datetime
    parked: bool

    @property
    def is_patience(self) -> bool:
        """True for an item that is not ready and is looked at again without anybody's doing."""
        return self.error == NotReady.__name__ and not self.parked


@dataclass(frozen=True)
class Seen:
    """A request's item as MongoDB knows it."""

    result: Pointer | None = None
    """The fact that was asked for, if it is there."""
    erased: bool = False
    unknown: bool = False
    """The person's account is gone."""
    too_early: bool = False
    """The conversation ended before the first day that this pipeline looks at."""
    setback: Setback | None = None


@dataclass(frozen=True)
class Told:
    """The word of a batch on its items, where the facts alone do not tell."""

    done: frozenset[str] = frozenset()
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Item -> the reason for which it is left alone."""
    rejected: str | None = None
    """A service refused our key: no item could be done."""

    @classmethod
    def of(cls, result: BatchResult) -> Told:
        """The part of a batch's result that is said for good. Items that another run holds, or that wait for the
        next hour's budget, are not in it."""
        passing = {_LEASED, result.spent}
        return cls(
            done=frozenset(result.done),
            skipped={item: reason for item, reason in result.skipped.items() if reason not in passing},
            rejected=result.rejected,
        )


@dataclass(frozen=True)
class Outcome:
    """The next state of a request. `queued` means that another run is to be asked for."""

    status: Status
    result: Pointer | None = None
    error: Problem | None = None


def outcome_of(
    request: TaskRequest, seen: Seen, run: RunState, told: Told, *, where: Pointer, now: dt.datetime
) -> Outcome | None:
    """The outcome of an open request; None as long as there is none. `where` is the place of the item's fact."""
    if seen.erased:
        return _without("cancelled", Erased.__name__, "the person was erased")
    if seen.unknown:
        return _without("failed", NotFound.__name__, "the person is not known any more")
    if seen.result is not None or (request.asked and request.item in told.done):
        return Outcome("succeeded", result=seen.result or where)
    if seen.too_early:
        return _without("skipped", "TooEarly", "the conversation ended before ASTRA_START_DATE")
    if request.asked is None or request.status == "queued":
        return _given_up(request, now)
    ended = _of_run(request, request.asked.at, seen.setback, run, told)
    # A run that cannot come any more, because its items have no place now, keeps nobody waiting for ever.
    return ended or (_given_up(request, now) if request.run_id is None else None)


def _of_run(
    request: TaskRequest, asked_at: dt.datetime, setback: Setback | None, run: RunState, told: Told
) -> Outcome | None:
    """The outcome of a request whose run was asked for, and whose item is not done."""
    if setback is not None and setback.at >= asked_at:
        # What is not ready is looked at again by the sensor or schedule of its asset, until it is done or parked.
        return None if setback.is_patience else _without("failed", setback.error, setback.message)
    if told.rejected:
        return _without("failed", CredentialsRejected.__name__, told.rejected)
    if reason := told.skipped.get(request.item):
        return _without("skipped", "Skipped", reason)
    if run == "cancelled":
        return _without("cancelled", "Cancelled", "the run was cancelled")
    if run == "ended":
        if request.times_asked < RUNS_AT_MOST:
            return Outcome("queued")
        return _without("failed", "NotDone", f"{RUNS_AT_MOST} runs ended and left it undone")
    return None


def _given_up(request: TaskRequest, now: dt.datetime) -> Outcome | None:
    if now - request.requested_at < GIVEN_UP_AFTER:
        return None
    return _without("failed", NotReady.__name__, "no run could take it up within a day")


def _without(status: Status, error_class: str, message: str) -> Outcome:
    return Outcome(status, error=Problem.of(error_class, message))
