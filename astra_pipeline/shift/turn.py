"""The turn of a run: at most one is on shift, and takes every conversation that ends meanwhile.

The turn is a lease of the run, like those of its conversations: it is renewed with them, and freed with them when
the run is dead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import leases
from astra_pipeline.settings import settings
from astra_pipeline.store import clock

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

_ITEM = "the live shift"


async def take(db: Database, run_id: str) -> bool:
    """Begin a shift, unless another run is on one; whether it began."""
    held = await leases.claim(db, [_ITEM], run_id=run_id, seconds=settings().astra_lease_seconds)
    return _ITEM in held


async def end(db: Database, run_id: str) -> None:
    """End the run's shift. What ends from now on is for the sensor."""
    await leases.release(db, [_ITEM], run_id=run_id)


async def is_on(db: Database) -> bool:
    """Whether a run is on shift."""
    standing = await leases.standing(db, [_ITEM], now=clock.now())
    return any(lease.is_held for lease in standing.values())
