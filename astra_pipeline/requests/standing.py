"""The standing of a wish before it is written down: it cannot be had, is there already, or may be asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.charts import birth_data
from astra_pipeline.charts import write as charts
from astra_pipeline.horoscopes import items as horoscopes
from astra_pipeline.horoscopes import rules as horoscope_rules
from astra_pipeline.horoscopes.due import READER_FIELDS
from astra_pipeline.overview.answer import ENOUGH_CONVERSATIONS
from astra_pipeline.people.person import Person
from astra_pipeline.people.reading import read_fields
from astra_pipeline.personas.read import counts_of
from astra_pipeline.reports import items as reports
from astra_pipeline.reports import rules as report_rules
from astra_pipeline.reports.talks import talks_of
from astra_pipeline.requests.request import Wish
from astra_pipeline.requests.results import EMPTY, result_of
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import COHORTS, CONVERSATIONS
from astra_pipeline.store.documents import at_path
from astra_pipeline.zones import is_zone, local_date

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

_IDS = ("task_id", "execution_id")
_FIELDS: Document = {
    **charts.READ,
    **READER_FIELDS,
    "timezone": 1,
    "birth_timezone": 1,
    "astra.erased_at": 1,
    "astra.report_week": 1,
    "user_overview.latest_weekly_report": 1,
    "user_overview.weekly_reports": 1,
    "user_overview.recent_conversations": 1,
    "user_overview.preferences.personalization": 1,
}


@dataclass(frozen=True)
class Refused:
    """The wish cannot be had. `body` is what the old API answered with 400."""

    body: Document


@dataclass(frozen=True)
class There:
    """The result is there already: the fields of the old body that are its own."""

    result: Document


@dataclass(frozen=True)
class MayBeAsked:
    """A run can bring it."""

    wish: Wish


Standing = Refused | There | MayBeAsked


@dataclass(frozen=True)
class Asker:
    """The person whom a wish is about, as far as wishes need them."""

    person: Person
    zone: str
    """The zone in which their dates are meant: their cohort's."""
    document: Mapping[str, Any] = field(repr=False)

    @property
    def is_erased(self) -> bool:
        """True for somebody who was erased and has not talked since."""
        return self.person.marks.erased_at is not None


async def asker_of(db: Database, user_id: str) -> Asker | None:
    """The person, by one indexed read of the fields that wishes need; None for an unknown one."""
    found = await read_fields(db, user_id, _FIELDS)
    if found is None:
        return None
    # Somebody who signed up a moment ago has no `id` yet, and is known by their document's.
    document = {**found, "id": user_id}
    person = Person.read(document)
    cohort = await db[COHORTS].find_one({"_id": person.marks.cohort}, {"zone": 1}) if person.marks.cohort else None
    zone = str((cohort or {}).get("zone"))
    default = person.zone(settings().astra_default_timezone)
    return Asker(person, zone if is_zone(zone) else default, document)


async def transcript(db: Database, user_id: str, conversation_id: str) -> Standing:
    """The standing of a transcript of the person's own conversation, which is over."""
    fields = {"status": 1, "metadata.transcript_processed": 1}
    talk = await db[CONVERSATIONS].find_one({"conversation_id": conversation_id}, fields) or {}
    if talk.get("status") == "abandoned":
        nothing = {"overview_updates": {}, "conversation_summary": None, "memories_count": 0}
        return There({"conversation_id": conversation_id} | dict.fromkeys(_IDS, EMPTY) | nothing)
    if at_path(talk, "metadata.transcript_processed") is True:
        result = await result_of(db, "transcript", conversation_id)
        if result is not None:
            task_id = result.get("task_id")
            return There(result | {"task_id": task_id, "execution_id": task_id if task_id == EMPTY else None})
    return MayBeAsked(Wish("transcript", user_id, conversation_id, conversation_id=conversation_id))


async def chart(db: Database, asker: Asker, *, force: bool) -> Standing:
    """The standing of a birth chart. One of the present data and engine is there."""
    person = asker.person
    missing = [
        name
        for name, value in (
            ("date_of_birth", person.birth.date_of_birth),
            ("birth_time", person.birth.birth_time),
            ("birth_location", person.birth.place_texts),
        )
        if not value
    ]
    if missing:
        return Refused(
            {
                "success": False,
                "error": "Incomplete birth data",
                "message": f"Cannot calculate chart. Missing: {', '.join(missing)}",
                "missing_fields": missing,
            }
        )
    if not force and birth_data.has_current_chart(person, engine=charts.engine()):
        return There(await result_of(db, "chart", person.id) or {"chart": None})
    return MayBeAsked(Wish("chart", person.id, person.id, force=force))


async def horoscope(db: Database, asker: Asker, *, force: bool, now: dt.datetime) -> Standing:
    """The standing of today's horoscope, by the person's calendar."""
    person = asker.person
    reader = horoscope_rules.reader_of(person)
    if reader == horoscope_rules.NO_CHART:
        return _refused("Birth chart required", "Calculate the birth chart before the horoscope")
    if isinstance(reader, str):
        return _refused("Incomplete birth chart", "The birth chart has no Sun and Moon sign")
    item = horoscopes.item_of(person.id, local_date(now, asker.zone))
    if not force and (result := await result_of(db, "horoscope", item)):
        return There(result)
    return MayBeAsked(Wish("horoscope", person.id, item, force=force))


async def weekly_report(db: Database, asker: Asker, *, force: bool, now: dt.datetime) -> Standing:
    """The standing of the report on the last week whose Sunday evening has come where the person is."""
    person, monday = asker.person, report_rules.last_due(now, asker.zone)
    item = reports.item_of(person.id, monday)
    if not force and (result := await result_of(db, "weekly-report", item)):
        return There(result)
    if not force and (listed := _listed(asker, monday)):
        return There({"weekly_report": listed})
    cell = CohortDate(monday, person.marks.cohort or "", asker.zone)
    talks = (await talks_of(db, cell, [person])).get(person.id, [])
    week = f"{monday} to {monday + dt.timedelta(days=6)}"
    if report_rules.why_not(talks) == report_rules.NO_CONVERSATION:
        return _no_report(
            f"No completed conversations in the week from {week}. The report on this week comes on Sunday", 0
        )
    if all(talk.output is None for talk in talks):
        return _no_report(f"No conversation of the week from {week} has been processed yet", len(talks))
    return MayBeAsked(Wish("weekly-report", person.id, item, force=force))


async def persona(db: Database, asker: Asker, *, force: bool) -> Document | Standing:
    """The standing of a persona; the old body of a skipped one where personalization is switched off.

    One that was learnt from all but the newest few conversations is there.
    """
    if at_path(asker.document, "user_overview.preferences.personalization") is False:
        return _skipped("Personalization is switched off")
    found = (await counts_of(db, [asker.person.id])).get(asker.person.id, 0)
    if (lacking := ENOUGH_CONVERSATIONS - found) > 0:
        return Refused(
            {
                "success": False,
                "error": "Insufficient data",
                "message": f"At least {ENOUGH_CONVERSATIONS} processed conversations are needed",
                "conversations_needed": lacking,
            }
        )
    there = None if force else await result_of(db, "persona", asker.person.id)
    if there and found - there["conversations_analyzed"] < ENOUGH_CONVERSATIONS:
        return There(there)
    return MayBeAsked(Wish("persona", asker.person.id, asker.person.id, force=force))


def _skipped(message: str) -> Document:
    return {"success": False, "skipped": True, "message": message}


def _listed(asker: Asker, monday: dt.date) -> Mapping[str, Any] | None:
    """The old system's report on the week, as the overview has it."""
    listed, latest = (
        at_path(asker.document, f"user_overview.{name}") for name in ("weekly_reports", "latest_weekly_report")
    )
    return report_rules.listed_on(monday, listed, latest)


def _refused(error: str, message: str) -> Refused:
    return Refused({"success": False, "error": error, "message": message})


def _no_report(message: str, found: int) -> Refused:
    error = "Conversations not processed" if found else "No conversations"
    return Refused({"success": False, "error": error, "message": message, "conversations_found": found})
