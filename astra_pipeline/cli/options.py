"""Options and types of options that several commands share."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

HOME = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".astra"),
    show_default=True,
    help="The folder in which the embedded stack keeps its data.",
)


class Moment(click.ParamType):
    """An ISO 8601 date or moment; without an offset it is UTC. Gives an aware datetime."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:
        if isinstance(value, dt.datetime):
            return value
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no ISO 8601 date or moment such as 2026-11-23T12:00:00Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
