"""Deleted bytes in Dagster's SQLite databases: overwritten as they are deleted, in every process.

SQLite leaves what was deleted in the file until something else takes its place, unless a connection says
otherwise. When every connection of every process does, nothing has to be overwritten later. A database says in its
header (`user_version`, which Dagster does not use) that this has held since it was last written anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy import event
from sqlalchemy.engine import Engine

_OVERWRITE = "PRAGMA secure_delete = ON"
# The value of `user_version` in a database that held no deleted bytes, and whose writers all overwrite.
_HOLDS_NO_DELETED = 20_261_129
_SQLITE_WAITS_SECONDS = 30
# A file that is mostly free pages is written anew, so that the disk gets them back. A small one is not worth it.
_WORTH_IT_BYTES = 64 * 1024 * 1024


def overwrite_always() -> None:
    """Have every SQLite connection that this process opens from now on overwrite what it deletes."""
    if not event.contains(Engine, "connect", _on_connect):
        event.listen(Engine, "connect", _on_connect)


def _on_connect(connection: Any, _: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute(_OVERWRITE)


def overwriting(connection: sql.Connection) -> None:
    """Have SQLite overwrite what this connection deletes."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_OVERWRITE)


def overwrite_deleted(files: Iterable[Path], *, all_overwrite: bool) -> None:
    """Take the bytes that were deleted out of SQLite databases.

    A database whose writers did not overwrite is written anew, which takes some ten seconds a gigabyte and lets
    nobody write meanwhile. `all_overwrite`: they all do from now on, so that this is not done again.
    """
    for path in files:
        with closing(sqlite3.connect(path, timeout=_SQLITE_WAITS_SECONDS, isolation_level=None)) as file:
            if _number(file, "user_version") != _HOLDS_NO_DELETED:
                file.execute("VACUUM")
                if all_overwrite:
                    file.execute(f"PRAGMA user_version = {_HOLDS_NO_DELETED}")
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def give_back_space(files: Iterable[Path]) -> None:
    """Make SQLite databases shorter that consist of free pages for the larger part."""
    for path in files:
        with closing(sqlite3.connect(path, timeout=_SQLITE_WAITS_SECONDS, isolation_level=None)) as file:
            pages, free, size = (_number(file, name) for name in ("page_count", "freelist_count", "page_size"))
            if free > pages // 2 and free * size > _WORTH_IT_BYTES:
                file.execute("VACUUM")
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _number(file: sqlite3.Connection, pragma: str) -> int:
    return file.execute(f"PRAGMA {pragma}").fetchone()[0]
