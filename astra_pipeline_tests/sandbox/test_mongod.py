from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pymongo import MongoClient

from astra_pipeline.sandbox.mongod import (
    DataDirInUse,
    Mongod,
    MongodDidNotStart,
    MongodNotFound,
    find_mongod,
)
from astra_pipeline_tests.sandbox.test_process import gone

Client = MongoClient[dict[str, Any]]


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    with Mongod(tmp_path_factory.mktemp("mongod"), cache_gb=0.25) as running:
        yield running


def test_a_transaction_is_all_or_nothing(mongod: Mongod):
    with Client(mongod.uri) as client, client.start_session() as session:
        people, talks = client.astra.people, client.astra.talks
        with session.start_transaction():
            people.insert_one({"_id": 1}, session=session)
            talks.insert_one({"_id": 1}, session=session)
        session.start_transaction()
        people.insert_one({"_id": 2}, session=session)
        session.abort_transaction()
        assert [one["_id"] for one in people.find()] == [one["_id"] for one in talks.find()] == [1]


def test_it_listens_on_the_loopback_only(mongod: Mongod):
    listening = {
        connection.laddr.ip
        for connection in psutil.Process(mongod.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_a_data_directory_in_use_is_a_clear_error_and_harms_nobody(mongod: Mongod):
    with pytest.raises(DataDirInUse, match=f"process {mongod.pid}"):
        Mongod(mongod.data_dir).start()
    with Client(mongod.uri) as client:
        assert client.admin.command("ping")["ok"] == 1


def test_data_survive_kill_9_and_a_restart_on_another_port(tmp_path: Path):
    first = Mongod(tmp_path, cache_gb=0.25).start()
    with Client(first.uri, w="majority") as client:
        client.astra.kept.insert_many([{"_id": number} for number in range(100)])
    os.kill(first.pid, signal.SIGKILL)
    assert (tmp_path / "mongod.lock").read_text()
    with Mongod(tmp_path, cache_gb=0.25) as second, Client(second.uri) as client:
        assert second.port != first.port
        assert client.astra.kept.count_documents({}) == 100
        with client.start_session() as session, session.start_transaction():
            client.astra.kept.insert_one({"_id": 100}, session=session)
        pid = second.pid
    assert gone(pid)
    assert not (tmp_path / "diagnostic.data").exists()


PARENT = """
import sys, time, threading
from pathlib import Path
from astra_pipeline.sandbox.mongod import Mongod
def start():
    print(Mongod(Path(sys.argv[1]), cache_gb=0.25).start().pid, flush=True)
thread = threading.Thread(target=start)
thread.start()
thread.join()
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_mongod_dies_with_a_parent_that_is_killed(tmp_path: Path):
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
        os.kill(parent.pid, signal.SIGKILL)
        assert gone(child)


def test_a_port_that_is_taken_is_named(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MongodDidNotStart, match=f"Port {port}"):
            Mongod(tmp_path, port).start()


def test_a_program_that_is_no_mongod_is_an_error_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    program = tmp_path / "mongod"
    program.write_text("#!/bin/sh\necho I lack a library; exit 3\n")
    monkeypatch.setenv("ASTRA_MONGOD", str(program))  # without its run bit, which is set on the way
    with pytest.raises(MongodDidNotStart, match=r"(?s)exit code 3.*I lack a library"):
        Mongod(tmp_path / "data").start()


def test_the_named_program_comes_before_the_path_and_the_path_before_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    on_path = tmp_path / "bin" / "mongod"
    on_path.parent.mkdir()
    on_path.touch(mode=0o755)
    named = tmp_path / "my-mongod"
    named.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(on_path.parent))
    monkeypatch.setenv("ASTRA_MONGOD", str(named))
    assert find_mongod() == named
    monkeypatch.delenv("ASTRA_MONGOD")
    assert find_mongod() == on_path
    monkeypatch.setenv("PATH", "")
    assert find_mongod().parts[-4:] == ("fiftyone", "db", "bin", "mongod")
    assert "fiftyone" not in sys.modules


def test_without_any_the_error_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ASTRA_MONGOD", str(tmp_path / "nowhere"))
    with pytest.raises(MongodNotFound, match="nowhere, and there is no such file"):
        find_mongod()
    monkeypatch.delenv("ASTRA_MONGOD")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MongodNotFound) as missing:
        find_mongod()
    for way in ("pip install 'astra-pipeline[embedded]'", "ASTRA_MONGOD", "MONGODB_URI"):
        assert way in str(missing.value)
