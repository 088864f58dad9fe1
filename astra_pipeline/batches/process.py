"""The settings of a Python process that works on batches: its collector of garbage, and its threads' turns."""

from __future__ import annotations

import functools
import gc
import sys

# Objects, and rounds, after which the collector looks at the young, the middle-aged and all objects.
_COLLECTED_AFTER = (50_000, 20, 20)
# A thread that computes gives way to the event loop after so long; by default it would be ten times as long.
_SWITCH_SECONDS = 0.0005


@functools.cache
def tune_once() -> None:
    """Make this process ready for a batch, once.

    The modules that it has loaded leave the collector's sight: walking through them again and again would stop the
    event loop. New objects are looked at less often: a batch makes many, and few are circular.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTED_AFTER)
    sys.setswitchinterval(_SWITCH_SECONDS)
