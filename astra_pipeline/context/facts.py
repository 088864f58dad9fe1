"""The facts beside the person that the context of a call tells, read once from their document. Pure.

Nothing in here raises for a stored value of another type: it counts as absent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from astra_pipeline.conversations.care import TOPIC
from astra_pipeline.people.life import KnownPerson, Life
from astra_pipeline.people.person import Person
from astra_pipeline.people.recent_conversation import RecentConversation
from astra_pipeline.store.documents import at_path, count, iso_date
from astra_pipeline.zones import local_date

# Paths of counts, which the reader computes in MongoDB so that long lists are not sent (context/read.py).
COUNTS = "counted"
_NEWEST_TALKS, _NEWEST_INCIDENTS = 3, 3
_WORDS_OF_BIRTH = {"date_of_birth": "date of birth", "birth_time": "time of birth", "birth_place": "place of birth"}
_EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Talk:
    """A conversation of the overview. `day` is its local date, None where the old system stored none."""

    day: dt.date | None
    topics: tuple[str, ...] = ()
    summary: str = ""
    follow_ups: tuple[str, ...] = ()


@dataclass(frozen=True)
class LifeDate:
    """A date of the person's life, in local time; `until` is its last day."""

    what: str
    day: dt.date
    until: dt.date


@dataclass(frozen=True)
class PendingBirth:
    """A statement about the birth that differs from what is stored, and waits for the person's word."""

    field: str
    value: str


@dataclass(frozen=True)
class PersonaShown:
    """`user_overview.persona`: how the person likes to be talked to."""

    response_length: str = ""
    styles: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    best_time: str = ""
    hints: str = ""


@dataclass(frozen=True)
class Facts:
    """All that `agent_context` needs beside the person."""

    zone: str
    """The IANA zone in which the person's days are counted."""
    talks: tuple[Talk, ...] = field(default=(), repr=False)
    """The newest first."""
    talks_listed: int = 0
    last_talk: dt.date | None = None
    """The local date of the newest conversation."""
    last_talk_at: dt.datetime | None = None
    profile: str = field(default="", repr=False)
    first_message: str = field(default="", repr=False)
    incidents: tuple[str, ...] = field(default=(), repr=False)
    """The newest first."""
    incident_count: int = 0
    insights_count: int = 0
    people: tuple[str, ...] = field(default=(), repr=False)
    dates: tuple[LifeDate, ...] = field(default=(), repr=False)
    intentions: tuple[str, ...] = field(default=(), repr=False)
    pending: tuple[PendingBirth, ...] = field(default=(), repr=False)
    birth_time_differs: bool = False
    persona: PersonaShown | None = field(default=None, repr=False)
    """None without one, and for somebody who has switched personalization off."""
    flirt_opt_in: bool = False
    horoscope: str = field(default="", repr=False)
    horoscope_day: dt.date | None = None
    new_milestones: tuple[str, ...] = ()
    birth_place: str = field(default="", repr=False)

    @classmethod
    def read(cls, person: Person, *, default_zone: str) -> Facts:
        """The facts in the person's document, of which `context/read.py` names the fields."""
        document, zone = person.document, person.zone(default_zone)
        overview = _document(document.get("user_overview"))
        talks = _newest_first(person, zone)
        life = _document(at_path(document, "astra.life"))
        off = at_path(overview, "preferences.personalization") is False
        last_at = _last_talk_at(person)
        horoscope = _document(overview.get("latest_horoscope"))
        return cls(
            zone=zone,
            talks=talks[:_NEWEST_TALKS],
            talks_listed=len(talks),
            last_talk=_last_talk(person, talks, last_at, zone),
            last_talk_at=last_at,
            profile=_text(overview.get("profile_summary")),
            first_message=_text(overview.get("first_message")),
            incidents=_incidents(overview.get("incident_map")),
            incident_count=_counted(document, "incidents", overview.get("incident_map")),
            insights_count=_counted(document, "insights", overview.get("insights")),
            people=tuple(map(_named, Life.read(life).people)),
            dates=tuple(found for one in _documents(life.get("dates")) if (found := _life_date(one))),
            intentions=_each(life.get("intentions"), lambda one: _text(one.get("text"))),
            pending=_pending(at_path(document, "astra.birth_pending")),
            birth_time_differs=_says_a_time(document),
            persona=None if off else _persona(overview.get("persona")),
            flirt_opt_in=at_path(overview, "preferences.flirt_opt_in") is True,
            horoscope=_text(horoscope.get("content")),
            horoscope_day=person.latest_horoscope_date,
            new_milestones=_new_milestones(person, last_at),
            birth_place=next(iter(person.birth.place_texts), ""),
        )


def _newest_first(person: Person, zone: str) -> tuple[Talk, ...]:
    listed = sorted(person.recent_conversations, key=lambda one: one.ended_at or _EARLIEST, reverse=True)
    return tuple(_talk(one, zone) for one in listed)


def _talk(one: RecentConversation, zone: str) -> Talk:
    at = one.ended_at
    return Talk(
        day=local_date(at, zone) if at else None,
        topics=tuple(topic for topic in one.topics if topic.casefold() != TOPIC.casefold()),
        summary=_text(one.entry.get("summary")),
        follow_ups=_texts(one.entry.get("follow_up_actions")),
    )


def _last_talk_at(person: Person) -> dt.datetime | None:
    ends = [one.ended_at for one in person.recent_conversations if one.ended_at]
    counted = person.gamification.last_conversation_date
    return max([*ends, counted] if counted else ends, default=None)


def _last_talk(person: Person, talks: Sequence[Talk], at: dt.datetime | None, zone: str) -> dt.date | None:
    """The local date of the newest conversation, where it took place."""
    days = [talk.day for talk in talks if talk.day]
    if person.gamification.last_conversation_day:
        days.append(person.gamification.last_conversation_day)
    elif at:
        days.append(local_date(at, zone))
    return max(days, default=None)


def _incidents(value: object) -> tuple[str, ...]:
    found = [_text(one.get("description")) or _text(one.get("title")) for one in _documents(value)]
    return tuple(text for text in reversed(found) if text)[:_NEWEST_INCIDENTS]


def _counted(document: Mapping[str, Any], name: str, listed: object) -> int:
    """The length of a list as MongoDB counted it, else of the list itself."""
    found = count(at_path(document, f"{COUNTS}.{name}"))
    return found if found is not None else len(listed) if isinstance(listed, list) else 0


def _each(listed: object, said: Callable[[Mapping[str, Any]], str]) -> tuple[str, ...]:
    """The words of the entries of a list, without those that say nothing."""
    return tuple(text for one in _documents(listed) if (text := said(one)))


def _named(one: KnownPerson) -> str:
    """A person as the caller named them: "Neha (sister)", "mother"."""
    return f"{one.name} ({one.relation})" if one.name and one.relation else one.name or one.relation


def _life_date(one: Mapping[str, Any]) -> LifeDate | None:
    what, day = _text(one.get("what")), iso_date(one.get("date"))
    if not what or day is None:
        return None
    return LifeDate(what, day, iso_date(one.get("until")) or day)


def _pending(value: object) -> tuple[PendingBirth, ...]:
    found = []
    for name, one in _document(value).items():
        kind, said = (_text(_document(one).get(part)) for part in ("field", "value"))
        if said:
            found.append(PendingBirth(_WORDS_OF_BIRTH.get(kind or name, "birth"), said))
    return tuple(found)


def _says_a_time(document: Mapping[str, Any]) -> bool:
    notes = (at_path(document, "astra.birth_pending"), at_path(document, "astra.birth_rejected"))
    return any(_document(_document(note).get("birth_time")) for note in notes)


def _persona(value: object) -> PersonaShown | None:
    stored = _document(value)
    if not stored:
        return None
    return PersonaShown(
        response_length=_text(stored.get("response_length")),
        styles=_texts(stored.get("styles")),
        topics=_texts(stored.get("topics")),
        triggers=_texts(stored.get("triggers")),
        avoid=_texts(stored.get("avoid")),
        best_time=_text(stored.get("best_time")),
        hints=_text(stored.get("hints")),
    )


def _new_milestones(person: Person, last_at: dt.datetime | None) -> tuple[str, ...]:
    """Titles of the milestones that the newest conversation unlocked and that the app has not celebrated."""
    told = {
        one.get("id") for one in _documents(person.gamification.stored.get("milestones")) if one.get("celebrated")
    }
    return tuple(
        one.title
        for one in person.gamification.milestones
        if one.title and one.id not in told and one.unlocked_at and last_at and one.unlocked_at >= last_at
    )


def _documents(value: object) -> Iterable[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(filter(None, map(_text, value))) if isinstance(value, list) else ()


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _document(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
