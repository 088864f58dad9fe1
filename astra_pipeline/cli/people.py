"""`astra overview`: the document with which a person's next conversation begins."""

from __future__ import annotations

from pathlib import Path

import click

from astra_pipeline.cli.options import HOME


@click.command()
@click.argument("user_id")
@HOME
@click.option("--json", "as_json", is_flag=True, help="Print the stored document as JSON.")
def overview(user_id: str, home: Path, as_json: bool) -> None:
    """Print everything the next conversation with USER_ID will know."""
    from rich.console import Console

    from astra_pipeline.cli.display.overview import print_overview
    from astra_pipeline.cli.stack import database
    from astra_pipeline.errors import NotFound
    from astra_pipeline.store.bson_documents import extended_json
    from astra_pipeline.store.collections import USERS

    with database(home) as db:
        user = db[USERS].find_one({"id": user_id})
    if user is None:
        raise NotFound(f"no user has the id {user_id!r}")
    if as_json:
        Console().print_json(extended_json(user.get("user_overview")))
    else:
        print_overview(Console(), user)
