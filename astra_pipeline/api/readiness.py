"""Whether this process should be sent requests: it is not while it stops, and not while MongoDB is away."""

from __future__ import annotations

import asyncio
from typing import Any

from astra_pipeline.store.outages import is_outage

_PATIENCE_SECONDS = 2.0


class Readiness:
    """The state of one process."""

    def __init__(self) -> None:
        self._stops = False

    def stop(self) -> None:
        """Say from now on that the process is not ready; it still answers."""
        self._stops = True

    async def problem(self, db: Any) -> str | None:
        """The reason for which the process is not ready; None when it is."""
        if self._stops:
            return "The process is stopping"
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await db.command("ping")
        except Exception as error:
            if not (isinstance(error, TimeoutError) or is_outage(error)):
                raise
            return "MongoDB does not answer"
        return None
