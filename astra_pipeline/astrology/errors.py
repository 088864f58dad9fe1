"""The one error of this library."""

from __future__ import annotations


class UnusableBirth(ValueError):
    """A birth, or a date, for which nothing can be computed.

    The message names the field and the problem, in words that a support person can act on.
    """
