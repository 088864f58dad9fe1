"""Items whose id two documents share: each is a failure of its own, and nothing is written for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.failures import Subject
from astra_pipeline.errors import BadDocument
from astra_pipeline.store.collections import CONVERSATIONS, USERS
from astra_pipeline.store.duplicates import shared

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase


async def ambiguous(db: AsyncDatabase[dict[str, Any]], subjects: Sequence[Subject]) -> dict[str, BadDocument]:
    """Item -> the problem, for the subjects whose conversation or person is in two documents."""
    conversation_ids = list({one.conversation_id for one in subjects if one.conversation_id})
    user_ids = list({one.user_id for one in subjects if one.user_id})
    conversations = await shared(db[CONVERSATIONS], "conversation_id", conversation_ids)
    users = await shared(db[USERS], "id", user_ids)
    return {
        one.item: BadDocument(
            f"two documents of `{CONVERSATIONS}` have this conversation_id"
            if one.conversation_id in conversations
            else f"two documents of `{USERS}` have this id"
        )
        for one in subjects
        if one.conversation_id in conversations or one.user_id in users
    }
