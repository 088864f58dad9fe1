"""The caller decides what is answered. test_every_route.py has every route by every kind of caller."""

from __future__ import annotations

import datetime as dt

import pytest
from structlog.testing import capture_logs

from astra_pipeline_tests.api.doors import SERVICE, joined, signed_in

pytestmark = pytest.mark.anyio

DATE = "2026-11-23"


async def test_what_is_answered_is_the_named_persons(db, opened) -> None:
    asha = signed_in(db, "user_asha", user_overview={"preferences": {"hinglish_level": 40}})
    joined(db, "user_bela", user_overview={"preferences": {"hinglish_level": 90}})
    root = signed_in(db, "user_root")
    async with opened() as door:
        own = await door.client.get("/api/tasks/persona", headers=asha)
        other = await door.client.get("/api/tasks/persona", params={"user_id": "user_bela"}, headers=root)
    assert own.json()["preferences"] == {"hinglish_level": 40}
    assert other.json()["preferences"] == {"hinglish_level": 90}


async def test_an_admin_who_reaches_somebody_else_is_logged_with_both_ids(db, opened) -> None:
    joined(db, "user_asha")
    root = signed_in(db, "user_root")
    with capture_logs() as logged:
        async with opened() as door:
            await door.client.get("/api/tasks/persona", headers=root)
            await door.client.get("/api/tasks/persona", params={"user_id": "user_asha"}, headers=root)
    told = [line for line in logged if "admin" in line]
    assert [(line["admin"], line["user_id"]) for line in told] == [("user_root", "user_asha")]


@pytest.mark.parametrize(("verified", "status"), [(True, 200), (False, 403)])
async def test_an_admin_by_e_mail_has_verified_it(db, opened, verified, status) -> None:
    joined(db, "user_asha")
    boss = signed_in(db, "user_boss", email="Boss@Example.com", emailVerified=verified)
    async with opened() as door:
        answer = await door.client.get("/api/tasks/persona", params={"user_id": "user_asha"}, headers=boss)
    assert answer.status_code == status


async def test_each_token_of_a_service_is_taken_and_no_part_of_one(db, opened) -> None:
    joined(db, "user_asha")
    async with opened() as door:
        for token, status in (
            ("an-older-token-of-a-service", 200),
            ("an-older-token-of-a-servic", 401),
            ("an-older-token-of-a-service,a-token-of-a-service-of-the-tests", 401),
            ("", 401),
        ):
            headers = {"Authorization": f"bearer {token}"}
            answer = await door.client.get("/api/tasks/persona", params={"user_id": "user_asha"}, headers=headers)
            assert answer.status_code == status, token


async def test_a_bad_token_is_not_made_good_by_a_cookie(db, opened) -> None:
    asha = signed_in(db, "user_asha")
    async with opened() as door:
        answer = await door.client.get("/api/tasks/persona", headers=asha | {"Authorization": "Bearer of-nobody"})
    assert answer.status_code == 401


OWN = {"Origin": "http://api.test"}
FORWARDED = {"X-Forwarded-Host": "astra.example", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 204),
        (OWN, 204),
        ({"Origin": "https://astra.example"}, 403),
        ({"Origin": "https://astra.example"} | FORWARDED, 204),
        ({"Origin": "https://evil.astra.example"} | FORWARDED, 403),
        ({"Origin": "http://astra.example"} | FORWARDED, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        (OWN | {"Sec-Fetch-Site": "same-origin"}, 204),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "application/json; charset=utf-8"}, 204),
    ],
)
async def test_a_write_by_cookie_comes_from_a_page_of_ours(db, opened, headers, status) -> None:
    asha = signed_in(db, "user_asha", user_overview={"latest_horoscope": {"date": DATE}})
    body = f'{{"date": "{DATE}", "rating": "up"}}'
    sent = {"Content-Type": "application/json"} | asha | headers
    async with opened() as door:
        answer = await door.client.post("/api/tasks/horoscope/feedback", content=body, headers=sent)
    assert answer.status_code == status
    if status == 403:
        assert answer.json() == {"error": "Forbidden", "message": "Origin not allowed"}


async def test_origins_that_are_trusted_by_name_replace_our_own(db, opened) -> None:
    asha = signed_in(db, "user_asha", user_overview={"latest_horoscope": {"date": DATE}})
    body = {"date": DATE, "rating": "up"}
    async with opened(ASTRA_TRUSTED_ORIGINS="https://astra.example, https://www.astra.example/") as door:
        for origin, status in (
            ("https://astra.example", 204),
            ("https://www.astra.example", 204),
            ("http://api.test", 403),
        ):
            answer = await door.client.post(
                "/api/tasks/horoscope/feedback", json=body, headers=asha | {"Origin": origin}
            )
            assert answer.status_code == status, origin


async def test_a_service_writes_from_anywhere_whatever_the_type_says(db, opened) -> None:
    joined(db, "user_asha", user_overview={"latest_horoscope": {"date": DATE}})
    body = f'{{"user_id": "user_asha", "date": "{DATE}", "rating": "down"}}'
    sent = SERVICE | {"Content-Type": "text/plain", "Origin": "https://elsewhere.example"}
    async with opened() as door:
        answer = await door.client.post("/api/tasks/horoscope/feedback", content=body, headers=sent)
    assert answer.status_code == 204


async def test_while_mongodb_is_away_nobody_is_signed_out(db, opened) -> None:
    asha = signed_in(db, "user_asha")
    async with opened(MONGODB_URI="mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200") as door:
        for headers, named in ((asha, {}), (SERVICE, {"user_id": "user_asha"})):
            answer = await door.client.get("/api/tasks/persona", params=named, headers=headers)
            assert answer.status_code == 503
            assert answer.json() == {"error": "Service unavailable"}
            assert answer.headers["retry-after"] == "5"
        nobody = await door.client.get("/api/tasks/persona")
        alive, ready = await door.client.get("/healthz"), await door.client.get("/readyz")
    assert nobody.status_code == 401
    assert (alive.status_code, ready.status_code) == (200, 503)
    assert ready.json() == {"error": "Service unavailable", "message": "MongoDB does not answer"}


async def test_a_person_whose_sign_up_set_no_id_is_known_by_the_documents(db, opened) -> None:
    asha = signed_in(db, "user_asha", user_overview={"preferences": {"hinglish_level": 40}})
    db["user"].update_one({"id": "user_asha"}, {"$unset": {"id": ""}})
    async with opened() as door:
        answer = await door.client.get("/api/tasks/persona", headers=asha)
    assert answer.json()["preferences"] == {"hinglish_level": 40}


async def test_a_session_that_is_over_is_no_session(db, opened) -> None:
    asha = signed_in(db, "user_asha")
    db["session"].update_many({}, {"$set": {"expiresAt": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}})
    async with opened() as door:
        answer = await door.client.get("/api/tasks/persona", headers=asha)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
