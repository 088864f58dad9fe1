"""The parts of a person's overview from which the API tells whether a persona can be learnt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.people.field_rules import PREFERENCES
from astra_pipeline.store.collections import INSIGHTS
from astra_pipeline.store.documents import at_path, listed

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

__all__ = ["ENOUGH_CONVERSATIONS", "FIELDS", "PREFERENCES", "conversations_known"]

_RECENT = "user_overview.recent_conversations"
# The paths of a user document that are read; of the recent conversations their ids alone, to be counted.
FIELDS = (PREFERENCES, f"{_RECENT}.conversation_id")
# A persona is learnt from so many conversations.
ENOUGH_CONVERSATIONS = 5
# Nobody counts further: the answer tells whether there are enough, and about how many.
_COUNTED = 10_000


async def conversations_known(db: Database, user_id: str, document: Mapping[str, Any]) -> int:
    """The number of a person's conversations that were processed; at least those that the overview lists.

    The old system's are in the overview alone.
    """
    processed = await db[INSIGHTS].count_documents({"user_id": user_id}, limit=_COUNTED)
    return max(processed, len(listed(at_path(document, _RECENT)) or ()))
