"""`astra status`: one screen for a person, one exit code for monitoring."""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from astra_pipeline.cli.options import HOME
from astra_pipeline.errors import AstraError, SettingError
from astra_pipeline.monitoring.verdict import Verdict, reasons_for_a_person, verdict_of, warnings_for_an_operator

if TYPE_CHECKING:
    from astra_pipeline.monitoring.dagster_state import DagsterState
    from astra_pipeline.monitoring.holdings import Holdings


class CannotTell(AstraError):
    """MongoDB or Dagster's storage does not answer; the message says which, and repeats no password."""


@click.command()
@HOME
@click.option("--json", "as_json", is_flag=True, help="Print the same as one JSON document, for monitoring.")
@click.option("--slo", "promises", is_flag=True, help="Show what was promised beside what was measured last.")
@click.pass_context
def status(ctx: click.Context, home: Path, as_json: bool, promises: bool) -> None:
    """Show how things stand: waiting and parked work, the daemon, the next ticks and the last runs.

    Looks at MONGODB_URI and DAGSTER_HOME, or at the embedded stack, running or not.

    \b
    Exit code:
      0  all is well
      1  something needs a person: items are parked, the daemon is not alive, a sensor or schedule is switched
         off, stuck, or failed at its last tick, the last run of a job failed, conversations have waited, or users
         have lacked today's horoscope, for over an hour, the helplines were not reviewed for a year, or
         somebody is in a crisis and no person has confirmed the helplines
      2  cannot tell: MongoDB or Dagster's storage cannot be reached
    """
    now = dt.datetime.now(dt.UTC)
    if promises:
        _show_promises(home, now, as_json=as_json)
        return
    try:
        holdings, dagster = _read(home, now)
    except AstraError as error:
        _say_cannot_tell(str(error).strip().splitlines()[0], now=now, as_json=as_json)
        ctx.exit(Verdict.CANNOT_TELL)
    reasons = reasons_for_a_person(holdings, dagster, now=now)
    verdict, warned = verdict_of(reasons), warnings_for_an_operator()
    if as_json:
        from dataclasses import asdict

        found = {"reasons": reasons, "warnings": warned, "holdings": asdict(holdings)} | asdict(dagster)
        _print_json(_heading(verdict, now) | found)
    else:
        from rich.console import Console

        from astra_pipeline.cli.display.status import print_status

        print_status(Console(), holdings, dagster, reasons, warned, now=now)
    ctx.exit(verdict)


def _show_promises(home: Path, now: dt.datetime, *, as_json: bool) -> None:
    """Show the promises as measured last; without a measured day, as they stand at this moment."""
    from dataclasses import asdict

    from rich.console import Console

    from astra_pipeline.cli.display.promises import print_promises
    from astra_pipeline.cli.stack import database
    from astra_pipeline.promises import figures, store

    with database(home) as db:
        measured = store.latest(db) or figures.measure(db, now.date(), now=now)
    if as_json:
        _print_json(asdict(measured))
    else:
        print_promises(Console(), measured)


def _say_cannot_tell(problem: str, *, now: dt.datetime, as_json: bool) -> None:
    if as_json:
        _print_json(_heading(Verdict.CANNOT_TELL, now) | {"error": problem})
    else:
        click.echo(f"Error: {problem}", err=True)


def _heading(verdict: Verdict, now: dt.datetime) -> dict[str, Any]:
    return {"at": now, "exit_code": int(verdict), "status": verdict.words}


def _print_json(document: Mapping[str, Any]) -> None:
    import orjson

    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z))


def _read(home: Path, now: dt.datetime) -> tuple[Holdings, DagsterState]:
    """Read both databases. Raises AstraError, of one line, when one of them cannot be read."""
    place = _dagster_home(home)
    return _read_mongodb(home, now), _read_dagster(place, now)


def _read_mongodb(home: Path, now: dt.datetime) -> Holdings:
    from astra_pipeline.cli.stack import database
    from astra_pipeline.monitoring.holdings import read_holdings

    try:
        with database(home) as db:
            return read_holdings(db, now=now)
    except AstraError:
        raise
    except Exception as error:  # whatever the driver raises, the state is unknown
        raise CannotTell(f"MongoDB cannot be read: {_in_short(error)}") from error


def _read_dagster(place: Path, now: dt.datetime) -> DagsterState:
    try:
        with _quietly():
            import dagster as dg

            from astra_pipeline.monitoring.dagster_state import read_dagster_state

            with dg.DagsterInstance.from_config(str(place)) as instance:
                return read_dagster_state(instance, now=now)
    except AstraError:
        raise
    except Exception as error:  # whatever a storage raises, the state is unknown
        raise CannotTell(f"Dagster's storage cannot be read: {_in_short(error)}") from error


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep off the screen that parts of Dagster are beta, and every retry of a connection."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _in_short(error: BaseException) -> str:
    """The name and the first line of the cause, without the user and the password of a URL."""
    error = error.__cause__ or error
    lines = str(error).strip().splitlines() or [""]
    first = re.sub(r"//[^/\s]*@", "//", lines[0]).partition(" (configured timeouts")[0]
    return f"{type(error).__name__}: {first[:200]}"


def _dagster_home(home: Path) -> Path:
    """The instance's folder: DAGSTER_HOME, else the embedded stack's. Raises SettingError when there is none."""
    named = os.environ.get("DAGSTER_HOME")
    if named:
        if not (folder := Path(named).expanduser()).is_dir():
            raise SettingError(f"DAGSTER_HOME is {named}, and there is no such folder")
        return folder
    embedded = (home / "dagster").resolve()
    if not (embedded / "dagster.yaml").is_file():
        raise SettingError("DAGSTER_HOME is not set and there is no embedded data yet: `astra demo`")
    return embedded
