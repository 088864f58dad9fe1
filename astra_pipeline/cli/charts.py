"""`astra chart` and `astra sky`: a birth chart, and the sky of a day."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from astra_pipeline.cli.options import HOME, Moment

if TYPE_CHECKING:
    from astra_pipeline.people.person import Person


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
    from astra_pipeline.errors import BadBirth

    birth = _user(user_id, home).birth
    if not birth.is_complete:
        missing = [field for field in ("date_of_birth", "birth_time") if not getattr(birth, field)]
        raise BadBirth(f"the birth data of {user_id!r} is not complete: {' and '.join(missing) or 'place'} missing")
    return birth_data.birth_of(birth, now=now)


def _user(user_id: str, home: Path) -> Person:
    """The stored person. Raises NotFound for an id that nobody has."""
    from astra_pipeline.cli.stack import database
    from astra_pipeline.errors import NotFound
    from astra_pipeline.people.person import Person
    from astra_pipeline.store.collections import USERS

    with database(home) as db:
        user = db[USERS].find_one({"id": user_id})
    if user is None:
        raise NotFound(f"no user has the id {user_id!r}")
    return Person.read(user)


def _day_of_user(person: Person, date: dt.date) -> dict[str, Any]:
    """{system, moon, key, theme}: the local date as the person's chart reads it. Raises NotFound for no chart."""
    from dataclasses import asdict

    from astra_pipeline.astrology.theme import moon_of_day, theme_of_day
    from astra_pipeline.charts.themes import local_day, natal_of
    from astra_pipeline.errors import NotFound
    from astra_pipeline.horoscopes.rules import MORNING, reader_of
    from astra_pipeline.settings import settings

    reader, node = reader_of(person), settings().astra_lunar_node
    natal = (
        natal_of(person.chart, reader.system, node=node) if person.chart and not isinstance(reader, str) else None
    )
    if natal is None:
        raise NotFound(f"{person.id!r} has {reader}")
    day = local_day(date, person.zone(settings().astra_default_timezone), MORNING)
    theme = theme_of_day(natal, day, node=node)
    moon = asdict(moon_of_day(natal, day, node=node))
    return {"system": natal.system, "moon": moon, "key": theme.key, "theme": asdict(theme)}


@click.command()
@click.argument("date")
@click.option(
    "--user", "user_id", help="Also print what the day is for this user's chart: its theme and landmarks."
)
@click.option("--json", "as_json", is_flag=True, help="Print the day as JSON.")
@HOME
def sky(date: str, user_id: str | None, as_json: bool, home: Path) -> None:
    """Print the sky of DATE (YYYY-MM-DD): positions at 00:00 UTC, the day's events, and its festivals in India."""
    from astra_pipeline.astrology.festivals import festivals_on
    from astra_pipeline.charts.births import parse_date
    from astra_pipeline.charts.sky import computed

    wanted = parse_date(date)
    festivals = [festival.name for festival in festivals_on(wanted)]
    document = dict(computed(wanted).document) | {"festivals": festivals}
    if user_id is not None:
        document["person"] = _day_of_user(_user(user_id, home), wanted)
    if as_json:
        _print_json(document)
        return
    from rich.console import Console

    from astra_pipeline.cli.display.charts import print_sky

    print_sky(Console(), document)


def _print_json(document: Mapping[str, Any]) -> None:
    import orjson

    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z))
