"""Parts of updates in MongoDB's pipeline form, which also takes documents whose fields are not what they should be.

A dotted `$set` fails below a field that is null, and `$mergeObjects` fails on a text or a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]


def object_at(path: str) -> Document:
    """The document at a path; anything else there, or nothing, counts as an empty one."""
    return {"$cond": [{"$eq": [{"$type": f"${path}"}, "object"]}, f"${path}", {}]}


def merged(path: str, *changes: Mapping[str, Any]) -> Document:
    """The document at a path with changes made, the last one winning."""
    return {"$mergeObjects": [object_at(path), *map(dict, changes)]}


def literal(value: Any) -> Any:
    """A value as pipelines take it: a text that begins with a dollar is no field."""
    return {"$literal": value} if isinstance(value, str) else value
