"""The Dagster UI as the engineer uses it: a real browser, webserver, daemon and run process."""

from __future__ import annotations

import re
from pathlib import Path

import dagster as dg
import pytest

from astra_pipeline_tests.browser import CHROMIUM, opened_page, ui_with_demo
from astra_pipeline_tests.test_demo import OWN_SERVICES


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH (apt-get install chromium): UI not looked at")
def test_transcripts_can_be_read_about_and_materialised_from_the_ui(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in OWN_SERVICES:
        monkeypatch.delenv(name, raising=False)
    with ui_with_demo(tmp_path) as (url, instance), opened_page() as page:
        page.goto(f"{url}/assets/transcripts")
        page.get_by_text("Transcripts of the day's completed conversations").first.wait_for()
        for words in ("MongoDB", "elevenlabs", "new_conversations", "conversation_pipeline"):
            page.get_by_text(words).first.wait_for()

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
