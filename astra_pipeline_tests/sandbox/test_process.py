from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import psutil
import pytest

from astra_pipeline.sandbox.people import load_people
from astra_pipeline.sandbox.process import (
    Control,
    ProcessDidNotStart,
    SandboxProcess,
    start_child,
    stop_child,
)
from astra_pipeline_tests.sandbox.conftest import conversation


def gone(pid: int, within_seconds: float = 5.0) -> bool:
    try:
        psutil.Process(pid).wait(within_seconds)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


def test_the_process_serves_what_it_is_given_and_ends_with_the_block():
    with SandboxProcess(people=False, elevenlabs_api_key="own-key") as sandbox:
        sandbox.control.add_conversations([conversation("conv_1")])
        answer = httpx.get(
            f"{sandbox.elevenlabs_url}/v1/convai/conversations/conv_1", headers={"xi-api-key": "own-key"}
        )
        assert answer.json()["conversation_id"] == "conv_1"
        key = {"Authorization": f"Bearer {sandbox.julep_api_key}"}
        assert httpx.get(f"{sandbox.julep_url}/users", headers=key).json() == {"items": []}
        assert sandbox.control.stats()["conversations"] == 1
        pid = sandbox.pid
        url = sandbox.url
    assert gone(pid)
    with pytest.raises(httpx.ConnectError):
        Control(url).stats()


def test_the_demo_people_are_served_as_of_the_given_moment():
    now = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
    with SandboxProcess(now=now, improvise=True) as sandbox:
        known = sum(len(person.conversations) for person in load_people())
        assert sandbox.control.stats()["conversations"] == known
        with httpx.Client(
            base_url=sandbox.elevenlabs_url, headers={"xi-api-key": sandbox.elevenlabs_api_key}
        ) as client:
            (newest,) = client.get("/v1/convai/conversations?page_size=1").json()["conversations"]
            assert newest["start_time_unix_secs"] <= now.timestamp()
            improvised = client.get("/v1/convai/conversations/conv_by_hand").json()
        assert improvised["status"] == "done"
        assert improvised["transcript"]


def test_a_naive_now_is_refused():
    with pytest.raises(ValueError, match="aware"):
        SandboxProcess(now=dt.datetime(2026, 3, 1))  # noqa: DTZ001 - the point of the test


def test_a_port_that_is_taken_is_an_error_and_leaves_no_process():
    with SandboxProcess(people=False) as first:
        port = int(first.url.rsplit(":", 1)[1])
        second = SandboxProcess(people=False, port=port)
        with pytest.raises(ProcessDidNotStart, match="exit code 1"):
            second.start()
        with pytest.raises(RuntimeError, match="not running"):
            _ = second.pid


def test_a_child_outlives_the_thread_that_asked_for_it():
    children: list[subprocess.Popen[bytes]] = []
    thread = threading.Thread(target=lambda: children.append(start_child(["/bin/sleep", "60"])))
    thread.start()
    thread.join()
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            children[0].wait(0.5)
    finally:
        assert stop_child(children[0]) == -signal.SIGTERM


IGNORES = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
from astra_pipeline.sandbox.process import start_child, stop_child
child = start_child(["/bin/sh", "-c", "echo ready; exec sleep 60"], stdout=-1)
child.stdout.readline()
print(stop_child(child))
"""


def test_a_child_of_a_parent_that_ignores_signals_ends_when_asked():
    done = subprocess.run([sys.executable, "-c", IGNORES], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(-signal.SIGTERM)]


def test_a_child_that_ignores_the_request_to_end_is_killed(tmp_path: Path):
    ready = tmp_path / "ready"
    child = start_child(["/bin/sh", "-c", f"trap '' TERM; touch {ready}; while :; do sleep 0.05; done"])
    while not ready.exists():
        assert child.poll() is None
    assert stop_child(child, patience_seconds=0.2) == -signal.SIGKILL


PARENT = """
import sys, time
from astra_pipeline.sandbox.process import SandboxProcess
sandbox = SandboxProcess(people=False).start()
print(sandbox.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_the_sandbox_dies_with_a_parent_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
        os.kill(parent.pid, signal.SIGKILL)
        assert gone(child)
