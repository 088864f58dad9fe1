"""A search for the moments at which a function of time changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from astra_pipeline.astrology.zodiac import FloatArray, IntArray

State = Callable[[FloatArray], IntArray]
# An hour halved so often is under a millisecond.
_HALVINGS = 22


def changes(state: State, start: float, end: float, *, step: float = 1 / 24) -> list[tuple[float, int, int]]:
    """(Julian date, state before, state after) of every change of `state` from `start` to `end`, in order.

    `state` takes Julian dates and returns whole numbers (a sign, a quarter, 1 while retrograde). Two changes
    within one `step` (days) that undo each other are not seen.
    """
    moments = np.linspace(start, end, max(int(np.ceil((end - start) / step)), 1) + 1)
    states = state(moments)
    at = np.flatnonzero(states[1:] != states[:-1])
    if not len(at):
        return []
    low, high, before = moments[at], moments[at + 1], states[at]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        earlier = state(middle) == before
        low, high = np.where(earlier, middle, low), np.where(earlier, high, middle)
    return list(zip(high.tolist(), before.tolist(), state(high).tolist(), strict=True))
