"""Reads that are counted ahead pass without a write, and the rate holds all the same."""

from __future__ import annotations

import asyncio

import pytest

from astra_pipeline.api import reads
from astra_pipeline.api.reads import Reads, share
from astra_pipeline.rates import Rate
from astra_pipeline.store.rates import Grant
from astra_pipeline_tests.api.doors import signed_in

RATE = Rate(120, 60, 60)
PATH = "/api/tasks/persona"


class Clock:
    """`time`, for a test that lets it pass."""

    now = 1_000.0

    @classmethod
    def monotonic(cls) -> float:
        return cls.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    monkeypatch.setattr(reads, "time", Clock)
    return Clock


def grant(*, ahead: int) -> Grant:
    return Grant(True, 0.0, 52, 4.0, ahead)


def test_as_many_reads_pass_as_were_counted_ahead(clock: type[Clock]) -> None:
    process = Reads()
    assert process.use("asha") is None, "nothing is counted yet"
    process.note("asha", RATE, grant(ahead=share(RATE)))
    left = [found.left if (found := process.use("asha")) else None for _ in range(16)]
    assert left == [*range(52 + 14, 51, -1), None]
    process.note("bela", RATE, grant(ahead=0))
    assert process.use("bela") is None


def test_they_are_forgotten_when_the_rate_would_allow_as_many_anew(clock: type[Clock]) -> None:
    process = Reads()
    process.note("asha", RATE, grant(ahead=7))
    clock.now += 3.4
    left = process.use("asha")
    assert left is not None
    assert left.full_in_seconds == pytest.approx(0.6)
    clock.now += 0.1
    assert process.use("asha") is None


def test_what_two_counts_took_ahead_is_added_up(clock: type[Clock]) -> None:
    process = Reads()
    process.note("asha", RATE, grant(ahead=2))
    process.note("asha", RATE, grant(ahead=2))
    assert [process.use("asha") is not None for _ in range(5)] == [True] * 4 + [False]


@pytest.mark.anyio
async def test_a_burst_is_allowed_exactly_and_costs_fewer_writes(db, opened) -> None:
    asha = signed_in(db, "user_asha")
    async with opened(ASTRA_RATE_LIMITS="on", ASTRA_RATE_READ="1/hour;burst=32") as door:
        answers = await asyncio.gather(*(door.client.get(PATH, headers=asha) for _ in range(60)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(429)) == (32, 28)
    (counted,) = db["astra_rate"].find()
    assert counted["ok"] is False
