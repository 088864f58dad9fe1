"""The one error of this library."""

from __future__ import annotations


class UnknownPlace(ValueError):
    """No city is meant by a text. The message names the text and what would help, in words a support person can act
    on."""
