"""The files that exports from Dagster are written to, in the one folder ASTRA_EXPORT_FOLDER."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from astra_pipeline.personal_data import requests
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

# A file is for whoever asked for it to take away. It holds all there is of a person.
KEPT_DAYS = 7


def write(request_id: str, data: bytes) -> int:
    """Write an export under its request's id; returns its size in bytes.

    Nobody but this user can read it. Raises FileExistsError when there is something of this name, a link included.
    """
    path = _path(request_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    return len(data)


def sweep(*, now: float | None = None) -> int:
    """Delete the files that are older than a week; returns how many. `now` is in seconds since 1970."""
    before = (time.time() if now is None else now) - KEPT_DAYS * 86_400
    gone = 0
    for path in _folder().glob("*.json") if _folder().is_dir() else []:
        if requests.is_id(path.stem) and path.lstat().st_mtime < before:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


async def erase_of(db: AsyncDatabase[dict[str, Any]], user_id: str) -> None:
    """Delete the files and the open requests of a person who is erased. Files on other machines end with the
    week."""
    for request_id in await requests.drop_exports(db, user_id):
        _path(request_id).unlink(missing_ok=True)


def _folder() -> Path:
    return settings().astra_export_folder


def _path(request_id: str) -> Path:
    assert requests.is_id(request_id), "an id that we made"
    return _folder() / f"{request_id}.json"
