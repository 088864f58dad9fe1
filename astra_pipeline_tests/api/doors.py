"""Callers of the API as the web app and its auth library make them."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
from bson import ObjectId
from fastapi import FastAPI

from astra_pipeline_tests.documents import user

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

SECRET = "a-test-secret-of-32-characters!!"
TOKEN = "a-token-of-a-service-of-the-tests"
SERVICE = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class Open:
    """An application and a client of it."""

    app: FastAPI
    client: httpx.AsyncClient


def cookie_of(token: str) -> str:
    """The cookie header of a session with this token, as better-auth signs it."""
    signature = base64.b64encode(hmac.digest(SECRET.encode(), token.encode(), hashlib.sha256)).decode()
    return "better-auth.session_token=" + quote(f"{token}.{signature}", safe="")


def joined(db: Database[dict[str, Any]], user_id: str, **fields: Any) -> str:
    """Somebody who signed up in the web app; returns their id."""
    db["user"].insert_one(user(user_id, **{"_id": ObjectId(), "emailVerified": True, **fields}))
    return user_id


def signed_in(db: Database[dict[str, Any]], user_id: str, **fields: Any) -> dict[str, str]:
    """The headers of somebody who signed in; their user document is made if there is none."""
    if db["user"].find_one({"id": user_id}) is None:
        joined(db, user_id, **fields)
    person = db["user"].find_one({"id": user_id})
    assert person is not None
    now, token = dt.datetime.now(dt.UTC), secrets.token_hex(16)
    db["session"].insert_one(
        {
            "token": token,
            "userId": person["_id"],
            "expiresAt": now + dt.timedelta(days=7),
            "createdAt": now,
            "updatedAt": now,
        }
    )
    return {"Cookie": cookie_of(token)}
