"""The size of a user document: what would not fit is refused by name, before MongoDB refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from astra_pipeline.errors import TooLarge
from astra_pipeline.store.bson_documents import size_of
from astra_pipeline.store.documents import Document

# MongoDB takes 16 MiB. The app, and the other writers of ours, need room as well.
LARGEST = 15 * 2**20


def refuse_too_large(user: Document, changes: Mapping[str, Any]) -> None:
    """Raise TooLarge when the document with the changes may be larger than MongoDB takes."""
    size = size_of(user) + size_of(changes)
    if size > LARGEST:
        raise TooLarge(
            f"the document in `user` would have {size / 2**20:.1f} MiB, the most is {LARGEST / 2**20:.0f}"
        )
