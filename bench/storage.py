"""A year of Dagster at 1,000 runs a day: what retention leaves of it, and how long erasing one person takes.

Runs are inserted directly: copies of one real run of `conversation_pipeline`, its rows and its files, with other
ids, days and people. The person who is erased talks once a day. First the days that retention leaves, in full size.
Then, in another Dagster, a year with texts cut short, month by month, each followed by the retention job as of its
last day: what is left must not grow. The baseline is a plain read of the same database files.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import dagster as dg

from astra_pipeline.cli import stack as embedded
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.personal_data import retention
from astra_pipeline.personal_data.erase import erase
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import USERS
from bench import stack
from bench.dagster_past import Past, Size, take_sample

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

T = TypeVar("T")

_PROMISE_SECONDS = 60.0
_GB, _KB = 1e9, 1e3
_WHOLE = 1_000_000
_PIECE = 1 << 20
_A_YEAR_SECONDS = 100_000.0
_MONTH = 30
_GROWTH = 1.2
_COUNTED = ("event_logs", "asset_check_executions")
_ASSET = dg.AssetKey("conversation_insights")


@click.command()
@click.option("--days", default=365, show_default=True)
@click.option("--runs-a-day", default=1_000, show_default=True)
@click.option("--characters", default=300, show_default=True, help="Of a text in the year.")
def main(days: int, runs_a_day: int, characters: int) -> None:
    with stack.fresh(llm_seconds=0.1) as (home, db, _):
        stack.people(db, 3)
        seconds = _in_full_size(home / "kept", db, settings().astra_run_retention_days, runs_a_day)
        shutil.rmtree(home / "kept")
        after, growth = _year(home / "year", db, days, runs_a_day, characters)
    seconds = max(seconds, after)
    kept, bounded = seconds < _PROMISE_SECONDS, growth <= _GROWTH
    click.echo(f"{_word(kept)}: erasing one person takes {seconds:.1f} s at most, under {_PROMISE_SECONDS:g} s")
    click.echo(f"{_word(bounded)}: after the last month the storage is {growth:.2f} times that after the second")
    sys.exit(not (kept and bounded))


def _word(passed: bool) -> str:
    return "PASS" if passed else "FAIL"


def _year(
    home: Path, db: Database[dict[str, Any]], days: int, runs_a_day: int, characters: int
) -> tuple[float, float]:
    """A year, month by month. Returns the seconds of an erasure after it, and the growth since the second month."""
    with _dagster(home) as instance:
        sample = take_sample(home, instance, db)
    click.echo(f"{days} days of {runs_a_day:,} runs, texts cut to {characters} characters:")
    past = Past(home, db, sample, Size(characters, own_file=512, printed=64))
    whole, theirs, sizes = _days(days), [], []
    for month in _months(whole):
        theirs += past.write(month, runs_a_day, ["user_after"])["user_after"]
        with _dagster(home) as instance:
            later = dt.timedelta(days=(month[-1] - whole[-1]).days)
            seconds, runs = _timed(lambda: _retain(instance, later=later))  # noqa: B023  (called at once)
            sizes.append(sum(path.stat().st_size for path in _shared(home)))
            click.echo(f"  {month[-1]}: {runs:,} runs deleted in {seconds:.0f} s; left {_kept(home, instance)}")
    with _dagster(home) as instance:
        seconds = _erase(db, home, instance, "user_after", theirs, "after it")
    return seconds, sizes[-1] / sizes[min(1, len(sizes) - 1)]


def _months(days: Sequence[dt.date]) -> Iterator[Sequence[dt.date]]:
    return (days[at : at + _MONTH] for at in range(0, len(days), _MONTH))


def _in_full_size(home: Path, db: Database[dict[str, Any]], days: int, runs_a_day: int) -> float:
    """The runs that retention leaves, with whole texts. Returns the seconds of an erasure in them."""
    with _dagster(home) as instance:
        sample = take_sample(home, instance, db)
        _retain(instance)
    click.echo(
        f"One run over three conversations leaves {sample.shared_bytes / _KB:.0f} kB in the shared databases, "
        f"{sample.own_file_bytes / _KB:.0f} kB in a file of its own, {sample.printed_bytes / _KB:.0f} kB of output."
    )
    click.echo(f"{days} days of {runs_a_day:,} runs, which retention leaves, texts in full size:")
    past = Past(home, db, sample, Size(_WHOLE, own_file=4_096, printed=sample.printed_bytes))
    theirs = past.write(_days(days), runs_a_day, ["user_kept"])
    with _dagster(home) as instance:
        click.echo(f"  {_kept(home, instance)}")
        seconds = _erase(db, home, instance, "user_kept", theirs["user_kept"], "with retention")
        night, runs = _timed(lambda: _retain(instance, later=dt.timedelta(days=1, hours=1)))
        click.echo(f"  a night's retention: {runs:,} runs deleted in {night:.1f} s")
    return seconds


def _days(count: int) -> list[dt.date]:
    today = dt.datetime.now(dt.UTC).date()
    return [today - dt.timedelta(days=ago) for ago in range(count, 0, -1)]


@contextmanager
def _dagster(home: Path) -> Iterator[dg.DagsterInstance]:
    """The project's own instance, whose files are in `home`."""
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).parents[1] / "dagster.yaml", home / "dagster.yaml")
    with embedded.environment(DAGSTER_HOME=str(home)), dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


def _retain(instance: dg.DagsterInstance, *, later: dt.timedelta = dt.timedelta()) -> int:
    """Do what the job `dagster_retention` does; returns how many runs it deleted."""
    return retention.delete_old_runs(instance, now=dt.datetime.now(dt.UTC) + later, seconds=_A_YEAR_SECONDS)


def _erase(
    db: Database[dict[str, Any]],
    home: Path,
    instance: dg.DagsterInstance,
    person: str,
    conversation_ids: Sequence[str],
    when: str,
) -> float:
    """Erase somebody who had these conversations, and look for them afterwards. Returns the seconds it took."""
    db[USERS].insert_one({"id": person, "name": "Bench", "timezone": stack.ZONE})
    talks = [stack.conversation(person) | {"conversation_id": one} for one in conversation_ids]
    stack.insert(db, talks)
    read, size = _timed(lambda: _read(home))
    seconds, erased = _timed(lambda: asyncio.run(erase(MongoResource(), instance, person)))
    left = _rows_that_name(home, person)
    click.echo(
        f"  erasing one person {when}: {seconds:.1f} s, {erased.runs} runs deleted, {left} rows name them still; "
        f"baseline, reading the shared databases once ({size / _GB:.2f} GB): {read:.1f} s"
    )
    if left:
        raise click.ClickException("something of an erased person is left")
    return seconds


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.monotonic()
    result = work()
    return time.monotonic() - began, result


def _shared(home: Path) -> list[Path]:
    history = home / "history"
    return [history / "runs" / "index.db", history / "runs.db", home / "schedules" / "schedules.db"]


def _read(home: Path) -> int:
    """Read the shared databases from beginning to end; returns the bytes."""
    total = 0
    for path in _shared(home):
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                total += len(piece)
    return total


def _rows_that_name(home: Path, person: str) -> int:
    tables = (("event_logs", "event"), ("asset_check_executions", "evaluation_event"))
    index, runs, _ = _shared(home)
    with closing(sqlite3.connect(index)) as events, closing(sqlite3.connect(runs)) as bodies:
        found = [events.execute(f"SELECT count(*) FROM {t} WHERE instr({c}, ?) > 0", [person]) for t, c in tables]
        found.append(bodies.execute("SELECT count(*) FROM runs WHERE instr(run_body, ?) > 0", [person]))
        return sum(one.fetchone()[0] for one in found)


def _kept(home: Path, instance: dg.DagsterInstance) -> str:
    """The holdings of Dagster's storage, in words."""
    index = _shared(home)[0]
    with closing(sqlite3.connect(index)) as events:
        free, page = (events.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
        rows, checks = (events.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in _COUNTED)
    files = sum(1 for _ in (home / "history" / "runs").glob("*-*.db"))
    return (
        f"{instance.get_runs_count():,} runs, {rows:,} events, {checks:,} results of checks, {files:,} files of "
        f"runs; {sum(path.stat().st_size for path in _shared(home)) / _GB:.2f} GB shared, of which "
        f"{free * page / _GB:.2f} GB free; {len(instance.get_materialized_partitions(_ASSET))} days materialised"
    )


if __name__ == "__main__":
    main()
