"""Headless Chromium (the system's), and the embedded stack with its UI, for tests and screenshots."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from astra_pipeline.cli import stack
from astra_pipeline.orchestration.resources import MongoResource

if TYPE_CHECKING:
    import dagster as dg
    from playwright.sync_api import Locator, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def opened_page() -> Iterator[Page]:
    """A page of a fresh browser; actions wait a minute, since a webserver on a small machine is slow at first."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Chromium's sandbox needs privileges that containers do not give to root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


@contextmanager
def api_served() -> Iterator[str]:
    """URL of the API under the environment, on a real server, for the length of the block."""
    import uvicorn

    from astra_pipeline.api.app import create_app
    from astra_pipeline.settings import settings

    server = uvicorn.Server(uvicorn.Config(create_app(settings()), log_level="warning", access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(60)


def choose_backfill(page: Page, url: str, asset: str, cohort: str, first: dt.date, last: dt.date) -> Locator:
    """The asset's page with its dialog *Materialize* open, the cohort and dates chosen; the dialog."""
    page.goto(f"{url}/assets/{asset}?view=overview")
    page.get_by_role("button", name="Materialize").first.click()
    dialog = page.get_by_role("dialog").last
    dialog.get_by_text("Select a partition").first.click()
    page.get_by_text(cohort, exact=True).filter(visible=True).last.click()
    page.keyboard.press("Escape")
    dates = dialog.get_by_placeholder("ex: ")
    dates.fill(f"[{first}...{last}]")
    dates.press("Enter")
    dialog.get_by_text(f"{(last - first).days + 1} partitions").first.wait_for()
    return dialog


@contextmanager
def ui_with_demo(home: Path) -> Iterator[tuple[str, dg.DagsterInstance]]:
    """(URL, instance) of the embedded stack with the demo's conversations, as `astra dev` starts it."""
    port = stack.free_port()
    with stack.services(home), stack.short_patience():
        stack.seed(MongoResource().db, home)
        with stack.dagster(home, ui_port=port) as instance:
            yield f"http://127.0.0.1:{port}", instance
