"""Redis and PostgreSQL of this machine, started for a bench or a test: own folders, own ports, own passwords."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from astra_pipeline.cli.stack import free_port
from astra_pipeline.sandbox.process import start_child, stop_child

_READY_SECONDS = 30.0
_POSTGRES = Path("/usr/lib/postgresql")


def install(*packages: str) -> str | None:
    """Have Debian's packages installed; None, or the reason why that cannot be."""
    if os.geteuid() != 0:
        return f"not root, so {', '.join(packages)} cannot be installed"
    if shutil.which("apt-get") is None:
        return f"no apt-get to install {', '.join(packages)} with"
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", *command], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"apt-get {command[0]} ended with {done.returncode}"
    return None


def find_redis() -> str | None:
    """The server's program, or None."""
    return shutil.which("redis-server")


def find_postgres() -> Path | None:
    """The folder of PostgreSQL's programs, the newest, or None."""
    found = [path for path in _POSTGRES.glob("*/bin") if (path / "initdb").exists()]
    return max(found, key=lambda path: int(path.parent.name), default=None)


class RedisServer:
    """A Redis with a password and without a disk, that can be killed and started again at the same port."""

    def __init__(self, folder: Path, addresses: Sequence[str] = ("127.0.0.1",), *, tls: bool = False) -> None:
        """`tls`: it speaks TLS alone, with a certificate of its own making in `folder`."""
        self._folder, self._is_tls = folder, tls
        self._password = secrets.token_hex(16)
        self._port = free_port()
        self._addresses = addresses
        self._child: subprocess.Popen[bytes] | None = None

    def url(self, address: str = "127.0.0.1") -> str:
        """The address of it, with the password."""
        name = "localhost" if self._is_tls else address
        return f"redis{'s' * self._is_tls}://:{self._password}@{name}:{self._port}/0"

    @property
    def certificate(self) -> Path:
        """The file that vouches for it."""
        return self._folder / "redis.pem"

    def start(self) -> None:
        """Start it, empty. Raises TimeoutError."""
        program = find_redis()
        assert program is not None
        file = self._folder / "redis.conf"
        file.touch(mode=0o600)
        file.write_text(
            f"{self._ports()}\nbind {' '.join(self._addresses)}\nrequirepass {self._password}\n"
            f'save ""\nappendonly no\ndir {self._folder}\n'
        )
        self._child = start_child([program, str(file)], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + _READY_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError("Redis did not start")
            time.sleep(0.05)

    def _ports(self) -> str:
        if not self._is_tls:
            return f"port {self._port}"
        key = self._folder / "redis.key"
        subject = [*("-subj", "/CN=localhost"), *("-addext", "subjectAltName=DNS:localhost")]
        files = [*("-keyout", str(key)), *("-out", str(self.certificate))]
        making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *files, *subject]
        subprocess.run(making, check=True, capture_output=True)
        files = f"tls-cert-file {self.certificate}\ntls-key-file {key}\ntls-ca-cert-file {self.certificate}"
        return f"port 0\ntls-port {self._port}\n{files}\ntls-auth-clients no"

    def _answers(self) -> bool:
        options = {"ssl_ca_certs": str(self.certificate)} if self._is_tls else {}
        try:
            with Redis.from_url(self.url(), socket_timeout=2, **options) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def kill(self) -> None:
        """End it by SIGKILL: what it knew is gone."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            stop_child(self._child)


@contextmanager
def postgres(folder: Path, addresses: Sequence[str] = ("127.0.0.1",)) -> Iterator[str]:
    """The URL, with HOST for the address, of a PostgreSQL with one database `dagster`. Raises CalledProcessError.

    It refuses to be root's, so that it is the user postgres's where this process is root's.
    """
    programs = find_postgres()
    assert programs is not None
    folder.mkdir(parents=True, exist_ok=True)
    password, port = secrets.token_hex(16), free_port()
    (folder / "password").write_text(password)
    is_root = os.geteuid() == 0
    if is_root:
        owner = pwd.getpwnam("postgres")
        for path in (folder, folder / "password"):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        for above in (folder, *folder.parents):
            if above.owner() == "root" and not above.stat().st_mode & 0o001:
                above.chmod(above.stat().st_mode | 0o111)
    # A change of user ends the wish to end with the parent, so it is made again.
    become = ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=KILL"]
    become = [str(shutil.which("setpriv")), *become] if is_root else []
    data = folder / "data"
    made = [*("--auth", "scram-sha-256"), *("--username", "dagster"), "--no-sync"]
    subprocess.run(
        [*become, str(programs / "initdb"), "-D", str(data), *made, f"--pwfile={folder / 'password'}"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with (data / "pg_hba.conf").open("a") as file:
        file.write("host all all samenet scram-sha-256\n")
    settings = [
        *("-c", f"listen_addresses={','.join(addresses)}"),
        *("-c", f"unix_socket_directories={folder}"),
        *("-c", "fsync=off"),
    ]
    command = [*become, str(programs / "postgres"), "-D", str(data)]
    child = start_child(
        [*command, "-p", str(port), *settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _create_database(programs, port, password)
        yield f"postgresql://dagster:{password}@HOST:{port}/dagster"
    finally:
        stop_child(child)


def _create_database(programs: Path, port: int, password: str) -> None:
    command = [str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "dagster", "dagster"]
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        done = subprocess.run(
            command, env={**os.environ, "PGPASSWORD": password}, capture_output=True, text=True, check=False
        )
        if not done.returncode:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"PostgreSQL did not start: {done.stderr.strip()}")
        time.sleep(0.2)


WORKER = "astra_pipeline.orchestration.launchers.celery_worker"


def worker_command(name: str, *, processes: int = 1) -> list[str]:
    """The command of a worker, as deploy/ has it. It needs DAGSTER_HOME."""
    options = ["--hostname", f"{name}@%h", "--concurrency", str(processes), "--loglevel", "INFO"]
    return [
        sys.executable,
        "-m",
        "celery",
        "-A",
        WORKER,
        "worker",
        *options,
        "--without-gossip",
        "--without-mingle",
    ]
