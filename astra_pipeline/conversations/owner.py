"""The person whose conversation it is, by the ids that a call names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.transactions import ERASURES, last_erasure
from astra_pipeline.store.bson_documents import object_ids
from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

_READ = {"id": 1, **ERASURES}


@dataclass(frozen=True)
class Owner:
    """A person by their id, and the moment (UTC) of their last erasure, also when they have talked since."""

    user_id: str
    erased_at: dt.datetime | None = None

    def was_erased_after(self, ended_at: dt.datetime | None) -> bool:
        """Whether a call that ended then is of before the erasure. One without a known end ends now."""
        return self.erased_at is not None and ended_at is not None and ended_at <= self.erased_at


async def owner_of(db: Database, recorded: str | None, named: Sequence[str]) -> Owner | None:
    """The person of the document's own `user_id`, known or not; without one the first of the named ids that is a
    person's; None when there is none."""
    if recorded is not None:
        return await _person(db, recorded) or Owner(recorded)
    for user_id in named:
        if person := await _person(db, user_id):
            return person
    return None


async def _person(db: Database, user_id: str) -> Owner | None:
    user = await db[USERS].find_one({"id": user_id}, _READ)
    if user is None and (ids := object_ids([user_id])):
        # The app gives a person their id, which is that of their document, some time after they signed up.
        user = await db[USERS].find_one({"_id": ids[0], "id": None}, _READ)
    if user is None:
        return None
    return Owner(user_id, last_erasure(user))
