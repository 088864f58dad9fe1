"""A token leads to a person while its session stands; MongoDB being away signs nobody out."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from bson import Binary, ObjectId

from astra_pipeline.api.sessions import Bearer, Sessions, SignedIn
from astra_pipeline.errors import ServiceAway
from astra_pipeline.settings import forget_settings, settings
from astra_pipeline.store.client import connect
from astra_pipeline_tests.api.test_sessions import NAMES, PLAIN, SECRET, signed

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    Db = Database[dict[str, Any]]

pytestmark = pytest.mark.anyio
TOKEN = "puwjYPcVlz0N8ypfM77pbvwgrD8rmOU7"
COOKIE = [f"{PLAIN}={signed(TOKEN)}"]


class Hands:
    """A clock that a test turns: the service's time, and the seconds it counts."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.began = dt.datetime.now(dt.UTC)

    def now(self) -> dt.datetime:
        return self.began + dt.timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed


class Door:
    """Sessions under a clock of the test's, and the database they look into."""

    def __init__(self, db: AsyncDatabase[dict[str, Any]], bearer: Bearer) -> None:
        self.db = db
        self.clock = Hands()
        self.sessions = Sessions([SECRET], NAMES, bearer, now=self.clock.now, monotonic=self.clock.monotonic)

    async def who(self, *cookies: str, authorization: str | None = None) -> SignedIn | None:
        return await self.sessions.signed_in(self.db, cookies or COOKIE, authorization)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def door(db: Db, bearer: Bearer = "off") -> AsyncIterator[Door]:
    uri = settings().required("MONGODB_URI")
    async with connect(uri, db.name) as asynchronous:
        yield Door(asynchronous, bearer)


def sign_in(
    db: Db, *, user_id: object = None, token: str = TOKEN, expires_in: float = 3600, **user: Any
) -> ObjectId:
    """A person and their session, as better-auth stores them; returns the person's `_id`."""
    inner = user.pop("_id", None) or ObjectId()
    document = {"_id": inner, "id": str(inner), "email": "Asha@Example.com", "emailVerified": True} | user
    db["user"].insert_one({name: value for name, value in document.items() if value is not None})
    expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=expires_in)
    db["session"].insert_one({"token": token, "userId": user_id or inner, "expiresAt": expires_at})
    return inner


async def test_a_session_leads_to_its_person(db: Db) -> None:
    inner = sign_in(db)
    async with door(db) as api:
        assert await api.who() == SignedIn(str(inner), "asha@example.com", "cookie")
        assert "asha" not in repr(await api.who()).lower()


async def test_the_settings_of_the_process_do_the_same(db: Db, environment: pytest.MonkeyPatch) -> None:
    inner = sign_in(db)
    environment.setenv("BETTER_AUTH_SECRET", SECRET.decode())
    forget_settings()
    async with door(db) as api:
        sessions = Sessions.of(settings())
        person = await sessions.signed_in(api.db, COOKIE)
        assert person is not None
        assert person.user_id == str(inner)
        assert await sessions.signed_in(api.db, [f"{PLAIN}={signed('another')}"]) is None


async def test_an_address_that_nobody_verified_is_no_address(db: Db) -> None:
    sign_in(db, emailVerified=False)
    async with door(db) as api:
        person = await api.who()
        assert person is not None
        assert person.verified_email is None


KEY = uuid.UUID("0199f3a0-7a55-7cc4-a7bb-3f1c1f6f0e11")


@pytest.mark.parametrize(
    ("stored", "user_id", "key"),
    [
        ({"_id": ObjectId("6565f0c0a1b2c3d4e5f60718")}, "6565f0c0a1b2c3d4e5f60718", "6565f0c0a1b2c3d4e5f60718"),
        ({"id": "user_asha"}, "user_asha", "user_asha"),
        ({"_id": "custom-1", "id": None}, "custom-1", "custom-1"),
        ({"_id": Binary.from_uuid(KEY), "id": str(KEY)}, Binary.from_uuid(KEY), str(KEY)),
        ({"_id": Binary.from_uuid(KEY), "id": None}, str(KEY), str(KEY)),
        ({"_id": ObjectId("6565f0c0a1b2c3d4e5f60718"), "id": None}, None, "6565f0c0a1b2c3d4e5f60718"),
        ({"_id": ObjectId("6565f0c0a1b2c3d4e5f60718"), "id": ""}, None, "6565f0c0a1b2c3d4e5f60718"),
    ],
    ids=["text of _id", "text of id", "own id", "UUID", "text of a UUID", "no id", "empty id"],
)
async def test_every_spelling_of_a_person_is_understood(
    db: Db, stored: dict[str, Any], user_id: object, key: str
) -> None:
    sign_in(db, user_id=user_id, **stored)
    async with door(db) as api:
        person = await api.who()
        assert person is not None
        assert person.user_id == key


@pytest.mark.parametrize(
    "user_id",
    [ObjectId("6565f0c0a1b2c3d4e5f60718"), "nobody", "", 7, None, {"$ne": None}, ["user_asha"]],
    ids=repr,
)
async def test_a_session_of_nobody_signs_nobody_in(db: Db, user_id: object) -> None:
    sign_in(db, token="another")
    db["session"].insert_one(
        {"token": TOKEN, "userId": user_id, "expiresAt": dt.datetime(2999, 1, 1, tzinfo=dt.UTC)}
    )
    async with door(db) as api:
        assert await api.who() is None


async def test_an_id_of_two_people_signs_in_neither(db: Db) -> None:
    inner = sign_in(db, user_id="6565f0c0a1b2c3d4e5f60718", _id=ObjectId("6565f0c0a1b2c3d4e5f60718"), id="other")
    db["user"].insert_one({"id": str(inner)})
    async with door(db) as api:
        assert await api.who() is None


@pytest.mark.parametrize("expires_at", [None, "2999-01-01", 4102444800000, True], ids=repr)
async def test_a_session_without_a_date_is_over(db: Db, expires_at: object) -> None:
    sign_in(db)
    db["session"].update_one({}, {"$set": {"expiresAt": expires_at}})
    async with door(db) as api:
        assert await api.who() is None


async def test_a_session_is_over_at_its_moment_though_it_was_just_seen(db: Db) -> None:
    sign_in(db, expires_in=5)
    async with door(db) as api:
        assert await api.who() is not None
        api.clock.passed = 6
        assert await api.who() is None


async def test_a_session_that_was_ended_is_found_out_within_fifteen_seconds(db: Db) -> None:
    sign_in(db)
    async with door(db) as api:
        assert await api.who() is not None
        db["session"].delete_many({})
        api.clock.passed = 14.9
        assert await api.who() is not None
        api.clock.passed = 15
        assert await api.who() is None


async def test_a_session_that_was_not_there_yet_is_found_two_seconds_later(db: Db) -> None:
    async with door(db) as api:
        assert await api.who() is None
        sign_in(db)
        api.clock.passed = 1.9
        assert await api.who() is None
        api.clock.passed = 2
        assert await api.who() is not None


async def test_requests_at_the_same_moment_share_one_look_up(db: Db) -> None:
    sign_in(db)
    async with door(db) as api:
        await api.db.command("profile", 2)
        people = await asyncio.gather(*(api.who() for _ in range(20)))
        await api.db.command("profile", 0)
    assert len(set(people)) == 1
    assert None not in people
    assert db["system.profile"].count_documents({"op": "query"}) == 2, "the session, and its person"


async def test_what_is_remembered_is_bounded_and_holds_no_token(db: Db) -> None:
    sign_in(db)
    async with door(db, "any") as api:
        await api.who()
        for number in range(1_001):
            await api.who(authorization=f"Bearer token-{number}")
        remembered = api.sessions._found
        assert len(remembered) == 1_000
        assert not any(b"token" in key or TOKEN.encode() in key for key in remembered)


async def test_a_forged_cookie_costs_no_look_up_and_mongodb_away_is_said(db: Db, unreachable: str) -> None:
    from pymongo import AsyncMongoClient

    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(unreachable, serverSelectionTimeoutMS=50)
    async with client:
        api = Door(client["away"], "off")
        assert await api.who(f"{PLAIN}={signed(TOKEN, b'another-secret-of-32-characters!')}") is None
        assert await api.who("theme=dark") is None
        with pytest.raises(ServiceAway, match="MongoDB") as said:
            await api.who()
        assert TOKEN not in str(said.value)


@pytest.fixture
def unreachable() -> str:
    """A MongoDB of which nobody answers."""
    return "mongodb://127.0.0.1:9/"


@pytest.mark.parametrize(
    ("bearer", "authorization", "taken"),
    [
        ("off", f"Bearer {signed(TOKEN)}", False),
        ("off", f"Bearer {TOKEN}", False),
        ("signed", f"bearer  {signed(TOKEN)}", True),
        ("signed", f"Bearer {signed(TOKEN).replace('=', '%3D').replace('+', '%2B')}", True),
        ("signed", f"Bearer {TOKEN}", False),
        ("signed", f"Bearer {signed(TOKEN, b'another-secret-of-32-characters!')}", False),
        ("any", f"BEARER {TOKEN}", True),
        ("any", f"Bearer {signed(TOKEN)}", True),
        ("any", f"Bearer {signed(TOKEN)[:-4]}AAA=", False),
        ("any", "Bearer ", False),
        ("any", f"Basic {TOKEN}", False),
    ],
)
async def test_a_session_token_is_taken_as_bearer_only_where_the_app_does(
    db: Db, bearer: Bearer, authorization: str, taken: bool
) -> None:
    inner = sign_in(db)
    async with door(db, bearer) as api:
        person = await api.who("theme=dark", authorization=authorization)
        assert person == (SignedIn(str(inner), "asha@example.com", "bearer") if taken else None)


async def test_the_look_up_is_an_index_scan(db: Db) -> None:
    sign_in(db)
    async with door(db) as api:
        await api.db.command("profile", 2)
        await api.who()
        await api.db.command("profile", 0)
    plans = {
        entry["ns"].rpartition(".")[2]: entry["planSummary"] for entry in db["system.profile"].find({"op": "query"})
    }
    assert plans == {"session": "IXSCAN { token: 1 }", "user": "IDHACK"}
