"""When an item that failed, or is not ready, is tried again; pure arithmetic on attempts and times."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

WAIT_AT_MOST = dt.timedelta(hours=24)
"""A transcript that is still not finished after a day is set aside for a person to look at."""
OUTAGE_WORTH_TELLING = dt.timedelta(minutes=30)
"""An outage that lasts longer is worth a person's time."""
_LONGEST_DELAY = dt.timedelta(hours=6)
_LONGEST_OUTAGE_DELAY = dt.timedelta(hours=1)
_LONGEST_WAIT = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class RetryPolicy:
    """Bounded exponential backoff of items across runs. With the default base of 60 s the six attempts
    span about 5 h 40 min. An outage uses up none of them: its end is not the item's to bring about."""

    base_seconds: float
    attempts: int
    waiting_base_seconds: float

    def next_attempt(self, attempt: int, at: dt.datetime) -> dt.datetime | None:
        """UTC time of the attempt after the `attempt`-th (counted from 1) failed at `at`; None: parked."""
        if attempt >= self.attempts:
            return None
        delay = min(self.base_seconds * 4 ** (attempt - 1), _LONGEST_DELAY.total_seconds())
        return at + dt.timedelta(seconds=delay)

    def next_after_outage(self, outages: int, at: dt.datetime) -> dt.datetime:
        """UTC time of the attempt after a service was away at `at`, for the `outages`-th time in a row; never later
        than in an hour, so that everything heals by itself within an hour of the outage's end."""
        delay = self.base_seconds * 4 ** min(outages - 1, 20)
        return at + dt.timedelta(seconds=min(delay, _LONGEST_OUTAGE_DELAY.total_seconds()))

    def next_look(
        self, looks: int, first: dt.datetime, at: dt.datetime, *, patience: dt.timedelta = WAIT_AT_MOST
    ) -> dt.datetime | None:
        """The same for an item that was not ready at its `looks`-th look, first seen at `first`."""
        if at - first >= patience:
            return None
        delay = min(self.waiting_base_seconds * 2 ** min(looks - 1, 20), _LONGEST_WAIT.total_seconds())
        return at + dt.timedelta(seconds=delay)
