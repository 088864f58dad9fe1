"""deploy/Caddyfile in a real Caddy, in front of Dagster's real web server as compose.yaml starts it."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from astra_pipeline.cli.stack import free_port
from astra_pipeline.sandbox.process import start_child, stop_child
from astra_pipeline_tests import ui_requests
from astra_pipeline_tests.ui_requests import JSON, STRANGERS, Request, body, concurrency_keys, status

_CADDY = shutil.which("caddy")
_CADDYFILE = Path(__file__).parents[2] / "deploy" / "Caddyfile"
_OWNER = ("astra", "an owner's password")

pytestmark = pytest.mark.skipif(
    _CADDY is None, reason="no caddy on PATH (apt-get install caddy): the proxy was not asked"
)


@contextmanager
def proxied(upstream: int, folder: Path, **variables: str) -> Iterator[int]:
    """The port of Caddy with deploy/Caddyfile, in front of `upstream`, with `variables` in its environment."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "UI_SITE": f"http://:{port}",
        "UI_UPSTREAM": f"127.0.0.1:{upstream}",
        **variables,
    }
    command = [str(_CADDY), "run", "--config", str(_CADDYFILE), "--adapter", "caddyfile"]
    child = start_child(command, env=environment)
    try:
        ui_requests.wait_until_answered(port, child)
        yield port
    finally:
        stop_child(child)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ui_requests.make_home(tmp_path_factory.mktemp("dagster"))


@pytest.fixture(scope="module")
def webserver(home: Path) -> Iterator[int]:
    port = free_port()
    where = ["-h", "127.0.0.1", "-p", str(port), "-w", str(home / "workspace.yaml")]
    command = [sys.executable, "-m", "dagster_webserver", *where]
    child = start_child(command, env={**os.environ, "DAGSTER_HOME": str(home)})
    ui_requests.wait_until_answered(port, child)
    yield port
    stop_child(child)


@pytest.fixture(scope="module")
def port(webserver: int, home: Path) -> Iterator[int]:
    hashing = [str(_CADDY), "hash-password", "--plaintext", _OWNER[1]]
    hashed = subprocess.run(hashing, check=True, capture_output=True, text=True).stdout.strip()
    with proxied(webserver, home, UI_USER=_OWNER[0], UI_PASSWORD_HASH=hashed) as port:
        yield port


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda stranger: stranger.name)
def test_a_stranger_is_refused_although_the_browser_adds_the_password(
    port: int, home: Path, stranger: Request
) -> None:
    assert status(port, stranger, _OWNER) == stranger.refusal
    assert "intruder" not in concurrency_keys(home)


@pytest.mark.parametrize("known", [None, ("astra", "a guess"), ("somebody", _OWNER[1])])
def test_nothing_is_served_without_the_password(port: int, home: Path, known: tuple[str, str] | None) -> None:
    for asked in (
        Request("the page", 0, "GET", "/"),
        Request("a change", 0, "POST", "/graphql", JSON, body("unknown")),
        Request("a run's log", 0, "GET", "/logs/x/y"),
    ):
        assert status(port, asked, known) == 401
    assert "unknown" not in concurrency_keys(home)


def test_the_owner_reads_and_changes_under_each_of_the_uis_names(port: int, home: Path) -> None:
    for number, own in enumerate((f"127.0.0.1:{port}", f"localhost:{port}")):
        page = httpx.get(f"http://{own}/", auth=_OWNER, trust_env=False)
        assert (page.status_code, page.headers["X-Frame-Options"]) == (200, "DENY")
        headers = {**JSON, "Host": own, "Origin": f"http://{own}"}
        asked = Request("the UI", 0, "POST", "/graphql", headers, body(f"owner-{number}"))
        assert status(port, asked, _OWNER) == 200
        assert f"owner-{number}" in concurrency_keys(home)


def test_a_websocket_opens_for_the_owners_own_page_only(port: int) -> None:
    password = {"Authorization": f"Basic {base64.b64encode(':'.join(_OWNER).encode()).decode()}"}
    own = f"http://127.0.0.1:{port}"
    assert ui_requests.acknowledged(port, own, password)
    for origin, headers, answer in ((ui_requests.EVIL, password, 403), (own, {}, 401)):
        with pytest.raises(InvalidStatus) as refused:
            ui_requests.acknowledged(port, origin, headers)
        assert refused.value.response.status_code == answer


def test_a_proxy_that_was_given_no_password_serves_nobody(webserver: int, tmp_path: Path) -> None:
    with proxied(webserver, tmp_path) as port:
        for known in (None, ("", ""), _OWNER):
            assert status(port, Request("the page", 0, "GET", "/"), known) == 401


def test_the_names_of_the_ui_are_those_it_was_given(webserver: int, tmp_path: Path) -> None:
    with proxied(webserver, tmp_path, UI_HOST="astra.example.com") as port:
        ours, others = {"Host": "astra.example.com"}, {"Host": f"localhost:{port}"}
        assert status(port, Request("its name", 0, "GET", "/", ours)) == 401
        assert status(port, Request("another", 0, "GET", "/", others)) == 421


def test_behind_a_certificate_pages_come_from_https(webserver: int, tmp_path: Path) -> None:
    with proxied(webserver, tmp_path, UI_SCHEME="https") as port:
        for scheme, answer in (("https", 401), ("http", 403)):
            headers = {**JSON, "Origin": f"{scheme}://127.0.0.1:{port}"}
            assert status(port, Request(scheme, 0, "POST", "/graphql", headers, body("scheme"))) == answer
