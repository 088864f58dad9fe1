"""docs/*.png: the Dagster UI after the demo, taken by headless Chromium from the real thing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from astra_pipeline.resources.mongo import MongoResource
from astra_pipeline.sandbox.demo import watch
from astra_pipeline_tests.browser import CHROMIUM, opened_page, ui_with_demo

_DOCS = Path(__file__).parents[1] / "docs"
_SETTLED_MS = 5_000
# name -> (path, height of the window)
_PAGES = {
    "asset-graph": ("/locations/astra_pipeline/asset-groups/conversations", 680),
    "asset-page": ("/assets/conversation_insights?view=overview", 1000),
}


@click.command()
def main() -> None:
    if CHROMIUM is None:
        raise click.ClickException("no chromium on PATH: apt-get install chromium")
    _DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, ui_with_demo(Path(home)) as (url, instance):
        accounts = watch(MongoResource().db, instance)
        if accounts.waiting:
            raise click.ClickException(f"the demo did not finish: {accounts.waiting}")
        with opened_page() as page:
            for name, (path, height) in _PAGES.items():
                page.set_viewport_size({"width": 1500, "height": height})
                page.goto(url + path)
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(_SETTLED_MS)  # the graph is laid out and centred by animation
                page.screenshot(path=_DOCS / f"{name}.png")
                click.echo(f"docs/{name}.png")


if __name__ == "__main__":
    main()
