"""What the old system knew of a person, and up to when. Pure.

Some statements have one value: the portrait, the opening line, how to talk to somebody, where they are, when and
where they were born. The backfill tells of conversations years ago, and what it finds must not replace what the old
system knew from last month. So the first fold of a person remembers, under `astra.old_knowledge`, which of these
were known (`knew`) and up to which moment that knowledge reaches (`until`):

- what the dated entries of `recent_conversations` that are not ours tell of, and ten minutes, since some are dated
  by their beginning; of a day, until it ends;
- the newest conversation that is marked as processed and of which we have no insights;
- `user_overview.last_updated`, while no writer of ours has set it.

The newest of these counts, and none that is still to come. Where there are none, but something that only comes of
processed conversations is there, the old system knew it before the person was migrated. Whoever has nothing of all
this (who signed up since) has no old knowledge.

A statement of a conversation that ended later sets the value, as always. One that is not newer only fills what was
missing. What was known is decided once, so neither the order in which conversations become known matters, nor how
often they are folded. A value that was set since, in the app, and that no conversation of ours ever set, is held
against old conversations as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.overview.entries import SAME_CALL, id_of, is_ours
from astra_pipeline.people.field_rules import is_read
from astra_pipeline.store.documents import Document, at_path, moment, readings, says_something
from astra_pipeline.zones import at_local, person_zone

PATH = "astra.old_knowledge"
NAME_PLACEHOLDER = "{{user_name}}"
"""How the app writes the name; tasks write [USERNAME]."""
KINDS: Mapping[str, tuple[str, ...]] = {
    "profile_summary": ("user_overview.profile_summary",),
    "first_message": ("user_overview.first_message",),
    "birth_details": tuple(f"user_overview.birth_details.{field}" for field in ("city", "country", "place_text")),
    "communication_style": ("user_overview.preferences.communication_style",),
    "hinglish_level": ("user_overview.preferences.hinglish_level",),
    "astrology_system": ("user_overview.preferences.astrology_system",),
    "timezone": ("timezone",),
    "birth_time": ("birth_time",),
    "date_of_birth": ("date_of_birth", "birth_day", "birth_month"),
    "birth_place": (
        "birth_location",
        "birth_city",
        "birth_country",
        "birth_timezone",
        "user_overview.birth_details.timezone",
    ),
}
"""Kind of statement -> the paths it sets."""
_SAID_BY: Mapping[str, tuple[str, ...]] = {
    "date_of_birth": ("date_of_birth",),
    "birth_place": ("birth_location", "birth_city"),
    "birth_details": (*KINDS["birth_details"], "birth_location", "birth_city"),
}
"""Where a kind is known when anything stands at these paths; elsewhere at its own."""
_APPLIED = tuple(kind for kind in KINDS if kind not in ("profile_summary", "first_message", "birth_details"))
"""Kinds of which `astra.applied` says which conversation set them."""
_OF_CONVERSATIONS = ("recent_conversations", "insights", "incident_map", "profile_summary")
_OF_OUR_WRITERS = (
    "astra.chart_key",
    "astra.horoscope_date",
    "astra.report_week",
    "user_overview.birth_chart.engine",
)
_WITH_IDS = ("recent_conversations", "insights")
_YEARS = range(1970, 2200)


@dataclass(frozen=True)
class OldKnowledge:
    until: dt.datetime | None
    """None: there is none."""
    knew: frozenset[str]
    """Kinds of statement that were known."""
    ids: Mapping[str, frozenset[str]]
    """List -> conversations of which the old system had something in it."""
    zone: str
    """Where the person was then, for dates without a time."""
    ours_before: bool
    """Whether a fold of ours came before the first one that remembers."""

    def as_stored(self) -> dict[str, Any]:
        return {
            "until": self.until,
            "knew": sorted(self.knew),
            "conversation_ids": {name: sorted(ids) for name, ids in self.ids.items()},
            "timezone": self.zone,
        }


def recalled(user: Document) -> OldKnowledge | None:
    """What the first fold remembered; None before it."""
    stored = at_path(user, PATH)
    if not isinstance(stored, Mapping) or not stored:
        return None
    return OldKnowledge(
        until=moment(stored.get("until")),
        knew=frozenset(stored.get("knew") or ()),
        ids={name: frozenset(at_path(stored, f"conversation_ids.{name}") or ()) for name in _WITH_IDS},
        zone=str(stored.get("timezone")),
        ours_before=True,
    )


def assessed(
    user: Document,
    facts: Sequence[Fact],
    *,
    processed_until: dt.datetime | None,
    now: dt.datetime | None,
    default_zone: str,
) -> OldKnowledge:
    """What the first fold of a person is to remember. `processed_until` is when the newest conversation ended that
    the old system processed."""
    by_id = {fact.conversation_id: fact for fact in facts}
    entries = [entry for entry in _entries(user, "recent_conversations") if not is_ours(entry, by_id)]
    ours_before = bool(at_path(user, "astra.applied")) or len(entries) < len(_entries(user, "recent_conversations"))
    zone = person_zone(user, default_zone)
    theirs = {"recent_conversations": entries, "insights": [] if ours_before else _entries(user, "insights")}
    return OldKnowledge(
        until=_until(user, entries, processed_until, now, zone, ours_before=ours_before),
        knew=frozenset(
            kind for kind in KINDS if _is_known(user, kind) and not (ours_before and _is_told(kind, user, facts))
        ),
        ids={name: frozenset(filter(None, map(id_of, theirs[name]))) for name in _WITH_IDS},
        zone=zone,
        ours_before=ours_before,
    )


def is_stamped(user: Document) -> bool:
    """Whether `last_updated` and `updated_by` may be ours although no fold wrote them."""
    return any(at_path(user, path) is not None for path in _OF_OUR_WRITERS)


def standing(user: Document, old: OldKnowledge) -> frozenset[str]:
    """Kinds of statement that conversations up to `old.until` do not touch."""
    if old.until is None:
        return frozenset()
    since = {kind for kind in _APPLIED if at_path(user, f"astra.applied.{kind}") is None and _is_known(user, kind)}
    return old.knew | since


def newer(facts: Sequence[Fact], old: OldKnowledge) -> list[Fact]:
    """Facts of conversations that ended after what the old system knew."""
    return [fact for fact in facts if old.until is None or fact.ended_at > old.until]


def silent_on(fact: Fact, kinds: frozenset[str]) -> Fact:
    """The fact without what it says of a birth, as far as it is of these kinds."""
    fields = [field for field in ("birth_time", "date_of_birth") if field in kinds]
    if "birth_place" in kinds:
        fields += ["city", "country", "place_text"]
    if not fields:
        return fact
    said = fact.insights.birth_details.model_copy(update=dict.fromkeys(fields))
    insights = fact.insights.model_copy(update={"birth_details": said})
    return Fact(fact.conversation_id, fact.ended_at, fact.created_at, insights, fact.timezone)


def _entries(user: Document, field: str) -> list[Document]:
    value = at_path(user, f"user_overview.{field}")
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _until(
    user: Document,
    entries: Sequence[Document],
    processed_until: dt.datetime | None,
    now: dt.datetime | None,
    zone: str,
    *,
    ours_before: bool,
) -> dt.datetime | None:
    begun: list[tuple[dt.datetime, dt.datetime]] = []
    for entry in entries:
        for reading in readings(entry.get("date")):
            if reading.at.year in _YEARS:
                day = reading.day
                ends = at_local(day + dt.timedelta(days=1), dt.time(), zone) if day else reading.at + SAME_CALL
                begun.append((at_local(day, dt.time(), zone) if day else reading.at, ends))
    if processed_until:
        begun.append((processed_until, processed_until))
    stamped = moment(at_path(user, "user_overview.last_updated"))
    if stamped and not ours_before and not is_stamped(user):
        begun.append((stamped, stamped))
    if not begun and any(says_something(at_path(user, f"user_overview.{name}")) for name in _OF_CONVERSATIONS):
        synced = moment(at_path(user, "astra.migration.synced_at"))
        begun += [(synced, synced)] if synced and not ours_before else []
    over = [ends if now is None else min(ends, now) for starts, ends in begun if now is None or starts <= now]
    return max(over, default=None)


def _is_known(user: Document, kind: str) -> bool:
    return any(is_read(path, at_path(user, path)) for path in _SAID_BY.get(kind, KINDS[kind]))


def _is_told(kind: str, user: Document, facts: Sequence[Fact]) -> bool:
    """Whether what is known comes of a fold of ours that remembered nothing yet."""
    if kind in _APPLIED:
        return at_path(user, f"astra.applied.{kind}") is not None
    return any(
        at_path(user, path) == said
        for path in KINDS[kind]
        for fact in facts
        if (said := _said(fact, kind, path.rpartition(".")[2]))
    )


def _said(fact: Fact, kind: str, field: str) -> str | None:
    said = getattr(fact.insights.birth_details if kind == "birth_details" else fact.insights, field)
    return said.replace("[USERNAME]", NAME_PLACEHOLDER) if said else None
