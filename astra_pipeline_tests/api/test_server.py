"""Real processes: several share their rates, a stop loses no request, and only known proxies are believed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from astra_pipeline.cli.stack import free_port
from astra_pipeline.sandbox.process import start_child, stop_child
from astra_pipeline_tests.api.doors import SERVICE, joined, signed_in

PATH = "/api/tasks/persona"
FEEDBACK = "/api/tasks/horoscope/feedback"
NAMED = {"user_id": "user_asha"}


@dataclass(frozen=True)
class Server:
    """`astra serve` in a process of its own."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def serving(folder: Path, *options: str, **variables: str) -> AbstractContextManager[Server]:
    """A server that answers, stopped after the block."""
    return serving_at(free_port(), folder, *options, **variables)


@contextmanager
def serving_at(port: int, folder: Path, *options: str, **variables: str) -> Iterator[Server]:
    """The same at one port."""
    log = folder / f"serve-{port}.log"
    command = [sys.executable, "-m", "astra_pipeline", "serve", "--port", str(port), *options]
    with log.open("wb") as output:
        process = start_child(command, stdout=output, stderr=output, env=os.environ | variables)
    try:
        deadline = time.monotonic() + 120
        while not _answers(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield Server(port, process, log)
    finally:
        stop_child(process)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def folder(api_environment: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of the servers' logs; their environment is that of the test."""
    return tmp_path


def test_several_processes_share_a_rate(db: Any, folder: Path) -> None:
    joined(db, "user_asha")
    limited = {
        "ASTRA_RATE_LIMITS": "on",
        "ASTRA_RATE_READ": "1/day;burst=1",
        "ASTRA_RATE_FEEDBACK": "1/day;burst=1",
    }
    rating = NAMED | {"date": "2026-11-23", "rating": "up"}
    headers = SERVICE | {"Connection": "close"}
    with serving(folder, "--workers", "2", **limited) as many, serving(folder, **limited) as one:

        async def ask() -> tuple[list[int], list[int]]:
            async with httpx.AsyncClient(timeout=60) as client:
                urls = [server.url for server in (many, one) for _ in range(40)]
                rated = [client.post(url + FEEDBACK, json=rating, headers=headers) for url in urls]
                read = [client.get(url + PATH, params=NAMED, headers=headers) for url in urls]
                rated, read = await asyncio.gather(*rated), await asyncio.gather(*read)
                return [one.status_code for one in rated], [one.status_code for one in read]

        rated, read = asyncio.run(ask())
    assert {status: rated.count(status) for status in set(rated)} == {404: 50, 429: 30}
    # Half of the burst may be counted ahead; what a process does not use of its part is lost for a while.
    assert 50 // 2 <= read.count(200) <= 50


def test_a_stop_lets_a_request_in_flight_finish(db: Any, folder: Path) -> None:
    asha = signed_in(db, "user_asha", user_overview={"latest_horoscope": {"date": "2026-11-23"}})
    body = b'{"date": "2026-11-23", "rating": "up"}'
    with serving(folder) as server, socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        head = (
            f"POST /api/tasks/horoscope/feedback HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {asha['Cookie']}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body[:10])
        time.sleep(1)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert server.process.poll() is None, "it waits for the rest of the request"
        with pytest.raises(httpx.TransportError):
            httpx.get(server.url + "/healthz", timeout=5)
        connection.sendall(body[10:])
        answer = connection.recv(4096).decode()
        server.process.wait(60)
    assert answer.startswith("HTTP/1.1 204")
    assert db["astra_horoscope_feedback"].count_documents({}) == 1
    assert "Traceback" not in server.log.read_text()


def test_a_process_that_drains_says_so_and_still_answers(db: Any, folder: Path) -> None:
    joined(db, "user_asha")
    with serving(folder, ASTRA_API_DRAIN_SECONDS="5") as server:
        server.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 4
        while (ready := httpx.get(server.url + "/readyz", timeout=10)).status_code == 200:
            assert time.monotonic() < deadline
        answer = httpx.get(server.url + PATH, params=NAMED, headers=SERVICE, timeout=10)
        server.process.wait(60)
    assert ready.json() == {"error": "Service unavailable", "message": "The process is stopping"}
    assert answer.status_code == 200


def test_an_address_is_believed_from_a_known_proxy_only(db: Any, folder: Path) -> None:
    strict = {"ASTRA_RATE_LIMITS": "on", "ASTRA_RATE_ADDRESS": "1/hour;burst=1"}
    for proxies, statuses in (("127.0.0.1", [401, 401, 429]), ("10.0.0.1", [401, 429, 429])):
        db["astra_rate"].delete_many({})
        with serving(folder, ASTRA_TRUSTED_PROXIES=proxies, **strict) as server:
            sent = [
                {"X-Forwarded-For": address} for address in ("203.0.113.1", "203.0.113.2", "6.6.6.6, 203.0.113.2")
            ]
            found = [httpx.get(server.url + PATH, headers=one, timeout=30).status_code for one in sent]
        assert found == statuses, proxies


def test_a_server_without_anybody_to_know_does_not_start(folder: Path, api_environment: pytest.MonkeyPatch) -> None:
    for name in ("BETTER_AUTH_SECRET", "ASTRA_API_TOKENS"):
        api_environment.delenv(name)
    command = [sys.executable, "-m", "astra_pipeline", "serve", "--port", str(free_port())]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1
    assert "BETTER_AUTH_SECRET is not set" in ended.stderr
    assert "Traceback" not in ended.stderr
