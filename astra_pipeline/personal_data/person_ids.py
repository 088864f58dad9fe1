"""The ids by which everything stored about one person is found: theirs, and those of their conversations.

An id that the app or a document of old wrote is text of any kind. It is compared and bounded, never made into a
regular expression, and only plain ones are sent to a service.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, EVENTS, INSIGHTS, TRANSCRIPTS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
# The end of an item's id, behind the person's: a date, or an ISO week.
_DATED = re.compile(r"\d{4}-(\d{2}-\d{2}|W\d{2})", re.ASCII)
# In the order of bytes, the letter behind "@".
_BEHIND_AT = "A"


async def conversations_of(db: Database, user_id: str) -> list[str]:
    """The ids of the conversations that are the person's: by the app's record, or, where there is no record any
    more, by what we stored of them. An id whose record names somebody else is not among them."""
    recorded = db[CONVERSATIONS].find({"user_id": user_id}, {"conversation_id": 1})
    theirs = [document.get("conversation_id") async for document in recorded]
    for collection in (TRANSCRIPTS, INSIGHTS):
        theirs += [document["_id"] async for document in db[collection].find({"user_id": user_id}, {"_id": 1})]
    told = db[EVENTS].find({"user_id": user_id}, {"conversation_id": 1})
    theirs += [document.get("conversation_id") async for document in told]
    ids = list(dict.fromkeys(one for one in theirs if isinstance(one, str) and one))
    others = await _recorded_of_others(db, ids, user_id)
    return [one for one in ids if one not in others]


async def _recorded_of_others(db: Database, ids: list[str], user_id: str) -> set[str]:
    """Those of the ids under which the app has a conversation of another person."""
    return {
        document["conversation_id"]
        for chunk in chunks(ids)
        async for document in db[CONVERSATIONS].find(
            {"conversation_id": {"$in": list(chunk)}, "user_id": {"$ne": user_id}}, {"conversation_id": 1}
        )
    }


async def recorded_of(db: Database, user_id: str) -> list[str]:
    """The ids that a service may be asked to delete: plain ones, whose record says that they are this person's and
    nobody else's."""
    recorded = db[CONVERSATIONS].find({"user_id": user_id}, {"conversation_id": 1})
    ids = [document.get("conversation_id") async for document in recorded]
    plain = list(dict.fromkeys(one for one in ids if isinstance(one, str) and is_plain(one)))
    others = await _recorded_of_others(db, plain, user_id)
    return [one for one in plain if one not in others]


def is_plain(conversation_id: object) -> bool:
    """Whether an id can be part of an address: "..", "a/b" and "" cannot."""
    return isinstance(conversation_id, str) and _PLAIN.fullmatch(conversation_id) is not None


def is_uuid(julep_user_id: object) -> bool:
    """Whether an id is one that Julep gives: a UUID in its usual form."""
    try:
        return isinstance(julep_user_id, str) and str(uuid.UUID(julep_user_id)) == julep_user_id.lower()
    except ValueError:
        return False


def dated_items(user_id: str) -> Document:
    """The query for documents whose `_id` begins like that of a horoscope or report of the person. `is_dated_item`
    tells theirs from those of a person whose id goes on."""
    return {"_id": {"$gte": f"{user_id}@", "$lt": f"{user_id}{_BEHIND_AT}"}}


def is_dated_item(item: object, user_id: str) -> bool:
    """Whether an id is that of a horoscope or report of this very person."""
    if not isinstance(item, str) or not item.startswith(f"{user_id}@"):
        return False
    return _DATED.fullmatch(item[len(user_id) + 1 :]) is not None


async def items_of(
    db: Database, collection: str, conversation_ids: Iterable[str], *, user_id: str | None
) -> list[str]:
    """The ids of the documents of `collection`, one an item, that are about these conversations and, where
    `user_id` is given, about the person: themselves, their horoscopes and reports."""
    wanted = [*([user_id] if user_id else []), *conversation_ids]
    found = [
        document["_id"]
        for chunk in chunks(wanted)
        async for document in db[collection].find({"_id": {"$in": list(chunk)}}, {"_id": 1})
    ]
    if user_id:
        dated = db[collection].find(dated_items(user_id), {"_id": 1})
        found += [one["_id"] async for one in dated if is_dated_item(one["_id"], user_id)]
    return found
