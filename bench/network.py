"""Network namespaces that stand in for machines: a bridge here, and beyond it a namespace with an address each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from astra_pipeline.sandbox.process import start_child, stop_child

_BRIDGE, _HERE = "astrabench0", "10.213.48.1"
_READY_SECONDS = 30


@dataclass(frozen=True)
class Machine:
    """A place for processes. `before` is what their command begins with; services are reached at `services`."""

    name: str
    before: tuple[str, ...]
    services: str


@contextmanager
def machines(count: int) -> Iterator[tuple[list[Machine], str | None]]:
    """(machines, why they have no network of their own, or None). What was made is taken away at the end."""
    why = _why_not()
    if why:
        yield [Machine(f"group{number + 1}", (), "127.0.0.1") for number in range(count)], why
        return
    names = [f"{_BRIDGE}m{number + 1}" for number in range(count)]
    _take_away(names)
    try:
        _ip(f"link add {_BRIDGE} type bridge")
        _ip(f"addr add {_HERE}/24 dev {_BRIDGE}")
        _ip(f"link set {_BRIDGE} up")
        for number, name in enumerate(names):
            ours, theirs = f"ab{number}here", f"ab{number}there"
            _ip(f"netns add {name}")
            _ip(f"link add {ours} type veth peer name {theirs} netns {name}")
            _ip(f"link set {ours} master {_BRIDGE} up")
            for command in ("link set lo up", f"addr add 10.213.48.{10 + number}/24 dev {theirs}"):
                _ip(f"-n {name} {command}")
            _ip(f"-n {name} link set {theirs} up")
        program = str(shutil.which("ip"))
        yield [Machine(name, (program, "netns", "exec", name), _HERE) for name in names], None
    finally:
        _take_away(names)


@contextmanager
def relayed(address: str, ports: Sequence[int]) -> Iterator[None]:
    """Services of the loopback are reached at the address too, for the block. Raises TimeoutError."""
    if address == "127.0.0.1":
        yield
        return
    command = [sys.executable, "-m", "bench.relay", address, *map(str, ports)]
    child = start_child(command, stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        if child.stdout.readline() != b"ready\n":
            raise TimeoutError("the relay did not start")
        yield
    finally:
        stop_child(child)


def _why_not() -> str | None:
    if os.geteuid() != 0:
        return "only root makes network namespaces"
    if shutil.which("ip") is None:
        return "no program ip (apt-get install iproute2)"
    tried = f"{_BRIDGE}try"
    done = subprocess.run(["ip", "netns", "add", tried], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"ip netns add: {done.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", tried], capture_output=True, check=False)
    return None


def _take_away(names: Sequence[str]) -> None:
    for name in names:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    subprocess.run(["ip", "link", "del", _BRIDGE], capture_output=True, check=False)


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True)
