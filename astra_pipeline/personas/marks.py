"""The marks of personas in a user document: when one is due, and whether somebody has switched them off. Pure.

`astra.persona_due` is set by the fold of overviews, as soon as five conversations more are known than the persona
was learnt from (`astra.persona_based_on`). An index leads to it, so a sensor's tick reads nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from astra_pipeline.overview.persona_due import BASED_ON, DUE
from astra_pipeline.store.documents import at_path

PATH = "user_overview.persona"
IS_OFF = "user_overview.preferences.personalization"

__all__ = ["BASED_ON", "DUE", "IS_OFF", "PATH", "is_off", "known_mark"]


def is_off(document: Mapping[str, Any]) -> bool:
    """Whether the person has switched personalization off in the app."""
    return at_path(document, IS_OFF) is False


def known_mark(conversations: int) -> dict[str, Any]:
    """The update that notes from how many conversations a persona was learnt, so that it is due no more."""
    return {"$set": {BASED_ON: conversations}, "$unset": {DUE: ""}}
