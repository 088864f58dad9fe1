"""When an item is tried again, and when it is left to a person."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.batches.retries import RetryPolicy

_AT = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
_POLICY = RetryPolicy(base_seconds=60, attempts=6, waiting_base_seconds=10)


def test_six_attempts_with_growing_delays_then_it_is_parked() -> None:
    delays = [at - _AT for attempt in range(1, 6) if (at := _POLICY.next_attempt(attempt, _AT))]
    assert [delay.total_seconds() / 60 for delay in delays] == [1, 4, 16, 64, 256]
    assert _POLICY.next_attempt(6, _AT) is None


def test_a_transcript_is_waited_for_patiently_but_not_for_ever() -> None:
    waits = [_POLICY.next_look(looks, _AT, _AT) for looks in range(1, 9)]
    assert [(at - _AT).total_seconds() for at in waits if at] == [10, 20, 40, 80, 160, 320, 600, 600]
    assert _POLICY.next_look(100, _AT, _AT + dt.timedelta(hours=24)) is None


@given(st.floats(0.001, 10_000), st.integers(1, 20), st.integers(1, 10_000))
def test_delays_never_shrink_and_are_bounded(base: float, attempts: int, looks: int) -> None:
    policy = RetryPolicy(base_seconds=base, attempts=attempts, waiting_base_seconds=base)
    upcoming = [policy.next_attempt(attempt, _AT) for attempt in range(1, attempts)]
    assert None not in upcoming
    assert upcoming == sorted(filter(None, upcoming))
    assert all(at <= _AT + dt.timedelta(hours=6) for at in upcoming if at)
    look = policy.next_look(looks, _AT, _AT)
    assert look is not None
    assert _AT < look <= _AT + dt.timedelta(minutes=10)
