"""Whether a request cannot be served because of MongoDB's state, for whatever reason: then it is to come again."""

from __future__ import annotations

from astra_pipeline.store.away import is_away

# Not primary, not authenticated, not authorised: a server in no state to serve us, although it is there.
_UNFIT_CODES = frozenset({6, 7, 13, 18, 89, 8000, 9001, 10107, 13435, 13436})


def is_outage(error: BaseException) -> bool:
    """True when MongoDB cannot serve now: it is away, it changes its primary, or it refuses our credentials."""
    from pymongo.errors import ConfigurationError, InvalidOperation, OperationFailure

    if is_away(error):
        return True
    # InvalidOperation: the client was closed under a request, because the process is stopping.
    if isinstance(error, ConfigurationError | InvalidOperation):
        return True
    return isinstance(error, OperationFailure) and error.code in _UNFIT_CODES
