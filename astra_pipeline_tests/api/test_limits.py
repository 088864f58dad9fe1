"""Rates hold exactly, for people, services, admins and strangers, and every answer tells what is left."""

from __future__ import annotations

import asyncio
import time

import pytest
from fastapi import Request

from astra_pipeline.api import limits
from astra_pipeline_tests.api.doors import SERVICE, joined, signed_in

pytestmark = pytest.mark.anyio
PATH = "/api/tasks/persona"
FIVE = {"ASTRA_RATE_LIMITS": "on", "ASTRA_RATE_READ": "10/hour;burst=5"}


async def test_a_burst_is_allowed_and_no_request_more(db, opened) -> None:
    asha, bela = signed_in(db, "user_asha"), signed_in(db, "user_bela")
    async with opened(**FIVE) as door:
        answers = await asyncio.gather(*(door.client.get(PATH, headers=asha) for _ in range(40)))
        other = await door.client.get(PATH, headers=bela)
    allowed = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert (len(allowed), len(refused)) == (5, 35)
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"read";q=10;w=3600'}
    assert sorted(answer.headers["ratelimit"].partition(";t=")[0] for answer in allowed) == [
        f'"read";r={left}' for left in range(5)
    ]
    body = refused[0].json()
    wait = body["retry_after"]
    assert 340 <= wait <= 360
    assert body == {
        "error": "Too many requests",
        "message": f"Try again in {wait} seconds",
        "retry_after": wait,
    }
    assert refused[0].headers["retry-after"] == str(wait)
    assert other.status_code == 200, "each person has their own"


async def test_a_service_has_fifty_times_as_much_for_all_its_people(db, opened) -> None:
    joined(db, "user_asha")
    async with opened(ASTRA_RATE_LIMITS="on", ASTRA_RATE_READ="1/hour;burst=1") as door:
        answers = [
            (await door.client.get(PATH, params={"user_id": "user_asha"}, headers=SERVICE)).status_code
            for _ in range(52)
        ]
    assert answers == [200] * 50 + [429] * 2


async def test_buckets_do_not_share(db, opened) -> None:
    asha = signed_in(db, "user_asha", user_overview={"latest_horoscope": {"date": "2026-11-23"}})
    body = {"date": "2026-11-23", "rating": "up"}
    async with opened(**FIVE | {"ASTRA_RATE_FEEDBACK": "1/day"}) as door:
        for _ in range(6):
            await door.client.get(PATH, headers=asha)
        rated = await door.client.post("/api/tasks/horoscope/feedback", json=body, headers=asha)
        again = await door.client.post("/api/tasks/horoscope/feedback", json=body, headers=asha)
    assert (rated.status_code, again.status_code) == (204, 429)
    assert rated.headers["ratelimit-policy"] == '"feedback";q=1;w=86400'


async def test_a_read_above_the_rate_costs_mongodb_a_read_once(db, opened) -> None:
    asha = signed_in(db, "user_asha")
    async with opened(ASTRA_RATE_LIMITS="on", ASTRA_RATE_READ="1/hour;burst=1") as door:
        assert (await door.client.get(PATH, headers=asha)).status_code == 200
        assert (await door.client.get(PATH, headers=asha)).status_code == 429
        db.command("profile", 2)
        try:
            refused = [(await door.client.get(PATH, headers=asha)).status_code for _ in range(5)]
        finally:
            db.command("profile", 0)
    assert refused == [429] * 5
    assert db["system.profile"].count_documents({"op": "query", "ns": f"{db.name}.user"}) == 0


async def test_an_address_that_guesses_tokens_of_sessions_is_refused_before_the_look_up(db, opened) -> None:
    async with opened(
        ASTRA_RATE_LIMITS="on", ASTRA_RATE_FAILED="2/hour;burst=2", ASTRA_SESSION_BEARER="any"
    ) as door:
        db.command("profile", 2)
        try:
            guesses = [{"Authorization": f"Bearer {'x' * 31}{number}"} for number in range(6)]
            guessed = [(await door.client.get(PATH, headers=one)).status_code for one in guesses]
            service = await door.client.get(PATH, params={"user_id": "user_asha"}, headers=SERVICE)
        finally:
            db.command("profile", 0)
    assert guessed == [401, 401, 429, 429, 429, 429]
    assert service.status_code == 404, "a service's token is no guess"
    assert db["system.profile"].count_documents({"op": "query", "ns": f"{db.name}.session"}) == 3


async def test_a_stranger_is_soon_refused_and_signed_in_people_pay_nothing_for_it(db, opened, monkeypatch) -> None:
    monkeypatch.setattr(limits, "time", Clock())
    asha = signed_in(db, "user_asha")
    strangers = {"ASTRA_RATE_ADDRESS": "2/minute;burst=2", "ASTRA_RATE_FAILED": "3/minute;burst=3"}
    async with opened(ASTRA_RATE_LIMITS="on", **strangers) as door:
        for _ in range(10):
            assert (await door.client.get(PATH, headers=asha)).status_code == 200
        without = [(await door.client.get(PATH)).status_code for _ in range(4)]
        Clock.now += 100
        bad = {"Authorization": "Bearer of-nobody"}
        guessed = [(await door.client.get(PATH, headers=bad)).status_code for _ in range(5)]
        refused = await door.client.get(PATH, headers=bad | {"X-Forwarded-For": "203.0.113.9"})
        asked_for = {"user_id": "user_asha"}
        proven = [
            (await door.client.get(PATH, params=asked_for, headers=one)).status_code for one in (asha, SERVICE)
        ]
    assert without == [401, 401, 429, 429]
    assert guessed == [401, 401, 401, 429, 429]
    assert refused.status_code == 429, "a header that no trusted hop wrote is nobody's address"
    assert proven == [200, 200], "who proves themselves does not pay for others of the address"


class Clock:
    """`time`, for a test that lets it pass."""

    now = time.monotonic()

    @classmethod
    def monotonic(cls) -> float:
        return cls.now


@pytest.mark.parametrize(
    ("client", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no:address", "no:address"),
        (None, "unknown"),
    ],
)
async def test_a_household_is_one_address(client, address) -> None:
    scope = {"type": "http", "client": None if client is None else (client, 1)}
    assert limits.address_of(Request(scope)) == address


async def test_reads_go_on_while_they_cannot_be_counted(db, opened, monkeypatch) -> None:
    from pymongo.errors import AutoReconnect

    async def away(*_: object, **__: object) -> None:
        raise AutoReconnect("away")

    asha = signed_in(db, "user_asha", user_overview={"latest_horoscope": {"date": "2026-11-23"}})
    body = {"date": "2026-11-23", "rating": "up"}
    async with opened(**FIVE) as door:
        monkeypatch.setattr(limits.rates, "take", away)
        read = await door.client.get(PATH, headers=asha)
        written = await door.client.post("/api/tasks/horoscope/feedback", json=body, headers=asha)
    assert read.status_code == 200
    assert (written.status_code, written.json()["error"]) == (503, "Service unavailable")


async def test_nobody_is_readable_in_what_is_counted(db, opened) -> None:
    asha = signed_in(db, "user_asha")
    async with opened(**FIVE) as door:
        await door.client.get(PATH, headers=asha)
        await door.client.get(PATH)
    counted = list(db["astra_rate"].find())
    assert {one["_id"].partition(":")[0] for one in counted} == {"read", "address"}
    assert all(one["expires_at"] > one["at"] for one in counted)
    assert "asha" not in str(counted)
    assert "127.0.0.1" not in str(counted)
