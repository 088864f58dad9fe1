"""Checks that overviews show the newest stored horoscopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astra_pipeline.people.person import Person
from astra_pipeline.store.collections import HOROSCOPES, USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database


def users_behind(db: Database[dict[str, Any]], *, sample: int) -> list[dict[str, str]]:
    """{user, newest, shown} of the people whose overview shows an older horoscope than their newest one.

    Looks at the last `sample` horoscopes by date.
    """
    newest = db[HOROSCOPES].aggregate(
        [
            {"$sort": {"date": -1}},
            {"$limit": sample},
            {"$group": {"_id": "$user_id", "date": {"$max": "$date"}}},
        ]
    )
    dates = {found["_id"]: found["date"] for found in newest}
    fields = {"id": 1, "user_overview.latest_horoscope.date": 1}
    people = map(Person.read, db[USERS].find({"id": {"$in": list(dates)}}, fields))
    return [
        {"user": person.id, "newest": dates[person.id], "shown": str(person.latest_horoscope_date)}
        for person in people
        if person.latest_horoscope_date is None or person.latest_horoscope_date.isoformat() < dates[person.id]
    ]
