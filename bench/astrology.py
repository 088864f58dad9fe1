"""`astra chart --batch` beside itself as it was, and positions beside skyfield's, of the same births in one run."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import orjson

from astra_pipeline.astrology.births import from_record
from astra_pipeline.astrology.ephemeris import PLANETS, positions
from astra_pipeline.astrology.timescales import julian_date, terrestrial
from bench.former import NoHistory, checked_out

# The last commit that made a document of dicts for each birth.
_FORMER = "0fe3d10"
_TIMES = 3
_TURNS = 3
_ARCSECONDS = 0.1
_NOW = "2026-11-23T12:00:00Z"
_ASTRA = "import sys; sys.argv[0] = 'astra'; from astra_pipeline.cli.main import main; main()"
_ZONES = ("Asia/Kolkata", "Europe/Paris", "America/New_York", "Australia/Lord_Howe")


def write_births(target: Path, count: int) -> None:
    drawn = random.Random(20261123)
    first = dt.date(1930, 1, 1)
    with target.open("wb") as lines:
        for number in range(count):
            record = {
                "id": f"birth_{number}",
                "date": (first + dt.timedelta(days=drawn.randrange(33_000))).isoformat(),
                "time": f"{drawn.randrange(24):02d}:{drawn.randrange(60):02d}",
                "lat": drawn.uniform(-60, 66),
                "lon": drawn.uniform(-180, 180),
                "tz": drawn.choice(_ZONES),
            }
            lines.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))


@dataclass(frozen=True)
class Measured:
    """One run of `astra chart --batch`, its processes taken together."""

    seconds: float
    cpu_seconds: float
    written: int
    """The bytes of its answers."""
    digest: str


def through_the_cli(source: Path, folder: Path, environment: Mapping[str, str] | None = None) -> Measured:
    """Run `astra chart --batch`, of this package or of the one that `environment` names."""
    target = folder / "charts.jsonl"
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with target.open("wb") as out:
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _ASTRA, "chart", "--batch", str(source), "--now", _NOW],
            stdout=out,
            check=True,
            env=environment and dict(environment),
            cwd=folder if environment else None,
        )
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    with target.open("rb") as lines:
        return Measured(
            seconds,
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            target.stat().st_size,
            hashlib.file_digest(lines, "sha256").hexdigest(),
        )


def beside_the_former(source: Path, count: int) -> bool:
    """Run both in turns and print them; True when ours is fast enough, or the former is not to be had."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            former = checked_out(_FORMER, folder / "former")
        except NoHistory as reason:
            click.echo(f"astra chart --batch as of {_FORMER}: not measured, {reason}")
            _print_batch("ours", [through_the_cli(source, folder)], count)
            return True
        turns = [(through_the_cli(source, folder, former), through_the_cli(source, folder)) for _ in range(_TURNS)]
    theirs, ours = zip(*turns, strict=True)
    click.echo(f"astra chart --batch, {count} births, {_TURNS} times in turns: whole chart documents as JSON")
    _print_batch(f"as of {_FORMER}", theirs, count)
    _print_batch("ours", ours, count)
    ratios = [
        statistics.median(getattr(a, of) / getattr(b, of) for a, b in turns) for of in ("seconds", "cpu_seconds")
    ]
    same = len({run.digest for turn in turns for run in turn}) == 1
    click.echo(f"  ours is {ratios[0]:.1f} times as fast, with {1 / ratios[1]:.2f} of the CPU time")
    click.echo(f"  the answers are {'the same, byte for byte' if same else 'NOT THE SAME'}")
    return same and ratios[0] >= _TIMES


def _print_batch(name: str, runs: Sequence[Measured], count: int) -> None:
    seconds = statistics.median(run.seconds for run in runs)
    cpu = statistics.median(run.cpu_seconds for run in runs)
    click.echo(
        f"  {name:<16}{seconds:6.1f} s {cpu:6.1f} CPU-s {count / seconds:8.0f} births/s"
        f"{runs[0].written / 1e9:6.2f} GB"
    )


def positions_only(jd_ut: np.ndarray) -> tuple[float, np.ndarray]:
    began = time.monotonic()
    found = positions(jd_ut).longitude
    return time.monotonic() - began, found


def skyfields(jd_ut: np.ndarray) -> tuple[float, np.ndarray]:
    """(seconds, longitudes): the same ten bodies, apparent, ecliptic of date, from the same DE421."""
    from skyfield.api import Loader
    from skyfield.framelib import ecliptic_frame
    from skyfield_data import get_skyfield_data_path

    load = Loader(get_skyfield_data_path(), verbose=False)
    kernel = load("de421.bsp")
    times = load.timescale(builtin=True).tt_jd(terrestrial(jd_ut))
    began = time.monotonic()
    earth = kernel["earth"].at(times)  # type: ignore[union-attr]
    rows = []
    for planet in PLANETS:
        target = planet.lower() if planet in ("Sun", "Moon") else f"{planet} barycenter".lower()
        target = {"mercury barycenter": "mercury", "venus barycenter": "venus"}.get(target, target)
        _, longitude, _ = earth.observe(kernel[target]).apparent().frame_latlon(ecliptic_frame)
        rows.append(longitude.degrees)
    return time.monotonic() - began, np.array(rows)


@click.command()
@click.option("--births", "count", default=100_000, show_default=True)
def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "births.jsonl"
        write_births(source, count)
        passed = beside_the_former(source, count)
        jd_ut = julian_date([from_record(orjson.loads(line)).utc for line in source.read_bytes().splitlines()])
    ours, found = positions_only(jd_ut)
    theirs, reference = skyfields(jd_ut)
    apart = np.abs((found - reference + 180) % 360 - 180).max() * 3600
    click.echo("Positions of ten bodies for the same births, one core:")
    click.echo(f"  ours      {ours:6.1f} s   {count / ours:8.0f} births/s   (positions, speeds and nodes)")
    click.echo(f"  skyfield  {theirs:6.1f} s   {count / theirs:8.0f} births/s   (positions only; baseline)")
    click.echo(f"  ours is {theirs / ours:.1f} times as fast; largest difference {apart:.3f} arcseconds")
    passed = passed and theirs >= ours and apart <= _ARCSECONDS
    click.echo(
        f"{'PASS' if passed else 'FAIL'}: at least {_TIMES} times as fast as {_FORMER} with the same answers, not "
        f"slower than skyfield and within {_ARCSECONDS} arcseconds of it"
    )
    sys.exit(not passed)


if __name__ == "__main__":
    main()
