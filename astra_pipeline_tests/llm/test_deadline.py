"""The client keeps the cookies that a server sets, as httpx does, and sends them back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from astra_pipeline.llm.deadline import DeadlineClient


@contextmanager
def _server(heard: list[str | None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers.get("cookie"))
            self.send_response(200)
            if self.path == "/sets":
                self.send_header("set-cookie", "node=b7; Path=/")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any, **__: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_cookie_that_was_set_is_sent_with_the_next_request() -> None:
    heard: list[str | None] = []

    async def ask(url: str) -> None:
        async with DeadlineClient(deadline_seconds=5, connections=1) as client:
            for path in ("/", "/sets", "/", "/"):
                await client.get(url + path)

    with _server(heard) as url:
        asyncio.run(ask(url))
    assert heard == [None, None, "node=b7", "node=b7"]
