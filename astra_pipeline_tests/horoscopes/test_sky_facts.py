"""Facts are computed some people at a time, and a fault in one person's chart is that of the few beside them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from astra_pipeline.horoscopes import sky_facts as room


async def _computed(wanted: dict[str, Any]) -> dict[str, Any]:
    async with room.computed_in_turn(wanted, {}) as facts:
        return dict(zip(facts, await asyncio.gather(*facts.values(), return_exceptions=True), strict=True))


def test_everybody_gets_their_facts_and_a_fault_stays_among_the_few(monkeypatch: pytest.MonkeyPatch) -> None:
    def facts(some: dict[str, Any], _: Any) -> dict[str, Any]:
        if "bad" in some.values():
            raise ValueError("a chart")
        return {item: f"facts of {one}" for item, one in some.items()}

    monkeypatch.setattr(room, "sky_facts", facts)
    wanted: dict[str, Any] = {f"i{number}": number for number in range(250)}
    wanted["i120"] = "bad"
    found = asyncio.run(_computed(wanted))
    assert found.keys() == wanted.keys()
    spoilt = [item for item, one in found.items() if isinstance(one, ValueError)]
    assert "i120" in spoilt
    assert len(spoilt) == room._AT_A_TIME
    assert all(found[item] == f"facts of {wanted[item]}" for item in wanted if item not in spoilt)


def test_who_leaves_early_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(room, "sky_facts", lambda some, _: asked.append(len(some)) or dict.fromkeys(some))

    async def leave() -> None:
        wanted: Any = {f"i{number}": number for number in range(10 * room._AT_A_TIME)}
        async with room.computed_in_turn(wanted, {}) as facts:
            await facts["i0"]

    asyncio.run(leave())
    assert len(asked) < 10


def test_an_item_that_is_given_up_takes_nobody_elses_facts_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "sky_facts", lambda some, _: {item: f"facts of {item}" for item in some})

    async def given_up() -> list[Any]:
        wanted: Any = {f"i{number}": number for number in range(2 * room._AT_A_TIME)}
        async with room.computed_in_turn(wanted, {}) as facts:
            facts["i0"].cancel()
            return await asyncio.gather(*[facts[item] for item in wanted if item != "i0"])

    assert len(asyncio.run(asyncio.wait_for(given_up(), 20))) == 2 * room._AT_A_TIME - 1
