"""The sandbox on a real server, its tasks' work done by `echo`."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from astra_pipeline.sandbox.people import Person, transcripts
from astra_pipeline.sandbox.process import Control
from astra_pipeline.sandbox.server import create_app

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)

ASHA = Person.model_validate(
    {
        "id": "user_asha",
        "name": "Asha",
        "email": "asha@example.com",
        "timezone": "Asia/Kolkata",
        "conversations": [
            {
                "id": f"conv_asha_{number:02}",
                "days_ago": number,
                "at": "21:30",
                "minutes": 4,
                "turns": [
                    {"agent": "Namaste Asha!"},
                    {"user": f"This is call number {number}. Will I get the job?"},
                    {"agent": None},
                    {"agent": "Your tenth house says: prepare well."},
                ],
            }
            for number in range(1, 8)
        ],
    }
)


def echo(task: str, given: dict[str, Any]) -> dict[str, Any]:
    """Stands for a task: says which it was and what it was given, in several JSON types."""
    if given.get("please") == "fail":
        raise ValueError("the task was asked to fail")
    return {"task": task, "given": given, "count": len(given), "keys": sorted(given)}


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """URL of `app` on a free port of the loopback, for the length of the block."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server ended before it started"
            time.sleep(0.01)
        host, port = listening.getsockname()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join(5)


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """`serve(**options of create_app)` -> URL."""
    with ExitStack() as stack:

        def start(**options: Any) -> str:
            options = {"people": [ASHA], "now": NOW, "offline": echo, "llm_seconds": 0.0, **options}
            return stack.enter_context(serving(create_app(**options)))

        yield start


@pytest.fixture
def url(serve: Callable[..., str]) -> str:
    return serve()


@pytest.fixture
def control(url: str) -> Iterator[Control]:
    control = Control(url)
    yield control
    control.close()


def conversation(identity: str, **changes: Any) -> dict[str, Any]:
    """A done conversation in the shape ElevenLabs answers with."""
    return {**transcripts([ASHA], NOW)[0], "conversation_id": identity, **changes}
