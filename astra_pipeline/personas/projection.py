"""`user_overview.persona`: the active claims, as far as an agent acts on them; no ids, no quotes. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from astra_pipeline.personas.claims import Claim
from astra_pipeline.personas.kinds import EXCLUSIVE, FORMS, Kind, statement

LONGEST_HINTS = 600
_MOST = {"styles": 3, "topics": 5, "triggers": 3, "avoid": 3}
_HOURS = ("early", "day", "evening", "night")
# What the hints say first: what must not be done wrong.
_ORDER: tuple[Kind, ...] = (
    "avoid",
    "response_style",
    "engagement_trigger",
    "follow_through",
    "topic_preference",
    "time_pattern",
)


def shown(claims: Sequence[Claim], *, at: dt.datetime, conversations: int) -> dict[str, Any] | None:
    """The projection of the claims; None where none is active."""
    active = sorted(
        (claim for claim in claims if claim.status == "active"),
        key=lambda claim: (-claim.confidence, -claim.last_seen.timestamp(), claim.id),
    )
    if not active:
        return None
    styles = [claim.value for claim in active if claim.value in FORMS][: _MOST["styles"]]
    return {
        "response_length": next((c.value for c in active if c.value in EXCLUSIVE["length"]), "moderate"),
        "language": next((c.value for c in active if c.value in EXCLUSIVE["language"]), None),
        "styles": styles,
        "topics": _values(active, "topic_preference", _MOST["topics"]),
        "triggers": _values(active, "engagement_trigger", _MOST["triggers"]),
        "avoid": _values(active, "avoid", _MOST["avoid"]),
        "best_time": next((c.value for c in active if c.kind == "time_pattern" and c.value in _HOURS), None),
        "hints": hints(active),
        "updated_at": at,
        "conversations": conversations,
    }


def hints(active: Sequence[Claim]) -> str:
    """The claims as sentences, in at most 600 characters; what does not fit is left out whole."""
    said: list[str] = []
    for kind in _ORDER:
        mine = [claim for claim in active if claim.kind == kind]
        at_most = 5 if kind == "response_style" else 3
        for claim in mine[:at_most]:
            sentence = f"{statement(claim.kind, claim.value)}."
            if len(" ".join([*said, sentence])) <= LONGEST_HINTS:
                said.append(sentence)
    return " ".join(said)


def _values(active: Sequence[Claim], kind: Kind, at_most: int) -> list[str]:
    return [claim.value for claim in active if claim.kind == kind][:at_most]
