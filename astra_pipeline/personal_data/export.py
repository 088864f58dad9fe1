"""Everything that is stored about one person, as one document."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from astra_pipeline.errors import NotFound
from astra_pipeline.store.collections import (
    CONVERSATIONS,
    EVENTS,
    FAILURES,
    FEEDBACK,
    HOROSCOPES,
    INSIGHTS,
    PERSONAS,
    REPORTS,
    TASK_REQUESTS,
    TRANSCRIPTS,
    USERS,
)

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

# The collections of ours whose documents name their person in `user_id`.
OF_PERSON = (TRANSCRIPTS, INSIGHTS, PERSONAS, HOROSCOPES, REPORTS, FEEDBACK, FAILURES, EVENTS, TASK_REQUESTS)


def export(db: Database[Document], user_id: str) -> Document:
    """Everything stored about a person, by collection. Raises NotFound when there is nothing."""
    user = db[USERS].find_one({"id": user_id}, {"_id": 0})
    found = {collection: list(db[collection].find({"user_id": user_id})) for collection in OF_PERSON}
    found[CONVERSATIONS] = list(db[CONVERSATIONS].find({"user_id": user_id}, {"_id": 0}))
    if user is None and not any(found.values()):
        raise NotFound("nothing is stored of this person")
    return {"exported_at": dt.datetime.now(dt.UTC), USERS: user, **found}


def as_json(known: Document) -> bytes:
    """An export as JSON: moments in UTC, ids as text."""
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(known, default=str, option=options)
