"""`astra status`: one screen for a person, one exit code for monitoring."""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from astra_pipeline.errors import AstraError, SettingError

if TYPE_CHECKING:
    import dagster as dg
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from astra_pipeline.monitoring.holdings import Holdings

WELL, NEEDS_A_PERSON, CANNOT_TELL = 0, 1, 2
_TOLD = {WELL: "well", NEEDS_A_PERSON: "needs a person", CANNOT_TELL: "cannot tell"}

_BY_HAND = "__ASSET_JOB"
"""Dagster's job for what somebody materialises from the UI."""
_COUNTS = ("done", "unchanged", "waiting", "skipped", "failed", "parked")
_MATERIALIZATIONS_READ = 400
"""Of one run: one over a range of days tells the same counts once a day."""
_UNFINISHED_READ = 1000
_SILENT_AFTER_SECONDS = 300.0
_ASLEEP_AFTER = dt.timedelta(minutes=10)
"""A sensor looks at least twice a minute; one that has not for so long is stuck."""


class CannotTell(AstraError):
    """MongoDB or Dagster's storage does not answer; the message says which, and repeats no password."""


@dataclass(frozen=True)
class Clock:
    """A schedule or a sensor."""

    name: str
    on: bool
    next_tick: dt.datetime | None
    """None for sensors, and for what is off."""
    last_tick: dt.datetime | None
    last_result: str | None
    """started, skipped, success or failure."""


@dataclass(frozen=True)
class Job:
    """What there is of a job, and its last run that is over."""

    name: str
    queued: int
    running: int
    run_id: str | None = None
    result: str | None = None
    """success, failure or canceled; None when it never ran."""
    partition: str | None = None
    ended: dt.datetime | None = None
    seconds: float | None = None
    did: dict[str, dict[str, int]] = field(default_factory=dict)
    """Asset -> counts, zeros left out."""


@dataclass(frozen=True)
class Daemon:
    alive: bool
    last_heartbeat: dt.datetime | None
    silent: list[str]
    """Of the daemons the instance needs, those without a recent heartbeat."""


@dataclass(frozen=True)
class Works:
    """What Dagster's storage says."""

    daemon: Daemon
    schedules: list[Clock]
    sensors: list[Clock]
    jobs: list[Job]
    failed_runs_of_a_day: int


@click.command()
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".astra"),
    show_default=True,
    help="Where the embedded stack keeps its data.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as one JSON document, for monitoring.")
@click.pass_context
def status(ctx: click.Context, home: Path, as_json: bool) -> None:
    """How things stand: what waits, what the last runs did, what comes next, whether the daemon is alive.

    Looks at MONGODB_URI and DAGSTER_HOME, or at the embedded stack, running or not.

    \b
    Exit code:
      0  all is well
      1  something needs a person: items are parked, the daemon is not alive, a sensor or schedule is switched
         off, stuck, or failed at its last look, the last run of a job failed, conversations have waited, or users
         have lacked today's horoscope, for over an hour
      2  cannot tell: MongoDB or Dagster's storage cannot be reached
    """
    now = dt.datetime.now(dt.UTC)
    try:
        holdings, works = _look(home, now)
    except AstraError as error:
        problem = str(error).strip().splitlines()[0]
        if as_json:
            _print_json({"at": now, "exit_code": CANNOT_TELL, "status": _TOLD[CANNOT_TELL], "error": problem})
        else:
            click.echo(f"Error: {problem}", err=True)
        ctx.exit(CANNOT_TELL)
    reasons = reasons_for_a_person(holdings, works, now=now)
    code = NEEDS_A_PERSON if reasons else WELL
    if as_json:
        verdict = {"at": now, "exit_code": code, "status": _TOLD[code], "reasons": reasons}
        _print_json(verdict | {"holdings": asdict(holdings)} | asdict(works))
    else:
        from rich.console import Console

        print_status(Console(), holdings, works, reasons, now=now)
    ctx.exit(code)


def _print_json(document: Mapping[str, Any]) -> None:
    import orjson

    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z))


def _look(home: Path, now: dt.datetime) -> tuple[Holdings, Works]:
    """Raises AstraError, of one line, when either side cannot be looked at."""
    from pymongo.errors import PyMongoError

    from astra_pipeline.cli.stack import database
    from astra_pipeline.monitoring.holdings import read_holdings

    place = dagster_home(home)
    try:
        with database(home) as db:
            holdings = read_holdings(db, now=now)
    except (PyMongoError, ValueError, OSError) as error:
        raise CannotTell(f"MongoDB cannot be read: {_in_short(error)}") from error
    try:
        with _quietly():
            works = _read_works(place, now)
    except AstraError:
        raise
    except Exception as error:  # whatever a storage raises, nothing can be told
        raise CannotTell(f"Dagster's storage cannot be read: {_in_short(error)}") from error
    return holdings, works


@contextmanager
def _quietly() -> Iterator[None]:
    """Without what Dagster tells on the way: that parts of it are beta, and every retry of a connection."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _in_short(error: BaseException) -> str:
    """What caused it: name and first line, without what stands before an @ in a URL."""
    error = error.__cause__ or error
    told = str(error).strip().splitlines() or [""]
    first = re.sub(r"//[^/\s]*@", "//", told[0]).partition(" (configured timeouts")[0]
    return f"{type(error).__name__}: {first[:200]}"


def dagster_home(home: Path) -> Path:
    """Where the instance is: DAGSTER_HOME, else the embedded stack's. Raises SettingError when there is none."""
    named = os.environ.get("DAGSTER_HOME")
    if named:
        if not (folder := Path(named).expanduser()).is_dir():
            raise SettingError(f"DAGSTER_HOME is {named}, and there is no such folder")
        return folder
    embedded = (home / "dagster").resolve()
    if not (embedded / "dagster.yaml").is_file():
        raise SettingError("DAGSTER_HOME is not set and there is no embedded data yet: `astra demo`")
    return embedded


def _read_works(place: Path, now: dt.datetime) -> Works:
    import dagster as dg

    with dg.DagsterInstance.from_config(str(place)) as instance:
        return read_works(instance, now=now)


def read_works(instance: dg.DagsterInstance, *, now: dt.datetime) -> Works:
    """Daemon, schedules, sensors and runs, from the instance's storage and the project's definitions."""
    import dagster as dg

    from astra_pipeline.definitions import defs

    jobs = [str(job.name) for job in defs.jobs or []]
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], created_after=now - dt.timedelta(days=1))
    return Works(
        daemon=_daemon(instance, now),
        schedules=_clocks(instance, defs.schedules or [], now),
        sensors=_clocks(instance, defs.sensors or [], now),
        jobs=_jobs(instance, [*jobs, _BY_HAND]),
        failed_runs_of_a_day=instance.get_runs_count(failed),
    )


def _daemon(instance: dg.DagsterInstance, now: dt.datetime) -> Daemon:
    """As `dagster-daemon liveness-check` sees it, but for its tolerance of half an hour: heartbeats come twice a
    minute."""
    from dagster._daemon import controller

    tolerance = os.environ.get("DAGSTER_DAEMON_HEARTBEAT_TOLERANCE")
    found = controller.get_daemon_statuses(
        instance,
        instance.get_required_daemon_types(),
        curr_time_seconds=now.timestamp(),
        ignore_errors=True,
        heartbeat_tolerance_seconds=(float(tolerance) if tolerance else _SILENT_AFTER_SECONDS),
    )
    heard = [one.last_heartbeat.timestamp for one in found.values() if one.last_heartbeat]
    silent = sorted(name for name, one in found.items() if not one.healthy)
    return Daemon(alive=bool(found) and not silent, last_heartbeat=_moment(max(heard, default=None)), silent=silent)


def _clocks(instance: dg.DagsterInstance, declared: Iterable[Any], now: dt.datetime) -> list[Clock]:
    """A code location that was renamed leaves its states behind: of one name, that which ticked last counts."""
    import dagster as dg
    from dagster._utils.schedules import schedule_execution_time_iterator

    declared = list(declared)
    names = {one.name for one in declared}
    latest: dict[str, tuple[float, Any, Any]] = {}
    for state in instance.all_instigator_state():
        if state.name not in names:
            continue
        tick = next(iter(instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)), None)
        at = tick.timestamp if tick else 0.0
        if state.name not in latest or at > latest[state.name][0]:
            latest[state.name] = at, state, tick
    clocks = []
    for one in declared:
        _, state, tick = latest.get(one.name, (0.0, None, None))
        # Nobody touched it, or the daemon has not met it yet: as the code says.
        by_default = one.default_status.value == "RUNNING"
        on = by_default if state is None or state.status.value == "DECLARED_IN_CODE" else state.is_running
        upcoming = None
        if on and isinstance(one, dg.ScheduleDefinition):
            ticks = schedule_execution_time_iterator(now.timestamp(), one.cron_schedule, one.execution_timezone)
            upcoming = next(ticks).astimezone(dt.UTC)
        result = tick.status.value.lower() if tick else None
        clocks.append(Clock(one.name, on, upcoming, _moment(tick.timestamp if tick else None), result))
    return clocks


def _jobs(instance: dg.DagsterInstance, names: Sequence[str]) -> list[Job]:
    import dagster as dg

    over = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    unfinished = [one for one in dg.DagsterRunStatus if one not in over]
    waiting = {dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED}
    active = instance.get_runs(dg.RunsFilter(statuses=unfinished), limit=_UNFINISHED_READ)
    queued = Counter(run.job_name for run in active if run.status in waiting)
    running = Counter(run.job_name for run in active if run.status not in waiting)
    jobs = []
    for name in names:
        records = instance.get_run_records(dg.RunsFilter(job_name=name, statuses=over), limit=1)
        if not records:
            jobs.append(Job(name, queued[name], running[name]))
            continue
        run, began, ended = records[0].dagster_run, records[0].start_time, records[0].end_time
        jobs.append(
            Job(
                name,
                queued[name],
                running[name],
                run_id=run.run_id,
                result=run.status.value.lower(),
                partition=_partition(run.tags),
                ended=_moment(ended),
                seconds=round(ended - began, 1) if began and ended else None,
                did=_did(instance, run.run_id),
            )
        )
    return [job for job in jobs if job.name != _BY_HAND or job.result or job.queued or job.running]


def _partition(tags: Mapping[str, str]) -> str | None:
    first, last = (tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end"))
    return f"{first} .. {last}" if first else tags.get("dagster/partition")


def _did(instance: dg.DagsterInstance, run_id: str) -> dict[str, dict[str, int]]:
    import dagster as dg

    told: dict[str, Counter[str]] = {}
    found = instance.get_records_for_run(
        run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION, limit=_MATERIALIZATIONS_READ
    )
    for record in found.records:
        made = record.asset_materialization
        if made is None:
            continue
        values = {name: made.metadata[name].value for name in _COUNTS if name in made.metadata}
        counts = Counter({name: value for name, value in values.items() if isinstance(value, int) and value})
        asset = made.asset_key.to_user_string()
        # A cell of a grid tells its own counts; a day of a range those of the whole run.
        if asset not in told or isinstance(record.partition_key, dg.MultiPartitionKey):
            told[asset] = told.get(asset, Counter()) + counts
    return {asset: dict(counts) for asset, counts in told.items()}


def _moment(timestamp: float | None) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(timestamp, dt.UTC) if timestamp else None


def reasons_for_a_person(holdings: Holdings, works: Works, *, now: dt.datetime) -> list[str]:
    """What somebody should look at, each with the way there; empty when all is well."""
    reasons = []
    if not works.daemon.alive:
        heard = works.daemon.last_heartbeat
        since = f"its last heartbeat was at {heard:%Y-%m-%d %H:%M} UTC" if heard else "it never gave a heartbeat"
        reasons.append(f"the daemon is not alive ({since}): {', '.join(works.daemon.silent)}")
    if parked := sum(holdings.parked_items.values()):
        reasons.append(f"{_items(parked)} parked: `astra failures list --parked`")
    if holdings.overdue:
        reasons.append(f"conversations of the last two days that have waited for over an hour: {holdings.overdue}")
    if off := [clock.name for clock in (*works.schedules, *works.sensors) if not clock.on]:
        reasons.append(f"switched off: {', '.join(off)}")
    if works.daemon.alive:
        asleep = [
            clock.name
            for clock in works.sensors
            if clock.on and clock.last_tick and now - clock.last_tick > _ASLEEP_AFTER
        ]
        reasons += [f"{', '.join(asleep)}: no look for over ten minutes"] if asleep else []
    reasons += [
        f"the last run of {_shown(job.name)} failed: {job.run_id}" for job in works.jobs if job.result == "failure"
    ]
    reasons += [
        f"the last look of {clock.name} failed; its page in the UI says why"
        for clock in (*works.schedules, *works.sensors)
        if clock.on and clock.last_result == "failure"
    ]
    if holdings.without_horoscope:
        reasons.append(
            f"users without today's horoscope an hour after it was due: {holdings.without_horoscope}; the check "
            "everyone_has_one names them"
        )
    return reasons


def _items(count: int) -> str:
    return "1 item is" if count == 1 else f"{count} items are"


def _shown(job: str) -> str:
    return "materialised by hand" if job == _BY_HAND else job


def print_status(
    console: Console, holdings: Holdings, works: Works, reasons: Sequence[str], *, now: dt.datetime
) -> None:
    """One screen."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    verdict: Literal["green", "yellow"] = "yellow" if reasons else "green"
    parts: list[Any] = [
        *([Text(f"! {reason}", style="yellow") for reason in reasons] or [Text("All is well.", style="green")]),
        _heading("Conversations", f"{holdings.completed} completed"),
        Text(_conversations(holdings, now)),
        _heading("People", f"{holdings.users} users in {holdings.cohorts} cohorts"),
        Text(
            f"{holdings.without_cohort} without a cohort, {holdings.without_horoscope} without today's horoscope "
            "an hour after it was due"
        ),
        _heading("Daemon", "alive" if works.daemon.alive else "not alive"),
        Text(f"heartbeat {_ago(works.daemon.last_heartbeat, now)}; sensors: {_sensors(works.sensors, now)}"),
        _heading("Next", "schedules, UTC"),
        _schedules(works.schedules, now),
        _heading("Last runs", f"{works.failed_runs_of_a_day} failed in 24 hours"),
        _runs(works.jobs, now),
    ]
    console.print(Panel(Group(*parts), title=f"astra status, {now:%Y-%m-%d %H:%M:%S} UTC", border_style=verdict))


def _heading(name: str, detail: str) -> Text:
    from rich.text import Text

    return Text.assemble((name, "bold magenta"), (f"  {detail}", "dim"))


def _conversations(holdings: Holdings, now: dt.datetime) -> str:
    oldest = f" (the oldest ended {_ago(holdings.oldest_waiting, now)})" if holdings.oldest_waiting else ""
    items = ", ".join(f"{count} {kind}" for kind, count in holdings.parked_items.items()) or "none"
    return (
        f"{holdings.waiting} waiting{oldest}, {holdings.processed} processed, {holdings.parked} parked\n"
        f"items of every kind: {holdings.retrying_items} to be tried again, parked: {items}"
    )


def _sensors(sensors: Sequence[Clock], now: dt.datetime) -> str:
    return ", ".join(f"{one.name} {_looked(one, now) if one.on else 'off'}" for one in sensors)


def _looked(clock: Clock, now: dt.datetime) -> str:
    result = f" ({clock.last_result})" if clock.last_result == "failure" else ""
    return _ago(clock.last_tick, now) + result


def _schedules(schedules: Sequence[Clock], now: dt.datetime) -> Table:
    from rich.table import Table

    table = Table("schedule", "next", "last look", "result", box=None)
    for one in sorted(schedules, key=lambda one: (one.next_tick is None, one.next_tick or now)):
        upcoming = f"{one.next_tick:%H:%M}" if one.next_tick else "off"
        table.add_row(one.name, upcoming, _ago(one.last_tick, now), one.last_result or "-")
    return table


def _runs(jobs: Sequence[Job], now: dt.datetime) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None)
    for name in ("job", "queued", "running", "ended", "took", "result"):
        table.add_column(name, no_wrap=True)
    table.add_column("did")
    for job in jobs:
        table.add_row(
            _shown(job.name),
            str(job.queued),
            str(job.running),
            _ago(job.ended, now),
            f"{job.seconds:.0f} s" if job.seconds is not None else "-",
            Text(job.result or "-", style="yellow" if job.result == "failure" else ""),
            Text(_told(job)),
        )
    return table


def _told(job: Job) -> str:
    """Of each asset the counts, in a line; an asset that found nothing to do is left out."""
    counts = (
        f"{asset}: {', '.join(f'{count} {name}' for name, count in told.items())}"
        for asset, told in job.did.items()
        if told
    )
    return "; ".join(filter(None, (job.partition, *counts))) or ("nothing" if job.did else "-")


def _ago(moment: dt.datetime | None, now: dt.datetime) -> str:
    if moment is None:
        return "never"
    seconds = max((now - moment).total_seconds(), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
