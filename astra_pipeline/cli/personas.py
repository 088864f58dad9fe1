"""`astra persona`: how one person likes to be talked to, as learnt from their conversations."""

from __future__ import annotations

from pathlib import Path

import click

from astra_pipeline.cli.options import HOME


@click.command()
@click.argument("user_id")
@click.option("--force", is_flag=True, help="Learn it anew, and pay for it, even if there is one.")
@click.option("--json", "as_json", is_flag=True, help="The stored persona as JSON.")
@HOME
def persona(user_id: str, force: bool, as_json: bool, home: Path) -> None:
    """Print the persona of USER_ID with its evidence; it is learnt now if it is due, as the asset would."""
    from rich.console import Console

    from astra_pipeline.cli import writing
    from astra_pipeline.cli.display.personas import print_persona
    from astra_pipeline.store.bson_documents import extended_json

    stored = writing.persona(home, user_id, force=force)
    if as_json:
        Console().print_json(extended_json(stored))
    else:
        print_persona(Console(), stored)
