"""Requests to erase or export a person: documents of `astra_requests` that a run must find before it does either.

Dagster's UI can start every job with any configuration. So the jobs take nothing but a request's id, which nobody
can guess, and which works once and for a quarter of an hour. The command line writes requests, Dagster never does.

A document: `_id` (128 random bits in hexadecimal), `kind`, `user_id`, `requested_by`, `expires_at`, `state` (open,
taken, done), `run_id` of the run that took it, and `forgotten_at`, when the server drops it.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any, Literal

from astra_pipeline.errors import RequestRefused
from astra_pipeline.store.collections import REQUESTS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

Kind = Literal["erase", "export"]

OPEN_MINUTES = 15
_FORGOTTEN_DAYS = 30
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def is_id(value: str) -> bool:
    """Whether a text has the form of a request's id."""
    return _ID.fullmatch(value) is not None


def make(db: Database[Document], kind: Kind, user_id: str, *, requested_by: str) -> str:
    """Write a request; returns its id."""
    request_id = secrets.token_hex(16)
    document: Document = {
        "kind": kind,
        "user_id": {"$literal": user_id},
        "requested_by": {"$literal": requested_by},
        "state": "open",
        "run_id": None,
        "expires_at": {"$add": ["$$NOW", OPEN_MINUTES * 60_000]},
        "forgotten_at": {"$add": ["$$NOW", _FORGOTTEN_DAYS * 24 * 3_600_000]},
    }
    db[REQUESTS].update_one({"_id": request_id}, [{"$set": document}], upsert=True)
    return request_id


def take(db: Database[Document], kind: Kind, request_id: str, *, run_id: str) -> str:
    """Take a request for a run; returns the id of the person it is about.

    Of two runs one gets it. A run that is tried again has it already. Raises RequestRefused when there is no open
    request of this kind and id.
    """
    is_open = {"state": "open", "$expr": {"$gt": ["$expires_at", "$$NOW"]}}
    again = {"state": "taken", "run_id": run_id}
    taken = db[REQUESTS].find_one_and_update(
        {"_id": request_id, "kind": kind, "$or": [is_open, again]},
        [{"$set": {"state": "taken", "run_id": run_id, "taken_at": "$$NOW"}}],
    )
    if taken is None:
        raise RequestRefused(
            f"request_id: there is no open request to {kind} of this id. `astra users request {kind} USER_ID` "
            f"makes one; it can be used once, within {OPEN_MINUTES} minutes"
        )
    return taken["user_id"]


def done(db: Database[Document], request_id: str) -> None:
    """Note that what was requested is done."""
    db[REQUESTS].update_one({"_id": request_id}, [{"$set": {"state": "done", "done_at": "$$NOW"}}])


async def drop_exports(db: AsyncDatabase[Document], user_id: str) -> list[str]:
    """Drop the requests to export a person; returns their ids, which their files are named by."""
    query = {"user_id": user_id, "kind": "export"}
    ids = [request["_id"] async for request in db[REQUESTS].find(query, {"_id": 1})]
    await db[REQUESTS].delete_many(query)
    return ids
