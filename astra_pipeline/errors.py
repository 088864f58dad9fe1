"""The project's errors: each name says whose task it is to act."""

from __future__ import annotations


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

    The message names the field and the problem, in words that a support person can act on.
    """


class BadAnswer(ItemError):
    """A task's answer broke its contract after every retry."""


class Conflict(ItemError):
    """Other writers changed a document faster than a conditional write could."""


class Unforeseen(ItemError):
    """A fault in our own code met on one item; the run's log has the traceback."""


class ServiceAway(ItemError):
    """A service did not answer: a time-out, a connection error or a 5xx after every retry."""

    outage = True


class RateLimited(ItemError):
    """A service still answers 429 after every retry."""

    outage = True


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
