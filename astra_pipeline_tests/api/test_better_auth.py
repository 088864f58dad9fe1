"""The real better-auth beside our indexes: nobody is locked out of the app, and its cookies open our door."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import pytest
from bson import ObjectId

from astra_pipeline.api.sessions import Sessions, SignedIn
from astra_pipeline.settings import settings
from astra_pipeline.store.client import connect
from astra_pipeline.store.indexes import INDEXES, ensure_indexes, problems
from astra_pipeline_tests.api import better_auth
from astra_pipeline_tests.api.better_auth import App, Browser
from astra_pipeline_tests.api.test_sessions import NAMES, PLAIN, SECRET, SECURE, signed

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Db = Database[dict[str, Any]]

ANOTHER_SECRET = b"another-secret-of-32-characters!"


@pytest.fixture(params=better_auth.VERSIONS)
def app(request: pytest.FixtureRequest, db: Db) -> Iterator[App]:
    """The web app on the database in which all our indexes stand."""
    try:
        with better_auth.app(request.param, settings().required("MONGODB_URI"), db.name, SECRET.decode()) as app:
            yield app
    except better_auth.NotInstalled as reason:
        pytest.skip(f"the real better-auth: {reason}")


def who(db: Db, *cookies: str, secret: bytes = SECRET) -> SignedIn | None:
    """The person to whom a process of ours that just started opens the door."""

    async def ask() -> SignedIn | None:
        async with connect(settings().required("MONGODB_URI"), db.name) as asynchronous:
            return await Sessions([secret], NAMES).signed_in(asynchronous, cookies)

    return asyncio.run(ask())


def signed_up(app: App, *, secure: bool = False) -> Browser:
    browser = app.browser(secure=secure)
    assert browser.sign_up("Asha", "asha@example.com").status_code == 200
    return browser


def test_sign_ups_in_flight_and_one_that_failed_lock_nobody_out(app: App, db: Db) -> None:
    """The app inserts people without `id`; its hook sets it later, or never."""
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(app.browser().sign_up, f"held {n}", f"held{n}@example.com") for n in range(2)]
        assert [answer.result().status_code for answer in held] == [200, 200]
    app.browser().sign_up("failed", "failed@example.com")
    unlinked = app.browser()
    assert unlinked.sign_up("unlinked", "unlinked@example.com").status_code == 200
    assert app.browser().sign_up("healthy", "healthy@example.com").status_code == 200

    stored = {user["name"]: user for user in db["user"].find()}
    with_id = {name for name, user in stored.items() if user.get("id") == str(user["_id"])}
    without = {name for name, user in stored.items() if "id" not in user}
    assert (with_id, without) == ({"held 0", "held 1", "healthy"}, {"failed", "unlinked"})
    # Whoever has no id yet signs in like everybody, and is known to us by the text of their `_id`.
    unlinked.post("sign-out")
    assert unlinked.sign_in("unlinked@example.com").status_code == 200
    person = who(db, unlinked.header)
    assert person is not None
    assert person.user_id == str(stored["unlinked"]["_id"]) == unlinked.session()["user"]["id"]
    assert problems(db) == []


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_a_person_comes_and_goes_and_our_door_follows(app: App, db: Db, secure: bool) -> None:
    browser = signed_up(app, secure=secure)
    assert (SECURE if secure else PLAIN) in browser.cookies
    stored = db["user"].find_one({"email": "asha@example.com"}) or {}
    person = who(db, browser.header)
    assert person is not None
    assert person == SignedIn(str(stored["_id"]))
    assert browser.session()["user"]["id"] == person.user_id

    cookies = browser.header
    assert browser.post("sign-out").status_code == 200
    assert who(db, cookies) is None
    assert browser.sign_in("asha@example.com").status_code == 200
    assert who(db, browser.header) == person
    # Two browsers of one person: leaving one leaves the other.
    other = app.browser(secure=secure)
    other.sign_in("asha@example.com", rememberMe=False)
    browser.post("sign-out")
    assert who(db, other.header) == person


def test_a_cookie_that_the_app_did_not_write_opens_nothing(app: App, db: Db) -> None:
    value = signed_up(app).cookies[PLAIN]
    token, _, signature = unquote(value).rpartition(".")
    refused = {
        "no cookie": "",
        "tampered token": f"{token[:-1]}{'a' if token[-1] != 'a' else 'b'}.{signature}",
        "tampered signature": f"{token}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        "43 characters": f"{token}.{signature[:-1]}",
        "token alone": token,
        "foreign secret": signed(token, ANOTHER_SECRET),
        "encoded twice": quote(value, safe=""),
        "plus for a space": f"{token}.{signature[:-2]} =",
        "base64 of URLs": f"{token}.{'-' * 43}=",
    }
    assert who(db, f"{PLAIN}={value}") is not None
    opened = {name for name, refused_value in refused.items() if who(db, f"{PLAIN}={refused_value}")}
    assert opened == set()
    assert who(db, f"{PLAIN}={value}", secret=ANOTHER_SECRET) is None


def test_a_session_that_is_over_or_was_deleted_opens_nothing_whatever_the_cookies_say(app: App, db: Db) -> None:
    browser = signed_up(app)
    assert browser.session() is not None
    assert "better-auth.session_data" in browser.cookies
    now = dt.datetime.now(dt.UTC)
    db["session"].update_many({}, {"$set": {"expiresAt": now - dt.timedelta(seconds=1)}})
    assert who(db, browser.header) is None
    db["session"].update_many({}, {"$set": {"expiresAt": now + dt.timedelta(days=1)}})
    assert who(db, browser.header) is not None
    db["session"].delete_many({})
    assert who(db, browser.header) is None


def test_a_session_that_names_its_person_in_text_is_understood(app: App, db: Db) -> None:
    """Adapters before 2026 wrote foreign keys back as texts."""
    browser = signed_up(app)
    (session,) = db["session"].find()
    assert isinstance(session["userId"], ObjectId)
    person = who(db, browser.header)
    db["session"].update_one({}, {"$set": {"userId": str(session["userId"])}})
    assert person is not None
    assert who(db, browser.header) == person


def test_what_the_app_records_of_conversations_is_refused_by_no_index(app: App, db: Db) -> None:
    browser = signed_up(app)
    user_id = browser.session()["user"]["id"]
    for _ in range(2):  # the client repeats itself after a lost connection
        answer = browser.record(conversationId="conv_1", agentId="agent_astra", workflowId="astra-responder")
        assert answer.status_code == 201
    assert browser.record(conversationId="conv_2").status_code == 201
    first, second = db["elevenlabs_conversations"].find().sort("conversation_id")
    assert first.items() >= {"user_id": user_id, "agent_id": "agent_astra", "metadata": None}.items()
    assert not {"status", "ended_at"} & (first.keys() | second.keys())
    stored = db["user"].find_one({"id": user_id}) or {}
    assert stored["elevenlabs_conversations"] == ["conv_1", "conv_1", "conv_2"]


def test_indexes_of_the_library_and_ours_stand_beside_each_other(app: App, db: Db) -> None:
    """Versions after 1.7.1 make some of their own, a unique one on `session.token` among them."""
    signed_up(app)
    made = _made_by_the_library(app, db)
    for collection in ("user", "session"):
        names = {index["name"] for index in db[collection].list_indexes()}
        assert names == {name for name, _, _ in INDEXES[collection]} | made[collection] | {"_id_"}
    assert problems(db) == []


def test_an_index_of_the_library_that_was_there_first_serves_us(app: App, db: Db) -> None:
    for collection in ("user", "session"):
        db[collection].drop_indexes()
    signed_up(app)
    made = _made_by_the_library(app, db)
    ensure_indexes(db)
    assert problems(db) == []
    assert app.browser().sign_up("another", "another@example.com").status_code == 200
    plan = db["session"].find({"token": "a-token"}).explain()["queryPlanner"]["winningPlan"]["inputStage"]
    assert plan["stage"] == "IXSCAN"
    assert plan["indexName"] in made["session"] | {"astra_token"}


def _made_by_the_library(app: App, db: Db) -> dict[str, set[str]]:
    """Collection -> the indexes that it makes, once they stand: it makes them beside its first requests."""
    made = {"user": {"user_email_uidx"}, "session": {"session_token_uidx", "session_userId_idx"}}
    if app.version == "better-auth-1.3":
        return {collection: set() for collection in made}
    until = time.monotonic() + 60
    for collection, names in made.items():
        while not names <= {index["name"] for index in db[collection].list_indexes()}:
            assert time.monotonic() < until, f"the library makes other indexes on {collection} by now"
            time.sleep(0.1)
    return made
