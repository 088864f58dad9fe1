"""The module `datetime` of a machine whose clock is wrong, to be put in a module's place of the real one."""

from __future__ import annotations

import datetime as dt
from typing import Any


def wrong_by(difference: dt.timedelta) -> Any:
    """A stand-in for the module `datetime` whose `datetime.now` is off by so much."""

    class Wrong(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Wrong:
            return cls.fromtimestamp(dt.datetime.now(dt.UTC).timestamp() + difference.total_seconds(), tz)

    class Module:
        datetime, UTC, timedelta = Wrong, dt.UTC, dt.timedelta

    return Module
