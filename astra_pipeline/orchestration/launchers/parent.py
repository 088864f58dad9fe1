"""A process that has loaded what its children need, and forks one for each order.

It is forked from, so it has one thread, no connection and no event loop: a lock that another thread held, or a
socket that two processes read, would be broken in the child. Its owner, which started it, sends orders over a
socket of packets: a JSON object each, with one end of the order's own channel. On the channel

- the child says who it is, `{"process": IDENTITY}`, and waits for `go`: until then it has done nothing, and when
  the channel closes instead, it never will. So an order that got no answer can be given again, whatever happened.
- the parent says `{"stale": true}` when the files it loaded are not those on the disk, and does not fork; and when
  the child has ended `{"code": n}`, negative for the signal that ended it.

When the owner closes the socket, or dies, the parent takes no more orders, and ends when its last child has.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from astra_pipeline.orchestration.launchers.identity import Identity

Order = dict[str, Any]

LONGEST_ORDER = 200_000
GO = b"go"
# What a shell says of a command that could not be carried out for an error within it.
_CODE_OF_AN_ERROR = 70
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)


class NotAlone(RuntimeError):
    """The process has other threads, so that it must not be forked from; the message counts them."""


@dataclass
class _Child:
    order: Order
    channel: socket.socket | None
    handle: int
    is_bearer: bool = False


class Parent:
    """The parent. `do` prepares an order in the child, without any effect, and returns the function that does it,
    which returns an exit code. `tell` is done, in a child of its own, for an order whose child ended with another
    code than 0. `is_stale` says whether the files have changed."""

    def __init__(
        self,
        control: socket.socket,
        *,
        do: Callable[[Order], Callable[[], int]],
        tell: Callable[[Order, int], None] | None = None,
        is_stale: Callable[[], bool] = lambda: False,
    ) -> None:
        self._control: socket.socket | None = control
        self._do, self._tell, self._is_stale = do, tell, is_stale
        self._children: dict[int, _Child] = {}
        # A poll belongs to this process; an epoll would be shared with the children.
        self._selector = selectors.PollSelector()

    def serve(self) -> None:
        """Take orders until the owner is gone and the children have ended. Raises NotAlone."""
        if (threads := thread_count()) > 1:
            raise NotAlone(f"{threads} threads are alive after loading, and only one of them would be in a child")
        assert self._control is not None
        self._selector.register(self._control, selectors.EVENT_READ)
        for number in _INTERRUPTS:
            signal.signal(number, self._let_go)
        _say(self._control, ready=True, threads=threads)
        while self._control is not None or self._children:
            for key, _ in self._selector.select():
                if key.fileobj is self._control:
                    self._take()
                else:
                    self._see_off(key.data)

    def _let_go(self, *_: object) -> None:
        """Take no more orders: the loop reads that the socket has ended."""
        if self._control is not None:
            with suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)

    def _take(self) -> None:
        assert self._control is not None
        try:
            packet, channels, _, _ = socket.recv_fds(self._control, LONGEST_ORDER, 1)
        except ConnectionError:
            packet, channels = b"", []
        if not packet:
            self._selector.unregister(self._control)
            self._control.close()
            self._control = None
            return
        channel = socket.socket(fileno=channels[0])
        order = json.loads(packet)
        if self._is_stale():
            _say(channel, stale=True)
            channel.close()
        elif order.get("look"):
            _say(channel, stale=False)
            channel.close()
        else:
            self._fork(order, channel, lambda: self._answer_and_do(order, channel))

    def _fork(self, order: Order, channel: socket.socket | None, act: Callable[[], int]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        # An interrupt that comes before the child can deal with it waits until it can.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
        pid = os.fork()
        if pid == 0:
            self._be_child(channel, act)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        child = _Child(order, channel, os.pidfd_open(pid), is_bearer=channel is None)
        self._children[pid] = child
        self._selector.register(child.handle, selectors.EVENT_READ, pid)

    def _be_child(self, channel: socket.socket | None, act: Callable[[], int]) -> NoReturn:
        code = _CODE_OF_AN_ERROR
        try:
            os.setsid()
            for other in self._children.values():
                os.close(other.handle)
                if other.channel is not None:
                    other.channel.close()
            if self._control is not None:
                self._control.close()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            code = act()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:  # noqa: BLE001 - whatever it is, the child must not go on as its parent
            traceback.print_exc()
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _answer_and_do(self, order: Order, channel: socket.socket) -> int:
        _say(channel, process=str(Identity.of(os.getpid())))
        act = self._do(order)
        try:
            answer = channel.recv(len(GO))
        except ConnectionError:
            answer = b""
        channel.close()
        return act() if answer == GO else 0

    def _see_off(self, pid: int) -> None:
        _, status = os.waitpid(pid, 0)
        child = self._children.pop(pid)
        self._selector.unregister(child.handle)
        os.close(child.handle)
        code = os.waitstatus_to_exitcode(status)
        if child.channel is not None:
            _say(child.channel, code=code)
            child.channel.close()
        if code and self._tell is not None and not child.is_bearer:
            tell = self._tell
            self._fork(child.order, None, lambda: tell(child.order, code) or 0)


def allow_interrupts() -> None:
    """Let the interrupts through that came since the fork; the child calls it when it can deal with them."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _INTERRUPTS)


def thread_count() -> int:
    """The threads of this process that the kernel knows, those of libraries in C among them."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def _say(to: socket.socket, **answer: Any) -> None:
    """Send an answer. The other end may be gone, or may not read: nobody waits for that."""
    with suppress(OSError):
        to.send(json.dumps(answer).encode(), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
