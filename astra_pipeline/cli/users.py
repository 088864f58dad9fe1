"""`astra users`: take people in from the old system, export what is stored about them, erase them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from astra_pipeline.cli.options import HOME


@click.group()
def users() -> None:
    """People: take them in from the old system, export what is stored about them, erase them."""


@users.command()
@click.option("--dry-run", is_flag=True, help="Write nothing anywhere; print the users, cohorts and backfill.")
@click.option("--limit", type=click.IntRange(min=1), help="Take in at most so many users.")
@click.option("--only", multiple=True, metavar="ID", help="Take in this user; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="With --dry-run: the plan as JSON, everybody named.")
@HOME
def sync(dry_run: bool, limit: int | None, only: tuple[str, ...], as_json: bool, home: Path) -> None:
    """Take in everybody who has no Julep user or no cohort yet.

    Killed and repeated, it goes on where it was and tries again those who failed; it never makes a second Julep
    user. The sensors then request the runs that their past lacks. The exit code is 1 when somebody could not be
    taken in.
    """
    from astra_pipeline.cli.display.migration import print_plan
    from astra_pipeline.cli.migrate import plan_users, sync_users

    if as_json and not dry_run:
        raise click.UsageError("--json goes with --dry-run")
    if not dry_run:
        sys.exit(0 if sync_users(home, limit=limit, only=only) else 1)
    plan = plan_users(home, limit=limit, only=only)
    if as_json:
        import dataclasses

        import orjson

        document = dataclasses.asdict(plan) | {"cohorts": plan.cohorts, "llm_calls": plan.llm_calls}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    else:
        from rich.console import Console

        print_plan(Console(), plan)


@users.command()
@click.argument("user_id")
@click.option("--to", type=click.Path(dir_okay=False), help="The file (default: USER_ID.json; - is stdout).")
@HOME
def export(user_id: str, to: str | None, home: Path) -> None:
    """Write everything that is stored about USER_ID as one JSON file."""
    from astra_pipeline.cli.stack import database
    from astra_pipeline.personal_data import export as personal_data

    with database(home) as db:
        known = personal_data.export(db, user_id)
    with click.open_file(to or f"{user_id}.json", "wb") as file:
        file.write(personal_data.as_json(known))
    if to != "-":
        click.echo(to or f"{user_id}.json")


@users.command()
@click.argument("user_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@HOME
def erase(user_id: str, yes: bool, home: Path) -> None:
    """Erase everything that is known of USER_ID, for good.

    That is transcripts, insights, texts, overview, birth data, the Julep user, and the Dagster runs that name the
    person; with ASTRA_ERASE_ELEVENLABS also their conversations at ElevenLabs. The account (name, e-mail, the list
    of conversations) is the web app's to delete. A run that works on something of theirs writes nothing more of it.
    Safe to repeat.
    """
    from astra_pipeline.cli.migrate import erase_user

    if not yes:
        click.confirm(f"Erase everything about {user_id!r}? There is no way back", abort=True)
    click.echo(erase_user(home, user_id))


@users.command()
@click.argument("kind", type=click.Choice(["erase", "export"]))
@click.argument("user_id")
@HOME
def request(kind: Literal["erase", "export"], user_id: str, home: Path) -> None:
    """Allow one run of Dagster's job erase_user or export_user for USER_ID, and print the id it asks for.

    The id works once, within 15 minutes.
    """
    import getpass

    from astra_pipeline.cli.stack import connected
    from astra_pipeline.personal_data import requests

    with connected(home) as db:
        click.echo(requests.make(db, kind, user_id, requested_by=f"cli: {getpass.getuser()}"))
