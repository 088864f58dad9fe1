"""docs/admin.png and docs/admin-phone.png: the admin page over the demo's data, by headless Chromium."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
import dagster as dg

from astra_pipeline.cli import stack
from astra_pipeline.definitions import defs
from astra_pipeline.orchestration import dagster_state
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tags import RANGE_END_TAG, RANGE_START_TAG
from astra_pipeline.promises import figures, store
from astra_pipeline.sandbox.web_app import WebApp
from astra_pipeline_tests.browser import CHROMIUM, api_served, opened_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_DOCS = Path(__file__).parents[1] / "docs"
# Name -> width and height of the window.
_SHOTS = {"admin": (1280, 1500), "admin-phone": (390, 844)}


@click.command()
def main() -> None:
    """Work on the demo's conversations in this process, and take the page."""
    if CHROMIUM is None:
        raise click.ClickException("no chromium on PATH: apt-get install chromium")
    web_app = WebApp()
    with (
        tempfile.TemporaryDirectory() as home,
        stack.services(Path(home)),
        stack.environment(ASTRA_DAGSTER_URL="http://127.0.0.1:3000", **web_app.environment),
        dg.instance_for_test(temp_dir=home) as instance,
    ):
        stack.seed(MongoResource().db, Path(home))
        _work(instance)
        with api_served() as url, opened_page() as page:
            browser = page.context.browser
            assert browser is not None
            for name, (width, height) in _SHOTS.items():
                _take(browser, url, web_app.admin_token, name, width, height)


def _work(instance: dg.DagsterInstance) -> None:
    """Two months of the demo's conversations, and the promises of the last days."""
    db, now = MongoResource().db, dt.datetime.now(dt.UTC)
    days = {
        RANGE_START_TAG: (now.date() - dt.timedelta(days=60)).isoformat(),
        RANGE_END_TAG: now.date().isoformat(),
    }
    defs.resolve_job_def("conversation_pipeline").execute_in_process(
        instance=instance, tags=days, raise_on_error=False
    )
    for before in range(6, -1, -1):
        store.write(db, figures.measure(db, now.date() - dt.timedelta(days=before), now=dt.datetime.now(dt.UTC)))
    repository = defs.get_repository_def()
    state = dagster_state.read_state(
        instance,
        jobs=repository.get_all_jobs(),
        schedules=repository.schedule_defs,
        sensors=repository.sensor_defs,
        now=dt.datetime.now(dt.UTC),
    )
    dagster_state.note(db, state, now=dt.datetime.now(dt.UTC))


def _take(browser: Browser, url: str, token: str, name: str, width: int, height: int) -> None:
    page = browser.new_context(http_credentials={"username": "admin", "password": token}).new_page()
    page.set_default_timeout(60_000)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{url}/admin/login")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=_DOCS / f"{name}.png")
    click.echo(f"docs/{name}.png")


if __name__ == "__main__":
    main()
