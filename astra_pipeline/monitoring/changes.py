"""The documents that changed between two moments: the demo shows with it that a second run changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.bson_documents import fingerprint
from astra_pipeline.store.collections import (
    CONVERSATIONS,
    FAILURES,
    HOROSCOPES,
    INSIGHTS,
    LEASES,
    REPORTS,
    TRANSCRIPTS,
    USERS,
)

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_COLLECTIONS = (USERS, CONVERSATIONS, TRANSCRIPTS, INSIGHTS, HOROSCOPES, REPORTS, FAILURES, LEASES)


def fingerprints(db: Database[dict[str, Any]]) -> dict[str, str]:
    """A hash of every document that the pipeline reads or writes, keyed by "collection/id".

    It reads whole collections, so it is for the demo and for tests.
    """
    return {
        f"{collection}/{document['_id']}": fingerprint(document)
        for collection in _COLLECTIONS
        for document in db[collection].find()
    }


def changes_between(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, int]:
    """Collection -> the number of documents that appeared, vanished or changed; empty without any change."""
    changed = (key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return dict(Counter(key.partition("/")[0] for key in changed))
