"""Requests to Dagster's UI, as the guards judge them: that of `astra dev`, and the proxy of deploy/."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from urllib.parse import quote

import dagster as dg
import httpx
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

_START_SECONDS = 60.0
JSON = {"Content-Type": "application/json"}
_TEXT = {"Content-Type": "text/plain"}
EVIL = "http://evil.example"


def mutation(key: str) -> str:
    """A mutation that needs no code location and leaves a trace in the instance: the concurrency key `key`."""
    return f'mutation {{ setConcurrencyLimit(concurrencyKey: "{key}", limit: 1) }}'


def body(key: str) -> str:
    """The body of a POST to /graphql that asks for `mutation(key)`."""
    return json.dumps({"query": mutation(key)})


def concurrency_keys(home: Path) -> set[str]:
    """Those of the instance at `home`: what mutations have set."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        return set(instance.event_log_storage.get_concurrency_keys())


@dataclass(frozen=True)
class Request:
    """A request that a browser may be led to send, and the status of its refusal."""

    name: str
    refusal: int
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: str = ""


_IN_THE_URL = f"?query={quote(mutation('intruder'))}"
_BODY = body("intruder")

STRANGERS = [
    Request("an image in any page", 405, "GET", f"/graphql{_IN_THE_URL}"),
    Request("a line break behind the name", 405, "GET", f"/graphql%0A{_IN_THE_URL}"),
    Request("an escaped letter in the name", 405, "GET", f"/%67raphql{_IN_THE_URL}"),
    Request("half a websocket", 405, "GET", f"/graphql{_IN_THE_URL}", {"Upgrade": "h2c", "Connection": "Upgrade"}),
    Request("a HEAD", 405, "HEAD", f"/graphql{_IN_THE_URL}"),
    Request("a question before a foreign POST", 405, "OPTIONS", "/graphql"),
    Request("a POST of nothing", 415, "POST", f"/graphql{_IN_THE_URL}"),
    Request("a form", 415, "POST", f"/graphql{_IN_THE_URL}", _TEXT, "x"),
    Request("JSON that says it is text", 415, "POST", "/graphql", _TEXT, _BODY),
    Request("a foreign page", 403, "POST", "/graphql", {**JSON, "Origin": EVIL}, _BODY),
    Request("a page without a name", 403, "POST", "/graphql", {**JSON, "Origin": "null"}, _BODY),
    Request("a page of another port", 403, "POST", "/graphql", {**JSON, "Origin": "http://127.0.0.1:1"}, _BODY),
    Request(
        "a name pointed here", 421, "POST", "/graphql", {**JSON, "Origin": EVIL, "Host": "evil.example"}, _BODY
    ),
    Request("reading under a foreign name", 421, "GET", "/", {"Host": "evil.example"}),
    Request("a reported asset", 403, "POST", "/report_asset_materialization/a", {**JSON, "Origin": EVIL}, "{}"),
]


def status(port: int, request: Request, auth: tuple[str, str] | None = None) -> int:
    """The status of the answer to `request`, sent to `port` of loopback."""
    with httpx.Client(trust_env=False, auth=auth) as client:
        url = f"http://127.0.0.1:{port}{request.path}"
        return client.request(
            request.method, url, headers=dict(request.headers), content=request.content
        ).status_code


def acknowledged(port: int, origin: str, headers: Mapping[str, str] | None = None) -> bool:
    """True when the websocket of the UI opens for a page of `origin`. Raises InvalidStatus when it is refused."""
    with connect(
        f"ws://127.0.0.1:{port}/graphql",
        origin=Origin(origin),
        subprotocols=[Subprotocol("graphql-ws")],
        additional_headers=dict(headers or {}),
        proxy=None,
    ) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        return json.loads(socket.recv(timeout=30)) == {"type": "connection_ack"}


def make_home(folder: Path) -> Path:
    """A DAGSTER_HOME in `folder`, with a workspace.yaml that names no code."""
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    (folder / "workspace.yaml").write_text("load_from: []\n")
    return folder


def wait_until_answered(port: int, child: Popen[bytes]) -> None:
    """Until `child` answers HTTP on `port`, however it answers."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/server_info", trust_env=False)
        except httpx.TransportError:
            assert child.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)
        else:
            return
