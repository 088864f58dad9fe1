"""`astra failures`: list the items that failed, and make them due again."""

from __future__ import annotations

from pathlib import Path

import click

from astra_pipeline.cli.options import HOME


@click.group()
def failures() -> None:
    """Items that failed: see why, and try them again."""


@failures.command("list")
@HOME
@click.option("--parked", is_flag=True, help="Only those that wait for a person.")
def list_failures(home: Path, parked: bool) -> None:
    """List everything that failed or is not ready, with its next attempt (UTC)."""
    from rich.console import Console

    from astra_pipeline.cli.display.failures import print_failures
    from astra_pipeline.cli.stack import database

    with database(home) as db:
        print_failures(Console(), db, parked_only=parked)


@failures.command("retry")
@click.argument("ids", nargs=-1)
@HOME
def retry_failures(ids: tuple[str, ...], home: Path) -> None:
    """Make IDS (conversations, users, or failure keys) due now, with all their attempts before them again.

    Without IDS: everything that is parked. The sensor picks them up at its next tick.
    """
    from astra_pipeline.batches import failures as store
    from astra_pipeline.cli.stack import database

    with database(home) as db:
        count = store.retry_now(db, ids)
    if not count:
        raise click.ClickException("no failure matches" if ids else "nothing is parked")
    click.echo(f"{count} due now; the sensor picks them up at its next tick.")
