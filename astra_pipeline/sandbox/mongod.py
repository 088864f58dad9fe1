"""A real MongoDB for `astra dev`, `astra demo` and the tests: one server as a replica set of its own."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Self

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from astra_pipeline.errors import AstraError, SettingError
from astra_pipeline.sandbox.process import start_child, stop_child

REPLICA_SET = "astra"
_LOG = "mongod.log"
_NOT_YET_INITIALIZED = 94
_EXIT_DATA_DIR_IN_USE = 100
_EXIT_PORT_IN_USE = 48
# A killed server holds its data directory until the kernel has removed the process.
_A_DYING_ONE_MAY_TAKE_SECONDS = 3.0

_HOW_TO_GET_ONE = (
    "On x86-64 Linux: pip install 'astra-pipeline[embedded]'. Elsewhere: install MongoDB and put `mongod` on "
    "PATH or set ASTRA_MONGOD to it. Or set MONGODB_URI to a MongoDB that is running already (a replica set)."
)


class MongodNotFound(SettingError):
    """This machine has no MongoDB server to start; the message says how to get one."""


class DataDirInUse(AstraError):
    """Another mongod is running on that data directory."""


class MongodDidNotStart(AstraError):
    """mongod ended or did not become primary in time; the message quotes its log."""


def find_mongod() -> Path:
    """The server to start: `ASTRA_MONGOD`, else `mongod` on PATH, else the one from the `embedded` extra.

    Raises MongodNotFound.
    """
    named = os.environ.get("ASTRA_MONGOD")
    if named:
        path = Path(named).expanduser().absolute()
        if not path.is_file():
            raise MongodNotFound(f"ASTRA_MONGOD is {named}, and there is no such file. {_HOW_TO_GET_ONE}")
        return _runnable(path)
    on_path = shutil.which("mongod")
    if on_path:
        return Path(on_path).absolute()
    from_wheel = _mongod_of_the_wheel()
    if from_wheel:
        return _runnable(from_wheel)
    raise MongodNotFound(f"No MongoDB server found. {_HOW_TO_GET_ONE}")


def _mongod_of_the_wheel() -> Path | None:
    # The wheel's package is shared with an unrelated, heavy one of the same name: located, never imported.
    spec = importlib.util.find_spec("fiftyone")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "db" / "bin" / "mongod"
        if path.is_file():
            return path
    return None


def _runnable(path: Path) -> Path:
    """Set the executable bit of `path`, which installers lose; returns the path."""
    if not os.access(path, os.X_OK):
        try:
            path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        except OSError as error:
            raise MongodNotFound(
                f"{path} may not be run, and the run bit cannot be set: {error}. {_HOW_TO_GET_ONE}"
            ) from error
    return path


class Mongod:
    """A single-node replica set on 127.0.0.1, primary when the `with` block begins.

    The data stay in `data_dir` and survive a kill; `port` is a free one unless given. The server ends with
    this process, however that ends. `cache_gb` bounds its memory (at least 0.25). `parameters` are further server
    parameters as `name=value`.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        *,
        cache_gb: float = 1.0,
        ready_within_seconds: float = 60.0,
        parameters: Sequence[str] = (),
    ) -> None:
        self.data_dir = data_dir
        self._wanted_port = port
        self._parameters = [word for one in parameters for word in ("--setParameter", one)]
        self._port: int | None = None
        self._cache_gb = cache_gb
        self._patience = ready_within_seconds
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        if self._port is None:
            raise RuntimeError("mongod is not running: use it in a `with` block")
        return self._port

    @property
    def uri(self) -> str:
        """The connection string, without a database. Sessions, transactions and change streams work through it."""
        return f"mongodb://{self.host}/?replicaSet={REPLICA_SET}"

    @property
    def pid(self) -> int:
        if self._child is None:
            raise RuntimeError("mongod is not running: use it in a `with` block")
        return self._child.pid

    @property
    def log_path(self) -> Path:
        """The server's log since its last start."""
        return self.data_dir / _LOG

    @property
    def host(self) -> str:
        """127.0.0.1:PORT"""
        return f"127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start the server and wait until it is primary. Raises MongodNotFound, DataDirInUse, MongodDidNotStart."""
        program = find_mongod()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._refuse_a_data_dir_in_use()
        self._port = self._wanted_port or free_port()
        # The log is the server's stdout, begun anew at each start: nothing to rotate, nothing that grows.
        with self.log_path.open("wb") as log:
            self._child = start_child(
                [
                    str(program),
                    *("--dbpath", str(self.data_dir), "--port", str(self.port), "--bind_ip", "127.0.0.1"),
                    *("--replSet", REPLICA_SET, "--oplogSize", "512", "--nounixsocket", "--quiet"),
                    *("--wiredTigerCacheSizeGB", str(self._cache_gb)),
                    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
                    # A primary that is shut down otherwise waits 15 s for a successor it does not have.
                    *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0"),
                    *self._parameters,
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_ready(time.monotonic() + self._patience)
        except BaseException:
            self.stop()
            raise
        return self

    @property
    def is_alive(self) -> bool:
        """True while the process that was started has not ended."""
        return self._child is not None and self._child.poll() is None

    def kill(self) -> None:
        """End the server by SIGKILL, as a power cut would; what it had written stays in `data_dir`."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def stop(self) -> None:
        """End the server: SIGTERM, and SIGKILL if that takes longer than 15 s."""
        if self._child is not None:
            stop_child(self._child, patience_seconds=15.0)
        self._child = self._port = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _refuse_a_data_dir_in_use(self) -> None:
        # mongod holds an flock on this file while it lives; a killed one leaves the file, not the lock.
        lock_file = self.data_dir / "mongod.lock"
        if not lock_file.exists():
            return
        with lock_file.open("rb") as file:
            deadline = time.monotonic() + _A_DYING_ONE_MAY_TAKE_SECONDS
            while not _is_free(file):
                if time.monotonic() > deadline:
                    owner = file.read(32).decode(errors="replace").strip() or "unknown"
                    raise self._in_use(f" (process {owner})")
                time.sleep(0.05)

    def _in_use(self, by: str = "") -> DataDirInUse:
        return DataDirInUse(
            f"{self.data_dir} belongs to a mongod that is running{by}. Stop that one, or use another directory."
        )

    def _wait_until_ready(self, deadline: float) -> None:
        doing = "answering"
        while time.monotonic() < deadline:
            self._check_alive()
            # A new client each time: one that connected before the set was initiated keeps a topology
            # without sessions.
            with MongoClient[dict[str, Any]](
                "127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=500
            ) as client:
                try:
                    hello = client.admin.command("hello")
                    if hello.get("isWritablePrimary"):
                        return
                    doing = self._configure(client, hello)
                except PyMongoError as error:
                    doing = f"{type(error).__name__}: {error}"
            time.sleep(0.05)
        raise MongodDidNotStart(
            f"mongod was not primary after {self._patience:.0f} s ({doing}). {self._end_of_log()}"
        )

    def _configure(self, client: MongoClient[dict[str, Any]], hello: dict[str, Any]) -> str:
        """Take one step towards a set whose only member is this server at this port; returns the step in words."""
        member = {"_id": 0, "host": self.host}
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code != _NOT_YET_INITIALIZED:
                raise
            if not hello.get("isreplicaset"):
                return "reading its configuration"
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
            return "electing itself"
        if [known["host"] for known in config["members"]] != [self.host]:
            # The data directory was last used on another port: the server does not find itself in the set.
            moved = {
                **config,
                "version": config["version"] + 1,
                "members": [{**config["members"][0], **member}],
            }
            client.admin.command("replSetReconfig", moved, force=True)
            return "moving to its new port"
        return "electing itself"

    def _check_alive(self) -> None:
        assert self._child is not None
        code = self._child.poll()
        if code is None:
            return
        if code == _EXIT_DATA_DIR_IN_USE:
            raise self._in_use()
        if code == _EXIT_PORT_IN_USE:
            raise MongodDidNotStart(f"Port {self.port} on 127.0.0.1 is taken by another program.")
        raise MongodDidNotStart(f"mongod ended with exit code {code}. {self._end_of_log()}")

    def _end_of_log(self) -> str:
        lines = self.log_path.read_text(errors="replace").splitlines()[-5:]
        return f"The end of its log ({self.log_path}):\n" + "\n".join(line[:500] for line in lines)


def _is_free(lock_file: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True  # and let go when the file is closed


def free_port() -> int:
    """A port of the loopback nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
