"""Daily horoscopes: whose is due, writing a batch of them, `astra_horoscopes` and `user_overview.latest_horoscope`.

`astra.horoscope_date` of a user is the newest local date they have a horoscope of, so that an index tells who has
none for today.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from astra_pipeline.batches import failures, leases
from astra_pipeline.batches.cohort_dates import Cell, Chosen, Due
from astra_pipeline.batches.cohort_texts import members, with_isolated_name, with_retries
from astra_pipeline.batches.cohort_texts import stored as stored_already
from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.leases import Ledger
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.work import work_through
from astra_pipeline.charts.skies import Skies
from astra_pipeline.horoscopes import rules as horoscopes
from astra_pipeline.horoscopes.rules import Reader, System
from astra_pipeline.llm import registry
from astra_pipeline.llm.models import HoroscopeText
from astra_pipeline.llm.runner import TaskRunner, run_task, workers
from astra_pipeline.settings import settings
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.mongo import HOROSCOPES, USERS, make_room
from astra_pipeline.zones import at_local

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

KIND = "daily_horoscopes"
_HAS_CHART = {"user_overview.birth_chart": {"$type": "object"}}
_DAY = dt.timedelta(days=1)
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
_CHART = "user_overview.birth_chart"
_SIGNS = tuple(
    f"{_CHART}.{system}.{part}"
    for system in ("vedic", "western")
    for part in ("sun_sign", "moon_sign", "rising_sign", "ascendant")
)
RULE = dict.fromkeys(("id", "user_overview.preferences.astrology_system", f"{_CHART}.engine", *_SIGNS), 1)
"""The fields by which `core.horoscopes.reader_of` decides."""
_READ: dict[str, Any] = dict.fromkeys(
    (
        "id",
        "name",
        "astra.cohort",
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
    ),
    1,
)
_PERIODS = f"${_CHART}.vedic.dasha.periods"


def item_of(user_id: str, date: dt.date) -> str:
    """The id of a horoscope, in `astra_horoscopes`, leases and failures."""
    return f"{user_id}@{date.isoformat()}"


def _date_of(item: str) -> dt.date:
    return dt.date.fromisoformat(item.rpartition("@")[2])


async def due(db: Database, zones: dict[str, str], *, now: dt.datetime) -> list[Due]:
    """Cells of the date it is there, where it is 06:00 or later, in which somebody lacks a horoscope, and other
    cells with a retry that is due.

    Who cannot have one, and whose failure is not due for a retry, makes no cell due. Reads, through an index, at
    most as far into each cohort as the first who does.
    """
    held = await failures.held_items(db, KIND, now=now)
    cells = [Cell(date, key, zone) for key, zone in zones.items() if (date := horoscopes.due_date(now, zone))]
    lacking_one = [cell for cell in cells if await _first_due(db, cell, held)]
    return await with_retries(db, KIND, lacking_one, zones, date_of=_date_of, now=now)


async def _first_due(db: Database, cell: Cell, held: set[str]) -> bool:
    async for user in db[USERS].find(without(cell), RULE):
        if item_of(user["id"], cell.date) not in held and isinstance(horoscopes.reader_of(user), Reader):
            return True
    return False


def without(cell: Cell, *, charted_by: dt.datetime | None = None) -> dict[str, Any]:
    """The query for users of the cell with a chart (at that moment, if one is given) and without its horoscope."""
    date = cell.date.isoformat()
    late = {"$or": [{"astra.horoscope_date": None}, {"astra.horoscope_date": {"$lt": date}}]}
    in_time = {f"{_CHART}.calculated_at": {"$not": {"$gt": charted_by}}} if charted_by else {}
    return {"astra.cohort": cell.cohort} | late | _HAS_CHART | in_time


async def lacking(
    db: Database, cells: Iterable[Cell], *, charted_by: dt.datetime | None = None
) -> list[tuple[str, Cell]]:
    """(user, cell) of everybody who should have a horoscope of the cell's date and has none."""
    return [
        (user["id"], cell)
        for cell in cells
        async for user in db[USERS].find(without(cell, charted_by=charted_by), RULE)
        if isinstance(horoscopes.reader_of(user), Reader)
    ]


async def write(
    db: Database,
    cells: Sequence[Cell],
    skies: Skies,
    runner: TaskRunner,
    *,
    run_id: str,
    chosen: Chosen,
    now: dt.datetime,
    progress: Callable[[BatchResult], None] | None = None,
) -> tuple[BatchResult, dict[str, Cell]]:
    """Write the horoscopes of the cells' people that are not there yet (all, when forced), and bring
    `latest_horoscope` up to date. Items are `item_of(user, date)`; the second value says of which cell each is.

    No date is written for before it has begun, forced or not: the person would have none on the days until then.
    """
    result = BatchResult()
    cell_of: dict[str, Cell] = {}
    wanted: dict[str, tuple[Cell, dict[str, Any], Reader]] = {}
    for cell in cells:
        at = at_local(cell.date, horoscopes.MORNING, cell.zone)
        for user in await members(db, cell, chosen, _READ | {"mahadashas": _running(at)}):
            item = item_of(user["id"], cell.date)
            cell_of[item] = cell
            reader = horoscopes.reader_of(user)
            if isinstance(reader, str):
                result.skipped[item] = reader
            elif not horoscopes.has_begun(cell.date, cell.zone, now):
                result.skipped[item] = f"{cell.date} has not begun in {cell.zone}"
            else:
                wanted[item] = cell, user, reader
    if not chosen.force:
        for item, stored in (await stored_already(db[HOROSCOPES], list(wanted))).items():
            cell, user, _ = wanted.pop(item)
            if not _is_shown(user, cell.date):
                await _project(db, stored)
            result.unchanged.append(item)
    facts = _facts(wanted, skies)
    subjects = [Subject(item, user_id=user["id"]) for item, (_, user, _) in wanted.items()]
    task = registry.get("horoscope-refresher")
    ledger = Ledger(db, run_id=run_id, anew=chosen.force)

    async def done_meanwhile(items: Sequence[str]) -> set[str]:
        faster = await stored_already(db[HOROSCOPES], items)
        for stored in faster.values():
            await _project(db, stored)
        return set(faster)

    async def compose(subject: Subject) -> bool:
        cell, user, reader = wanted[subject.item]
        known = facts[subject.item]
        told = horoscopes.told(
            user,
            reader,
            cell.date,
            cell.zone,
            moon=known.moon,
            planets=known.houses,
            transits=known.transits,
            events=known.events,
            dasha=known.dasha,
            now=now,
        )
        text = await run_task(runner, task, HoroscopeText, told, item=subject.item, ledger=ledger)
        generated = dt.datetime.now(dt.UTC)
        stored = {
            "_id": subject.item,
            "user_id": user["id"],
            "date": cell.date.isoformat(),
            "cohort": cell.cohort,
            "timezone": cell.zone,
            "content": with_isolated_name(text.content, user),
            "astrology_system": reader.system,
            "sun_sign": reader.sun_sign,
            "moon_sign": reader.moon_sign,
            "rising_sign": reader.rising_sign or None,
            "transit_highlights": horoscopes.highlights(known.transits),
            "sky_at": known.at,
            "input": told,
            "generated_at": generated,
            "expires_at": generated + dt.timedelta(days=settings().astra_horoscope_retention_days),
            "task_id": str(task.task_id),
            "run_id": run_id,
        }
        await db[HOROSCOPES].replace_one({"_id": subject.item}, stored, upsert=True)
        await _project(db, stored, user)
        return True

    worked = await work_through(
        db,
        KIND,
        subjects,
        compose,
        run_id=run_id,
        concurrency=workers(),
        even_if_held=chosen.insists,
        limit=chosen.limit,
        done_meanwhile=None if chosen.force else done_meanwhile,
        progress=progress,
    )
    await leases.release_all(db, run_id=run_id)
    worked.skipped |= result.skipped
    worked.unchanged += result.unchanged
    return worked, cell_of


def _running(at: dt.datetime) -> dict[str, Any]:
    """Of the 81 periods of a chart only those of the mahadasha that runs: the rest is most of a chart's bytes."""
    runs = {"$and": [{"$lte": ["$$this.start", at]}, {"$gt": ["$$this.end", at]}]}
    return {"$filter": {"input": {"$cond": [{"$isArray": _PERIODS}, _PERIODS, []]}, "cond": runs}}


@dataclass(frozen=True)
class _Facts:
    """What the sky of a cell means for one reader."""

    at: dt.datetime
    moon: dict[str, Any]
    houses: dict[str, dict[str, Any]]
    transits: list[dict[str, Any]]
    events: list[dict[str, Any]]
    dasha: dict[str, Any] | None


def _facts(wanted: dict[str, tuple[Cell, dict[str, Any], Reader]], skies: Skies) -> dict[str, _Facts]:
    """Item -> facts; charts of one cell and zodiac are read together."""
    from astra_pipeline.astrology import personal

    grouped: dict[tuple[Cell, System], list[str]] = {}
    for item, (cell, _, reader) in wanted.items():
        grouped.setdefault((cell, reader.system), []).append(item)
    facts: dict[str, _Facts] = {}
    for (cell, system), items in grouped.items():
        at = at_local(cell.date, horoscopes.MORNING, cell.zone)
        today, tomorrow = skies[at.date()], skies[at.date() + _DAY]
        sky = personal.moment(
            today.document, tomorrow.document, at, system=system, node=settings().astra_lunar_node
        )
        moon = personal.moon_of(sky)
        events = [event for step in (-1, 0, 1) for event in skies[cell.date + step * _DAY].document["events"]]
        readable = {
            item: reader.chart
            for item in items
            if (reader := wanted[item][2]).chart is not None and personal.is_readable(reader.chart, system)
        }
        read = dict(zip(readable, personal.readings(sky, list(readable.values())), strict=True))
        for item in items:
            reader = wanted[item][2]
            reading = read.get(item) or {"houses": personal.houses_from_moon(sky, reader.moon_sign), "transits": []}
            dasha = personal.running_dasha(wanted[item][1]["mahadashas"], at) if item in readable else None
            facts[item] = _Facts(at, moon, reading["houses"], reading["transits"], events, dasha)
    return facts


async def _project(db: Database, stored: dict[str, Any], user: dict[str, Any] | None = None) -> None:
    """Show the horoscope in the overview unless a newer one is there, and mark its date as done. `user` is their
    document, when it was read just now."""
    user_id, date = stored["user_id"], stored["date"]
    latest = {
        "date": date,
        "content": stored["content"],
        "sun_sign": stored["sun_sign"],
        "moon_sign": stored["moon_sign"],
        "rising_sign": stored["rising_sign"],
        "transit_highlights": stored["transit_highlights"],
        "generated_at": stored["generated_at"],
    }
    await make_room(db, user_id, user)
    mark = {"$max": {"astra.horoscope_date": date}}
    # What the old system dated in some other way is older, however it sorts.
    newer = {"$gt": date, "$regex": _ISO_DATE}
    written = await db[USERS].update_one(
        {"id": user_id, "user_overview.latest_horoscope.date": {"$not": newer}},
        {
            "$set": {
                "user_overview.latest_horoscope": latest,
                "user_overview.last_updated": stored["generated_at"],
                "user_overview.updated_by": stored["run_id"],
            }
        }
        | mark,
    )
    if not written.matched_count:
        await db[USERS].update_one({"id": user_id}, mark)


def is_date(value: object) -> TypeGuard[str]:
    """Whether a stored date is one as we write it, YYYY-MM-DD, so that it can be compared as text."""
    return isinstance(value, str) and re.fullmatch(_ISO_DATE, value) is not None


def _is_shown(user: dict[str, Any], date: dt.date) -> bool:
    """Whether the document says that the horoscope of the date, or a newer one, was brought into the overview."""
    mark = at_path(user, "astra.horoscope_date") or ""
    shown = at_path(user, "user_overview.latest_horoscope.date")
    return mark > date.isoformat() or mark == shown == date.isoformat()
