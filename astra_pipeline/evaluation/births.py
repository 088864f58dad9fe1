"""The birth of a person after one conversation, held against what is right. Pure."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.task import TranscriptInsights
from astra_pipeline.overview.birth_statements import birth_fold
from astra_pipeline.overview.stored import StoredOverview

OUTCOMES = ("right", "missed", "wrong")
"""The outcomes of a field, the best first."""


def stored_birth(
    insights: TranscriptInsights, *, conversation_id: str, ended_at: dt.datetime
) -> dict[str, str | None]:
    """The date (ISO), time (HH:MM) and place that stand in an empty user document after a conversation.

    A field that was not stored is None.
    """
    fact = Fact(conversation_id=conversation_id, ended_at=ended_at, created_at=ended_at, insights=insights)
    changes = birth_fold(StoredOverview.read({}), [fact]).changes
    date = changes.get("date_of_birth")
    place = [changes.get(f"birth_{part}") for part in ("location", "city", "country")]
    return {
        "date": date.date().isoformat() if date else None,
        "time": changes.get("birth_time"),
        "place": ", ".join(filter(None, place)) or None,
    }


def outcome_of(found: Mapping[str, str | None], want: Mapping[str, Sequence[str | None]]) -> str:
    """The worst outcome of the fields that are wanted: one wrong value makes all of them wrong.

    `want` has the values that may stand in a field, None for no value. A field that it lacks does not count.
    """
    fields = {_field(key, found[key], wanted) for key, wanted in want.items()}
    return next(outcome for outcome in reversed(OUTCOMES) if outcome in fields | {"right"})


def _field(key: str, found: str | None, wanted: Sequence[str | None]) -> str:
    if found is None:
        return "right" if None in wanted else "missed"
    return "right" if any(value and _is_same(key, found, value) for value in wanted) else "wrong"


def _is_same(key: str, found: str, wanted: str) -> bool:
    return _folded(wanted) in _folded(found) if key == "place" else found == wanted


def _folded(text: str) -> str:
    """The text in small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign) or "\u0900" <= sign <= "\u097f")
