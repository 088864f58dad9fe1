"""MongoDB of compose.yaml: the server that the tests run on, started with the same key and users."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from astra_pipeline.cli.stack import free_port
from astra_pipeline.sandbox.mongod import find_mongod
from astra_pipeline.sandbox.process import start_child, stop_child
from astra_pipeline.store.indexes import ensure_indexes
from astra_pipeline_tests.deploy.files import DEPLOY

_PRIMARY_SECONDS = 30.0
_PASSWORD = "of-the-test"


@pytest.fixture(scope="module")
def script(compose: dict[str, Any]) -> str:
    """The command line of the container."""
    (script,) = [word for word in compose["services"]["mongodb"]["command"] if "mongod " in word]
    return script


@pytest.fixture(scope="module")
def roles() -> list[str]:
    """Those that mongodb.js gives our user in its one database."""
    listed = re.search(r"\[([^\]]*)\]\.map\(role", (DEPLOY / "mongodb.js").read_text())
    assert listed is not None
    return re.findall(r"'(\w+)'", listed[1])


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, script: str, roles: list[str]) -> Iterator[int]:
    """That of a server with the container's key and options, with our user in it."""
    folder = tmp_path_factory.mktemp("mongodb")
    key = folder / "key"
    making = script.partition("exec ")[0].strip().removesuffix("&&").replace("/tmp/key", str(key))
    subprocess.run(["bash", "-c", making], check=True)
    options = re.search(r"(--replSet \S+ --keyFile) ", script)
    assert options is not None
    (folder / "data").mkdir()
    port = free_port()
    where = ["--dbpath", str(folder / "data"), "--port", str(port), "--bind_ip", "127.0.0.1"]
    log = ["--logpath", str(folder / "log")]
    child = start_child([str(find_mongod()), *where, *log, *options[1].split(), str(key)])
    try:
        with MongoClient[dict[str, Any]](port=port, directConnection=True) as client:
            _make_users(client, port, roles)
        yield port
    finally:
        stop_child(child)


def _make_users(client: MongoClient[dict[str, Any]], port: int, roles: list[str]) -> None:
    """The set, root and our user. A server without users lets its own machine make the first."""
    member = {"_id": 0, "host": f"127.0.0.1:{port}"}
    client.admin.command("replSetInitiate", {"_id": "astra", "members": [member]})
    deadline = time.monotonic() + _PRIMARY_SECONDS
    while not client.admin.command("hello")["isWritablePrimary"]:
        assert time.monotonic() < deadline, "the server did not become primary"
        time.sleep(0.1)
    client.admin.command("createUser", "root", pwd=_PASSWORD, roles=["root"])
    with MongoClient[dict[str, Any]](_uri("root", port)) as root:
        granted = [{"role": role, "db": "astra"} for role in roles]
        root.admin.command("createUser", "astra", pwd=_PASSWORD, roles=granted)


def _uri(user: str, port: int) -> str:
    return f"mongodb://{user}:{_PASSWORD}@127.0.0.1:{port}/?replicaSet=astra&authSource=admin"


def test_mongodb_listens_in_its_network_only_and_reads_its_password_from_a_file(
    script: str, compose: dict[str, Any]
) -> None:
    mongodb = compose["services"]["mongodb"]
    assert "--bind_ip_all" not in script
    assert script.endswith(f"--bind_ip localhost,{mongodb['hostname']}")
    assert mongodb["environment"]["MONGO_INITDB_ROOT_PASSWORD_FILE"] == "/run/secrets/mongodb_root_password"
    assert "ports" not in mongodb


def test_nobody_reads_without_a_password(port: int) -> None:
    with MongoClient[dict[str, Any]](port=port, directConnection=True) as stranger, pytest.raises(OperationFailure):
        stranger["astra"]["user"].find_one()


def test_our_user_does_its_work_in_one_database_and_nothing_in_another(port: int) -> None:
    with MongoClient[dict[str, Any]](_uri("astra", port)) as ours:
        assert ensure_indexes(ours["astra"])
        with ours["astra"]["user"].watch() as changes:
            assert changes.resume_token
        with ours.start_session() as session, session.start_transaction():
            ours["astra"]["user"].insert_one({"id": "a"}, session=session)
        with pytest.raises(OperationFailure, match="not authorized"):
            ours["another"]["user"].find_one()
