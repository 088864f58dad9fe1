"""`astra`: run the product on this machine, and look into it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import IO, Any, Literal

import click

from astra_pipeline.cli.status import status
from astra_pipeline.errors import AstraError

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
    from astra_pipeline.cli.demo import run_demo

    run_demo(home)


@main.command()
@_HOME
@click.option("--port", type=int, default=3000, show_default=True, help="Port of the Dagster UI.")
def dev(home: Path, port: int) -> None:
    """Run everything, with the Dagster UI, until Ctrl-C."""
    from astra_pipeline.cli.demo import run_dev

    run_dev(home, port)


@main.command()
@click.argument("user_id")
@_HOME
@click.option("--json", "as_json", is_flag=True, help="The stored document, as JSON.")
def overview(user_id: str, home: Path, as_json: bool) -> None:
    """Print what the next conversation with USER_ID will know."""
    from astra_pipeline.cli.display import print_overview
    from astra_pipeline.cli.stack import database

    with database(home) as db:
        print_overview(db, user_id, as_json=as_json)


class _Moment(click.ParamType):
    """An ISO 8601 moment; without an offset it is UTC."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:
        if isinstance(value, dt.datetime):
            return value
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no ISO 8601 date or moment such as 2026-11-23T12:00:00Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


@main.command()
@click.option("--date", help="Local date of birth, YYYY-MM-DD.")
@click.option("--time", "time_", help="Local time of birth, HH:MM (24 h).")
@click.option("--place", help='City, and where it is: "Jhajjar, Haryana, India".')
@click.option("--lat", type=float, help="Latitude in degrees, north positive; with --lon and --tz.")
@click.option("--lon", type=float, help="Longitude in degrees, east positive.")
@click.option("--tz", help="IANA time zone of the birth, e.g. Asia/Kolkata.")
@click.option("--user", "user_id", help="The stored birth data of this user instead.")
@click.option(
    "--batch",
    type=click.File("rb"),
    help="JSON lines {id, date, time, lat, lon, tz} (or place); one JSON line a birth is printed. - is stdin.",
)
@click.option("--now", type=_Moment(), help="The moment that decides which dasha is current (default: now).")
@click.option("--json", "as_json", is_flag=True, help="The chart document, as JSON.")
@_HOME
def chart(
    date: str | None,
    time_: str | None,
    place: str | None,
    lat: float | None,
    lon: float | None,
    tz: str | None,
    user_id: str | None,
    batch: IO[bytes] | None,
    now: dt.datetime | None,
    as_json: bool,
    home: Path,
) -> None:
    """Compute a birth chart: Vedic (sidereal, Lahiri, whole signs) and Western (tropical, Placidus).

    \b
    astra chart --date 2002-08-14 --time 07:15 --place "Jhajjar, Haryana, India"
    astra chart --date 2002-08-14 --time 07:15 --lat 28.6064 --lon 76.6565 --tz Asia/Kolkata --json
    astra chart --batch births.jsonl > charts.jsonl
    """
    from astra_pipeline.settings import settings

    now = now or dt.datetime.now(dt.UTC)
    true_node = settings().astra_lunar_node == "true"
    if batch is not None:
        from astra_pipeline.charts.batch import chart_lines

        sys.stdout.buffer.writelines(chart_lines(batch, now=now, true_node=true_node))
        return
    from astra_pipeline.astrology.chart import charts
    from astra_pipeline.charts.births import from_record

    if user_id is not None:
        birth = _birth_of_user(user_id, home, now)
    else:
        record = {"date": date, "time": time_, "place": place, "lat": lat, "lon": lon, "tz": tz}
        birth = from_record(record)
    _print_document(charts([birth], now=now, true_node=true_node)[0], "print_chart", as_json=as_json)


def _birth_of_user(user_id: str, home: Path, now: dt.datetime) -> Any:
    from astra_pipeline.charts import birth_data
    from astra_pipeline.cli.stack import database
    from astra_pipeline.errors import BadBirth, NotFound
    from astra_pipeline.store.mongo import USERS

    with database(home) as db:
        user = db[USERS].find_one({"id": user_id})
    if user is None:
        raise NotFound(f"no user has the id {user_id!r}")
    if not birth_data.is_complete(user):
        missing = [field for field in ("date_of_birth", "birth_time") if not user.get(field)]
        raise BadBirth(f"the birth data of {user_id!r} is not complete: {' and '.join(missing) or 'place'} missing")
    return birth_data.birth_of(user, now=now)


@main.command()
@click.argument("date")
@click.option("--json", "as_json", is_flag=True, help="The day as JSON.")
def sky(date: str, as_json: bool) -> None:
    """Print the sky of DATE (YYYY-MM-DD): positions at 00:00 UTC, and the day's events."""
    from astra_pipeline.charts.births import parse_date
    from astra_pipeline.charts.sky import computed

    _print_document(dict(computed(parse_date(date)).document), "print_sky", as_json=as_json)


def _print_document(
    document: dict[str, Any], readable: Literal["print_chart", "print_sky"], *, as_json: bool
) -> None:
    if as_json:
        import orjson

        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z))
        return
    from rich.console import Console

    from astra_pipeline.cli import printing

    show = {"print_chart": printing.print_chart, "print_sky": printing.print_sky}[readable]
    show(Console(), document)


@main.command()
@click.argument("user_id")
@click.option("--date", help="Local date, YYYY-MM-DD (default: today where the person is).")
@click.option("--force", is_flag=True, help="Write it anew, and pay for it, if there is one.")
@_HOME
def horoscope(user_id: str, date: str | None, force: bool, home: Path) -> None:
    """Print the horoscope of USER_ID; it is written now if there is none, as the asset would."""
    from astra_pipeline.charts.births import parse_date
    from astra_pipeline.cli.texts import horoscope as write

    click.echo(write(home, user_id, date=parse_date(date) if date else None, force=force))


@main.command()
@click.argument("user_id")
@click.option("--week", help="Any date of the local week, YYYY-MM-DD (default: the last week that is over).")
@click.option("--force", is_flag=True, help="Write it anew, and pay for it, if there is one.")
@_HOME
def report(user_id: str, week: str | None, force: bool, home: Path) -> None:
    """Print the weekly report of USER_ID; it is written now if there is none, as the asset would."""
    from astra_pipeline.charts.births import parse_date
    from astra_pipeline.cli.texts import report as write

    click.echo(write(home, user_id, week=parse_date(week) if week else None, force=force))


main.add_command(status)


@main.group(cls=_Group)
def users() -> None:
    """People: take them in from the old system, erase them, hand out what is known of them."""


@users.command()
@click.option("--dry-run", is_flag=True, help="Write nothing anywhere; print who, where, and what would follow.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many users.")
@click.option("--only", multiple=True, metavar="ID", help="This user; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="With --dry-run: the plan as JSON, everybody named.")
@_HOME
def sync(dry_run: bool, limit: int | None, only: tuple[str, ...], as_json: bool, home: Path) -> None:
    """Take in everybody who has no Julep user or no cohort yet.

    Killed and repeated, it goes on where it was, and tries those again who failed; it never makes a second Julep
    user. What their past lacks is requested by the sensors. Exit code 1 when somebody could not be taken in.
    """
    from astra_pipeline.cli.migrate import plan_users, print_plan, sync_users

    if as_json and not dry_run:
        raise click.UsageError("--json goes with --dry-run")
    if not dry_run:
        sys.exit(0 if sync_users(home, limit=limit, only=only) else 1)
    plan = plan_users(home, limit=limit, only=only)
    if as_json:
        import dataclasses

        import orjson

        told = dataclasses.asdict(plan) | {"cohorts": plan.cohorts, "llm_calls": plan.llm_calls}
        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    else:
        print_plan(plan)


@users.command()
@click.argument("user_id")
@click.option("--to", type=click.Path(dir_okay=False), help="The file (default: USER_ID.json; - is stdout).")
@_HOME
def export(user_id: str, to: str | None, home: Path) -> None:
    """Write everything that is stored about USER_ID as one JSON file."""
    from astra_pipeline.cli.stack import database
    from astra_pipeline.personal_data import erase as personal_data

    with database(home) as db:
        known = personal_data.export(db, user_id)
    with click.open_file(to or f"{user_id}.json", "wb") as file:
        file.write(personal_data.as_json(known))
    if to != "-":
        click.echo(to or f"{user_id}.json")


@users.command()
@click.argument("user_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_HOME
def erase(user_id: str, yes: bool, home: Path) -> None:
    """Erase what is known of USER_ID, for good: transcripts, insights, texts, overview, birth data, Julep user, and
    the Dagster runs that name them. With ASTRA_ERASE_ELEVENLABS also their conversations at ElevenLabs.

    The account (name, e-mail, the list of conversations) is the web app's to delete. Safe to repeat.
    """
    from astra_pipeline.cli.migrate import erase_user

    if not yes:
        click.confirm(f"Erase everything about {user_id!r}? There is no way back", abort=True)
    click.echo(erase_user(home, user_id))


@main.group(cls=_Group)
def failures() -> None:
    """Items that failed: see why, and try them again."""


@failures.command("list")
@_HOME
@click.option("--parked", is_flag=True, help="Only those that wait for a person.")
def list_failures(home: Path, parked: bool) -> None:
    """Everything that failed or is not ready, with its next attempt (UTC)."""
    from astra_pipeline.cli.display import print_failures
    from astra_pipeline.cli.stack import database

    with database(home) as db:
        print_failures(db, parked_only=parked)


@failures.command("retry")
@click.argument("ids", nargs=-1)
@_HOME
def retry_failures(ids: tuple[str, ...], home: Path) -> None:
    """Make IDS (conversations, users, or failure keys) due now, with all attempts before them again.

    Without IDS: everything that is parked. The sensor picks them up at its next tick.
    """
    from astra_pipeline.batches import failures as store
    from astra_pipeline.cli.stack import database

    with database(home) as db:
        count = store.retry_now(db, ids)
    if not count:
        raise click.ClickException("no failure matches" if ids else "nothing is parked")
    click.echo(f"{count} due now; the sensor picks them up at its next tick.")
