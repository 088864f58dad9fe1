"""`astra dev` and `astra demo`: everything on this machine, until Ctrl-C or once to the end."""

from __future__ import annotations

from pathlib import Path

import click

from astra_pipeline.cli.options import HOME


@click.command()
@HOME
def demo(home: Path) -> None:
    """Watch demo conversations become overviews, streaks and milestones.

    Fills an embedded MongoDB with about 25 people and 100 conversations, lets the sensor find them, waits
    until every conversation is accounted for, and prints what is now in the database. Run it again: nothing
    changes.
    """
    from astra_pipeline.cli.demo import run_demo

    run_demo(home)


@click.command()
@HOME
@click.option("--port", type=int, default=3000, show_default=True, help="Port of the Dagster UI.")
@click.option("--api-port", type=int, default=3010, show_default=True, help="Port of the HTTP API.")
def dev(home: Path, port: int, api_port: int) -> None:
    """Run everything, with the Dagster UI and the HTTP API, until Ctrl-C."""
    from astra_pipeline.cli.serve import run_dev

    run_dev(home, port, api_port)
