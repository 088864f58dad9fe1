"""The UI of `astra dev` serves its own page and programs of this machine, and nobody else: asked of Dagster's real
web server, started as `astra dev` starts it."""

from __future__ import annotations

import os
import re
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


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ui_requests.make_home(tmp_path_factory.mktemp("dagster"))


@pytest.fixture(scope="module")
def port(home: Path) -> Iterator[int]:
    with served(home) as port:
        yield port


@contextmanager
def served(home: Path, *options: str) -> Iterator[int]:
    """The port of the guarded web server over the instance at `home`."""
    port = free_port()
    command = [sys.executable, "-m", "astra_pipeline.orchestration.webserver", *options]
    where = ["-w", str(home / "workspace.yaml"), "-p", str(port)]
    child = start_child([*command, *where], env={**os.environ, "DAGSTER_HOME": str(home)})
    try:
        ui_requests.wait_until_answered(port, child)
        yield port
    finally:
        stop_child(child)


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda stranger: stranger.name)
def test_a_stranger_is_refused_and_changes_nothing(port: int, home: Path, stranger: Request) -> None:
    assert status(port, stranger) == stranger.refusal
    assert "intruder" not in concurrency_keys(home)


def test_the_uis_own_page_may_change_things_under_each_of_its_names(port: int, home: Path) -> None:
    # The last one is that of a tunnel which ends at another port.
    for number, own in enumerate((f"127.0.0.1:{port}", f"localhost:{port}", "localhost:8080")):
        headers = {**JSON, "Host": own, "Origin": f"http://{own}"}
        asked = Request("the UI", 0, "POST", "/graphql", headers, body(f"owner-{number}"))
        assert status(port, asked) == 200
        assert f"owner-{number}" in concurrency_keys(home)


def test_a_program_of_this_machine_may_ask_without_an_origin(port: int, home: Path) -> None:
    assert status(port, Request("curl", 0, "POST", "/graphql", JSON, body("program"))) == 200
    assert "program" in concurrency_keys(home)


def test_the_page_and_its_files_are_served_and_cannot_be_framed(port: int) -> None:
    page = httpx.get(f"http://localhost:{port}/", trust_env=False)
    assert page.is_success
    assert page.headers["X-Frame-Options"] == "DENY"
    script = re.search(r'src="(/[^"]+\.js)"', page.text)
    assert script is not None
    assert httpx.get(f"http://localhost:{port}{script[1]}", trust_env=False).is_success


def test_a_websocket_opens_for_the_uis_own_page_only(port: int) -> None:
    assert ui_requests.acknowledged(port, f"http://127.0.0.1:{port}")
    with pytest.raises(InvalidStatus) as refused:
        ui_requests.acknowledged(port, ui_requests.EVIL)
    assert refused.value.response.status_code == 403


def test_read_only_refuses_what_the_owner_may_otherwise_change(home: Path) -> None:
    with served(home, "--read-only") as port:
        assert status(port, Request("the UI", 0, "POST", "/graphql", JSON, body("reader"))) == 500
    assert "reader" not in concurrency_keys(home)
