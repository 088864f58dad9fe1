"""Callers of the API as the web app and its auth library make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from bson import ObjectId
from fastapi import FastAPI

from astra_pipeline.sandbox.web_app import WebApp
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


def joined(db: Database[dict[str, Any]], user_id: str, **fields: Any) -> str:
    """Somebody who signed up in the web app; returns their id."""
    db["user"].insert_one(user(user_id, **{"_id": ObjectId(), "emailVerified": True, **fields}))
    return user_id


def signed_in(db: Database[dict[str, Any]], user_id: str, **fields: Any) -> dict[str, str]:
    """The headers of somebody who signed in; their user document is made if there is none."""
    if db["user"].find_one({"id": user_id}) is None:
        joined(db, user_id, **fields)
    return {"Cookie": WebApp(SECRET).sign_in(db, user_id)}
