"""Reads that a process counts ahead in MongoDB, while their subject has plenty left.

A count is a write, and costs more than the read it is for. A page that opens asks for five things at once. So
while at least half of the burst is left, a count takes a quarter of the burst more, and the next reads of the same
subject in this process are counted already. They are so for as long as the rate needs to allow as many anew. What
is not used is lost to the subject for this time, which is why only half of the burst is ever counted ahead.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, replace

from astra_pipeline.rates import Rate
from astra_pipeline.store.rates import Grant

_SUBJECTS = 10_000


@dataclass
class _Ahead:
    """The reads of one subject that are counted and not asked for yet."""

    grant: Grant
    counted_at: float
    until: float
    reads: int


class Reads:
    """The reads that one process has counted ahead."""

    def __init__(self) -> None:
        self._ahead: OrderedDict[str, _Ahead] = OrderedDict()

    def use(self, subject: str) -> Grant | None:
        """The grant of a read that is counted already; None when it is to be counted."""
        known = self._ahead.get(subject)
        now = time.monotonic()
        if known is None or not known.reads or now >= known.until:
            return None
        known.reads -= 1
        return replace(
            known.grant,
            left=known.grant.left + known.reads,
            full_in_seconds=max(0.0, known.grant.full_in_seconds - (now - known.counted_at)),
        )

    def note(self, subject: str, rate: Rate, grant: Grant) -> None:
        """Note the outcome of a count."""
        if not grant.ahead:
            return
        now = time.monotonic()
        known = self._ahead.get(subject)
        waiting = known.reads if known and now < known.until else 0
        until = now + grant.ahead * rate.interval_ms / 1000
        self._ahead[subject] = _Ahead(grant, now, until, waiting + grant.ahead)
        self._ahead.move_to_end(subject)
        while len(self._ahead) > _SUBJECTS:
            self._ahead.popitem(last=False)


def share(rate: Rate) -> int:
    """The number of reads that a count takes ahead."""
    return rate.burst // 4
