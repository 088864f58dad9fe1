"""The UI of `astra dev` serves its own page and programs of this machine, and nobody else: asked of Dagster's real
web server, started as `astra dev` starts it."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from astra_pipeline.cli.stack import free_port
from astra_pipeline.sandbox.process import start_child, stop_child

_START_SECONDS = 60.0
# A mutation that needs no code location and leaves a trace in the instance: a concurrency key.
_MUTATION = 'mutation { setConcurrencyLimit(concurrencyKey: "intruder", limit: 1) }'
_IN_THE_URL = f"?query={quote(_MUTATION)}"
_EVIL = "http://evil.example"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dagster")
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    (folder / "workspace.yaml").write_text("load_from: []\n")
    return folder


@pytest.fixture(scope="module")
def port(home: Path) -> Iterator[int]:
    with served(home) as port:
        yield port


@contextmanager
def served(home: Path, *options: str) -> Iterator[int]:
    """The port of the guarded web server over the instance in `home`."""
    port = free_port()
    module = [sys.executable, "-m", "astra_pipeline.orchestration.webserver"]
    where = ["-w", str(home / "workspace.yaml"), "-p", str(port)]
    child = start_child([*module, *where, *options], env={**os.environ, "DAGSTER_HOME": str(home)})
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(port):
            assert child.poll() is None, "the web server ended"
            assert time.monotonic() < deadline, "the web server did not start"
            time.sleep(0.1)
        yield port
    finally:
        stop_child(child)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/server_info", trust_env=False).is_success
    except httpx.TransportError:
        return False


def status(port: int, method: str, path: str, headers: Mapping[str, str], body: str = "") -> int:
    with httpx.Client(trust_env=False) as client:
        return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, content=body).status_code


def mutated(home: Path) -> set[str]:
    """Concurrency keys of the instance: those that a mutation has set."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        return set(instance.event_log_storage.get_concurrency_keys())


_JSON = {"Content-Type": "application/json"}
_TEXT = {"Content-Type": "text/plain"}
_BODY = json.dumps({"query": _MUTATION})


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "answer"),
    [
        pytest.param("GET", f"/graphql{_IN_THE_URL}", {}, "", 405, id="an image in any page"),
        pytest.param("GET", f"/graphql%0A{_IN_THE_URL}", {}, "", 405, id="a line break behind the name"),
        pytest.param("GET", f"/%67raphql{_IN_THE_URL}", {}, "", 405, id="an escaped letter in the name"),
        pytest.param("HEAD", f"/graphql{_IN_THE_URL}", {}, "", 405, id="a HEAD"),
        pytest.param("POST", f"/graphql{_IN_THE_URL}", {}, "", 415, id="a POST of nothing"),
        pytest.param("POST", f"/graphql{_IN_THE_URL}", _TEXT, "x", 415, id="a form"),
        pytest.param(
            "POST", "/graphql", {"Content-Type": "text/plain"}, _BODY, 415, id="JSON that says it is text"
        ),
        pytest.param("POST", "/graphql", {**_JSON, "Origin": _EVIL}, _BODY, 403, id="a foreign page"),
        pytest.param("POST", "/graphql", {**_JSON, "Origin": "null"}, _BODY, 403, id="a page without a name"),
        pytest.param(
            "POST", "/graphql", {**_JSON, "Origin": "http://127.0.0.1:1"}, _BODY, 403, id="another port's page"
        ),
        pytest.param(
            "POST",
            "/graphql",
            {**_JSON, "Origin": _EVIL, "Host": "evil.example"},
            _BODY,
            421,
            id="a name pointed at loopback",
        ),
        pytest.param("GET", "/", {"Host": "evil.example"}, "", 421, id="reading under a foreign name"),
        pytest.param(
            "POST", "/report_asset_materialization/a", {**_JSON, "Origin": _EVIL}, "{}", 403, id="a reported asset"
        ),
    ],
)
def test_a_stranger_is_refused_and_changes_nothing(
    port: int, home: Path, method: str, path: str, headers: dict[str, str], body: str, answer: int
) -> None:
    assert status(port, method, path, headers, body) == answer
    assert "intruder" not in mutated(home)


def test_the_uis_own_page_and_programs_of_this_machine_may_ask_and_change(port: int, home: Path) -> None:
    for number, own in enumerate((f"127.0.0.1:{port}", f"localhost:{port}", "localhost:8080")):
        key = f"owner-{number}"
        body = json.dumps({"query": _MUTATION.replace("intruder", key)})
        assert status(port, "POST", "/graphql", {**_JSON, "Host": own, "Origin": f"http://{own}"}, body) == 200
        assert key in mutated(home)
    # curl, and our own clients.
    body = json.dumps({"query": _MUTATION.replace("intruder", "program")})
    assert status(port, "POST", "/graphql", _JSON, body) == 200
    assert "program" in mutated(home)


def test_the_page_and_its_files_are_served_and_cannot_be_framed(port: int) -> None:
    page = httpx.get(f"http://localhost:{port}/", trust_env=False)
    assert page.is_success
    assert page.headers["X-Frame-Options"] == "DENY"
    script = re.search(r'src="(/[^"]+\.js)"', page.text)
    assert script is not None
    assert httpx.get(f"http://localhost:{port}{script[1]}", trust_env=False).is_success


def test_a_websocket_opens_for_the_uis_own_page_only(port: int) -> None:
    url, protocol = f"ws://127.0.0.1:{port}/graphql", [Subprotocol("graphql-ws")]
    with connect(url, origin=Origin(f"http://127.0.0.1:{port}"), subprotocols=protocol, proxy=None) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket.recv(timeout=30)) == {"type": "connection_ack"}
    with pytest.raises(InvalidStatus) as refused:
        connect(url, origin=Origin(_EVIL), subprotocols=protocol, proxy=None)
    assert refused.value.response.status_code == 403


def test_read_only_refuses_what_the_owner_may_otherwise_change(home: Path) -> None:
    with served(home, "--read-only") as port:
        body = json.dumps({"query": _MUTATION.replace("intruder", "reader")})
        answer = httpx.post(f"http://127.0.0.1:{port}/graphql", content=body, headers=_JSON, trust_env=False)
    assert not answer.is_success
    assert "reader" not in mutated(home)
