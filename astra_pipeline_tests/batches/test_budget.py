"""The hour's LLM executions for runs over the past: counted before they are paid for, whoever asks."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from astra_pipeline.batches import budget
from astra_pipeline.errors import BudgetSpent
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import BUDGET


@pytest.fixture
def limit(environment: pytest.MonkeyPatch) -> int:
    environment.setenv("ASTRA_BACKFILL_MAX_CALLS_PER_HOUR", "7")
    forget_settings()
    return 7


def granted(lane: str | None, wanted: int) -> int:
    """The number of executions that the budget grants of so many asked for at once."""

    async def ask() -> int:
        async with MongoResource().connect() as db:
            spend = budget.spending(db, lane)
            if spend is None:
                return wanted
            answers = await asyncio.gather(*(spend() for _ in range(wanted)), return_exceptions=True)
            refusals = [answer for answer in answers if answer is not None]
            assert all(isinstance(refusal, BudgetSpent) for refusal in refusals), refusals
            return wanted - len(refusals)

    return asyncio.run(ask())


def test_of_many_at_once_exactly_the_limit_is_granted(db: Any, limit: int) -> None:
    assert granted("backlog", 40) == limit
    assert granted("backfill", 5) == 0, "the lanes of the past share one hour"
    assert budget.is_spent(db, now=dt.datetime.now(dt.UTC))


def test_live_runs_and_mornings_are_not_limited(db: Any, limit: int) -> None:
    for lane in ("live", "grid", None):
        assert granted(lane, 20) == 20
    assert db[BUDGET].count_documents({}) == 0


def test_the_next_hour_begins_anew(db: Any, limit: int) -> None:
    granted("backlog", limit)
    now = dt.datetime.now(dt.UTC)
    assert budget.is_spent(db, now=now)
    assert not budget.is_spent(db, now=now + dt.timedelta(hours=1))


def test_a_limit_of_none_calls_grants_none(db: Any, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_BACKFILL_MAX_CALLS_PER_HOUR", "0")
    forget_settings()
    assert granted("backfill", 3) == 0


def test_without_a_limit_nothing_is_counted(db: Any) -> None:
    assert granted("backlog", 100) == 100
    assert not budget.is_spent(db, now=dt.datetime.now(dt.UTC))
    assert db[BUDGET].count_documents({}) == 0
