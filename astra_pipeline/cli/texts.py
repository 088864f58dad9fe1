"""`astra horoscope` and `astra report`: one person's text, written now if there is none."""

from __future__ import annotations

from pathlib import Path

import click

from astra_pipeline.cli.options import HOME


@click.command()
@click.argument("user_id")
@click.option("--date", help="Local date, YYYY-MM-DD (default: today where the person is).")
@click.option("--force", is_flag=True, help="Write a new one, and pay for it, even if there is one.")
@HOME
def horoscope(user_id: str, date: str | None, force: bool, home: Path) -> None:
    """Print the horoscope of USER_ID; it is written now if there is none, as the asset would."""
    from astra_pipeline.charts.births import parse_date
    from astra_pipeline.cli import writing

    click.echo(writing.horoscope(home, user_id, date=parse_date(date) if date else None, force=force))


@click.command()
@click.argument("user_id")
@click.option("--week", help="Any date of the local week, YYYY-MM-DD (default: the last week that is over).")
@click.option("--force", is_flag=True, help="Write a new one, and pay for it, even if there is one.")
@HOME
def report(user_id: str, week: str | None, force: bool, home: Path) -> None:
    """Print the weekly report of USER_ID; it is written now if there is none, as the asset would."""
    from astra_pipeline.charts.births import parse_date
    from astra_pipeline.cli import writing

    click.echo(writing.report(home, user_id, week=parse_date(week) if week else None, force=force))
