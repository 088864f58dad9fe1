"""Whether ElevenLabs' webhook tells of calls: by what the reconciler found, and by what ElevenLabs says of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.errors import CredentialsRejected, ItemError
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import CONVERSATIONS, EVENTS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

LATE = dt.timedelta(hours=1)
"""The time after which an event will not come any more. ElevenLabs' last attempt is after 40 minutes."""
_LATELY = dt.timedelta(days=1)
_PATH = "/webhooks/elevenlabs/post-call"


@dataclass(frozen=True)
class Health:
    """The state of the webhook at one moment."""

    is_configured: bool
    last_received_at: dt.datetime | None = None
    """The last event (UTC), of the last two weeks."""
    untold: list[str] = field(default_factory=list)
    """Calls of the last day that the reconciler closed and no event is of."""
    switched_off: bool | None = None
    """Whether ElevenLabs has switched the webhook off; None where the key may not ask or no webhook is ours."""

    @property
    def is_well(self) -> bool:
        """Whether nobody need look at it. A webhook that is not set up is somebody's decision."""
        return not self.is_configured or not (self.untold or self.switched_off)

    @property
    def counts(self) -> dict[str, Any]:
        """The state as metadata of a check."""
        if not self.is_configured:
            return {"note": "ELEVENLABS_WEBHOOK_SECRETS is not set: the webhook is off"}
        heard = self.last_received_at.isoformat(timespec="seconds") if self.last_received_at else "never"
        off = {
            None: "not known: the key may not read webhooks, or none of them has our path",
            True: "yes",
            False: "no",
        }[self.switched_off]
        return {"last_event": heard, "calls_untold": len(self.untold), "switched_off_by_elevenlabs": off}


async def read(db: Database, *, now: dt.datetime, at_most: int) -> Health:
    """The state of the webhook, with the first `at_most` calls that it did not tell of."""
    if not settings().webhook_secrets:
        return Health(is_configured=False)
    last = await db[EVENTS].find_one({}, {"last_received_at": 1}, sort=[("last_received_at", -1)])
    return Health(
        is_configured=True,
        last_received_at=last["last_received_at"] if last else None,
        untold=await _untold(db, now, at_most),
        switched_off=await _switched_off(),
    )


async def _untold(db: Database, now: dt.datetime, at_most: int) -> list[str]:
    found = db[CONVERSATIONS].find(
        {
            "status": "completed",
            "ended_at": {"$gte": now - _LATELY},
            "astra.closed_by": "reconciler",
            "astra.closed_at": {"$lte": now - LATE},
        },
        {"conversation_id": 1},
    )
    ids = [document["conversation_id"] async for document in found.sort("ended_at", -1).limit(1_000)]
    told = {
        event["conversation_id"]
        async for event in db[EVENTS].find({"conversation_id": {"$in": ids}}, {"conversation_id": 1})
    }
    return [one for one in ids if one not in told][:at_most]


async def _switched_off() -> bool | None:
    try:
        async with ElevenLabsClient() as elevenlabs:
            webhooks = await elevenlabs.webhooks()
    except (CredentialsRejected, ItemError):
        return None
    ours = [one for one in webhooks if one.webhook_url.rstrip("/").endswith(_PATH)]
    return any(one.is_auto_disabled or one.is_disabled for one in ours) if ours else None
