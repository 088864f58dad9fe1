"""Runs that workers have taken, in Redis: taken once, alive while they say so, and told when they are to end.

Three keys a run. The claim is made once and stays: a message that is delivered again finds it. A sign of life is
renewed by the run's own process, and goes away by itself. A wish to end is read with each sign of life, so that it
needs no message that could get lost. What Redis forgets is written again with the next sign of life.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.exceptions import RedisError

# A run that gave no sign for so long is looked at twice, an interval and a half apart: a Redis that has just been
# started again knows no signs yet.
LIFE_SECONDS, BEAT_SECONDS = 9.0, 2.0
_SECOND_LOOK_SECONDS = 1.5 * BEAT_SECONDS
# Longer than a message can be delivered again, and than a run may take.
_KEPT_SECONDS = 7 * 86_400
_TIMEOUT_SECONDS = 3.0

_TAKE = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
return 1
"""

_log = logging.getLogger("dagster.astra")


class Claims:
    """The claims in one Redis. Every method but `kept` raises RedisError when Redis is away."""

    def __init__(self, url: str) -> None:
        """Connect when it is first needed, and in each process anew."""
        self._redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
        )

    def take(self, run_id: str, holder: str) -> bool:
        """Take a run, which lives from now on. False: somebody has taken it before."""
        keys = (_key(run_id, "claim"), _key(run_id, "alive"))
        return bool(self._redis.eval(_TAKE, len(keys), *keys, holder, _KEPT_SECONDS, _milliseconds(LIFE_SECONDS)))

    def holder(self, run_id: str) -> str | None:
        """The process that took a run, as it named itself, or None."""
        return self._redis.get(_key(run_id, "claim"))  # pyright: ignore[reportReturnType]

    def lives(self, run_id: str) -> bool:
        """Whether the process of a run lives. When it seems not to, this waits for some seconds to be sure."""
        if self._redis.exists(_key(run_id, "alive")):
            return True
        time.sleep(_SECOND_LOOK_SECONDS)
        return bool(self._redis.exists(_key(run_id, "alive")))

    def ask_to_end(self, run_id: str) -> None:
        """Have the process of a run interrupted, with its next sign of life."""
        self._redis.set(_key(run_id, "end"), 1, ex=_KEPT_SECONDS)

    @contextmanager
    def kept(self, run_id: str, holder: str) -> Iterator[None]:
        """Give signs of life of a run that this process has taken, and interrupt the process when that is asked."""
        over = threading.Event()
        work = (over, run_id, holder)
        beating = threading.Thread(target=self._beat, args=work, name="signs-of-life", daemon=True)
        beating.start()
        try:
            yield
        finally:
            over.set()
            beating.join()

    def _beat(self, over: threading.Event, run_id: str, holder: str) -> None:
        is_asked = False
        while not over.wait(BEAT_SECONDS):
            try:
                ends = self._sign(run_id, holder)
            except RedisError as error:
                _log.warning("run %s could give no sign of life: %s", run_id, type(error).__name__)
                continue
            if ends and not is_asked:
                is_asked = True
                os.kill(os.getpid(), signal.SIGINT)

    def _sign(self, run_id: str, holder: str) -> bool:
        """Give one sign of life; whether the run is asked to end."""
        with self._redis.pipeline() as pipeline:
            pipeline.set(_key(run_id, "alive"), holder, px=_milliseconds(LIFE_SECONDS))
            pipeline.set(_key(run_id, "claim"), holder, nx=True, ex=_KEPT_SECONDS)
            pipeline.exists(_key(run_id, "end"))
            *_, ends = pipeline.execute()
        return bool(ends)


def _key(run_id: str, part: str) -> str:
    return f"astra:run:{run_id}:{part}"


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
