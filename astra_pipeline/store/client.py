"""Connections to the MongoDB that the project shares with the web app. Dates come back as aware UTC datetimes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from astra_pipeline.store import clock
from astra_pipeline.store.indexes import ensure_indexes

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient, MongoClient
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

_CONNECTIONS = 50
# Of a request to the API: the wait for a server, and the longest time of one operation.
_REQUEST_PATIENCE_MS = 3_000
_REQUEST_MS = 20_000


def database(uri: str, name: str) -> Database[Document]:
    """The database for synchronous use. A process has one client; the indexes are made at its first use."""
    _make_indexes(uri, name)
    return _client(uri)[name]


def untouched_database(uri: str, name: str) -> Database[Document]:
    """The database for reading: this makes no index."""
    return _client(uri)[name]


@asynccontextmanager
async def connect(uri: str, name: str) -> AsyncIterator[AsyncDatabase[Document]]:
    """The database for one event loop, with its clock known. The client is closed with the block."""
    from pymongo import AsyncMongoClient

    _make_indexes(uri, name)
    client: AsyncMongoClient[Document] = AsyncMongoClient(uri, maxPoolSize=_CONNECTIONS, **_options())
    async with client:
        await clock.compare(client[name])
        yield client[name]


def open_client(uri: str) -> AsyncMongoClient[Document]:
    """A client for a server's event loop: it makes no index, and asks MongoDB nothing before its first use.

    A request waits three seconds for a server that is away, not ten. To be closed with `async with`.
    """
    from pymongo import AsyncMongoClient

    options: dict[str, Any] = _options()
    options |= {"serverSelectionTimeoutMS": _REQUEST_PATIENCE_MS, "timeoutMS": _REQUEST_MS}
    options |= {"connectTimeoutMS": _REQUEST_PATIENCE_MS}
    return AsyncMongoClient(uri, maxPoolSize=_CONNECTIONS, **options)


def make_indexes(uri: str, name: str) -> None:
    """Make the indexes, once a process. It blocks, and raises what the driver raises while MongoDB is away."""
    _make_indexes(uri, name)


def forget_clients() -> None:
    """Drop the cached clients, for example after the embedded server restarted on another port."""
    for cached in (_client, _make_indexes):
        cached.cache_clear()


def _options() -> dict[str, Any]:
    from bson.codec_options import DatetimeConversion

    # A date that no calendar knows is the trouble of its document, not of all documents read along with it.
    return {
        "tz_aware": True,
        "datetime_conversion": DatetimeConversion.DATETIME_AUTO,
        "serverSelectionTimeoutMS": 10_000,
        "appname": "astra_pipeline",
    }


@lru_cache(maxsize=4)
def _client(uri: str) -> MongoClient[Document]:
    from pymongo import MongoClient

    return MongoClient(uri, **_options())


@lru_cache(maxsize=4)
def _make_indexes(uri: str, name: str) -> None:
    ensure_indexes(_client(uri)[name])
