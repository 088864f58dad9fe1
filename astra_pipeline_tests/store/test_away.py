"""MongoDB that is away for a moment is told from MongoDB that refuses what it is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
    WriteConcernError,
    WTimeoutError,
)

from astra_pipeline.errors import BadDocument
from astra_pipeline.store.away import is_away, is_gone


def bulk(*codes: int, labels: tuple[str, ...] = (), unconfirmed: bool = False) -> BulkWriteError:
    details: dict[str, Any] = {"writeErrors": [{"code": code} for code in codes], "errorLabels": list(labels)}
    return BulkWriteError(details | {"writeConcernErrors": [{"code": 64}] if unconfirmed else []})


@pytest.mark.parametrize(
    "error",
    [
        AutoReconnect("closed"),
        NetworkTimeout("late"),
        NotPrimaryError("stepped down"),
        ServerSelectionTimeoutError("nobody"),
        WriteConcernError("unsure", 64),
        WTimeoutError("late", 64),
        OperationFailure("interrupted", 11602),
        OperationFailure("held by a transaction", 112),
        OperationFailure("aborted", 251, {"errorLabels": ["TransientTransactionError"]}),
        bulk(unconfirmed=True),
        bulk(112),
    ],
    ids=lambda error: f"{type(error).__name__}-{getattr(error, 'code', '')}",
)
def test_it_was_away(error: Exception) -> None:
    assert is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        DuplicateKeyError("twice", 11000),
        OperationFailure("too large", 17419),
        bulk(11000),
        bulk(112, 11000),
        BadDocument("ended_at is no date"),
        ValueError("a bug"),
    ],
    ids=lambda error: f"{type(error).__name__}-{getattr(error, 'code', '')}",
)
def test_it_refused(error: Exception) -> None:
    assert not is_away(error)


def test_a_server_that_cannot_be_found_is_gone() -> None:
    assert is_gone(ServerSelectionTimeoutError("nobody"))
    assert not is_gone(AutoReconnect("closed"))
