"""A service that answers nothing is left alone, and asked again after a pause."""

from __future__ import annotations

import pytest

from astra_pipeline.errors import ServiceAway
from astra_pipeline.llm.breaker import AT_MOST, PAUSE_SECONDS, Breaker


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def broken() -> tuple[Breaker, Clock]:
    clock = Clock()
    breaker = Breaker("Julep", "creations", now=clock)
    for _ in range(AT_MOST):
        breaker.check()
        breaker.unanswered()
    with pytest.raises(ServiceAway, match="Julep: 5 creations in a row were not answered; the rest waits"):
        breaker.check()
    return breaker, clock


def test_after_the_pause_one_request_is_let_through_and_the_others_wait_for_it() -> None:
    breaker, clock = broken()
    clock.now += PAUSE_SECONDS
    breaker.check()
    with pytest.raises(ServiceAway):
        breaker.check()
    breaker.answered()
    breaker.check()
    breaker.check()


def test_one_that_is_not_answered_either_begins_another_pause() -> None:
    breaker, clock = broken()
    clock.now += PAUSE_SECONDS
    breaker.check()
    breaker.unanswered()
    clock.now += PAUSE_SECONDS - 1
    with pytest.raises(ServiceAway):
        breaker.check()
    clock.now += 1
    breaker.check()


def test_only_those_in_a_row_count() -> None:
    breaker = Breaker("Julep", "creations")
    for _ in range(AT_MOST):
        breaker.unanswered()
        breaker.answered()
        breaker.check()
