"""The project's errors: each name says who must do something about it."""

from __future__ import annotations

import traceback
from pathlib import Path

_ROOT = Path(__file__).parent


class AstraError(Exception):
    """Root of the tree."""


class SettingError(AstraError):
    """The operator must set or mend an environment variable; the message names it."""


class CredentialsRejected(AstraError):
    """A service refused our key. Nothing in the batch can succeed, so the batch stops."""


class ItemError(AstraError):
    """One item failed; the rest of the batch goes on."""

    outage = False
    """True when the fault is the service's, so that other items would meet it too."""


class NotFound(ItemError):
    """The service does not know the item."""


class BadDocument(ItemError):
    """A stored document or a service's answer has a field that cannot be used; the message names it."""


class BadBirth(ItemError):
    """Birth data no chart can be computed from; the message names the field and what is wrong with it, in
    words a support person can act on."""


class BadAnswer(ItemError):
    """A task's answer broke its contract after every retry."""

    feedback: str | None = None
    """What the next attempt is told, when it is not the message."""


class Conflict(ItemError):
    """Other writers changed the same document faster than we could."""


class TooLarge(ItemError):
    """A document would grow past what MongoDB takes; the message names it and its size."""


class Unforeseen(ItemError):
    """A fault in our own code; the message has its class and place, the run's log the way there."""


class ServiceAway(ItemError):
    """Time-out, connection error or 5xx after every retry."""

    outage = True


class TookTooLong(ServiceAway):
    """An item was worked on for as long as the settings allow and was given up."""


class RateLimited(ItemError):
    """429 after every retry."""

    outage = True


class InUse(AstraError):
    """A run works on what was to be erased; the message names it. It goes when the run has ended."""


class NotWritten(AstraError):
    """A text that was asked for cannot be written; the message says why."""


class LeaseLost(AstraError):
    """Another run took over the item, or the person was erased: this run may neither pay for it nor write it."""


class Erased(AstraError):
    """The person was erased after the item was read. Nothing of it is written."""


class BudgetSpent(AstraError):
    """The hour's LLM executions for runs over the past are used up: the batch stops, its items wait, nobody is
    blamed."""


class NotReady(AstraError):
    """Not a failure: the item will be ready later (a transcript still being processed)."""


def words_of(error: BaseException) -> str:
    """An error in words for logs, alerts and stored failures: class and message of ours, class and place of others.

    Others' messages may quote a document: a write that MongoDB refuses repeats it, a validator shows its input.
    """
    name = type(error).__name__
    if isinstance(error, AstraError):
        return f"{name}: {error}"
    places = _frames(error)
    ours = [place for place in places if "/" in place.partition(":")[0]]
    return f"{name} at {[*places, *ours][-1]}" if places else name


def places_of(error: BaseException) -> list[str]:
    """The way to an error and to its causes, a line each: "ValueError: overview/write.py:120 fold_user"."""
    lines: list[str] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        lines += [f"{type(cause).__name__}: {place}" for place in _frames(cause)]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return lines


def _frames(error: BaseException) -> list[str]:
    """ "file:line function" of each frame, files of ours from the package's root, others by their name."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename: str) -> str:
    path = Path(filename)
    return path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else path.name
