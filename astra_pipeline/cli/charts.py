"""`astra chart` and `astra sky`: a birth chart, and the sky of a day."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import click

from astra_pipeline.cli.options import HOME, Moment


@click.command()
@click.option("--date", help="Local date of birth, YYYY-MM-DD.")
@click.option("--time", "time_", help="Local time of birth, HH:MM (24 h).")
@click.option("--place", help='The city and its region or country: "Jhajjar, Haryana, India".')
@click.option("--lat", type=float, help="Latitude in degrees, north positive; with --lon and --tz.")
@click.option("--lon", type=float, help="Longitude in degrees, east positive.")
@click.option("--tz", help="IANA time zone of the birth, e.g. Asia/Kolkata.")
@click.option("--user", "user_id", help="Use the stored birth data of this user instead.")
@click.option(
    "--batch",
    type=click.File("rb"),
    help="JSON lines {id, date, time, lat, lon, tz} (or place); one JSON line a birth is printed. - is stdin.",
)
@click.option("--now", type=Moment(), help="The moment that decides which dasha is current (default: now).")
@click.option("--json", "as_json", is_flag=True, help="Print the chart document as JSON.")
@HOME
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
        from astra_pipeline.charts.batch import write_charts

        write_charts(batch, sys.stdout.buffer, now=now, true_node=true_node)
        return
    from astra_pipeline.astrology.chart import charts
    from astra_pipeline.charts.births import from_record

    if user_id is not None:
        birth = _birth_of_user(user_id, home, now)
    else:
        birth = from_record({"date": date, "time": time_, "place": place, "lat": lat, "lon": lon, "tz": tz})
    (document,) = charts([birth], now=now, true_node=true_node)
    if as_json:
        _print_json(document)
        return
    from rich.console import Console

    from astra_pipeline.cli.display.charts import print_chart

    print_chart(Console(), document)


def _birth_of_user(user_id: str, home: Path, now: dt.datetime) -> Any:
    from astra_pipeline.charts import birth_data
    from astra_pipeline.cli.stack import database
    from astra_pipeline.errors import BadBirth, NotFound
    from astra_pipeline.people.person import Person
    from astra_pipeline.store.collections import USERS

    with database(home) as db:
        user = db[USERS].find_one({"id": user_id})
    if user is None:
        raise NotFound(f"no user has the id {user_id!r}")
    birth = Person.read(user).birth
    if not birth.is_complete:
        missing = [field for field in ("date_of_birth", "birth_time") if not getattr(birth, field)]
        raise BadBirth(f"the birth data of {user_id!r} is not complete: {' and '.join(missing) or 'place'} missing")
    return birth_data.birth_of(birth, now=now)


@click.command()
@click.argument("date")
@click.option("--json", "as_json", is_flag=True, help="Print the day as JSON.")
def sky(date: str, as_json: bool) -> None:
    """Print the sky of DATE (YYYY-MM-DD): positions at 00:00 UTC, the day's events, and its festivals in India."""
    from astra_pipeline.astrology.festivals import festivals_on
    from astra_pipeline.charts.births import parse_date
    from astra_pipeline.charts.sky import computed

    wanted = parse_date(date)
    festivals = [festival.name for festival in festivals_on(wanted)]
    document = dict(computed(wanted).document) | {"festivals": festivals}
    if as_json:
        _print_json(document)
        return
    from rich.console import Console

    from astra_pipeline.cli.display.charts import print_sky

    print_sky(Console(), document)


def _print_json(document: Mapping[str, Any]) -> None:
    import orjson

    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z))
