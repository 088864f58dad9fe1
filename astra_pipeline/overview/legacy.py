"""The old system's knowledge of a person, and the moment up to which it reaches. Pure.

Some statements have one value: the portrait, the opening line, how to talk to somebody, where they are, when and
where they were born. The backfill tells of conversations years ago, and what it finds must not replace what the old
system knew from last month. So the first fold of a person remembers, under `astra.old_knowledge`, which of these
were known (`knew`) and up to which moment that knowledge reaches (`until`):

- what the dated entries of `recent_conversations` that are not ours tell of, and ten minutes, since some are dated
  by their beginning; of a day, until it ends;
- the newest conversation that is marked as processed and of which we have no insights;
- `user_overview.last_updated`, while no writer of ours has set it.

The newest of these counts, and none that is still to come. Where there are none, but the overview holds something
that only comes of processed conversations, the old system knew it before the person was migrated. A person with
nothing of all this, who signed up since, has no old knowledge.

A statement of a conversation that ended later sets the value, as always. An older one only fills what was missing.
The first fold decides once what was known, so neither the order in which conversations become known matters, nor
how often they are folded. A value that was set since, in the app, and that no conversation of ours ever set, is
kept against old conversations as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.overview.entries import SAME_CALL, is_ours
from astra_pipeline.overview.stored import StoredOverview
from astra_pipeline.people.recent_conversation import id_of
from astra_pipeline.store.documents import Document, moment, readings, says_something
from astra_pipeline.zones import at_local

# The app writes the name so; tasks write [USERNAME].
NAME_PLACEHOLDER = "{{user_name}}"
# Kind of statement -> the paths it sets.
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
# A kind is known when one of these paths holds something; a kind that is not here, when one of its own does.
_SAID_BY: Mapping[str, tuple[str, ...]] = {
    "date_of_birth": ("date_of_birth",),
    "birth_place": ("birth_location", "birth_city"),
    "birth_details": (*KINDS["birth_details"], "birth_location", "birth_city"),
}
# Kinds of which `astra.applied` says which conversation set them.
_APPLIED = tuple(kind for kind in KINDS if kind not in ("profile_summary", "first_message", "birth_details"))
_OF_CONVERSATIONS = ("recent_conversations", "insights", "incident_map", "profile_summary")
_WITH_IDS = ("recent_conversations", "insights")
_YEARS = range(1970, 2200)


@dataclass(frozen=True)
class OldKnowledge:
    """The old system's knowledge of a person, as the first fold remembers it."""

    until: dt.datetime | None
    """The moment (UTC) up to which it reaches; None when there is none."""
    knew: frozenset[str]
    """Kinds of statement that were known."""
    ids: Mapping[str, frozenset[str]]
    """List -> ids of the conversations of which the old system had an entry in it."""
    zone: str
    """The person's zone at that time, for dates without a time."""
    ours_before: bool
    """True when a fold of ours came before the first one that remembers."""

    @classmethod
    def read(cls, stored: Document) -> OldKnowledge:
        """The knowledge in `astra.old_knowledge`."""
        ids = stored.get("conversation_ids")
        ids = ids if isinstance(ids, Mapping) else {}
        return cls(
            until=moment(stored.get("until")),
            knew=frozenset(stored.get("knew") or ()),
            ids={name: frozenset(ids.get(name) or ()) for name in _WITH_IDS},
            zone=str(stored.get("timezone")),
            ours_before=True,
        )

    def as_stored(self) -> dict[str, Any]:
        """The document for `astra.old_knowledge`."""
        return {
            "until": self.until,
            "knew": sorted(self.knew),
            "conversation_ids": {name: sorted(ids) for name, ids in self.ids.items()},
            "timezone": self.zone,
        }


def remembered(stored: StoredOverview) -> OldKnowledge | None:
    """The knowledge that the first fold remembered; None before it."""
    return OldKnowledge.read(stored.old_knowledge) if stored.old_knowledge else None


def assessed(
    stored: StoredOverview,
    facts: Sequence[Fact],
    *,
    processed_until: dt.datetime | None,
    now: dt.datetime | None,
    default_zone: str,
) -> OldKnowledge:
    """The knowledge that the first fold of a person is to remember.

    `processed_until` is the end (UTC) of the newest conversation that the old system processed.
    """
    by_id = {fact.conversation_id: fact for fact in facts}
    listed = stored.documents("recent_conversations")
    entries = [entry for entry in listed if not is_ours(entry, by_id)]
    ours_before = bool(stored.applied) or len(entries) < len(listed)
    zone = stored.person.zone(default_zone)
    theirs = {"recent_conversations": entries, "insights": [] if ours_before else stored.documents("insights")}
    known = {kind for kind in KINDS if _is_known(stored, kind)}
    of_folds = {kind for kind in known if ours_before and _is_of_a_fold(kind, stored, facts)}
    ends = [*_ends(entries, zone), *([(processed_until, processed_until)] if processed_until else [])]
    return OldKnowledge(
        until=_until(stored, ends, now, ours_before=ours_before),
        knew=frozenset(known - of_folds),
        ids={name: frozenset(filter(None, map(id_of, theirs[name]))) for name in _WITH_IDS},
        zone=zone,
        ours_before=ours_before,
    )


def settled_kinds(stored: StoredOverview, old: OldKnowledge) -> frozenset[str]:
    """Kinds of statement that conversations up to `old.until` do not touch."""
    if old.until is None:
        return frozenset()
    since = {kind for kind in _APPLIED if stored.applied.get(kind) is None and _is_known(stored, kind)}
    return old.knew | since


def newer(facts: Sequence[Fact], old: OldKnowledge) -> list[Fact]:
    """Facts of conversations that ended after the old system's knowledge."""
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


def _until(
    stored: StoredOverview,
    ends: Sequence[tuple[dt.datetime, dt.datetime]],
    now: dt.datetime | None,
    *,
    ours_before: bool,
) -> dt.datetime | None:
    """The moment up to which the old system's knowledge reaches. `ends`: (start, end) of what it knew of."""
    known = list(ends)
    updated, synced = stored.last_updated, stored.synced_at
    if updated and not ours_before and not stored.is_stamped:
        known.append((updated, updated))
    has_some = any(says_something(stored.at(f"user_overview.{name}")) for name in _OF_CONVERSATIONS)
    if not known and has_some and synced and not ours_before:
        known.append((synced, synced))
    over = [end if now is None else min(end, now) for start, end in known if now is None or start <= now]
    return max(over, default=None)


def _ends(entries: Sequence[Document], zone: str) -> Iterable[tuple[dt.datetime, dt.datetime]]:
    """(start, end) of the conversations that entries are about, as far as their dates tell; of a day the whole."""
    for entry in entries:
        for reading in readings(entry.get("date")):
            if reading.at.year not in _YEARS:
                continue
            if reading.day:
                following = reading.day + dt.timedelta(days=1)
                yield at_local(reading.day, dt.time(), zone), at_local(following, dt.time(), zone)
            else:
                yield reading.at, reading.at + SAME_CALL


def _is_known(stored: StoredOverview, kind: str) -> bool:
    return stored.knows_any(_SAID_BY.get(kind, KINDS[kind]))


def _is_of_a_fold(kind: str, stored: StoredOverview, facts: Sequence[Fact]) -> bool:
    """True when a known value comes from a fold of ours that remembered nothing yet."""
    if kind in _APPLIED:
        return stored.applied.get(kind) is not None
    return any(
        stored.at(path) == said
        for path in KINDS[kind]
        for fact in facts
        if (said := _said(fact, kind, path.rpartition(".")[2]))
    )


def _said(fact: Fact, kind: str, field: str) -> str | None:
    said = getattr(fact.insights.birth_details if kind == "birth_details" else fact.insights, field)
    return said.replace("[USERNAME]", NAME_PLACEHOLDER) if said else None
