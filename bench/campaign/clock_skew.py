"""A process whose clock is wrong, as the project's code reads it: Dagster and the drivers read the real one."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

_REAL = dt.datetime


class _LikeDatetime(type):
    """Lets isinstance and issubclass find what the real class would find."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _REAL)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, _REAL)


def shift(seconds: float) -> None:
    """From now on `datetime.datetime.now` and `time.time` of this process are off by `seconds`, for good.

    Monotonic clocks go on as they are, as they do on a machine whose date is set wrongly.
    """
    off, real_time = dt.timedelta(seconds=seconds), time.time

    def now(tz: dt.tzinfo | None = None) -> dt.datetime:
        return _REAL.now(tz) + off

    def make(cls: type, *args: Any, **kwargs: Any) -> dt.datetime:
        return _REAL(*args, **kwargs)

    body = {"now": staticmethod(now), "__new__": make}
    body |= {
        name: getattr(_REAL, name)
        for name in ("fromisoformat", "fromtimestamp", "combine", "strptime", "min", "max", "fromordinal")
    }
    dt.datetime = _LikeDatetime("datetime", (), body)  # type: ignore[misc]
    time.time = lambda: real_time() + seconds
