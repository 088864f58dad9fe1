"""The one error of this library."""

from __future__ import annotations


class UnknownPlace(ValueError):
    """A text means no city. The message has a remedy in plain words, and not the text."""
