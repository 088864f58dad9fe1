"""The recollections of readers' last horoscopes, out of `astra_horoscopes`: one document a reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.horoscopes.input import HoroscopeInput
from astra_pipeline.horoscopes.items import item_of
from astra_pipeline.horoscopes.recollection import Recollection
from astra_pipeline.horoscopes.sky_facts import Wanted
from astra_pipeline.horoscopes.words import book
from astra_pipeline.language.composing import REMEMBERED_DAYS
from astra_pipeline.language.composing.phrasebook import id_of
from astra_pipeline.store.collections import HOROSCOPES

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

_DAY = dt.timedelta(days=1)
_READ = {"user_id": 1, "date": 1, "recollection": 1}


async def recollections(db: Database, wanted: Mapping[str, Wanted]) -> dict[str, Recollection]:
    """Item -> the recollection of that reader's last horoscope before the item's date, where there is one.

    That of the day before is read by its id; where it is missing, the newest of the remembered days by the index.
    """
    before = {item_of(one.person.id, one.cell.date - _DAY): item for item, one in wanted.items()}
    found: dict[str, Recollection] = {}
    async for stored in db[HOROSCOPES].find({"_id": {"$in": list(before)}}, _READ):
        found[before[stored["_id"]]] = Recollection.read(stored.get("recollection"))
    lacking = {item: one for item, one in wanted.items() if item not in found}
    for date in {one.cell.date for one in lacking.values()}:
        users = {one.person.id: item for item, one in lacking.items() if one.cell.date == date}
        first = (date - dt.timedelta(days=REMEMBERED_DAYS)).isoformat()
        query = {"user_id": {"$in": list(users)}, "date": {"$gte": first, "$lt": date.isoformat()}}
        async for stored in db[HOROSCOPES].find(query, _READ).sort("date", -1):
            found.setdefault(users[stored["user_id"]], Recollection.read(stored.get("recollection")))
    return found


def phrases_told(content: str, task_input: HoroscopeInput) -> list[str]:
    """The ids of the composer's phrases in a text, and of what the text told: its facts, and the reader's own."""
    facts = (task_input.theme, *task_input.facts)
    dated = (line.partition(" ")[2] for line in task_input.dates)
    own = (*task_input.people, *task_input.intentions, *task_input.recent_topics, *dated)
    said = content.casefold()
    told = [fact.key for fact in facts]
    told += [f"own:{one}" for one in own if one.casefold() in said]
    if (work := task_input.profession.casefold()) and work in said:
        told.append("own:profession")
    return [*book().used_in(content), *map(id_of, told)]
