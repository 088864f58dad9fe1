"""Tells a MongoDB that is away for a moment from one that refuses what it is asked for.

A primary steps down, a connection is closed, a majority does not confirm, a document is held by the open
transaction of a process that was killed: nothing is wrong with the document, and the same call succeeds a little
later. Drivers repeat such a call once.
"""

from __future__ import annotations

# Servers' codes that carry no label when the driver has repeated the call already.
_PASSING_CODES = frozenset(
    {
        24,  # LockTimeout
        43,  # CursorNotFound: the cursor was another primary's
        50,  # MaxTimeMSExpired
        64,  # WriteConcernFailed
        91,  # ShutdownInProgress
        112,  # WriteConflict
        189,  # PrimarySteppedDown
        237,  # CursorKilled
        251,  # NoSuchTransaction: it was aborted for its age
        262,  # ExceededTimeLimit
        11600,  # InterruptedAtShutdown
        11602,  # InterruptedDueToReplStateChange
    }
)
_PASSING_LABELS = (
    "ResumableChangeStreamError",
    "RetryableWriteError",
    "TransientTransactionError",
    "UnknownTransactionCommitResult",
)


def is_away(error: BaseException) -> bool:
    """Whether the error says that MongoDB was away, and nothing of what it was asked for."""
    from pymongo.errors import BulkWriteError, ConnectionFailure, OperationFailure, PyMongoError

    if not isinstance(error, PyMongoError):
        return False
    if isinstance(error, ConnectionFailure) or error.timeout or any(map(error.has_error_label, _PASSING_LABELS)):
        return True
    if isinstance(error, BulkWriteError):
        refused = [problem.get("code") for problem in error.details.get("writeErrors") or ()]
        # A bulk write without a refused write was not confirmed.
        return all(code in _PASSING_CODES for code in refused)
    return isinstance(error, OperationFailure) and error.code in _PASSING_CODES


def is_gone(error: BaseException) -> bool:
    """Whether no server could be found for as long as a driver looks for one: nothing passes by itself soon."""
    from pymongo.errors import ServerSelectionTimeoutError

    return isinstance(error, ServerSelectionTimeoutError)
