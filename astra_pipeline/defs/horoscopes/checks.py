import dagster as dg

from astra_pipeline.batches.cohort_dates import Cell
from astra_pipeline.horoscopes import rules
from astra_pipeline.horoscopes import write as horoscopes
from astra_pipeline.horoscopes.task import HoroscopeText
from astra_pipeline.orchestration.cohort_texts import contract_check, everyone_check
from astra_pipeline.orchestration.metadata import counted
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.mongo import HOROSCOPES, USERS, MongoResource

_SAMPLE = 500

texts_keep_their_contract = contract_check("daily_horoscopes", HOROSCOPES, HoroscopeText)
everyone_has_one = everyone_check(
    "daily_horoscopes",
    lambda db, zones, at: horoscopes.lacking(
        db,
        [Cell(date, key, zone) for key, zone in zones.items() if (date := rules.due_date(at, zone))],
        charted_by=at,
    ),
)


@dg.asset_check(
    asset="daily_horoscopes",
    description=f"Of the {_SAMPLE} users served last, `latest_horoscope` is not older than their newest horoscope.",
)
def latest_is_the_newest(mongo: MongoResource) -> dg.AssetCheckResult:
    """Names users whose overview went back in time."""
    newest = mongo.db[HOROSCOPES].aggregate(
        [
            {"$sort": {"date": -1}},
            {"$limit": _SAMPLE},
            {"$group": {"_id": "$user_id", "date": {"$max": "$date"}}},
        ]
    )
    dates = {found["_id"]: found["date"] for found in newest}
    fields = {"id": 1, "user_overview.latest_horoscope.date": 1}
    rows = []
    for user in mongo.db[USERS].find({"id": {"$in": list(dates)}}, fields):
        shown = at_path(user, "user_overview.latest_horoscope.date")
        if not horoscopes.is_date(shown) or shown < dates[user["id"]]:
            rows.append({"user": user["id"], "newest": dates[user["id"]], "shown": str(shown)})
    return dg.AssetCheckResult(passed=not rows, metadata=counted("users_behind", rows))
