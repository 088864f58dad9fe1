"""docs/*.png: the Dagster UI after the demo, taken by headless Chromium from the real thing."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from dagster._core.execution.backfill import BulkActionStatus
from rich.console import Console

from astra_pipeline.cli import writing
from astra_pipeline.cli.demo import take_in_old_people, watch
from astra_pipeline.definitions import defs
from astra_pipeline.monitoring.holdings import read_unprocessed
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline_tests.browser import CHROMIUM, choose_backfill, opened_page, ui_with_demo

if TYPE_CHECKING:
    import dagster as dg
    from playwright.sync_api import Page

_DOCS = Path(__file__).parents[1] / "docs"
_SETTLED_MS = 5_000
_BACKFILL_SECONDS = 240.0
# name -> (path, height of the window)
_PAGES = {
    "asset-graph": ("/locations/astra_pipeline/asset-groups/conversations", 680),
    "asset-page": ("/assets/conversation_insights?view=overview", 1000),
    "birth-charts": ("/assets/birth_charts?view=overview", 1900),
    "daily-sky": ("/assets/daily_sky?view=overview", 1500),
    "daily-horoscopes": ("/assets/daily_horoscopes?view=overview", 1700),
}


@click.command()
def main() -> None:
    if CHROMIUM is None:
        raise click.ClickException("no chromium on PATH: apt-get install chromium")
    _DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, ui_with_demo(Path(home)) as (url, instance):
        console, db = Console(), MongoResource().db
        take_in_old_people(console, db)
        watch(console, db, instance)
        if waiting := [one for one in read_unprocessed(db) if not one.parked]:
            raise click.ClickException(f"the demo did not finish: {waiting}")
        today = dt.datetime.now(dt.UTC).date().isoformat()
        defs.resolve_job_def("daily_sky_job").execute_in_process(instance=instance, partition_key=today)
        log = Path(home) / "texts.log"
        if lacking := writing.everyones(db, instance, log, at=dt.datetime.now(dt.UTC)):
            raise click.ClickException(f"texts are lacking: {lacking}")
        with opened_page() as page:
            for name, (path, height) in _PAGES.items():
                page.set_viewport_size({"width": 1500, "height": height})
                page.goto(url + path)
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(_SETTLED_MS)  # the graph is laid out and centred by animation
                page.screenshot(path=_DOCS / f"{name}.png")
                click.echo(f"docs/{name}.png")
            _backfill(page, url, instance)
            page.set_viewport_size({"width": 1000, "height": 760})
            page.goto(url + _PAGES["birth-charts"][0])
            page.get_by_text("[Show Markdown]").last.click()
            page.get_by_alt_text("wheel").wait_for()
            page.wait_for_timeout(_SETTLED_MS)
            page.screenshot(path=_DOCS / "chart-wheel.png")
            click.echo("docs/chart-wheel.png")


def _backfill(page: Page, url: str, instance: dg.DagsterInstance) -> None:
    """A backfill launched by hand: chosen, and done."""
    last = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=2)
    cohort = next(key for key in instance.get_dynamic_partitions("cohorts") if "-migrated-" in key)
    page.set_viewport_size({"width": 1200, "height": 900})
    dialog = choose_backfill(page, url, "daily_horoscopes", cohort, last - dt.timedelta(days=6), last)
    page.wait_for_timeout(_SETTLED_MS)
    page.screenshot(path=_DOCS / "backfill-choose.png")
    click.echo("docs/backfill-choose.png")
    dialog.get_by_role("button", name="Launch backfill").click()
    deadline = time.monotonic() + _BACKFILL_SECONDS
    while not any(backfill.status == BulkActionStatus.COMPLETED_SUCCESS for backfill in instance.get_backfills()):
        if time.monotonic() > deadline:
            raise click.ClickException("the backfill did not end")
        time.sleep(0.5)
    (backfill,) = instance.get_backfills()
    page.goto(f"{url}/runs/b/{backfill.backfill_id}?tab=overview")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(_SETTLED_MS)
    page.screenshot(path=_DOCS / "backfill-done.png")
    click.echo("docs/backfill-done.png")


if __name__ == "__main__":
    main()
