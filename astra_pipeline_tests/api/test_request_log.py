"""The log has a line for each request, and nothing of what was sent or answered."""

from __future__ import annotations

import json

import pytest
from fastapi import Request

from astra_pipeline import logs
from astra_pipeline_tests.api.doors import SERVICE, TOKEN, signed_in

pytestmark = pytest.mark.anyio
PATH = "/api/tasks/horoscope"


@pytest.fixture
def lines(capsys, api_environment):
    """The lines of the log so far, each a document."""
    import structlog

    api_environment.setenv("ASTRA_LOG_FORMAT", "json")

    def read() -> list[dict]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]

    yield read
    structlog.reset_defaults()


async def test_a_line_has_the_route_and_its_time_and_no_secret(db, opened, lines) -> None:
    horoscope = {"date": "2026-11-23", "content": "Xylophone."}
    asha = signed_in(db, "user_asha", user_overview={"latest_horoscope": horoscope})
    async with opened(ASTRA_LOG_FORMAT="json") as door:

        async def broken(request: Request) -> None:
            raise RuntimeError(f"xylophone of {request.query_params['user_id']}")

        door.app.add_route("/api/broken", broken)
        logs.configure()
        await door.client.get(PATH, params={"date": "2026-11-23"}, headers=asha | {"X-Request-Id": "req-17"})
        await door.client.get(PATH, params={"user_id": "user_asha", "date": "xylophone"}, headers=SERVICE)
        body = {"date": "2026-11-23", "rating": "up", "comment": "xylophone"}
        await door.client.post(f"{PATH}/feedback", json=body, headers=asha)
        await door.client.get("/api/xylophone")
        await door.client.get("/api/broken", params={"user_id": "xylophone"}, headers=asha)
        text = lines()
    told = [line for line in text if line["event"] == "request"]
    assert [(line["method"], line["route"], line["status"]) for line in told] == [
        ("GET", PATH, 200),
        ("GET", PATH, 400),
        ("POST", f"{PATH}/feedback", 204),
        ("GET", None, 404),
        ("GET", "/api/broken", 500),
    ]
    assert told[0]["request_id"] == "req-17"
    assert all(line["duration_ms"] >= 0 for line in told)
    (failed,) = [line for line in text if line["event"] == "a request failed"]
    assert failed["request_id"] == told[-1]["request_id"]
    everything = json.dumps(text).lower()
    for secret in ("xylophone", TOKEN, asha["Cookie"], asha["Cookie"].partition("=")[2][:20], "user_asha"):
        assert secret.lower() not in everything
