"""The project's errors: each name says whose task it is to act."""

from __future__ import annotations

import traceback
from pathlib import Path

_ROOT = Path(__file__).parent


class AstraError(Exception):
    """Root of the project's errors."""


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
    """Birth data from which no chart can be computed.

    The message names the field and the problem, in words that a support person can act on. `words` are what was
    said. They belong into the person's own document and nowhere else.
    """

    def __init__(self, message: str, *, words: str | None = None) -> None:
        super().__init__(message)
        self.words = words


class BadAnswer(ItemError):
    """A task's answer broke its contract after every retry."""

    feedback: str | None = None
    """The words the next attempt is told, when it is not the message."""


class Conflict(ItemError):
    """Other writers changed a document faster than a conditional write could."""


class TooLarge(ItemError):
    """A document would grow past what MongoDB takes; the message names it and its size."""


class NoEffect(ItemError):
    """Runs were asked for on behalf of the item and ended well, and it is as it was before them."""


class Unforeseen(ItemError):
    """A fault in our own code; the message has its class and place, the run's log the way there."""


class ServiceAway(ItemError):
    """A service did not answer: a time-out, a connection error or a 5xx after every retry."""

    outage = True


class TookTooLong(ServiceAway):
    """An item was worked on for as long as the settings allow and was given up."""


class RateLimited(ItemError):
    """A service still answers 429 after every retry."""

    outage = True


class DatabaseAway(AstraError):
    """MongoDB could not do what it was asked for, such as in an election; the same succeeds a little later."""


class RequestRefused(AstraError):
    """A job was started without an open request to erase or export somebody; the message says how to make one."""


class NotWritten(AstraError):
    """A requested text cannot be written; the message says why."""


class LeaseLost(AstraError):
    """Another run took over the item, or the person was erased: this run may neither pay for it nor write it."""


class Erased(AstraError):
    """The person was erased after the item was read. Nothing of it is written."""


class BudgetSpent(AstraError):
    """The hour's LLM executions for runs over the past are used up.

    The batch stops and its items wait; this counts as nobody's failure.
    """


class NotReady(AstraError):
    """An item will be ready later, such as a transcript still being processed. This is not a failure."""


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
