"""Logs: one event a line on stderr, as JSON or for a console, with nothing of a person in it.

Every log of ours, and stamina's retries, go through structlog as `configure` sets it up. An exception becomes its
classes and places: a message may quote a document, and the values of local variables are documents.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import orjson
import structlog

from astra_pipeline.errors import places_of, words_of
from astra_pipeline.settings import settings

# stamina notes what was called with what. Arguments are documents.
_NEVER_LOGGED = ("args", "kwargs", "stack")


def configure() -> None:
    """Set structlog up for this process, as ASTRA_LOG_FORMAT says. Safe to repeat. Raises SettingError."""
    as_json = settings().astra_log_format == "json"
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_documents,
            structlog.processors.JSONRenderer(_as_json) if as_json else structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        # Asked for at each line: Dagster puts another stderr in its place during a step.
        logger_factory=_stderr,
        cache_logger_on_first_use=False,
    )


def _as_json(event: Any, *, default: Callable[[Any], Any], **_: Any) -> str:
    try:
        return orjson.dumps(event, default, orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # a number of more than 64 bits, half a surrogate pair
        return json.dumps(event, default=default)


def without_documents(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put an exception's classes and places where its traceback would stand, and drop what was called with what."""
    for name in _NEVER_LOGGED:
        event.pop(name, None)
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = words_of(error)
        event["places"] = places_of(error)
    return event


def unheard(loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Log an error that nobody waits for: the exception handler of an event loop, in asyncio's form."""
    del loop
    error = context.get("exception")
    structlog.get_logger(__name__).error("an error nobody waited for", exc_info=error)


def _stderr(*_: Any) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)
