"""A process computes with MongoDB's time, whatever its machine's clock says (F5 of the fault list)."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.synchronous.database import Database

from astra_pipeline.batches.work import open_work
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.store import clock
from astra_pipeline_tests.wrong_clock import wrong_by

_NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
_SECOND = dt.timedelta(seconds=1)
_WRONG = dt.timedelta(minutes=70)


@pytest.fixture(autouse=True)
def _compared_anew_afterwards(db: Database[dict[str, Any]]) -> Iterator[None]:
    yield
    connect()


def connect() -> None:
    async def connected() -> None:
        async with MongoResource().connect():
            pass

    asyncio.run(connected())


def servers_time(db: Database[dict[str, Any]]) -> dt.datetime:
    return db.command("hello")["localTime"].replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("told", "differs_by"),
    [
        (_NOON, dt.timedelta()),
        (_NOON + 2 * _SECOND, dt.timedelta()),
        (_NOON - dt.timedelta(milliseconds=1), dt.timedelta()),
        (_NOON + _WRONG, _WRONG - 2 * _SECOND),
        (_NOON - _WRONG, -_WRONG),
    ],
)
def test_clocks_that_may_agree_agree(told: dt.datetime, differs_by: dt.timedelta) -> None:
    """The answer of a slow server says no more than that it told its time between question and answer."""
    assert clock.difference(told, _NOON, _NOON + 2 * _SECOND) == differs_by


def test_on_one_machine_no_clock_is_wrong() -> None:
    connect()
    before = dt.datetime.now(dt.UTC)
    assert before <= clock.now() <= dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("wrong", [_WRONG, -_WRONG], ids=["ahead", "behind"])
def test_a_batch_on_a_machine_whose_clock_is_wrong_has_the_servers_time(
    wrong: dt.timedelta, db: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(clock, "dt", wrong_by(wrong))
        with open_work(MongoResource(), run_id="test") as work:
            assert abs(work.now - servers_time(db)) < _WRONG / 2
