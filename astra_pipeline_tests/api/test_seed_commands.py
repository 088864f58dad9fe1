"""The curl commands of the seed's testing checklist, against `astra dev` with the cookie that it prints."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from astra_pipeline.cli.stack import free_port
from astra_pipeline.sandbox.process import stop_child
from astra_pipeline_tests.cli.test_demo import OWN_SERVICES

# As the seed has them.
GAMIFICATION = r"""curl -X GET http://localhost:3000/api/tasks/gamification \
  -H "Cookie: better-auth.session_token=..." \
  | jq ."""
HOROSCOPE = r"""curl -X POST http://localhost:3000/api/tasks/horoscope \
  -H "Cookie: better-auth.session_token=..." \
  -H "Content-Type: application/json" \
  -d '{}' \
  | jq ."""
WEEKLY_REPORT = r"""curl -X POST http://localhost:3000/api/tasks/weekly-report \
  -H "Cookie: better-auth.session_token=..." \
  -H "Content-Type: application/json" \
  -d '{}' \
  | jq ."""

_SECONDS = 600.0
missing = [tool for tool in ("curl", "jq") if not shutil.which(tool)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(bool(missing), reason=f"no {', '.join(missing)} on this machine"),
]


class Dev:
    """A running `astra dev`, and the seed's commands with its port (the UI's, as 3000 is) and its cookie."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port, self._cookie = port, cookie

    def run(self, command: str) -> dict[str, Any]:
        """The JSON that a command of the seed prints."""
        here = command.replace("http://localhost:3000", f"http://127.0.0.1:{self._port}")
        ran = subprocess.run(
            ["bash", "-c", here.replace("better-auth.session_token=...", self._cookie)],
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr[-2000:]
        return json.loads(ran.stdout)

    def until(self, is_there: Callable[[dict[str, Any]], bool], command: str, pause: float) -> dict[str, Any]:
        """The same, again and again until the answer is there: runs do the work meanwhile."""
        deadline = time.monotonic() + _SECONDS
        while not is_there(answer := self.run(command)):
            assert time.monotonic() < deadline, {name: str(value)[:200] for name, value in answer.items()}
            time.sleep(pause)
        return answer

    def made(self, command: str, name: str) -> dict[str, Any]:
        """The answer that holds what the command asks for, when it is made: the command is run again then."""
        answer = self.until(lambda answer: answer["success"] is True, command, pause=120)
        if name not in answer:
            address = f"http://localhost:3000/api/tasks/requests/{answer['request_id']}"
            look = GAMIFICATION.replace("http://localhost:3000/api/tasks/gamification", address)
            told = self.until(lambda answer: answer["finished_at"] is not None, look, pause=3)
            assert told["status"] == "succeeded", told
            answer = self.run(command)
        return answer


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    home, port = tmp_path_factory.mktemp("dev"), free_port()
    environment = {name: value for name, value in os.environ.items() if name not in OWN_SERVICES}
    command = [sys.executable, "-m", "astra_pipeline", "dev", "--home", str(home), "--port", str(port)]
    child = subprocess.Popen(
        [*command, "--api-port", str(free_port())],
        env=environment | {"COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield Dev(port, _printed_cookie(child, home))
    finally:
        stop_child(child)


def _printed_cookie(child: subprocess.Popen[bytes], home: Path) -> str:
    assert child.stdout is not None
    printed = []
    for printed_line in child.stdout:
        line = printed_line.decode()
        printed.append(line)
        if found := re.match(r"Cookie: (\S+)", line):
            return found[1]
    raise AssertionError("".join(printed)[-3000:] + str(sorted(home.rglob("*.log"))))


def is_counted(answer: dict[str, Any]) -> bool:
    """Whether the answer tells of a conversation."""
    return (answer.get("gamification") or {}).get("total_conversations", 0) > 0


def test_gamification_has_the_shape_that_the_seed_expects(dev: Dev) -> None:
    counted = dev.until(is_counted, GAMIFICATION, pause=3)
    assert counted["success"] is True
    metrics = counted["gamification"]
    expected = {"streak_days", "best_streak", "total_conversations", "milestones_unlocked", "topics_explored"}
    assert metrics.keys() >= expected | {"chart_completion_percent", "last_conversation_date", "last_updated"}
    assert "first_conversation" in metrics["milestones_unlocked"]


def test_the_horoscope_is_two_or_three_paragraphs(dev: Dev) -> None:
    answer = dev.made(HOROSCOPE, "horoscope")
    assert answer["success"] is True
    paragraphs = [part for part in answer["horoscope"]["content"].split("\n\n") if part.strip()]
    assert 2 <= len(paragraphs) <= 3
    assert answer["horoscope"].keys() >= {"date", "content", "sun_sign", "moon_sign", "generated_at"}


def test_the_weekly_report_is_four_paragraphs(dev: Dev) -> None:
    answer = dev.made(WEEKLY_REPORT, "weekly_report")
    assert answer["success"] is True
    report = answer["weekly_report"]
    assert len([part for part in report["content"].split("\n\n") if part.strip()]) == 4
    assert report.keys() >= {"week_start", "week_end", "content", "stats", "generated_at"}
