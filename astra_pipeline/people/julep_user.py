"""The id of a person's user at Julep."""

from __future__ import annotations

import uuid

_NAMESPACE = uuid.UUID("6f1d6d0e-52a5-5d0c-9c43-0a7c8e5f1b20")


def julep_user_id(user_id: str) -> str:
    """The id of a person's Julep user. It is the same every time, so that a repeated sync makes no second user."""
    return str(uuid.uuid5(_NAMESPACE, user_id))
