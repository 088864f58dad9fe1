"""The event loop of a run: one for each batch."""

from __future__ import annotations

import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(batch: Coroutine[Any, Any, T]) -> T:
    """The result of `batch`, run to its end."""
    import uvloop

    # What the process has loaded stays: a collector that looks through it again and again stops the loop each time.
    gc.freeze()
    return uvloop.run(batch)
