"""Whether a fold makes somebody's persona due: enough conversations are known that it was not learnt from. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from astra_pipeline.overview.answer import ENOUGH_CONVERSATIONS
from astra_pipeline.store.documents import at_path, count

DUE = "astra.persona_due"
BASED_ON = "astra.persona_based_on"


def persona_mark(user: Mapping[str, Any], insights: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The change that marks a persona as due; empty where it is not, and where personalization is switched off."""
    if at_path(user, "user_overview.preferences.personalization") is False:
        return {}
    known = sum(not one.get("empty") for one in insights)
    # After an erasure there may be fewer than there were.
    based_on = min(count(at_path(user, BASED_ON)) or 0, known)
    return {DUE: True} if known - based_on >= ENOUGH_CONVERSATIONS else {}
