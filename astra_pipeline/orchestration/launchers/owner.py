"""The owner's end of a preloaded parent: it starts the parent, gives it orders, and lets go of it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO, Any, Self

from astra_pipeline.errors import AstraError
from astra_pipeline.orchestration.launchers.parent import GO, LONGEST_ORDER, Order

_LONGEST_ANSWER = 4096


class ParentGone(AstraError):
    """A parent did not start, or ended, or does not answer; the message says which."""


def _received(line: socket.socket, seconds: float | None, *, late: str, ended: str) -> dict[str, Any]:
    """The next packet of a line, an object of JSON. Raises ParentGone with the words for a late or an ended one."""
    line.settimeout(seconds)
    try:
        packet = line.recv(_LONGEST_ANSWER)
    except TimeoutError:
        raise ParentGone(late) from None
    except ConnectionError:
        packet = b""
    if not packet:
        raise ParentGone(ended)
    return json.loads(packet)


class Channel:
    """An order's own line to the child that does it."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def answer(self, seconds: float | None = None) -> dict[str, Any]:
        """The next answer: of the child who it is, of the parent how the child ended. Raises ParentGone."""
        late = f"it gave no answer within {seconds or 0:g} s"
        return _received(self._line, seconds, late=late, ended="it ended in the middle of an order")

    def go(self) -> None:
        """Let the child begin. Raises ParentGone when it can no longer hear that, and never began."""
        try:
            self._line.send(GO)
        except OSError:
            raise ParentGone("the child ended before it began") from None

    def close(self) -> None:
        """Hang up. A child that has not been let go does nothing."""
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class OwnedParent:
    """A parent of this process. It takes orders until it is closed, or this process ends; its children go on."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        output: IO[bytes] | None = None,
    ) -> None:
        """Start Python with `arguments` and the number of a socket. Nobody waits for it.

        It has this process's environment and output, unless others are given.
        """
        self.environment = dict(os.environ if environment is None else environment)
        self.threads = 0
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, *arguments, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=self.environment,
                stdout=output,
                stderr=output,
                # Ctrl-C in a terminal is for its owner.
                start_new_session=True,
            )
        self._is_closed = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it lives and takes orders, or will when it has loaded."""
        return not self._is_closed and self._process.poll() is None

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone, its children with it or not."""
        return self._process.poll() is not None

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until it has loaded. Raises ParentGone."""
        if self.threads:
            return
        late, ended = f"it did not load within {seconds:g} s", "it ended while it loaded; its output says why"
        self.threads = _received(self._control, seconds, late=late, ended=ended)["threads"]

    def order(self, order: Order) -> Channel:
        """Give an order; the channel tells who does it. Raises ParentGone."""
        packet = json.dumps(order).encode()
        if len(packet) > LONGEST_ORDER:
            raise ParentGone(f"the order is longer than {LONGEST_ORDER} bytes")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                socket.send_fds(self._control, [packet], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise ParentGone(f"it took no order: {type(error).__name__}") from None
        return Channel(ours)

    def close(self) -> None:
        """Give no more orders. The process ends when its children have, and is waited for: no zombie is left."""
        if not self._is_closed:
            self._is_closed = True
            self._control.close()
            threading.Thread(target=self._process.wait, name="parent-of-runs", daemon=True).start()
