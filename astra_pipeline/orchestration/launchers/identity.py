"""A process named so that no other is ever taken for it: by its number, its start, and the kernel it runs on."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

# Of /proc/PID/stat, counted after the name in parentheses, which may hold spaces itself: see proc(5).
_STATE, _START = 0, 19
_DEAD = ("Z", "X")


@dataclass(frozen=True)
class Identity:
    """A process of this or an earlier start of a machine. As text: `PID:START:PLACE`."""

    pid: int
    started: int
    """The start in clock ticks since the machine started."""
    place: str
    """The machine's start and the container: numbers of processes mean nothing outside of it."""

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The identity of a process that lives here, or None: a zombie is dead."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return None
        fields = stat.rpartition(")")[2].split()
        return None if fields[_STATE] in _DEAD else cls(pid, int(fields[_START]), _place())

    @classmethod
    def parse(cls, text: str) -> Self:
        """The identity that `str` wrote. Raises ValueError."""
        pid, started, place = text.split(":", 2)
        return cls(int(pid), int(started), place)

    def __str__(self) -> str:
        return f"{self.pid}:{self.started}:{self.place}"

    @property
    def is_here(self) -> bool:
        """Whether it is, or was, a process of this container and of this start of the machine."""
        return self.place == _place()

    @property
    def is_alive(self) -> bool:
        """Whether the process lives here."""
        return self.is_here and Identity.of(self.pid) == self

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> bool:
        """Send it a signal, and to no process that got its number since. False when it is gone."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        try:
            if not self.is_alive:
                return False
            signal.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)
        return True


@cache
def _place() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
