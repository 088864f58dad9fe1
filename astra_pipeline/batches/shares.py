"""The division of the LLM's slots among all runs that work at the same time. Pure.

A slot is the right to have one LLM execution under way. Live conversations come first; the others always keep a
tenth, so that nobody starves. What one run does not need, another gets. Runs that are alike get as much, to one
slot; the odd slots go round.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FIRST = "live"
"""The lane of the runs that come first."""
# The part of the limit that the other lanes keep.
_KEPT = 10
# The time after which the odd slots go to the next run.
_TURN = dt.timedelta(seconds=10)


@dataclass(frozen=True)
class Holder:
    """A run that uses the LLM, as all others see it."""

    name: str
    lane: str | None
    demand: int
    """The slots it has a use for."""
    granted: int
    """The slots it holds: calls under way, and calls it may start."""
    until: dt.datetime
    """When its slots are free again unless it tells of itself before (UTC, by the server's clock)."""


def shares(holders: Iterable[Holder], *, limit: int, at: dt.datetime) -> dict[str, int]:
    """Holder -> the slots that it is to have, of `limit` in all, at a moment (UTC).

    Their sum is the smaller one of the limit and of the demand.
    """
    living = sorted((one for one in holders if one.until > at), key=lambda one: one.name)
    turn = int(at.timestamp() // _TURN.total_seconds())
    first = [one for one in living if one.lane == FIRST]
    others = [one for one in living if one.lane != FIRST]
    kept, of_first_before, of_others_before = _kept(limit, turn)
    of_first = _spread(first, limit - min(kept, sum(one.demand for one in others)), of_first_before)
    return of_first | _spread(others, limit - sum(of_first.values()), of_others_before)


def granted(
    holders: Iterable[Holder], name: str, *, under_way: int, wanted: int, limit: int, at: dt.datetime
) -> int:
    """The slots a run holds after it told of itself: what it uses or wants, as far as no other living run holds it.

    The database computes the same (`slots`). However late the others know of it, the sum stays within the limit.
    """
    others = sum(one.granted for one in holders if one.name != name and one.until > at)
    return min(max(under_way, wanted), max(limit - others, 0))


def _kept(limit: int, turn: int) -> tuple[int, int, int]:
    """(slots that the other lanes keep, turns that the first lane has had, turns that the others have had).

    A single slot is theirs for one turn in ten.
    """
    if limit > 1:
        return max(limit // _KEPT, 1), turn, turn
    rounds, place = divmod(turn, _KEPT)
    return int(place == 0), turn - rounds, rounds


def _spread(holders: Sequence[Holder], slots: int, turn: int) -> dict[str, int]:
    """Divide slots: nobody gets more than its demand, nor two more than another whose demand is not met."""
    found = dict.fromkeys((one.name for one in holders), 0)
    start = turn % len(holders) if holders else 0
    lacking = [one for one in (*holders[start:], *holders[:start]) if one.demand > 0]
    while slots > 0 and lacking:
        each = max(slots // len(lacking), 1)
        for one in lacking:
            taken = min(each, one.demand - found[one.name], slots)
            found[one.name] += taken
            slots -= taken
        lacking = [one for one in lacking if found[one.name] < one.demand]
    return found
