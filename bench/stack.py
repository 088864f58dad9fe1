"""The embedded stack for a benchmark: fresh, in a temporary folder, LLM calls of a given length."""

from __future__ import annotations

import datetime as dt
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from astra_pipeline.core.errors import SettingError
from astra_pipeline.resources.mongo import CONVERSATIONS, USERS, MongoResource
from astra_pipeline.sandbox import stack

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database


@contextmanager
def fresh(*, llm_seconds: float) -> Iterator[tuple[Path, Database[dict[str, Any]]]]:
    """(home, database) of a stack whose ElevenLabs has words for every conversation id."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with stack.services(home, improvise=True, llm_seconds=llm_seconds) as sandbox:
            if sandbox is None:
                raise SettingError("a benchmark fills its database: unset MONGODB_URI and the keys to run it")
            yield home, MongoResource().db


def people(db: Database[dict[str, Any]], count: int) -> list[str]:
    """Users the app knows; returns their ids."""
    ids = [f"user_{number:05d}" for number in range(count)]
    db[USERS].insert_many([{"id": i, "name": "Bench", "timezone": "Asia/Kolkata"} for i in ids])
    return ids


def conversation(user_id: str, ended_at: dt.datetime | None = None) -> dict[str, Any]:
    """A completed conversation as the web app records it, that ended now unless told otherwise."""
    end = ended_at or dt.datetime.now(dt.UTC)
    return {
        "conversation_id": f"conv_{uuid.uuid4().hex}",
        "user_id": user_id,
        "status": "completed",
        "started_at": end - dt.timedelta(minutes=5),
        "ended_at": end,
        "duration_ms": 300_000,
        "updated_at": end,
    }


def insert(db: Database[dict[str, Any]], documents: list[dict[str, Any]]) -> None:
    db[CONVERSATIONS].insert_many(documents)
