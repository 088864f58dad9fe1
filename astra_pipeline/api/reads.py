"""Reads that a process lets pass between two counts in MongoDB, while their subject has plenty left.

A count is a write, and costs more than the read it is for. So where a count has just said that at least half of
the burst is left, up to an eighth of the burst passes uncounted. It is owed, and the next count takes it along. The
rate holds exactly for up to four processes, because four eighths are the half that was left. With more of them it
may be exceeded by an eighth of a burst for each further one.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass

from astra_pipeline.rates import Rate
from astra_pipeline.store.rates import Grant

_BELIEVED_SECONDS = 5.0
_KEPT = 10_000


@dataclass
class _Subject:
    """What a process knows of one subject's reads."""

    last: Grant | None = None
    counted_at: float = 0.0
    owed: int = 0
    counts_in_flight: int = 0


class Reads:
    """The uncounted reads of one process."""

    def __init__(self) -> None:
        self._subjects: OrderedDict[str, _Subject] = OrderedDict()

    def let_pass(self, subject: str, rate: Rate) -> Grant | None:
        """What is left after one more read that nobody counts; None when it is to be counted."""
        known = self._subjects.get(subject)
        if known is None or known.last is None or known.counts_in_flight:
            return None
        passed = time.monotonic() - known.counted_at
        if passed > _BELIEVED_SECONDS or known.owed >= rate.burst // 8 or known.last.left < rate.burst / 2:
            return None
        known.owed += 1
        ahead = known.last.full_in_seconds - passed + known.owed * rate.interval_ms / 1000
        return Grant(True, 0.0, max(0, known.last.left - known.owed), max(0.0, ahead))

    def begin(self, subject: str) -> int:
        """The number of reads that the count which begins now takes along. To be ended by `end`."""
        known = self._subjects.setdefault(subject, _Subject())
        self._subjects.move_to_end(subject)
        while len(self._subjects) > _KEPT:
            self._subjects.popitem(last=False)
        known.counts_in_flight += 1
        owed, known.owed = known.owed, 0
        return owed

    def end(self, subject: str, owed: int, grant: Grant | None) -> None:
        """Note the outcome of a count that took `owed` along; None when it failed, so that they are still owed."""
        known = self._subjects.setdefault(subject, _Subject())
        known.counts_in_flight = max(0, known.counts_in_flight - 1)
        known.last, known.counted_at = grant, time.monotonic()
        if grant is None:
            known.owed += owed
