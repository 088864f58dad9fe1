"""The Dagster UI as the engineer uses it: a real browser, webserver, daemon and run process."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus

from astra_pipeline.batches.scope import Scope
from astra_pipeline.cli import stack
from astra_pipeline.migration import julep_users
from astra_pipeline.migration import people as migration
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.store.collections import HOROSCOPES
from astra_pipeline_tests.browser import CHROMIUM, choose_backfill, opened_page, ui_with_demo
from astra_pipeline_tests.charted import chart
from astra_pipeline_tests.cli.test_demo import OWN_SERVICES
from astra_pipeline_tests.working import work

_NEEDS_CHROMIUM = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on PATH (apt-get install chromium): UI not looked at"
)
_BACKFILL_SECONDS = 240.0


@pytest.mark.slow
@_NEEDS_CHROMIUM
def test_transcripts_can_be_read_about_and_materialised_from_the_ui(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in OWN_SERVICES:
        monkeypatch.delenv(name, raising=False)
    with ui_with_demo(tmp_path) as (url, instance), opened_page() as page:
        page.goto(f"{url}/assets/transcripts")
        page.get_by_text("Transcripts of the day's completed conversations").first.wait_for()
        for words in ("MongoDB", "elevenlabs", "conversation_pipeline"):
            page.get_by_text(words).first.wait_for()
        # Two sensors ask for it, new_conversations and task_requests: the page counts them.
        page.get_by_text(re.compile(r"^\d+ sensors$|new_conversations")).first.wait_for()

        page.get_by_role("button", name="Materialize").first.click()
        dialog = page.get_by_role("dialog").last
        dialog.get_by_role("button", name="Latest", exact=True).click()
        dialog.get_by_role("button", name=re.compile("^Launch")).click()
        page.get_by_text("Launched run").first.wait_for()

        (ours,) = [run for run in instance.get_runs() if "astra/requested_by" not in run.tags]
        page.goto(f"{url}/runs/{ours.run_id}")
        page.get_by_text("Success", exact=True).first.wait_for(timeout=120_000)
        finished = instance.get_run_by_id(ours.run_id)
        assert finished is not None
        assert finished.status == dg.DagsterRunStatus.SUCCESS
        assert finished.asset_selection == {dg.AssetKey("transcripts")}
        assert finished.tags["dagster/from_ui"] == "true", "the queue knows runs launched by hand by it"


@pytest.mark.slow
@_NEEDS_CHROMIUM
@pytest.mark.timeout(420)
def test_a_backfill_of_a_synced_cohort_is_launched_from_the_ui_and_touches_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in OWN_SERVICES:
        monkeypatch.delenv(name, raising=False)
    last = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=2)
    first = last - dt.timedelta(days=6)
    port = stack.free_port()
    with stack.services(tmp_path, llm_seconds=0.05), stack.short_patience():
        mongo = MongoResource()
        drawn = chart()
        people = [
            {
                "id": f"user_{number:02d}",
                "name": "Asha",
                "timezone": "Europe/London" if number % 5 == 0 else "Asia/Kolkata",
                "user_overview": {"birth_chart": drawn},
            }
            for number in range(70)
        ]
        mongo.db["user"].insert_many(people)
        # The last ten signed up yesterday; the app has made their Julep users.
        mongo.db["user"].update_many({"id": {"$gte": "user_60"}}, {"$set": {"julep_user_id": "theirs"}})
        users, now = migration.to_sync(mongo.db, only=[f"user_{n:02d}" for n in range(60)]), dt.datetime.now(dt.UTC)
        migration.seat(mongo.db, users, now=now)
        cohort = f"asia-kolkata-migrated-{now:%Y%m%d}-001"
        with work() as at_work:
            synced = at_work.run(julep_users.sync(at_work, users, Scope()))
        assert len(synced.done) == 60
        with stack.dagster(tmp_path, ui_port=port) as instance, opened_page() as page:
            _until(lambda: len(instance.get_dynamic_partitions("cohorts")) == 4)
            for upstream in ("daily_sky", "birth_charts"):
                instance.report_runless_asset_event(dg.AssetMaterialization(upstream))
            url = f"http://127.0.0.1:{port}"
            dialog = choose_backfill(page, url, "daily_horoscopes", cohort, first, last)
            dialog.get_by_role("button", name="Launch backfill").click()
            _until(lambda: mongo.db[HOROSCOPES].count_documents({"date": {"$lte": str(last)}}) >= 7 * 48)
            _until(lambda: all(b.status == BulkActionStatus.COMPLETED_SUCCESS for b in instance.get_backfills()))
            done = instance.get_materialized_partitions(dg.AssetKey("daily_horoscopes"))
            by_hand = [run for run in instance.get_runs() if "dagster/backfill" in run.tags]
            assert by_hand
            assert all(run.tags.get("dagster/from_ui") == "true" for run in by_hand)
            page.goto(f"{url}/assets/daily_horoscopes?view=partitions")
            page.get_by_text(cohort).first.wait_for(state="attached")  # shown shortened in the middle
        # Today's cells are the schedule's.
        cells = {key for key in done if any(part[0] == "2" and part <= str(last) for part in key.split("|"))}
        wanted = {(first + dt.timedelta(days=days)).isoformat() for days in range(7)}
        assert {frozenset(key.split("|")) for key in cells} == {frozenset((cohort, date)) for date in wanted}
        assert set(mongo.db[HOROSCOPES].distinct("cohort", {"date": {"$lte": str(last)}})) == {cohort}


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _BACKFILL_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.5)
