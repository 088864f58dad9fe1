"""Births per second through `astra chart --batch`, beside skyfield's positions of the same births."""

from __future__ import annotations

import datetime as dt
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np
import orjson

from astra_pipeline.astrology.births import from_record
from astra_pipeline.astrology.ephemeris import PLANETS, positions
from astra_pipeline.astrology.timescales import julian_date, terrestrial

_LIMIT_SECONDS = 30
_LIMIT_BYTES = 1.5e9
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


def through_the_cli(source: Path, count: int) -> tuple[float, int, float]:
    """(seconds, bytes written, peak memory of all its processes in bytes) of one `astra chart --batch`."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "charts.jsonl"
        began = time.monotonic()
        with target.open("wb") as out:
            subprocess.run(
                [Path(sys.executable).parent / "astra", "chart", "--batch", str(source)], stdout=out, check=True
            )
        seconds = time.monotonic() - began
        with target.open("rb") as lines:
            charted = sum(b'"error"' not in line[:200] for line in lines)
        if charted != count:
            raise click.ClickException(f"{charted} charts of {count} births")
        # The largest of its processes, times how many there are: no process is larger.
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 * ((os.cpu_count() or 1) + 1)
        return seconds, target.stat().st_size, peak


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
        seconds, size, peak = through_the_cli(source, count)
        jd_ut = julian_date([from_record(orjson.loads(line)).utc for line in source.read_bytes().splitlines()])
    ours, found = positions_only(jd_ut)
    theirs, reference = skyfields(jd_ut)
    apart = np.abs((found - reference + 180) % 360 - 180).max() * 3600
    click.echo(f"astra chart --batch, {count} births: whole chart documents, {size / 1e9:.2f} GB of JSON")
    click.echo(f"  {seconds:.1f} s, {count / seconds:.0f} births/s, at most {peak / 1e6:.0f} MB in all processes")
    click.echo("Positions of ten bodies for the same births, one core:")
    click.echo(f"  ours      {ours:6.1f} s   {count / ours:8.0f} births/s   (positions, speeds and nodes)")
    click.echo(f"  skyfield  {theirs:6.1f} s   {count / theirs:8.0f} births/s   (positions only; baseline)")
    click.echo(f"  ours is {theirs / ours:.1f} times as fast; largest difference {apart:.3f} arcseconds")
    passed = seconds <= _LIMIT_SECONDS and peak <= _LIMIT_BYTES
    click.echo(f"{'PASS' if passed else 'FAIL'}: at most {_LIMIT_SECONDS} s and {_LIMIT_BYTES / 1e9} GB")
    sys.exit(not passed)


if __name__ == "__main__":
    main()
