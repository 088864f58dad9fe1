"""A person's statements about their birth, as changes of the fields of their document. Pure.

A statement is applied once, like a preference: `astra.applied` remembers it, so what the person later corrects in
the app stands until they say something newer. A statement that cannot be a birth ("27 o'clock") is not applied; the
reason is kept under `astra.birth_rejected`, where a support person finds it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.errors import BadBirth
from astra_pipeline.overview.stored import StoredOverview
from astra_pipeline.places import UnknownPlace

if TYPE_CHECKING:
    from astra_pipeline.places.search import Place

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EARLIEST = dt.date(1900, 1, 1)
_SHOWN = 60

Reader = Callable[[StoredOverview, Fact], dict[str, Any] | None]


def birth_changes(stored: StoredOverview, facts: Sequence[Fact]) -> dict[str, Any]:
    """Paths of the user document that the statements of `facts` (oldest first) set; the last usable one wins."""
    changes: dict[str, Any] = {}
    for kind, read in _READERS.items():
        accepted: dict[str, Any] | None = None
        fields: dict[str, Any] = {}
        refused: dict[str, Any] | None = None
        for fact in facts:
            said = {"conversation_id": fact.conversation_id, "ended_at": fact.ended_at}
            try:
                values = read(stored, fact)
            except BadBirth as error:
                refused = said | {"reason": str(error)} | ({"words": error.words} if error.words else {})
                continue
            if values is not None:
                accepted, fields, refused = said, values, None
        if accepted and stored.applied.get(kind) != accepted:
            changes |= fields | {f"astra.applied.{kind}": accepted}
        if refused or stored.rejected.get(kind):
            changes[f"astra.birth_rejected.{kind}"] = refused
    return changes


def clock_time(words: str) -> str:
    """ "07:15" for "7:15 in the morning". Raises BadBirth when the words are no time, or leave it open."""
    from astra_pipeline.language import spoken_birth as birth_words

    clock = birth_words.time_of(words)
    if clock.time is None:
        raise BadBirth(f"birth_time {clock.problem}", words=_cut(words))
    return clock.time


def calendar_date(words: str, *, said_on: dt.date) -> dt.date:
    """The date that words such as "2002-08-14" or "14 August 2002" name. Raises BadBirth."""
    from astra_pipeline.language import spoken_birth as birth_words

    text = words.strip() if _ISO_DATE.fullmatch(words.strip()) else birth_words.date_of(words)
    try:
        date = dt.date.fromisoformat(text or "")
    except ValueError:
        raise BadBirth("date_of_birth is no date of the calendar", words=_cut(words)) from None
    if not _EARLIEST <= date <= said_on:
        raise BadBirth(f"date_of_birth is not between {_EARLIEST} and the day it was said", words=_cut(words))
    return date


def _time(stored: StoredOverview, fact: Fact) -> dict[str, Any] | None:
    words = fact.insights.birth_details.birth_time
    return None if words is None else {"birth_time": clock_time(words)}


def _date(stored: StoredOverview, fact: Fact) -> dict[str, Any] | None:
    words = fact.insights.birth_details.date_of_birth
    if words is None:
        return None
    # The caller's date may be a day ahead of the UTC date.
    date = calendar_date(words, said_on=fact.ended_at.date() + dt.timedelta(days=1))
    midnight = dt.datetime.combine(date, dt.time(), tzinfo=dt.UTC)
    return {"date_of_birth": midnight, "birth_day": date.day, "birth_month": date.month}


def _place(stored: StoredOverview, fact: Fact) -> dict[str, Any] | None:
    said = fact.insights.birth_details
    if said.city is None and said.place_text is None:
        return None  # a country alone is no place to be born in
    from astra_pipeline.places import search as places

    birth = stored.person.birth
    zone = birth.birth_timezone if isinstance(birth.birth_timezone, str) else None
    stored_text = birth.birth_location
    texts = [said.place_text, ", ".join(part for part in (said.city, said.country) if part)]
    place = _first_known([text for text in texts if text], zone)
    if isinstance(stored_text, str) and stored_text.strip():
        try:
            known = places.find(stored_text, zone=zone)
        except UnknownPlace:
            known = None
        if known and known.label == place.label:  # said again in other words: theirs may say more
            return _zone_of(place)
    city, *_, country = place.label.split(", ") if ", " in place.label else (place.label, place.label)
    # The words stay where they leave the place open, so that the chart is flagged.
    location = said.place_text or ", ".join(filter(None, (said.city, said.country))) if place.flags else place.label
    return {"birth_location": location, "birth_city": city, "birth_country": country} | _zone_of(place)


def _first_known(texts: Sequence[str], zone: str | None) -> Place:
    from astra_pipeline.places import search as places

    problem = "birth_location is empty"
    for number, text in enumerate(texts):
        try:
            return places.find(text, zone=zone)
        except UnknownPlace as error:
            problem = problem if number else str(error)
    raise BadBirth(problem, words=_cut(texts[0]) if texts else None)


def _zone_of(place: Place) -> dict[str, Any]:
    return {"birth_timezone": place.zone, "user_overview.birth_details.timezone": place.zone}


def _cut(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"


_READERS: dict[str, Reader] = {"birth_time": _time, "date_of_birth": _date, "birth_place": _place}
