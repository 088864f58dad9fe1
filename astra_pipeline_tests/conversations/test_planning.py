"""Which runs a tick asks for."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.conversations.planning import Underway, Waiting, plan_runs

_NOW = dt.datetime(2026, 11, 23, 12, 1, tzinfo=dt.UTC)
_TODAY = _NOW.date()


def days_ago(days: int) -> dt.date:
    return _TODAY - dt.timedelta(days=days)


def waiting(count: int, days: int = 0, attempt: int = 0) -> list[Waiting]:
    return [Waiting(f"conv_{days}_{number}", days_ago(days), attempt) for number in range(count)]


def test_everything_within_the_limit_is_one_run_over_its_range_of_days() -> None:
    (plan,) = plan_runs([*waiting(3), *waiting(2, 7)], [], batch_limit=500, now=_NOW)
    assert (plan.first_day, plan.last_day, plan.conversations) == (days_ago(7), _TODAY, 5)
    assert (plan.lane, plan.limit) == ("live", None)


def test_past_the_limit_live_days_go_in_bounded_runs_and_the_rest_is_one_backlog() -> None:
    plans = plan_runs([*waiting(25), *waiting(40, 30), *waiting(40, 3)], [], batch_limit=10, now=_NOW)
    assert [plan.lane for plan in plans] == ["live", "live", "live", "backlog"]
    assert [plan.conversations for plan in plans] == [10, 10, 5, 80]
    assert all(plan.limit == 10 for plan in plans[:3])
    assert (plans[3].first_day, plans[3].last_day, plans[3].limit) == (days_ago(30), days_ago(3), None)
    assert len({plan.run_key for plan in plans}) == 4


def test_the_key_is_the_works_own_for_a_minute() -> None:
    def key(items: list[Waiting], now: dt.datetime = _NOW) -> str:
        return plan_runs(items, [], batch_limit=10, now=now)[0].run_key

    work = waiting(3)
    assert key(work) == key(list(reversed(work))) == key(work, _NOW + dt.timedelta(seconds=40))
    assert key(work) != key(waiting(4))
    assert key(work) != key(waiting(3, attempt=1))
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
def test_every_conversation_is_in_a_run_asked_for_or_underway(
    items: list[Waiting], underway: list[Underway], limit: int
) -> None:
    plans = plan_runs(items, underway, batch_limit=limit, now=_NOW)
    left = [i for i in items if not any(run.first_day <= i.day <= run.last_day for run in underway)]
    assert sum(plan.conversations for plan in plans) == len(left)
    for item in left:
        assert any(plan.first_day <= item.day <= plan.last_day for plan in plans)
    assert all(plan.conversations <= limit for plan in plans if plan.lane == "live")
    assert sum(plan.lane == "backlog" for plan in plans) <= 1
