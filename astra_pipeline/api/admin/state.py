"""The state that the admin page shows, read in a thread. It has ids, counts and moments: no text and no name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from astra_pipeline.counters import ASSETS, CLOSED, ITEMS, WEBHOOKS
from astra_pipeline.monitoring import holdings
from astra_pipeline.monitoring.verdict import Verdict, reasons_for_a_person, verdict_of
from astra_pipeline.orchestration.dagster_state import STALE_AFTER, Daemon, DagsterState, Noted, noted
from astra_pipeline.promises import morning, store
from astra_pipeline.promises.table import PROMISES, Measured
from astra_pipeline.store.collections import EVENTS, FAILURES, TASK_REQUESTS
from astra_pipeline.store.counters import read_days

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    from astra_pipeline.monitoring.dagster_state import Job

    Document = dict[str, Any]

_DAYS = 7
_REQUESTS_SHOWN = 20
_OUTCOMES = ("done", "unchanged", "failed", "parked")


@dataclass(frozen=True)
class Row:
    """A promise on the page: the newest figure beside its target, and those of the last days, oldest first."""

    title: str
    measured: str
    target: str
    kept: bool | None
    of: str
    trend: Sequence[float | None]


@dataclass(frozen=True)
class Asset:
    """An asset on the page: its items of the last seven days, and those that failed and are still to be done."""

    name: str
    counts: Mapping[str, int]
    retrying: int
    parked: int


@dataclass(frozen=True)
class State:
    """Everything that the page shows at one moment."""

    at: dt.datetime
    verdict: Verdict
    reasons: Sequence[str]
    holdings: holdings.Holdings
    dagster: DagsterState
    assets: Sequence[Asset]
    runs: Sequence[Job]
    promises: Sequence[Row]
    promises_day: str | None
    mornings: Sequence[morning.Morning]
    webhook: Mapping[str, Any]
    requests: Sequence[Mapping[str, Any]]


def read_state(db: Database[Document], *, now: dt.datetime) -> State:
    """The state as of `now` (aware)."""
    held = holdings.read_holdings(db, now=now)
    dagster = _dagster(noted(db), now)
    reasons = reasons_for_a_person(held, dagster, now=now)
    measured = store.newest(db, _DAYS)
    counted = read_days(db, (now - dt.timedelta(days=_DAYS - 1)).date(), now.date())
    return State(
        at=now,
        verdict=verdict_of(reasons),
        reasons=reasons,
        holdings=held,
        dagster=dagster,
        assets=_assets(db, held, counted),
        runs=sorted((job for job in dagster.jobs if job.ended), key=lambda job: job.ended or now, reverse=True),
        promises=_rows(measured),
        promises_day=measured[0].day if measured else None,
        mornings=morning.read(db, now=now),
        webhook=_webhook(db, counted),
        requests=_requests(db),
    )


def _dagster(found: Noted | None, now: dt.datetime) -> DagsterState:
    """Dagster's state as noted. What nobody has noted for minutes says that the daemon is silent."""
    if found is None:
        return DagsterState(Daemon(False, None, ["its state was never noted"]), [], [], [], 0)
    if now - found.at > STALE_AFTER:
        silent = [f"its state was noted last at {found.at:%Y-%m-%d %H:%M} UTC"]
        return replace(found.state, daemon=Daemon(False, found.state.daemon.last_heartbeat, silent))
    return found.state


def _assets(db: Database[Document], held: holdings.Holdings, counted: Mapping[tuple[str, ...], Any]) -> list[Asset]:
    retrying = {
        row["_id"]: row["items"]
        for row in db[FAILURES].aggregate(
            [{"$match": {"parked_at": None}}, {"$group": {"_id": "$kind", "items": {"$sum": 1}}}]
        )
    }
    found = []
    for asset in (*ASSETS, *sorted({*retrying, *held.parked_items} - {*ASSETS})):
        keys = {outcome: (ITEMS.name, asset, outcome) for outcome in _OUTCOMES}
        counts = {outcome: int(counted[key].value) if key in counted else 0 for outcome, key in keys.items()}
        found.append(Asset(asset, counts, retrying.get(asset, 0), held.parked_items.get(asset, 0)))
    return found


def _rows(measured: Sequence[Measured]) -> list[Row]:
    rows = []
    for one in PROMISES:
        figures = [day.figures.get(one.name) for day in reversed(measured)]
        newest = figures[-1] if figures else None
        value = newest.value if newest else None
        rows.append(
            Row(
                title=one.title,
                measured=one.words(value),
                target=one.target_words,
                kept=None if value is None else one.is_kept(value),
                of=f"{newest.of if newest else 0} {one.of}",
                trend=[figure.value if figure else None for figure in figures],
            )
        )
    return rows


def _webhook(db: Database[Document], counted: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    last = db[EVENTS].find_one({}, {"last_received_at": 1}, sort=[("last_received_at", -1)])

    def counts(name: str, position: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for series, count in counted.items():
            if series[0] == name:
                found[series[position]] = found.get(series[position], 0) + int(count.value)
        return found

    return {
        "last": last["last_received_at"] if last else None,
        "deliveries": counts(WEBHOOKS.name, 2),
        "closed": {"webhook": 0, "client": 0, "reconciler": 0} | counts(CLOSED.name, 1),
    }


def _requests(db: Database[Document]) -> list[Document]:
    fields = {"kind": 1, "status": 1, "requested_at": 1, "finished_at": 1, "requested_by.kind": 1, "error.class": 1}
    open_first = list(
        db[TASK_REQUESTS]
        .find({"status": {"$in": ["queued", "running"]}}, fields)
        .sort("requested_at", 1)
        .limit(_REQUESTS_SHOWN)
    )
    ended = db[TASK_REQUESTS].find({"status": {"$nin": ["queued", "running"]}}, fields)
    return open_first + list(
        ended.sort("_id", -1).limit(_REQUESTS_SHOWN - len(open_first)) if len(open_first) < _REQUESTS_SHOWN else ()
    )
