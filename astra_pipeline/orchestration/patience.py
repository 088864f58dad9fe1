"""Ticks that outlast an election of MongoDB's: a step-down is nobody's error."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any, TypeVar

import dagster as dg

from astra_pipeline.errors import DatabaseAway
from astra_pipeline.store.away import is_away, is_gone

T = TypeVar("T")

# A set of three has another primary after two to four seconds.
_AGAIN_AFTER_SECONDS = 2.0
# Dagster gives up on a tick after a minute. One that took longer than this is not begun again.
_LONGEST_FIRST_SECONDS = 20.0


def patient(evaluate: Callable[..., T]) -> Callable[..., T | dg.SkipReason]:
    """The function of a sensor or schedule, evaluated once more where MongoDB was away for a moment.

    When it still is, or the first evaluation took long, the tick is skipped with the reason, and the next one asks
    for the same. A MongoDB that cannot be found at all makes the tick fail, so that an operator sees it. Put it
    below `dg.sensor` or `dg.schedule`.
    """

    @functools.wraps(evaluate)
    def tick(*args: Any, **resources: Any) -> T | dg.SkipReason:
        began = time.monotonic()
        try:
            return evaluate(*args, **resources)
        except Exception as error:
            if not _passes(error):
                raise
            if time.monotonic() - began > _LONGEST_FIRST_SECONDS:
                return _skipped(error)
        time.sleep(_AGAIN_AFTER_SECONDS)
        try:
            return evaluate(*args, **resources)
        except Exception as error:
            if not _passes(error):
                raise
            return _skipped(error)

    return tick


def _skipped(error: Exception) -> dg.SkipReason:
    return dg.SkipReason(f"MongoDB was away for a moment ({type(error).__name__}); the next tick asks again")


def _passes(error: Exception) -> bool:
    return not is_gone(error) and (isinstance(error, DatabaseAway) or is_away(error))
