"""Sessions of the web app's auth library (better-auth), and their people, as they stand in MongoDB. Read only.

`session.userId` is an ObjectId; a text where an older adapter wrote it, or where the app makes ids of its own; a
UUID where the app asks for those. All three lead to the person's document.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bson import Binary, ObjectId
from bson.binary import UUID_SUBTYPE
from pymongo.errors import PyMongoError

from astra_pipeline.errors import ServiceAway
from astra_pipeline.store.collections import SESSIONS, USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

_OF_SESSION = {"_id": 0, "userId": 1, "expiresAt": 1}
_OF_USER = {"id": 1, "email": 1, "emailVerified": 1}


@dataclass(frozen=True)
class Session:
    """A session that is over at `expires_at` (UTC), and its person."""

    expires_at: dt.datetime
    user_id: str
    """The person's `id`; the text of their `_id` where sign-up failed to set one."""
    verified_email: str | None = field(default=None, repr=False)
    """Their e-mail address in lower case; None for one that nobody has verified."""


async def read_session(db: Database, token: str) -> Session | None:
    """The session with this token, whether or not it is over; None for one without a date or without a person.

    Raises ServiceAway when MongoDB cannot answer.
    """
    try:
        stored = await db[SESSIONS].find_one({"token": token}, _OF_SESSION)
        expires_at = stored and stored.get("expiresAt")
        if not stored or not isinstance(expires_at, dt.datetime):
            return None
        # Two at most: an id that leads to two people proves neither.
        people = await db[USERS].find(_of_person(stored.get("userId")), _OF_USER).limit(2).to_list()
    except PyMongoError as error:
        raise ServiceAway("MongoDB did not answer when a session was looked up") from error
    if len(people) != 1:
        return None
    (user,) = people
    return Session(
        expires_at=expires_at if expires_at.tzinfo else expires_at.replace(tzinfo=dt.UTC),
        user_id=_id_of(user),
        verified_email=_verified_email(user),
    )


def _of_person(user_id: object) -> dict[str, Any]:
    """The query for the person whom `session.userId` names. Every branch has an index."""
    if isinstance(user_id, ObjectId | Binary | UUID):
        return {"_id": user_id}
    if not isinstance(user_id, str) or not user_id:
        return {"_id": {"$in": []}}
    spellings: list[object] = [user_id]
    if ObjectId.is_valid(user_id):
        spellings.append(ObjectId(user_id))
    with suppress(ValueError):
        spellings.append(Binary.from_uuid(UUID(user_id)))
    return {"$or": [{"id": user_id}, {"_id": {"$in": spellings}}]}


def _id_of(user: Mapping[str, Any]) -> str:
    stored = user.get("id")
    if isinstance(stored, str) and stored:
        return stored
    inner = user["_id"]
    return str(inner.as_uuid() if isinstance(inner, Binary) and inner.subtype == UUID_SUBTYPE else inner)


def _verified_email(user: Mapping[str, Any]) -> str | None:
    email = user.get("email")
    return email.lower() if user.get("emailVerified") is True and isinstance(email, str) and email else None
