"""The exposition of `/metrics`: counters out of MongoDB, gauges of its state, and what the process itself knows.

Prometheus' text format 0.0.4, or OpenMetrics for who accepts it (prometheus_client).
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import CollectorRegistry, exposition
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector as Registered
from prometheus_client.utils import floatToGoString

from astra_pipeline.counters import CATALOG, HTTP, Count, Counter
from astra_pipeline.monitoring.gauges import COLLECTORS, Collector, gauge
from astra_pipeline.store import clock
from astra_pipeline.store.counters import Series, read_totals

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

log = structlog.get_logger(__name__)

_PING_SECONDS, _COUNTERS_SECONDS = 1.5, 3.0
# Prometheus gives a scrape ten seconds. What was not read by then is shown as it was read last.
_SCRAPE_SECONDS = 6.0
# A collector that failed is not tried at every scrape: a slow one alone would make each of them late.
_TRIED_AGAIN_SECONDS = 60.0


@dataclass(frozen=True)
class _Kept:
    """The last read of a collector.

    at: the monotonic time of the last try
    found: what it read last; None when it never could
    is_fresh: whether the last try read it
    """

    at: float | None = None
    found: list[Metric] | None = None
    is_fresh: bool = False


class Exposition:
    """The metrics of one database, as a process shows them. Of two scrapes at once the second one waits.

    routes: (method, template) of the routes that are shown with 0 before anybody asked
    active: the number of requests that this process works on
    """

    def __init__(
        self,
        database: Callable[[], Database[Document]],
        *,
        routes: Sequence[tuple[str, str]] = (),
        active: Callable[[], int] = lambda: 0,
        collectors: Sequence[Collector] = COLLECTORS,
    ) -> None:
        self._database, self._routes, self._active = database, routes, active
        self._collectors = collectors
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Everything(self._collect))

    def render(self, accept: str | None = None) -> tuple[bytes, str]:
        """(the body, its content type), in the format that `accept` asks for."""
        encode, content_type = exposition.choose_encoder(accept or "")
        with self._lock:
            return encode(self._registry), content_type

    def age(self, seconds: float) -> None:
        """Let what was read be older by so much, as if time had passed (benchmarks)."""
        with self._lock:
            read = {name: (kept, kept.at) for name, kept in self._kept.items() if kept.at is not None}
            self._kept = {name: replace(kept, at=at - seconds) for name, (kept, at) in read.items()}

    def _collect(self) -> Iterator[Metric]:
        db, now, until = self._database(), clock.now(), time.monotonic() + _SCRAPE_SECONDS
        is_up = _within(_PING_SECONDS, "ping", lambda: db.command("ping")) is not None
        yield gauge("astra_mongodb_up", "1 while MongoDB answers.", is_up)
        yield gauge("http_server_active_requests", "HTTP requests that this process works on.", self._active())
        success: dict[tuple[str, ...], float] = {}
        totals = _within(_COUNTERS_SECONDS, "counters", lambda: read_totals(db)) if is_up else None
        success[("counters",)] = float(totals is not None)
        if totals is not None:
            yield from families(totals, [(*_http(method, route), "200") for method, route in self._routes])
        for collector in self._collectors:
            found, is_fresh = self._read(collector, db, now, until if is_up else None)
            success[(collector.name,)] = float(is_fresh)
            yield from found or ()
        yield gauge("astra_collector_success", "1 when a kind of state could be read.", success, "collector")

    def _read(
        self, collector: Collector, db: Database[Document], now: dt.datetime, until: float | None
    ) -> tuple[list[Metric] | None, bool]:
        """(what a collector reads, whether it could be read), until a moment of the monotonic clock; None: not now.

        While one fails its last answer is shown, unless MongoDB is away.
        """
        last = self._kept.get(collector.name, _Kept())
        began = time.monotonic()
        if until is None:
            return None, False
        age = collector.age if last.is_fresh else min(collector.age, _TRIED_AGAIN_SECONDS)
        if last.at is not None and began - last.at < age:
            return last.found, last.is_fresh
        if until <= began:
            return last.found, False
        patience = min(collector.patience, until - began)
        found = _within(patience, collector.name, lambda: list(collector.read(db, now)))
        self._kept[collector.name] = _Kept(
            time.monotonic(), last.found if found is None else found, found is not None
        )
        return self._kept[collector.name].found, found is not None


def _http(method: str, route: str) -> tuple[str, str, str]:
    return HTTP.name, method, route


def _within(seconds: float, name: str, read: Callable[[], Any]) -> Any:
    """The result of `read` within the time; None when MongoDB does not give it, whatever the reason."""
    import pymongo

    try:
        with pymongo.timeout(seconds):
            return read()
    except Exception as error:  # noqa: BLE001  (a scrape shows the rest, and which one failed)
        log.warning("a collector failed", collector=name, error=type(error).__name__)
        return None


def families(totals: dict[Series, Count], at_zero: Iterable[Series] = ()) -> Iterator[Metric]:
    """The counters and histograms of the catalogue with these totals; those known before begin with 0."""
    known = {series: Count() for counter in CATALOG.values() for series in counter.at_zero()}
    known |= {tuple(series): Count() for series in at_zero} | totals
    by_name: dict[str, list[tuple[Series, Count]]] = {name: [] for name in CATALOG}
    for series, count in sorted(known.items()):
        # A counter of an earlier version stays stored; it is shown no longer.
        counter = CATALOG.get(series[0])
        if counter is not None and len(series) == len(counter.labels) + 1:
            by_name[series[0]].append((series, count))
    for name, found in by_name.items():
        yield (_histogram if CATALOG[name].buckets else _counter)(CATALOG[name], found)


def _counter(counter: Counter, found: Iterable[tuple[Series, Count]]) -> Metric:
    family = CounterMetricFamily(counter.name, counter.help, labels=list(counter.labels))
    for series, count in found:
        family.add_metric(list(series[1:]), count.value)
    return family


def _histogram(counter: Counter, found: Iterable[tuple[Series, Count]]) -> Metric:
    family = HistogramMetricFamily(counter.name, counter.help, labels=list(counter.labels))
    for series, count in found:
        seen, buckets = 0, []
        for position, limit in enumerate((*counter.buckets, float("inf"))):
            seen += count.buckets.get(position, 0)
            buckets.append((floatToGoString(limit), seen))
        family.add_metric(list(series[1:]), buckets, count.sum)
    return family


class _Everything(Registered):
    """A custom collector that reads at each scrape."""

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        return self._collect()
