"""Work beside a block ends with it, also when it missed that it was told to."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from astra_pipeline.store import beside as module
from astra_pipeline.store.beside import beside


async def once_deaf(told: list[str]) -> None:
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(3600)
    told.append("deaf")
    try:
        await asyncio.sleep(3600)
    finally:
        told.append("ended")


def test_it_ends_although_it_swallowed_the_first_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ASKED_AGAIN_SECONDS", 0.01)
    told: list[str] = []

    async def work() -> None:
        async with beside(once_deaf(told)):
            await asyncio.sleep(0.01)
        assert told == ["deaf", "ended"]

    asyncio.run(asyncio.wait_for(work(), 60))


def test_an_error_of_the_block_is_the_blocks() -> None:
    async def work() -> None:
        async with beside(asyncio.sleep(3600)):
            raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(work())
