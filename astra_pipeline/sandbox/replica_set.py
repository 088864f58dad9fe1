"""MongoDB as it runs in production: a replica set of several servers, whose members can fail on request."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError

from astra_pipeline.sandbox.mongod import REPLICA_SET, Mongod, MongodDidNotStart, free_port

_ELECTION_MILLISECONDS = 2_000
_PATIENCE_SECONDS = 60.0
_ALREADY_INITIALIZED = 23
# A code after which drivers keep their connections: the label alone makes them repeat the write.
_WRITE_CONCERN_FAILED = 64

Client = MongoClient[dict[str, Any]]


class Member(Mongod):
    """One server of a replica set: ready as soon as it answers, whoever is primary."""

    def _wait_until_ready(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            self._check_alive()
            try:
                with self.client() as client:
                    client.admin.command("ping")
            except PyMongoError:
                time.sleep(0.05)
            else:
                return
        raise MongodDidNotStart(f"mongod did not answer in time. {self._end_of_log()}")

    def client(self) -> Client:
        """A client of this very server, primary or not; for one `with` block."""
        return Client("127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=1_000)


class ReplicaSet:
    """`members` servers on 127.0.0.1 that hold the same data, with a primary when the `with` block begins.

    Elections take two to four seconds. Members are named by their number (0 to members - 1). The servers end with
    this process, however that ends.
    """

    def __init__(self, folder: Path, members: int = 3, *, cache_gb: float = 0.25) -> None:
        # A member that is started again must be found where its set knows it.
        ports = _free_ports(members)
        self.members = [
            Member(
                folder / f"member_{number}",
                port,
                cache_gb=cache_gb,
                # failCommand is known to servers that were started for tests. A secondary that reads from a stopped
                # member lets it go after a second, not after fifteen in which no majority confirms a write.
                parameters=("enableTestCommands=1", "oplogNetworkTimeoutBufferSeconds=1"),
            )
            for number, port in enumerate(ports)
        ]
        self._hosts = [f"127.0.0.1:{port}" for port in ports]
        self._stopped: set[int] = set()

    @property
    def uri(self) -> str:
        """Names every member, so that a client finds the primary whichever it is; no database name in it."""
        return f"mongodb://{','.join(self._hosts)}/?replicaSet={REPLICA_SET}"

    def start(self) -> Self:
        """Raises MongodNotFound, DataDirInUse, MongodDidNotStart."""
        try:
            for member in self.members:
                member.start()
            self._initiate()
            self.wait_for_primary()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Ends every server by its own pid. The members go one after the other, the primary last."""
        for number in list(self._stopped):
            self.cont(number)
        primary = self._primary_now()
        for number in sorted(range(len(self.members)), key=lambda number: number == primary):
            self.members[number].stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- looking

    def wait_for_primary(self, other_than: int | None = None, *, within_seconds: float = _PATIENCE_SECONDS) -> int:
        """The number of the member that takes writes. With `other_than`, a primary that is another member.

        Raises MongodDidNotStart when there is none in time.
        """
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            primary = self._primary_now()
            if primary is not None and primary != other_than:
                return primary
            time.sleep(0.1)
        raise MongodDidNotStart(f"the replica set has no primary after {within_seconds:.0f} s")

    def is_running(self, member: int) -> bool:
        """True while the member's process lives and is not stopped."""
        return self.members[member].is_alive and member not in self._stopped

    def _primary_now(self) -> int | None:
        return next((number for number in self._running() if self._is_primary(number)), None)

    def _running(self) -> Iterator[int]:
        return (number for number in range(len(self.members)) if self.is_running(number))

    def _is_primary(self, member: int) -> bool:
        try:
            with self.members[member].client() as client:
                return bool(client.admin.command("hello").get("isWritablePrimary"))
        except PyMongoError:
            return False

    # -- faults

    def step_down(self, seconds: int = 5) -> int | None:
        """The primary gives up its office for `seconds` at least; returns its number, None without one."""
        primary = self._primary_now()
        if primary is None:
            return None
        with self.members[primary].client() as client:
            try:
                client.admin.command("replSetStepDown", seconds, secondaryCatchUpPeriodSecs=2, force=True)
            except AutoReconnect:
                pass  # it closes its connections with the office
            except OperationFailure:
                return None  # another was elected meanwhile
        return primary

    def kill(self, member: int) -> None:
        """End a member by SIGKILL. `restart` brings it back with the data it had written."""
        self._stopped.discard(member)
        self.members[member].kill()

    def restart(self, member: int) -> None:
        """Start a member that was killed, on its old port and data."""
        if not self.members[member].is_alive:
            self.members[member].stop()  # of a process that ended only the exit code is left
            self.members[member].start()

    def pause(self, member: int) -> None:
        """SIGSTOP: the member holds its connections and answers nothing until `cont`."""
        os.kill(self.members[member].pid, signal.SIGSTOP)
        self._stopped.add(member)

    def cont(self, member: int) -> None:
        """SIGCONT after `pause`."""
        self._stopped.discard(member)
        if self.members[member].is_alive:
            os.kill(self.members[member].pid, signal.SIGCONT)

    def close_connections(self, commands: Sequence[str], *, times: int, app_name: str | None = None) -> None:
        """Every running member closes the connection instead of executing the next `times` of `commands`.

        With `app_name`, only those of clients that call themselves so.
        """
        self._fail(commands, times, app_name, {"closeConnection": True})

    def lose_replies(self, commands: Sequence[str], *, times: int, app_name: str | None = None) -> None:
        """Every running member executes the next `times` of `commands` and then answers that it could not
        confirm them.

        A client cannot tell that the write took place; a driver repeats it under the same number.
        """
        unsure = {
            "writeConcernError": {"code": _WRITE_CONCERN_FAILED, "errmsg": "asked for by a test"},
            "errorLabels": ["RetryableWriteError"],
        }
        self._fail(commands, times, app_name, unsure)

    def calm(self) -> None:
        """No fault point is left on, and every member runs."""
        for number in range(len(self.members)):
            if number in self._stopped:
                self.cont(number)
            self.restart(number)
            with self.members[number].client() as client:
                client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})

    def _fail(self, commands: Sequence[str], times: int, app_name: str | None, how: dict[str, Any]) -> None:
        data = {"failCommands": list(commands), **how} | ({"appName": app_name} if app_name else {})
        for number in self._running():
            with self.members[number].client() as client:
                client.admin.command({"configureFailPoint": "failCommand", "mode": {"times": times}, "data": data})

    def _initiate(self) -> None:
        members = [{"_id": number, "host": host} for number, host in enumerate(self._hosts)]
        settings = {"electionTimeoutMillis": _ELECTION_MILLISECONDS, "heartbeatIntervalMillis": 500}
        with self.members[0].client() as client:
            try:
                client.admin.command(
                    "replSetInitiate", {"_id": REPLICA_SET, "members": members, "settings": settings}
                )
            except OperationFailure as error:
                if error.code != _ALREADY_INITIALIZED:
                    raise


@contextmanager
def paused(replica_set: ReplicaSet, member: int) -> Iterator[None]:
    """The member is stopped for the block, and goes on afterwards."""
    replica_set.pause(member)
    try:
        yield
    finally:
        replica_set.cont(member)


def _free_ports(count: int) -> list[int]:
    ports: list[int] = []
    while len(ports) < count:
        if (port := free_port()) not in ports:
            ports.append(port)
    return ports
