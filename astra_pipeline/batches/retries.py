"""When an item that failed, or is not ready, is tried again; pure arithmetic on attempts and times."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

WAIT_AT_MOST = dt.timedelta(hours=24)
"""A transcript that is still not finished after a day is set aside for a person to look at."""
_LONGEST_DELAY = dt.timedelta(hours=6)
_LONGEST_WAIT = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class RetryPolicy:
    """Bounded exponential backoff of items across runs. With the default base of 60 s the six attempts
    span about 5 h 40 min, so that an outage of an afternoon parks nothing."""

    base_seconds: float
    attempts: int
    waiting_base_seconds: float

    def next_attempt(self, attempt: int, at: dt.datetime) -> dt.datetime | None:
        """UTC time of the attempt after the `attempt`-th (counted from 1) failed at `at`; None: parked."""
        if attempt >= self.attempts:
            return None
        delay = min(self.base_seconds * 4 ** (attempt - 1), _LONGEST_DELAY.total_seconds())
        return at + dt.timedelta(seconds=delay)

    def next_look(
        self, looks: int, first: dt.datetime, at: dt.datetime, *, patience: dt.timedelta = WAIT_AT_MOST
    ) -> dt.datetime | None:
        """The same for an item that was not ready at its `looks`-th look, first seen at `first`."""
        if at - first >= patience:
            return None
        delay = min(self.waiting_base_seconds * 2 ** min(looks - 1, 20), _LONGEST_WAIT.total_seconds())
        return at + dt.timedelta(seconds=delay)
