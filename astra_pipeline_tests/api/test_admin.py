"""The admin page: for admins alone, without a script, safe against other sites' forms, readable on a phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from astra_pipeline.api.admin.access import BY_TOKEN
from astra_pipeline.store.collections import FAILURES, INSIGHTS, TASK_REQUESTS
from astra_pipeline_tests.api.doors import SERVICE, joined, signed_in
from astra_pipeline_tests.documents import recently

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Db = Database[dict[str, Any]]

pytestmark = pytest.mark.anyio


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def park(db: Db, item: str, **fields: Any) -> None:
    db[FAILURES].insert_one(
        {
            "_id": f"transcripts:{item}",
            "kind": "transcripts",
            "item": item,
            "error": "NotFound",
            "message": "<script>alert(1)</script>",
            "parked_at": recently(),
            "attempts": 6,
        }
        | fields
    )


async def test_the_verdict_comes_first_and_nothing_comes_from_elsewhere(opened, db: Db) -> None:
    park(db, "conv_1")
    async with opened() as api:
        page = await api.client.get("/admin", headers=signed_in(db, "user_root"))
    assert page.status_code == 200
    assert page.text.index("Needs a person") < page.text.index("Work of seven days")
    assert "1 item is parked" in page.text
    assert "<script" not in page.text
    assert re.findall(r'(?:src|href|action)="(?!/|#|data:,)', page.text) == []
    assert "style=" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'none'" in policy
    assert page.headers["cache-control"] == "no-store"


async def test_a_verified_email_is_an_admin_and_nobody_else_learns_that_there_is_a_page(opened, db: Db) -> None:
    boss = signed_in(db, "user_boss", email="boss@example.com", emailVerified=True)
    false_boss = signed_in(db, "user_false", email="boss@example.com", emailVerified=False)
    async with opened() as api:
        assert (await api.client.get("/admin", headers=boss)).status_code == 200
        nowhere = await api.client.get("/nowhere")
        for headers in ({}, false_boss, SERVICE, signed_in(db, "user_asha")):
            found = await api.client.get("/admin", headers=headers)
            assert found.status_code == 404
            assert found.json().keys() == nowhere.json().keys()


async def test_a_token_opens_it_where_there_is_no_sign_in(opened) -> None:
    async with opened(ASTRA_ADMIN_TOKEN="a-long-token-of-an-admin") as api:
        asked = await api.client.get("/admin/login")
        assert asked.status_code == 401
        assert asked.headers["www-authenticate"].startswith("Basic ")
        wrong = await api.client.get("/admin", auth=("admin", "wrong"))
        right = await api.client.get("/admin/login", auth=("admin", "a-long-token-of-an-admin"))
        page = await api.client.get("/admin/", auth=("admin", "a-long-token-of-an-admin"))
    assert (wrong.status_code, right.status_code, right.headers["location"]) == (404, 303, "/admin/")
    assert BY_TOKEN in page.text


async def test_a_form_of_another_site_does_nothing(opened, db: Db) -> None:
    park(db, "conv_1")
    admin, other = signed_in(db, "user_root"), signed_in(db, "user_root")
    async with opened() as api:
        token = csrf_of((await api.client.get("/admin", headers=admin)).text)
        form = {"action": "retry_parked", "csrf": token}
        answers = [
            await api.client.post("/admin/actions", data=form | {"csrf": ""}, headers=admin),
            await api.client.post("/admin/actions", data=form | {"csrf": "é"}, headers=admin),
            # The token of another session of the same person.
            await api.client.post("/admin/actions", data=form, headers=other),
            await api.client.post("/admin/actions", data=form, headers=admin | {"Origin": "https://evil.example"}),
            await api.client.post("/admin/actions", data=form, headers=admin | {"Sec-Fetch-Site": "cross-site"}),
        ]
        assert [answer.status_code for answer in answers] == [403] * 5
        assert db[FAILURES].count_documents({"parked_at": None}) == 0
        done = await api.client.post("/admin/actions", data=form, headers=admin)
    assert (done.status_code, done.headers["location"]) == (303, "/admin/?outcome=retried")
    assert db[FAILURES].count_documents({"parked_at": None}) == 1


async def test_a_person_is_found_by_id_and_refreshed_by_requests(opened, db: Db) -> None:
    asha = joined(
        db,
        "user_asha",
        name="Asha Secret",
        user_overview={"latest_horoscope": {"content": "A text of hers", "date": "2026-11-29"}},
    )
    park(db, "conv_1", user_id=asha)
    admin = signed_in(db, "user_root")
    async with opened() as api:
        page = await api.client.get(f"/admin/person?user_id={asha}", headers=admin)
        form = {"csrf": csrf_of(page.text), "user_id": asha}
        done = await api.client.post("/admin/actions", data=form | {"action": "refresh_person"}, headers=admin)
        shown = await api.client.get(done.headers["location"], headers=admin)
        nobody = await api.client.get("/admin/person?user_id=user_of_nobody", headers=admin)
        unknown = await api.client.post("/admin/actions", data=form | {"action": "drop_all"}, headers=admin)
    assert page.status_code == 200
    assert "Asha Secret" not in page.text
    assert "A text of hers" not in page.text
    assert "&lt;script&gt;" in page.text
    asked = list(db[TASK_REQUESTS].find({"user_id": asha}))
    assert {one["requested_by"]["kind"] for one in asked} <= {"admin"}
    assert shown.status_code == 200
    assert 'role="status"' in shown.text
    assert (nobody.status_code, unknown.status_code) == (404, 400)


async def test_the_state_is_there_as_json(opened, db: Db) -> None:
    async with opened() as api:
        found = await api.client.get("/admin/api/status", headers=signed_in(db, "user_root"))
    assert found.json()["status"] == "needs a person"
    assert {"reasons", "holdings", "jobs", "daemon"} <= found.json().keys()


async def test_a_persona_is_asked_for_anew_and_why_not_is_said(opened, db: Db) -> None:
    asha = joined(db, "user_asha")
    admin = signed_in(db, "user_root")
    outcomes = []
    async with opened() as api:
        page = await api.client.get(f"/admin/person?user_id={asha}", headers=admin)
        form = {"csrf": csrf_of(page.text), "user_id": asha, "action": "learn_persona"}
        for talks in (0, 5, 5):
            db[INSIGHTS].delete_many({})
            for number in range(talks):
                db[INSIGHTS].insert_one({"_id": f"conv_{number}", "user_id": asha, "empty": False})
            done = await api.client.post("/admin/actions", data=form, headers=admin)
            outcomes.append(done.headers["location"].partition("outcome=")[2].partition("&")[0])
    assert outcomes == ["no_persona", "persona_asked", "persona_asked"]
    (asked,) = db[TASK_REQUESTS].find({"user_id": asha})
    assert (asked["kind"], asked["requested_by"]["kind"], asked["status"]) == ("persona", "admin", "queued")
