"""Agreement of the overview with the stored horoscopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astra_pipeline.horoscopes.write import is_date
from astra_pipeline.store.collections import HOROSCOPES, USERS
from astra_pipeline.store.documents import at_path

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
    rows = []
    for user in db[USERS].find({"id": {"$in": list(dates)}}, fields):
        shown = at_path(user, "user_overview.latest_horoscope.date")
        if not is_date(shown) or shown < dates[user["id"]]:
            rows.append({"user": user["id"], "newest": dates[user["id"]], "shown": str(shown)})
    return rows
