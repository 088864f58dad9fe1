"""Headless Chromium (the system's), and the embedded stack with its UI, for tests and screenshots."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from astra_pipeline.resources.mongo import MongoResource
from astra_pipeline.sandbox import stack

if TYPE_CHECKING:
    import dagster as dg
    from playwright.sync_api import Page

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
def ui_with_demo(home: Path) -> Iterator[tuple[str, dg.DagsterInstance]]:
    """(URL, instance) of the embedded stack with the demo's conversations, as `astra dev` starts it."""
    port = stack.free_port()
    with stack.services(home), stack.short_patience():
        stack.seed(MongoResource().db, home)
        with stack.dagster(home, ui_port=port) as instance:
            yield f"http://127.0.0.1:{port}", instance
