"""The service of daily horoscopes: writes them into `astra_horoscopes` and `user_overview.latest_horoscope`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import leases
from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.batches.cohort_texts import content_of as stored_content
from astra_pipeline.batches.cohort_texts import members, previewed, refused_texts, with_isolated_name
from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.transactions import Write
from astra_pipeline.batches.work import Stage, Work
from astra_pipeline.charts import skies
from astra_pipeline.horoscopes import rules
from astra_pipeline.horoscopes.composer import first_sentence
from astra_pipeline.horoscopes.due import due, lacking, late
from astra_pipeline.horoscopes.input import HoroscopeInput, horoscope_input
from astra_pipeline.horoscopes.items import KIND, item_of
from astra_pipeline.horoscopes.recollection import Recollection, ToldText
from astra_pipeline.horoscopes.recollections import phrases_told, recollections
from astra_pipeline.horoscopes.sky_facts import SkyFacts, Wanted, computed_in_turn
from astra_pipeline.horoscopes.task import TASK, HoroscopeText
from astra_pipeline.judge.input import judge_input
from astra_pipeline.judge.review import Judged, Reading, composed_answer, run_judged
from astra_pipeline.llm.runner import workers
from astra_pipeline.people.person import Person
from astra_pipeline.people.room import make_room
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.collections import HOROSCOPES, NOT_ERASED, USERS
from astra_pipeline.store.present import stored as stored_already
from astra_pipeline.zones import at_local

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

__all__ = ["KIND", "content_of", "due", "is_past", "item_of", "lacking", "late", "preview", "refused", "write"]

_ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
_CHART = "user_overview.birth_chart"
_READ: dict[str, Any] = dict.fromkeys(
    (
        "id",
        "name",
        "astra.cohort",
        "astra.care",
        "astra.life",
        "timezone",
        "birth_timezone",
        "birth_country",
        "astra.horoscope_date",
        "user_overview.latest_horoscope.date",
        "user_overview.preferences",
        "user_overview.recent_conversations.date",
        "user_overview.recent_conversations.topics",
        "user_overview.gamification.streak_days",
        "user_overview.gamification.milestones",
        f"{_CHART}.engine",
        f"{_CHART}.vedic.sun_sign",
        f"{_CHART}.vedic.moon_sign",
        f"{_CHART}.vedic.rising_sign",
        f"{_CHART}.vedic.ascendant",
        f"{_CHART}.vedic.planets",
        f"{_CHART}.vedic.ascendant_longitude",
        f"{_CHART}.western.sun_sign",
        f"{_CHART}.western.moon_sign",
        f"{_CHART}.western.rising_sign",
        f"{_CHART}.western.planets",
        f"{_CHART}.western.ascendant_longitude",
        f"{_CHART}.western.mc_longitude",
        f"{_CHART}.western.house_cusps",
        f"{_CHART}.western.mean_node_longitude",
        f"{_CHART}.western.true_node_longitude",
    ),
    1,
)
_PERIODS = f"${_CHART}.vedic.dasha.periods"
_A_DAY = dt.timedelta(days=1)


async def write(work: Work, scope: Scope) -> BatchResult:
    """Write the horoscopes that the people of the scope's cells lack; all of them when forced.

    The overview's `latest_horoscope` is brought up to date. An item is `item_of(user, date)`. No horoscope is
    written before its date has begun, forced or not: the person would have none on the days until then.
    """
    batch = await _read(work, scope)
    found = await skies.around(work.db, [cell.date for cell in scope.cohort_dates])
    subjects = [Subject(item, user_id=one.person.id) for item, one in batch.wanted.items()]
    known = await recollections(work.db, batch.wanted)
    async with computed_in_turn(batch.wanted, found) as facts:
        writing = _Writing(work, scope, batch.wanted, facts, known)
        result = await work.through(writing, subjects, scope, concurrency=workers())
    await leases.release_all(work.db, run_id=work.run_id)
    result.add(batch.result)
    return result


async def preview(work: Work, items: Sequence[str]) -> Preview:
    """A few of the horoscopes, by person."""
    return await previewed(work.db[HOROSCOPES], items)


async def refused(db: Database, *, at_most: int) -> list[dict[str, str]]:
    """{item, problem} of the horoscopes written last that break their contract."""
    return await refused_texts(db[HOROSCOPES], TASK.output_model, at_most=at_most)


async def content_of(db: Database, item: str) -> str | None:
    """The text of a stored horoscope."""
    return await stored_content(db[HOROSCOPES], item)


def is_past(cell: CohortDate, now: dt.datetime) -> bool:
    """True when the cell's date is over in the cohort's zone."""
    return rules.is_over(cell.date, cell.zone, now)


@dataclass
class _Batch:
    """The horoscopes to be written, and the outcome for everybody else."""

    wanted: dict[str, Wanted] = field(default_factory=dict)
    result: BatchResult = field(default_factory=BatchResult)


async def _read(work: Work, scope: Scope) -> _Batch:
    """Sort the people of the scope's cells: to be written for, skipped with a reason, or served already."""
    batch = _Batch()
    for cell in scope.cohort_dates:
        morning = at_local(cell.date, rules.MORNING, cell.zone)
        for document in await members(work.db, cell, scope, _READ | {"mahadashas": _running(morning)}):
            _sort_in(batch, cell, _person(document), work.now)
    if not scope.force:
        for item, stored in (await stored_already(work.db[HOROSCOPES], list(batch.wanted))).items():
            one = batch.wanted.pop(item)
            if not _is_shown(one.person, one.cell.date):
                await _project(work.db, stored)
            batch.result.unchanged.append(item)
    return batch


def _sort_in(batch: _Batch, cell: CohortDate, person: Person, now: dt.datetime) -> None:
    item, reader = item_of(person.id, cell.date), rules.reader_of(person)
    batch.result.cohort_dates[item] = cell
    if isinstance(reader, str):
        batch.result.skipped[item] = reader
    elif not rules.has_begun(cell.date, cell.zone, now):
        batch.result.skipped[item] = f"{cell.date} has not begun in {cell.zone}"
    else:
        batch.wanted[item] = Wanted(cell, person, reader)


def _person(document: Mapping[str, Any]) -> Person:
    """The person, whose running periods were read apart from the chart."""
    person = Person.read(document)
    if person.chart is None:
        return person
    return replace(person, chart=person.chart.with_periods(document.get("mahadashas")))


def _running(at: dt.datetime) -> dict[str, Any]:
    """The projection of a chart's periods: of the 81, only those of the mahadashas that run within a day of `at`.

    They are two when one begins on the day itself. The other periods are most of a chart's bytes.
    """
    runs = {"$and": [{"$lte": ["$$this.start", at + _A_DAY]}, {"$gt": ["$$this.end", at - _A_DAY]}]}
    return {"$filter": {"input": {"$cond": [{"$isArray": _PERIODS}, _PERIODS, []]}, "cond": runs}}


class _Writing(Stage):
    kind = KIND

    def __init__(
        self,
        work: Work,
        scope: Scope,
        wanted: Mapping[str, Wanted],
        facts: Mapping[str, Awaitable[SkyFacts]],
        known: Mapping[str, Recollection],
    ) -> None:
        self._work, self._scope, self._wanted, self._facts, self._known = work, scope, wanted, facts, known
        self._executions = work.executions(scope)

    async def do(self, subject: Subject) -> bool:
        one, facts = self._wanted[subject.item], await self._facts[subject.item]
        known = self._known.get(subject.item, Recollection())
        task_input = horoscope_input(
            one.person,
            one.reader,
            one.cell.date,
            one.cell.zone,
            facts,
            now=self._work.now,
            recollection=known,
        )
        text = await run_judged(
            self._work, TASK, task_input, _reading(task_input), item=subject.item, ledger=self._executions
        )
        stored = _stored(subject.item, one, facts, task_input, text, known, run_id=self._work.run_id)
        await make_room(self._work.db, one.person.id, one.person.document)
        kept = Write(HOROSCOPES, {"_id": subject.item}, stored, upsert=True, replaces=True)
        await self._work.write(subject, [kept, _shown(stored)], settled=True)
        return True

    async def done_meanwhile(self, items: Sequence[str]) -> Collection[str]:
        if self._scope.force:
            return ()
        faster = await stored_already(self._work.db[HOROSCOPES], items)
        for stored in faster.values():
            await _project(self._work.db, stored)
        return set(faster)


def _reading(task_input: HoroscopeInput) -> Reading[HoroscopeText]:
    """The judge's view of a horoscope."""
    care, name = task_input.care, task_input.name
    return Reading(
        of=lambda text: judge_input("horoscope", text.content, task_input, care=care, name=name),
        composed=lambda _: composed_answer(TASK, task_input),
    )


def _stored(
    item: str,
    one: Wanted,
    facts: SkyFacts,
    task_input: HoroscopeInput,
    text: Judged[HoroscopeText],
    known: Recollection,
    *,
    run_id: str,
) -> dict[str, Any]:
    """The document of a horoscope."""
    generated = clock.now()
    answer = text.answer
    told = ToldText(one.cell.date, task_input.theme.text, first_sentence(answer.content), tuple(answer.suggestions))
    return {
        "_id": item,
        "user_id": one.person.id,
        "date": one.cell.date.isoformat(),
        "cohort": one.cell.cohort,
        "timezone": one.cell.zone,
        "content": with_isolated_name(text.answer.content, one.person),
        "astrology_system": one.reader.system,
        "sun_sign": one.reader.signs.sun,
        "moon_sign": one.reader.signs.moon,
        "rising_sign": one.reader.signs.rising or None,
        "transit_highlights": rules.highlights(facts.transits),
        "sky_at": facts.at,
        # What the last texts told is kept once, in the recollection.
        "input": task_input.model_dump() | {"used_phrases": {}, "recent_texts": []},
        "theme": {"key": task_input.theme.key, "kind": task_input.theme.kind, "text": answer.theme or ""},
        "suggestions": answer.suggestions,
        "recollection": known.with_text(told, phrases_told(answer.content, task_input)).as_stored(),
        "generated_at": generated,
        "expires_at": generated + dt.timedelta(days=settings().astra_horoscope_retention_days),
        "task_id": str(TASK.task_id),
        "run_id": run_id,
    } | text.marks


async def _project(db: Database, stored: Mapping[str, Any]) -> None:
    """Bring a stored horoscope into the overview, unless a newer one is there, and mark its date as done."""
    await make_room(db, stored["user_id"])
    shown = _shown(stored)
    written = await db[USERS].update_one(shown.query, shown.update)
    if not written.matched_count and shown.otherwise:
        await db[USERS].update_one(shown.otherwise.query, shown.otherwise.update)


def _shown(stored: Mapping[str, Any]) -> Write:
    """The write that shows a horoscope in the overview unless a newer one is there, and marks its date as done."""
    user_id, date = stored["user_id"], stored["date"]
    mark = {"$max": {"astra.horoscope_date": date}}
    # A date that the old system wrote in some other way is older, however it sorts.
    newer = {"$gt": date, "$regex": _ISO_DATE}
    person = {"id": user_id} | NOT_ERASED
    update = {
        "$set": {
            "user_overview.latest_horoscope": {field: stored[field] for field in rules.SHOWN},
            "user_overview.last_updated": stored["generated_at"],
            "user_overview.updated_by": stored["run_id"],
        }
    }
    return Write(
        USERS,
        person | {"user_overview.latest_horoscope.date": {"$not": newer}},
        update | mark,
        otherwise=Write(USERS, person, mark),
    )


def _is_shown(person: Person, date: dt.date) -> bool:
    """True when the document says that the horoscope of the date, or a newer one, was brought into the overview."""
    mark = person.marks.horoscope_date
    return mark is not None and (mark > date or mark == person.latest_horoscope_date == date)
