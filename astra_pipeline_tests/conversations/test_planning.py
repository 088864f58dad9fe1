"""Runs that a tick asks for: the live one is never stretched over the past (F9)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.conversations.planning import RunPlan, Underway, Waiting, plan_runs

_NOW = dt.datetime(2026, 11, 23, 12, 1, tzinfo=dt.UTC)
_TODAY = _NOW.date()


def days_ago(days: int) -> dt.date:
    return _TODAY - dt.timedelta(days=days)


def waiting(count: int, days: int = 0, attempt: int = 0) -> list[Waiting]:
    return [Waiting(f"conv_{days}_{number}", days_ago(days), attempt) for number in range(count)]


def days_of(plan: RunPlan) -> tuple[int, int]:
    return (_TODAY - plan.first_day).days, (_TODAY - plan.last_day).days


def test_the_live_days_are_one_run_and_older_ones_never_stretch_it() -> None:
    live, old, older = plan_runs(
        [*waiting(3), *waiting(2, 1), *waiting(2, 7), *waiting(1, 690)], [], batch_limit=500, now=_NOW
    )
    assert (days_of(live), live.conversations, live.lane, live.limit) == ((1, 0), 5, "live", None)
    assert (days_of(old), old.conversations, old.lane) == ((7, 7), 2, "backlog")
    assert (days_of(older), older.conversations, older.lane) == ((690, 690), 1, "backlog")


def test_old_conversations_share_a_run_where_few_empty_days_lie_between_them() -> None:
    old = [item for days in (3, 5, 12, 20, 30, 33) for item in waiting(1, days)]
    assert [days_of(plan) for plan in plan_runs(old, [], batch_limit=500, now=_NOW)] == [
        (12, 3),
        (20, 20),
        (33, 30),
    ]
    # Three in two weeks for a year: a run is at most a month long, and few of them are asked for at once.
    old = [item for days in range(3, 368, 5) for item in waiting(1, days)]
    plans = plan_runs(old, [], batch_limit=500, now=_NOW)
    assert len(plans) == 4
    assert all((plan.last_day - plan.first_day).days <= 31 for plan in plans)
    underway = [Underway(plan.first_day, plan.last_day) for plan in plans]
    assert plan_runs(old, underway, batch_limit=500, now=_NOW) == []
    (following,) = plan_runs(old, underway[1:], batch_limit=500, now=_NOW)
    assert (following.first_day, following.last_day) == (plans[0].first_day, plans[0].last_day)


def test_days_that_were_not_read_are_taken_for_a_backlog_and_a_lone_old_one_is_not() -> None:
    read = [item for days in range(10, 40, 5) for item in waiting(5, days)]
    newest = [Waiting("conv_first", days_ago(40), after_unread=True), *read]
    (backlog,) = plan_runs([*newest, *waiting(30, 700)], [], batch_limit=10, now=_NOW)
    assert days_of(backlog) == (700, 10)
    backlog, lone = plan_runs([*newest, *waiting(1, 700), *waiting(30, 60)], [], batch_limit=10, now=_NOW)
    assert (days_of(backlog), days_of(lone)) == ((60, 10), (700, 700))


def test_past_the_limit_live_days_go_in_bounded_runs_and_the_rest_is_one_backlog() -> None:
    old = [item for days in range(3, 83, 2) for item in waiting(2, days)]
    plans = plan_runs([*waiting(25), *old], [], batch_limit=10, now=_NOW)
    assert [plan.lane for plan in plans] == ["live", "live", "live", "backlog"]
    assert [plan.conversations for plan in plans] == [10, 10, 5, 80]
    assert all(plan.limit == 10 for plan in plans[:3])
    assert (days_of(plans[3]), plans[3].limit) == ((81, 3), None)
    assert len({plan.run_key for plan in plans}) == 4


def test_the_key_is_the_works_own_for_a_minute() -> None:
    def key(items: list[Waiting], now: dt.datetime = _NOW) -> str:
        return plan_runs(items, [], batch_limit=10, now=now)[0].run_key

    work = waiting(3)
    assert key(work) == key(list(reversed(work))) == key(work, _NOW + dt.timedelta(seconds=40))
    assert key(work) != key(waiting(4))
    assert key(work) != key(waiting(3, attempt=1))
    # What a killed run had taken is asked for at once, and after some killed runs in the next minute.
    taken = [[replace(item, taken=runs) for item in work] for runs in range(6)]
    assert len({key(items) for items in taken}) == 4
    assert key(taken[4]) == key(taken[5]) != key(taken[5], _NOW + dt.timedelta(minutes=1))
    # A run that died before it touched anything does not block its conversations for good.
    assert key(work) != key(work, _NOW + dt.timedelta(minutes=1))


@given(
    st.lists(st.builds(Waiting, st.uuids().map(str), st.integers(0, 90).map(days_ago)), max_size=60),
    st.lists(
        st.tuples(st.integers(0, 90), st.integers(0, 5)).map(
            lambda pair: Underway(days_ago(pair[0] + pair[1]), days_ago(pair[0]))
        ),
        max_size=3,
    ),
    st.integers(1, 20),
)
def test_every_conversation_is_in_a_run_asked_for_or_underway_or_its_turn_comes(
    items: list[Waiting], underway: list[Underway], limit: int
) -> None:
    left = [i for i in items if not any(run.first_day <= i.day <= run.last_day for run in underway)]
    plans = plan_runs(items, underway, batch_limit=limit, now=_NOW)
    live = [item for item in left if item.day >= days_ago(1)]
    assert sum(plan.conversations for plan in plans if plan.lane == "live") == len(live)
    assert all(plan.conversations <= limit for plan in plans if plan.lane == "live")
    assert all(plan.first_day >= days_ago(1) for plan in plans if plan.lane == "live")
    queue = [run for run in underway if run.last_day < days_ago(1)]
    backlog = [plan for plan in plans if plan.lane == "backlog"]
    assert len(backlog) + len(queue) <= max(4, len(queue))
    # With the runs done one after the other, everybody's turn comes.
    while backlog and not queue:
        old = {(plan.first_day, plan.last_day) for plan in backlog}
        left = [item for item in left if not any(first <= item.day <= last for first, last in old)]
        backlog = [p for p in plan_runs(left, [], batch_limit=limit, now=_NOW) if p.lane == "backlog"]
    assert queue or all(item.day >= days_ago(1) for item in left)
