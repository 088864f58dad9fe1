"""The one error of this library."""

from __future__ import annotations


class UnknownPlace(ValueError):
    """A text means no city. The message names the text and a remedy, in words that a support person can act on."""
