"""Facts about a stored document that only BSON knows: object ids, extended JSON, size, fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any


def object_ids(texts: Iterable[str]) -> list[Any]:
    """The texts that are object ids, as `bson.ObjectId`; the others are left out."""
    from bson import ObjectId

    return [ObjectId(text) for text in texts if ObjectId.is_valid(text)]


def extended_json(value: object) -> str:
    """A stored value as MongoDB's relaxed extended JSON, on one line."""
    from bson import json_util

    return json_util.dumps(value, json_options=json_util.RELAXED_JSON_OPTIONS)


def typed_json(value: object) -> str:
    """A stored value as MongoDB's canonical extended JSON, which keeps its type."""
    from bson import json_util

    return json_util.dumps(value, json_options=json_util.CANONICAL_JSON_OPTIONS)


def from_extended_json(text: str) -> Any:
    """The stored value that extended JSON describes. Raises ValueError or TypeError for a text that is none."""
    from bson import json_util

    return json_util.loads(text)


def size_of(document: Mapping[str, Any]) -> int:
    """The bytes a document takes in MongoDB."""
    import bson

    return len(bson.encode(document))


def fingerprint(document: Mapping[str, Any]) -> str:
    """A hash of everything in a document, the order of its fields included."""
    import bson

    return hashlib.sha256(bson.encode(document)).hexdigest()
