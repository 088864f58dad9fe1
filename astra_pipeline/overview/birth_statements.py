"""A person's statements about their birth, as changes of the fields of their document.

Nothing is read but the index of places.

A statement is applied once, like a preference: `astra.applied` remembers it, so what the person later corrects in
the app stands until they say something newer. A statement that cannot be a birth ("27 o'clock") is not applied; the
reason is kept under `astra.birth_rejected`, where a support person finds it.

A time after midnight said as "the night of the 14th" is stored as said, with a note under `astra.birth_flags`.

Complete birth data gives way only to an explicit correction. Any other statement that disagrees with it waits under
`astra.birth_pending`, with the person's words, until they confirm or deny it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.task import BirthDetails
from astra_pipeline.errors import BadBirth
from astra_pipeline.overview.stored import StoredOverview
from astra_pipeline.people.birth import NIGHT
from astra_pipeline.places import UnknownPlace
from astra_pipeline.settings import settings
from astra_pipeline.store.documents import with_changes

if TYPE_CHECKING:
    from astra_pipeline.places.search import Place

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EARLIEST = dt.date(1900, 1, 1)
_SHOWN = 60

Reader = Callable[[StoredOverview, BirthDetails, dt.datetime], dict[str, Any] | None]


@dataclass(frozen=True)
class BirthFold:
    """The changes of a document, and the conversations whose place is not taken (yet)."""

    changes: dict[str, Any]
    places_not_taken: frozenset[str]


def birth_fold(stored: StoredOverview, facts: Sequence[Fact]) -> BirthFold:
    """The changes that the statements of `facts` (oldest first) call for; the last usable one wins.

    Facts that were applied are done with.
    """
    folds = {kind: _Kind(kind, read, stored) for kind, read in _READERS.items()}
    changes: dict[str, Any] = {}
    for fact in facts:
        now = StoredOverview.read(with_changes(stored.document, changes)) if changes else stored
        for fold in folds.values():
            changes |= fold.after(fact, now)
    notes: dict[str, Any] = {}
    for fold in folds.values():
        notes |= fold.notes()
    return BirthFold(changes | notes, frozenset(folds["birth_place"].not_taken))


class _Kind:
    """The statements of one kind (date, time or place), fact by fact."""

    def __init__(self, kind: str, read: Reader, stored: StoredOverview) -> None:
        self._kind, self._read, self._stored = kind, read, stored
        self._refused: dict[str, Any] | None = None
        self._pending: dict[str, Any] | None = None
        self.not_taken: set[str] = set()

    def after(self, fact: Fact, now: StoredOverview) -> dict[str, Any]:
        """The changes that a fact calls for. `now` is the document after the facts before it."""
        if not _is_later(fact, now.applied.get(self._kind)):
            return {}
        changes = self._replied(fact, now)
        quote, corrects, turn = _evidence(fact, self._kind)
        try:
            values = self._read(now, fact.insights.birth_details, fact.ended_at)
        except BadBirth as error:
            self._refused = _said(fact) | {"reason": str(error)} | ({"words": error.words} if error.words else {})
            return changes
        if values is None:
            return changes
        if corrects or not now.person.birth.is_complete or _agrees(self._kind, now, values):
            self._refused = self._pending = None
            applied = {f"astra.applied.{self._kind}": _said(fact)} | self._night(fact, now)
            return changes | values | applied
        self._pending = _said(fact) | {"field": self._kind, "value": _value(fact, self._kind), "quote": quote}
        self.not_taken.add(fact.conversation_id)
        # The note tells for which date and time it holds, so it may stand before they are confirmed.
        night = self._night(fact, now) if _is_of_a_night(fact) else {}
        return changes | night | self._replied(fact, now, since=turn)

    def _night(self, fact: Fact, now: StoredOverview) -> dict[str, Any]:
        """The flag of a time after midnight said as of a date's night; a newer date or time takes it away."""
        if self._kind == "birth_place":
            return {}
        said = fact.insights.birth_details
        if _is_of_a_night(fact):
            return {NIGHT: _said(fact) | {"date": said.date_of_birth, "time": said.birth_time}}
        return {NIGHT: None} if now.at(NIGHT) else {}

    def notes(self) -> dict[str, Any]:
        """The paths of what could not be used and of what waits; None for what is settled."""
        found: dict[str, Any] = {}
        for place, stored, note in (
            ("birth_rejected", self._stored.rejected, self._refused),
            ("birth_pending", self._stored.pending, self._pending),
        ):
            if note or stored.get(self._kind):
                found[f"astra.{place}.{self._kind}"] = note
        return found

    def _replied(self, fact: Fact, now: StoredOverview, since: int = 0) -> dict[str, Any]:
        """The changes after the person's first "yes" or "no" to what waits, in their turns after `since`."""
        for reply in fact.insights.birth_replies:
            pending = self._pending
            if not pending or reply.field != self._kind or reply.turn <= since:
                continue
            values = self._read_again(str(pending["value"]), fact, now)
            named = self._read_again(reply.value, fact, now)
            if not values or not named:
                continue
            if named == values:
                self._pending = None
                if reply.confirms:
                    self.not_taken.discard(str(pending["conversation_id"]))
                    return values | {f"astra.applied.{self._kind}": _said(fact)}
            elif reply.confirms and _agrees(self._kind, now, named):
                self._pending = None
        return {}

    def _read_again(self, value: str, fact: Fact, now: StoredOverview) -> dict[str, Any]:
        """The changes that a value by itself calls for; none for one that the agent named and that is no birth."""
        try:
            return self._read(now, details_of(self._kind, value), fact.ended_at) or {}
        except BadBirth:
            return {}


def details_of(kind: str, value: str) -> BirthDetails:
    """Birth details with one value."""
    if kind != "birth_place":
        return BirthDetails.model_validate({kind: value})
    return BirthDetails(place_text=value, city=value.split(",")[0].strip() or None)


def _is_of_a_night(fact: Fact) -> bool:
    """Whether a time after midnight was said as of a date's night."""
    said = fact.insights.birth_details
    flagged = any(statement.of_a_night for statement in fact.insights.birth_statements)
    return flagged and bool(said.date_of_birth and said.birth_time)


def _is_later(fact: Fact, applied: Any) -> bool:
    """True for a fact that is newer than the statement that was applied last."""
    try:
        return (fact.ended_at, fact.conversation_id) > (applied["ended_at"], applied["conversation_id"])
    except (TypeError, KeyError):
        return True


def _said(fact: Fact) -> dict[str, Any]:
    return {"conversation_id": fact.conversation_id, "ended_at": fact.ended_at}


def _evidence(fact: Fact, kind: str) -> tuple[str | None, bool, int]:
    """(the person's words, whether they correct themselves, the turn) of a statement; of old insights nothing."""
    for statement in fact.insights.birth_statements:
        if statement.field == kind:
            return statement.quote, statement.corrects, statement.turn or 0
    return None, False, 0


def _value(fact: Fact, kind: str) -> str | None:
    said = fact.insights.birth_details
    if kind == "birth_place":
        return said.place_text or ", ".join(filter(None, (said.city, said.country)))
    return said.birth_time if kind == "birth_time" else said.date_of_birth


def _agrees(kind: str, stored: StoredOverview, values: dict[str, Any]) -> bool:
    """True when a document already holds the values; a place does in other words as well."""
    if kind == "birth_place":
        return "birth_location" not in values
    if kind == "birth_time":
        return stored.at("birth_time") == values["birth_time"]
    try:
        known = stored.person.birth.date(settings().astra_default_timezone)
    except (TypeError, ValueError):
        return False
    return known.date == values["date_of_birth"].date()


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


def _time(stored: StoredOverview, said: BirthDetails, at: dt.datetime) -> dict[str, Any] | None:
    words = said.birth_time
    return None if words is None else {"birth_time": clock_time(words)}


def _date(stored: StoredOverview, said: BirthDetails, at: dt.datetime) -> dict[str, Any] | None:
    words = said.date_of_birth
    if words is None:
        return None
    # The caller's date may be a day ahead of the UTC date.
    date = calendar_date(words, said_on=at.date() + dt.timedelta(days=1))
    midnight = dt.datetime.combine(date, dt.time(), tzinfo=dt.UTC)
    return {"date_of_birth": midnight, "birth_day": date.day, "birth_month": date.month}


def _place(stored: StoredOverview, said: BirthDetails, at: dt.datetime) -> dict[str, Any] | None:
    if said.city is None and said.place_text is None:
        return None  # a country alone is no place to be born in
    from astra_pipeline.places import search as places

    birth = stored.person.birth
    zone = stored.person.birth_timezone
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
