"""The border at which an error leaves a batch: Dagster stores it, prints it, and shows it to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from astra_pipeline.errors import AstraError, DatabaseAway, Unforeseen, words_of
from astra_pipeline.store.away import is_away

log = structlog.get_logger(__name__)

# Errors of the tools around us: an instance's failure, a command's usage, a test's expectation. They quote nobody.
_OF_TOOLS = ("dagster", "click", "_pytest", "pytest")


@contextmanager
def worded() -> Iterator[None]:
    """Let an error out of the block in our words: its class and place.

    Others' messages may quote a document, and so may those of the causes behind ours. A database that cannot be
    reached says so itself. Raises DatabaseAway in place of what else says that the database was away, and
    Unforeseen in place of the others.
    """
    from pymongo.errors import ConnectionFailure

    try:
        yield
    except AstraError as error:
        error.__cause__, error.__suppress_context__ = None, True
        raise
    except (AssertionError, ConnectionFailure):
        raise
    except Exception as error:
        if type(error).__module__.partition(".")[0] in _OF_TOOLS:
            raise
        if is_away(error):
            raise DatabaseAway(f"MongoDB was away for a moment: {words_of(error)}") from None
        log.error("a batch failed", exc_info=error)
        raise Unforeseen(f"{words_of(error)}; the run's log has the way there") from None
