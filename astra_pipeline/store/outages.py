"""Whether an error of MongoDB's driver says that the server is away, or that we asked for something wrong."""

from __future__ import annotations

# Not primary, shutting down, not authenticated, not authorised, out of time: a server in no state to serve.
_AWAY_CODES = frozenset({6, 7, 13, 18, 50, 89, 91, 189, 262, 8000, 9001, 10107, 11600, 11602, 13435, 13436})


def is_outage(error: BaseException) -> bool:
    """True when MongoDB cannot serve now: it is away, it changes its primary, or it refuses our credentials."""
    from pymongo.errors import (
        ConfigurationError,
        ConnectionFailure,
        InvalidOperation,
        OperationFailure,
        PyMongoError,
        WaitQueueTimeoutError,
    )

    if isinstance(error, OperationFailure):
        return error.code in _AWAY_CODES or error.timeout
    if isinstance(error, ConnectionFailure | WaitQueueTimeoutError | ConfigurationError | InvalidOperation):
        # InvalidOperation: the client was closed under a request, because the process is stopping.
        return True
    return isinstance(error, PyMongoError) and error.timeout
