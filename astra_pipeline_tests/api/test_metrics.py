"""/metrics: everything of the catalogue, no id in a label, for who has a token alone, and it never falls."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from astra_pipeline.counters import CATALOG, ITEMS, TALLY, count
from astra_pipeline.monitoring.gauges import COLLECTORS
from astra_pipeline.store.counters import OUTBOX
from astra_pipeline_tests.api.doors import SERVICE, joined, signed_in

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

pytestmark = pytest.mark.anyio

Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    OUTBOX.forget()


def series_of(body: str) -> Series:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


def counters_of(body: str) -> Series:
    return {
        key: value for key, value in series_of(body).items() if re.search(r"_(total|count|sum|bucket)$", key[0])
    }


async def test_the_whole_catalogue_is_there_before_anything_was_counted(opened) -> None:
    async with opened() as api:
        answer = await api.client.get("/metrics", headers=SERVICE)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    names = {name for name, _ in series_of(answer.text)}
    for name, counter in CATALOG.items():
        assert (f"{name}_bucket" if counter.buckets else name) in names
    found = series_of(answer.text)
    assert all(("astra_collector_success", (("collector", one.name),)) in found for one in COLLECTORS)
    assert found["astra_mongodb_up", ()] == 1
    assert found["astra_items_total", (("asset", "transcripts"), ("outcome", "done"))] == 0
    route = (
        ("http_request_method", "GET"),
        ("http_response_status_code", "200"),
        ("http_route", "/api/tasks/chart"),
    )
    assert found["http_server_request_duration_seconds_count", route] == 0


async def test_openmetrics_is_given_to_who_asks_for_it(opened) -> None:
    async with opened() as api:
        wanted = SERVICE | {"Accept": "application/openmetrics-text; version=1.0.0"}
        answer = await api.client.get("/metrics", headers=wanted)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    # The parser refuses a counter and a gauge of one name, which the older format does not: `x_total` is `x` here.
    families = [family.name for family in openmetrics.text_string_to_metric_families(answer.text)]
    assert "astra_items" in families
    assert len(families) == len(set(families))


async def test_promtool_finds_nothing_to_mend(opened) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    async with opened() as api:
        answer = await api.client.get("/metrics", headers=SERVICE)
    checked = await asyncio.to_thread(
        subprocess.run,
        ["promtool", "check", "metrics"],
        input=answer.text,
        text=True,
        capture_output=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


async def test_a_token_is_needed_and_a_session_is_none(opened, db: Database[dict[str, Any]]) -> None:
    admin = signed_in(db, "user_root")
    async with opened(ASTRA_METRICS_TOKEN="a-token-of-prometheus") as api:
        statuses = [
            (await api.client.get("/metrics", headers=headers)).status_code
            for headers in ({}, admin, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "})
        ]
        own = await api.client.get("/metrics", headers={"Authorization": "Bearer a-token-of-prometheus"})
        other = await api.client.get(
            "/api/tasks/chart?user_id=user_root", headers={"Authorization": "Bearer a-token-of-prometheus"}
        )
    assert statuses == [401] * 4
    assert own.status_code == 200
    # The token reads metrics and nothing else.
    assert other.status_code == 401


async def test_a_request_is_counted_by_its_template(opened, db: Database[dict[str, Any]]) -> None:
    asha = signed_in(db, "user_asha")
    async with opened() as api:
        await api.client.get("/api/tasks/requests/req_of_asha", headers=asha)
        await api.client.get("/wp-admin/user_asha.php")
        body = (await api.client.get("/metrics", headers=SERVICE)).text
    assert "user_asha" not in body
    assert "req_of_asha" not in body
    assert "wp-admin" not in body
    found = series_of(body)
    labels = {"http_request_method": "GET", "http_response_status_code": "404"}
    of_template = tuple(sorted((labels | {"http_route": "/api/tasks/requests/{request_id}"}).items()))
    of_nothing = tuple(sorted((labels | {"http_route": ""}).items()))
    assert found["http_server_request_duration_seconds_count", of_template] == 1
    assert found["http_server_request_duration_seconds_count", of_nothing] == 1
    assert found["astra_session_checks_total", (("outcome", "person"),)] == 1


async def test_a_database_that_is_away_is_told_and_no_error(opened) -> None:
    async with opened(MONGODB_URI="mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200") as api:
        answer = await api.client.get("/metrics", headers=SERVICE)
    found = series_of(answer.text)
    assert answer.status_code == 200
    assert found["astra_mongodb_up", ()] == 0
    assert found["astra_collector_success", (("collector", "items"),)] == 0


async def test_no_counter_falls_when_documents_go_or_the_process_starts_anew(
    opened, db: Database[dict[str, Any]]
) -> None:
    joined(db, "user_asha")
    async with opened() as api:
        await api.client.get("/api/tasks/chart", headers=signed_in(db, "user_asha"))
        count(ITEMS, 3, asset="transcripts", outcome="done")
        before = counters_of((await api.client.get("/metrics", headers=SERVICE)).text)
    # An erasure and TTLs take documents, and the days of the counters after a year.
    for name in db.list_collection_names():
        if name != "astra_metrics":
            db[name].delete_many({})
    async with opened() as api:
        after = counters_of((await api.client.get("/metrics", headers=SERVICE)).text)
    assert before["astra_items_total", (("asset", "transcripts"), ("outcome", "done"))] == 3
    assert {key: (value, after.get(key)) for key, value in before.items() if after.get(key, -1) < value} == {}


async def test_counts_that_are_written_twice_count_once(opened, db: Database[dict[str, Any]]) -> None:
    from astra_pipeline.store import counters

    async with opened() as api:
        count(ITEMS, 5, asset="transcripts", outcome="done")
        batch = counters._Batch("a-token", dt.date(2026, 11, 29).isoformat(), TALLY.take())
        await counters._write(api.app.state.db, batch)
        await counters._write(api.app.state.db, batch)
    assert db["astra_metrics"].find_one({"_id": "astra_items_total|transcripts|done"}, {"value": 1}) == {
        "_id": "astra_items_total|transcripts|done",
        "value": 5,
    }
    assert db["astra_metric_days"].count_documents({"day": "2026-11-29", "value": 5}) == 1
