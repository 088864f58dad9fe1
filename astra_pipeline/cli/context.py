"""`astra context`: what the voice agent is told before a person's next call."""

from __future__ import annotations

from pathlib import Path

import click

from astra_pipeline.cli.options import HOME


@click.command()
@click.argument("user_id")
@click.option("--json", "as_json", is_flag=True, help="The answer of GET /api/context as JSON.")
@HOME
def context(user_id: str, as_json: bool, home: Path) -> None:
    """Print the context of the next call with USER_ID: first message, prose, and every dynamic variable."""
    from rich.console import Console

    from astra_pipeline.cli.display.context import as_document, print_context
    from astra_pipeline.cli.stack import database
    from astra_pipeline.context.read import context_now
    from astra_pipeline.errors import NotFound
    from astra_pipeline.settings import settings
    from astra_pipeline.store import clock

    with database(home) as db:
        found = context_now(db, user_id, now=clock.now(), default_zone=settings().astra_default_timezone)
    if found is None:
        raise NotFound(f"no user has the id {user_id!r}")
    if as_json:
        Console().print_json(data=as_document(found))
    else:
        print_context(Console(), found)
