"""`astra`: run the product on this machine, and look into it."""

from __future__ import annotations

from pathlib import Path

import click

from astra_pipeline.core.errors import AstraError

_HOME = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".astra"),
    show_default=True,
    help="Where the embedded stack keeps its data.",
)


class _Group(click.Group):
    """Errors of ours end as one clear line and exit code 1, not as a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except AstraError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="astra-pipeline", prog_name="astra")
def main() -> None:
    """What happens after a conversation with Astra ends.

    \b
    Without any setting, commands use an embedded stack: a real MongoDB, and stand-ins for ElevenLabs and
    Julep that speak their HTTP. Set MONGODB_URI, ELEVENLABS_API_KEY, JULEP_API_KEY and
    BACKGROUND_WORKER_AGENT_ID to use your own.
    """


@main.command()
@_HOME
def demo(home: Path) -> None:
    """Watch demo conversations become overviews, streaks and milestones.

    Fills an embedded MongoDB with about 25 people and 100 conversations, lets the sensor find them, waits
    until every conversation is accounted for, and prints what is now in the database. Run it again: nothing
    changes.
    """
    from astra_pipeline.sandbox.demo import run_demo

    run_demo(home)


@main.command()
@_HOME
@click.option("--port", type=int, default=3000, show_default=True, help="Port of the Dagster UI.")
def dev(home: Path, port: int) -> None:
    """Run everything, with the Dagster UI, until Ctrl-C."""
    from astra_pipeline.sandbox.demo import run_dev

    run_dev(home, port)


@main.command()
@click.argument("user_id")
@_HOME
@click.option("--json", "as_json", is_flag=True, help="The stored document, as JSON.")
def overview(user_id: str, home: Path, as_json: bool) -> None:
    """Print what the next conversation with USER_ID will know."""
    from astra_pipeline.sandbox.display import print_overview
    from astra_pipeline.sandbox.stack import database

    with database(home) as db:
        print_overview(db, user_id, as_json=as_json)


@main.group(cls=_Group)
def failures() -> None:
    """Items that failed: see why, and try them again."""


@failures.command("list")
@_HOME
@click.option("--parked", is_flag=True, help="Only those that wait for a person.")
def list_failures(home: Path, parked: bool) -> None:
    """Everything that failed or is not ready, with its next attempt (UTC)."""
    from astra_pipeline.sandbox.display import print_failures
    from astra_pipeline.sandbox.stack import database

    with database(home) as db:
        print_failures(db, parked_only=parked)


@failures.command("retry")
@click.argument("ids", nargs=-1)
@_HOME
def retry_failures(ids: tuple[str, ...], home: Path) -> None:
    """Make IDS (conversations, users, or failure keys) due now, with all attempts before them again.

    Without IDS: everything that is parked. The sensor picks them up at its next tick.
    """
    from astra_pipeline.resources import failures as store
    from astra_pipeline.sandbox.stack import database

    with database(home) as db:
        count = store.retry_now(db, ids)
    if not count:
        raise click.ClickException("no failure matches" if ids else "nothing is parked")
    click.echo(f"{count} due now; the sensor picks them up at its next tick.")
