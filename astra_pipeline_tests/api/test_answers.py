"""The reads answer the old bodies, from documents of either system."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bson import Decimal128

from astra_pipeline.api.dates import plain, written
from astra_pipeline_tests.api.doors import signed_in

pytestmark = pytest.mark.anyio
AT = dt.datetime(2026, 11, 22, 12, 30, 0, 5_000, tzinfo=dt.UTC)
INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))
WRITTEN = "2026-11-22T12:30:00.005Z"


def report(monday: str, **fields):
    return {"week_start": monday, "week_end": "2026-11-22", "content": "Dear you.", "generated_at": AT} | fields


async def get(opened, path: str, headers, **params: str) -> Any:
    async with opened() as door:
        answer = await door.client.get(f"/api/tasks/{path}", params=params, headers=headers)
    return answer.json() if answer.status_code == 200 else (answer.status_code, answer.json())


async def test_a_chart_is_answered_as_it_is_stored(db, opened) -> None:
    chart = {"engine": "x", "computed_at": AT, "vedic": {"sun_sign": "Leo"}, "degrees": [1.5, float("nan")]}
    asha = signed_in(db, "user_asha", user_overview={"birth_chart": chart})
    assert await get(opened, "chart", asha) == {
        "success": True,
        "chart": chart | {"computed_at": WRITTEN, "degrees": [1.5, None]},
        "has_chart": True,
    }


async def test_somebody_new_has_nothing_and_that_is_no_error(db, opened) -> None:
    asha = signed_in(db, "user_asha")
    today = dt.datetime.now(INDIA).date().isoformat()
    assert await get(opened, "chart", asha) == {"success": True, "chart": None, "has_chart": False}
    assert await get(opened, "horoscope", asha) == {
        "success": True,
        "horoscope": None,
        "has_horoscope": False,
        "is_today": False,
        "local_date": today,
        "timezone": "Asia/Kolkata",
    }
    assert await get(opened, "weekly-report", asha) == {
        "success": True,
        "latest_report": None,
        "all_reports": [],
        "reports_count": 0,
    }
    assert await get(opened, "persona", asha) == {
        "success": True,
        "preferences": None,
        "has_preferences": False,
        "conversation_count": 0,
        "can_analyze": False,
        "persona": None,
    }


async def test_the_horoscope_of_today_is_that_of_the_persons_own_date(db, opened) -> None:
    zone = "Pacific/Kiritimati"  # UTC+14
    today = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=14)).date().isoformat()
    horoscope = {"date": today, "content": "Words.", "sun_sign": "Leo", "moon_sign": "Aries", "generated_at": AT}
    asha = signed_in(db, "user_asha", timezone=zone, user_overview={"latest_horoscope": horoscope})
    assert await get(opened, "horoscope", asha) == {
        "success": True,
        "horoscope": horoscope | {"generated_at": WRITTEN},
        "has_horoscope": True,
        "is_today": True,
        "local_date": today,
        "timezone": zone,
    }


async def test_a_horoscope_of_a_date_comes_from_all_that_are_kept(db, opened) -> None:
    latest = {"date": "2026-11-22", "content": "Of the old system."}
    asha = signed_in(db, "user_asha", user_overview={"latest_horoscope": latest})
    kept = {"date": "2026-11-20", "content": "Words.", "sun_sign": "Leo", "generated_at": AT}
    db["astra_horoscopes"].insert_one(kept | {"_id": "user_asha@2026-11-20", "user_id": "user_asha", "input": {}})
    db["astra_horoscopes"].insert_one({"_id": "user_bela@2026-11-19", "user_id": "user_bela", "content": "Hers."})
    of_date = await get(opened, "horoscope", asha, date="2026-11-20")
    assert (of_date["horoscope"], of_date["is_today"]) == (kept | {"generated_at": WRITTEN}, False)
    assert (await get(opened, "horoscope", asha, date="2026-11-22"))["horoscope"] == latest
    assert (await get(opened, "horoscope", asha, date="2026-11-19"))["horoscope"] is None


async def test_reports_are_the_newest_four_or_that_of_a_week(db, opened) -> None:
    newest, older = report("2026-11-16", stats={"streak": 2}), report("2026-11-09", extra="of the old system")
    overview = {"latest_weekly_report": newest, "weekly_reports": [newest, older, "no report"]}
    asha = signed_in(db, "user_asha", user_overview=overview)
    db["astra_weekly_reports"].insert_one(
        report("2026-10-05", stats={}) | {"_id": "user_asha@2026-W41", "user_id": "user_asha", "input": {}}
    )
    shown = [newest | {"generated_at": WRITTEN}, older | {"generated_at": WRITTEN}]
    assert await get(opened, "weekly-report", asha) == {
        "success": True,
        "latest_report": shown[0],
        "all_reports": shown,
        "reports_count": 2,
    }
    for week in ("2026-10-05", "2026-10-11", "2026-W41"):
        one = await get(opened, "weekly-report", asha, week=week)
        assert one["latest_report"]["week_start"] == "2026-10-05", week
        assert one["reports_count"] == 1
    assert (await get(opened, "weekly-report", asha, week="2026-10-12"))["reports_count"] == 0


async def test_there_is_enough_to_learn_from_after_five_conversations(db, opened) -> None:
    recent = [{"conversation_id": f"conv_{number}", "summary": "Words."} for number in range(3)]
    overview = {"preferences": {"communication_style": "casual"}, "recent_conversations": recent}
    asha = signed_in(db, "user_asha", user_overview=overview)
    assert await get(opened, "persona", asha) == {
        "success": True,
        "preferences": {"communication_style": "casual"},
        "has_preferences": True,
        "conversation_count": 3,
        "can_analyze": False,
        "persona": None,
    }
    db["astra_insights"].insert_many([{"_id": f"conv_{number}", "user_id": "user_asha"} for number in range(12)])
    found = await get(opened, "persona", asha)
    assert (found["conversation_count"], found["can_analyze"]) == (12, True)


@pytest.mark.parametrize("odd", ["a text", ["a list"], 5, {"date": 5, "content": ["x"]}, {"week_start": {}}])
async def test_odd_values_of_the_old_system_are_no_error(db, opened, odd) -> None:
    fields = ("birth_chart", "latest_horoscope", "latest_weekly_report", "weekly_reports", "preferences")
    asha = signed_in(db, "user_asha", timezone=7, user_overview=dict.fromkeys(fields, odd))
    for path in ("chart", "horoscope", "weekly-report", "persona"):
        assert (await get(opened, path, asha))["success"] is True


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("horoscope", "date", "23.11.2026"),
        ("horoscope", "date", "1700000000"),
        ("weekly-report", "week", "2026-W60"),
    ],
)
async def test_a_date_that_is_none_is_named_and_not_repeated(db, opened, path, name, value) -> None:
    asha = signed_in(db, "user_asha")
    status, body = await get(opened, path, asha, **{name: value})
    assert status == 400
    assert body["fields"] == [{"field": name, "problem": "must be a date such as 2026-11-23"}]
    assert value not in str(body)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "2026-01-01T00:00:00.000Z"),
        (dt.datetime(2026, 1, 1, 0, 0, 0, 999_999, tzinfo=dt.UTC), "2026-01-01T00:00:00.999Z"),
        (
            dt.datetime(2026, 1, 1, tzinfo=INDIA),
            "2025-12-31T18:30:00.000Z",
        ),
        (dt.datetime(12, 3, 4, tzinfo=dt.UTC), "0012-03-04T00:00:00.000Z"),
    ],
)
def test_moments_have_milliseconds_and_a_z(at, text) -> None:
    assert written(at) == text


def test_stored_values_of_other_types_are_plain() -> None:
    stored = {"a": Decimal128("1.5"), "b": [AT, None, True], 3: float("inf"), "c": b"x"}
    assert plain(stored) == {"a": 1.5, "b": [WRITTEN, None, True], "3": None, "c": "b'x'"}
