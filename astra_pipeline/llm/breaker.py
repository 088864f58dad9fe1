"""The stop before a service that does not answer: each request to it may be paid for unseen."""

from __future__ import annotations

import time
from collections.abc import Callable

from astra_pipeline.errors import ServiceAway

# Requests in a row that nothing answered, after which no more are tried, and for how many seconds.
AT_MOST = 5
PAUSE_SECONDS = 30.0


class LeftAlone(ServiceAway):
    """A service is not asked for now, because it did not answer."""


class Breaker:
    """Refuses requests after several in a row that nothing answered, and lets one through now and then.

    `what` names them: "Julep: 5 creations in a row were not answered".
    """

    def __init__(self, service: str, what: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._service, self._what, self._now = service, what, now
        self._unanswered = 0
        self._until = 0.0

    def check(self) -> None:
        """Raises LeftAlone while the service is left alone."""
        if self._unanswered < AT_MOST:
            return
        if self._now() < self._until:
            raise LeftAlone(
                f"{self._service}: {self._unanswered} {self._what} in a row were not answered; the rest waits"
            )
        # This one finds out whether the service is back. The others wait for what it finds.
        self._until = self._now() + PAUSE_SECONDS

    def unanswered(self) -> None:
        """Count a request that may have been paid for and was not answered."""
        self._unanswered += 1
        self._until = self._now() + PAUSE_SECONDS

    def answered(self) -> None:
        """Start anew: the service is there."""
        self._unanswered = 0
