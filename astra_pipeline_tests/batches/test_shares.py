"""The division of the LLM's slots: within the limit, live first, nobody starves, nothing lies idle."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from astra_pipeline.batches.shares import Holder, granted, shares

AT = dt.datetime(2026, 11, 29, 9, tzinfo=dt.UTC)
_LANES = ("live", "grid", "backlog", "backfill", None)


def holder(name: str, lane: str | None, demand: int, held: int = 0, *, seconds: float = 5) -> Holder:
    return Holder(name, lane, demand, held, AT + dt.timedelta(seconds=seconds))


_holders = st.lists(
    st.builds(
        holder,
        st.uuids().map(str),
        st.sampled_from(_LANES),
        st.integers(0, 60),
        st.integers(0, 60),
        seconds=st.sampled_from([-1.0, 0.0, 5.0]),
    ),
    max_size=12,
    unique_by=lambda one: one.name,
)
_limits = st.integers(1, 60)
_moments = st.integers(0, 10_000).map(lambda seconds: AT - dt.timedelta(seconds=seconds))


@given(_holders, _limits)
@settings(max_examples=300, deadline=None)
def test_every_division_keeps_the_laws(holders: list[Holder], limit: int) -> None:
    found = shares(holders, limit=limit, at=AT)
    living = [one for one in holders if one.until > AT]
    assert found.keys() == {one.name for one in living}, "who has not told of itself in time has no share"
    assert sum(found.values()) == min(limit, sum(one.demand for one in living)), "no slot lies idle"
    assert all(found[one.name] <= one.demand for one in living)

    live = [one for one in living if one.lane == "live"]
    others = [one for one in living if one.lane != "live"]
    kept = min(max(limit // 10, 1), sum(one.demand for one in others))
    assert sum(found[one.name] for one in live) >= min(sum(one.demand for one in live), limit - kept)
    if limit > 1:
        assert sum(found[one.name] for one in others) >= kept
    for alike in (live, others):
        for one in alike:
            for other in alike:
                if found[one.name] < one.demand:
                    assert found[other.name] <= found[one.name] + 1, "one has two more than another who wants more"


@given(_holders, _limits)
@settings(max_examples=100, deadline=None)
def test_nobody_starves(holders: list[Holder], limit: int) -> None:
    wanting = [one for one in holders if one.demand and one.until > AT]
    lasting = [Holder(one.name, one.lane, one.demand, 0, dt.datetime.max.replace(tzinfo=dt.UTC)) for one in wanting]
    served: set[str] = set()
    for turn in range(10 * (len(wanting) + 1)):
        found = shares(lasting, limit=limit, at=AT + dt.timedelta(seconds=10 * turn))
        served |= {name for name, share in found.items() if share}
    assert served == {one.name for one in wanting}


@given(st.data(), st.integers(2, 6), _limits)
@settings(max_examples=200, deadline=None)
def test_whoever_tells_when_the_sum_stays_within_the_limit(data: st.DataObject, runs: int, limit: int) -> None:
    """Runs tell of themselves in any order, each with what it knew the last time, and some are killed."""
    names = [f"run_{number}" for number in range(runs)]
    stored: dict[str, Holder] = {}
    known: dict[str, list[Holder]] = {name: [] for name in names}
    now = AT
    for _ in range(40):
        now += dt.timedelta(seconds=data.draw(st.sampled_from([0.05, 1, 4])))
        stored = {name: one for name, one in stored.items() if one.until > now}
        name, demand = data.draw(st.sampled_from(names)), data.draw(st.integers(0, 40))
        lane = "live" if name == "run_0" else "backfill"
        me = Holder(name, lane, demand, 0, dt.datetime.max.replace(tzinfo=dt.UTC))
        others = [one for one in known[name] if one.name != name]
        wanted = shares([*others, me], limit=limit, at=known[name][0].until if others else now).get(name, 0)
        held = stored[name].granted if name in stored else 0
        under_way = data.draw(st.integers(0, held))
        mine = granted(stored.values(), name, under_way=under_way, wanted=wanted, limit=limit, at=now)
        assert mine >= under_way, "what is under way is never given away"
        stored[name] = Holder(name, lane, demand, mine, now + dt.timedelta(seconds=8))
        known[name] = list(stored.values())
        assert sum(one.granted for one in stored.values()) <= limit


def test_slots_of_a_run_that_is_gone_go_to_the_others() -> None:
    dead = holder("dead", "live", 20, 20, seconds=-0.001)
    alive = holder("alive", "backfill", 20)
    assert shares([dead, alive], limit=20, at=AT) == {"alive": 20}
    assert granted([dead, alive], "alive", under_way=0, wanted=20, limit=20, at=AT) == 20


def test_live_conversations_leave_a_tenth() -> None:
    found = shares([holder("live", "live", 50), holder("a", "grid", 50), holder("b", None, 1)], limit=20, at=AT)
    assert found == {"live": 18, "a": 1, "b": 1}
    assert shares([holder("live", "live", 3), holder("a", "grid", 50)], limit=20, at=AT) == {"live": 3, "a": 17}
