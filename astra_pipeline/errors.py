"""The project's errors: each name says who must do something about it."""

from __future__ import annotations


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


class Conflict(ItemError):
    """Other writers changed the same document faster than we could."""


class Unforeseen(ItemError):
    """A fault in our own code met on one item; the run's log has the traceback."""


class ServiceAway(ItemError):
    """Time-out, connection error or 5xx after every retry."""

    outage = True


class RateLimited(ItemError):
    """429 after every retry."""

    outage = True


class RequestRefused(AstraError):
    """A job was started without an open request to erase or export somebody; the message says how to make one."""


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
