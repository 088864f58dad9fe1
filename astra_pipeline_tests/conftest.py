"""Real parts for every test: one mongod and one sandbox a session, a database of its own for each test."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import hypothesis
import pytest
from pymongo import MongoClient

from astra_pipeline.llm.model import item_digest
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.sandbox.mongod import Mongod
from astra_pipeline.sandbox.process import Control, SandboxProcess
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.client import forget_clients
from astra_pipeline_tests.dagster_storage import with_tables
from astra_pipeline_tests.documents import call, conversation, user

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

# How long an example takes says something about the machine, not about the code.
hypothesis.settings.register_profile(
    "any_machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any_machine")


# A database of ours has a hundred files, and each test makes and drops one. By its defaults the server closes the
# files of a dropped one after ten minutes; a quick machine makes it run out of file handles before that, and abort.
_CLOSE_FILES_SOON = ("wiredTigerFileHandleCloseIdleTime=5", "wiredTigerFileHandleCloseScanInterval=2")


# A database in memory is made in a third of the time. Its log of operations alone may have half a gigabyte.
_MEMORY, _MEMORY_BYTES = Path("/dev/shm"), 4_000_000_000


def _has_memory() -> bool:
    return _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _MEMORY_BYTES


def pytest_configure() -> None:
    """Keep the tests' folders in memory, too: Dagster's SQLite waits for a disk a hundred times a run."""
    if _has_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    parent = _MEMORY if _has_memory() else tmp_path_factory.mktemp("mongod")
    with (
        tempfile.TemporaryDirectory(prefix="astra-mongod-", dir=parent, ignore_cleanup_errors=True) as folder,
        Mongod(Path(folder), cache_gb=0.5, parameters=_CLOSE_FILES_SOON) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxProcess]:
    with SandboxProcess(people=False, llm_seconds=0.05) as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> Iterator[Control]:
    """The sandbox's controls, with settings back to quiet afterwards."""
    quiet: dict[str, Any] = {
        "llm_seconds": 0.05,
        "faults": [],
        "requests_per_second": {},
        "reject_keys": False,
    }
    sandbox_process.control.configure(**quiet)
    yield sandbox_process.control
    sandbox_process.control.configure(**quiet)


@pytest.fixture
def environment(
    mongod: Mongod, sandbox_process: SandboxProcess, sandbox: Control, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.MonkeyPatch]:
    """The process's environment points at the embedded stack and a fresh database; patience is short."""
    variables = {
        "MONGODB_URI": mongod.uri,
        "MONGODB_DB": f"test_{uuid.uuid4().hex[:12]}",
        "ELEVENLABS_API_KEY": sandbox_process.elevenlabs_api_key,
        "ELEVENLABS_BASE_URL": sandbox_process.elevenlabs_url,
        "JULEP_API_KEY": sandbox_process.julep_api_key,
        "JULEP_BASE_URL": sandbox_process.julep_url,
        "BACKGROUND_WORKER_AGENT_ID": sandbox_process.julep_agent_id,
        "ASTRA_HTTP_TIMEOUT_SECONDS": "2",
        "ASTRA_STEP_RETRIES": "0",
        "ASTRA_LEASE_SECONDS": "5",
        # A test of a shift says how long it stays. Others want a run to end.
        "ASTRA_SHIFT_LINGER_SECONDS": "0",
        # A test of the judge turns it on: the others count what the writing costs.
        "ASTRA_JUDGE_SHARE": "0",
        # For the tests that choose the runner `model`.
        "ASTRA_MODEL": "openai:gpt-4o-mini",
        "OPENAI_API_KEY": sandbox_process.openai_api_key,
        "OPENAI_BASE_URL": sandbox_process.openai_url,
        # A tick that finds nothing waits for the rest of its interval.
        "ASTRA_SENSOR_INTERVAL_SECONDS": "1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    forget_settings()
    yield monkeypatch
    with MongoClient(mongod.uri) as client:
        client.drop_database(variables["MONGODB_DB"])
    forget_settings()
    forget_clients()


@pytest.fixture
def db(environment: pytest.MonkeyPatch) -> Database[dict[str, Any]]:
    return MongoResource().db


class World:
    """A web app that records conversations, and an ElevenLabs that has their words."""

    def __init__(self, db: Database[dict[str, Any]], sandbox: Control) -> None:
        self.db = db
        self.sandbox = sandbox

    def join(self, user_id: str, **fields: Any) -> str:
        self.db["user"].insert_one(user(user_id, **fields))
        return user_id

    def talk(self, user_id: str, *said: str, ended_at: dt.datetime | None = None, **fields: Any) -> str:
        """A completed conversation in which the user said `said`; returns its id."""
        wire = {name: fields.pop(name) for name in ("elevenlabs", "zone", "processing_requests") if name in fields}
        document = conversation(user_id, ended_at=ended_at, **fields)
        self.db["elevenlabs_conversations"].insert_one(document)
        self.sandbox.add_conversations([call(document, said, **wire)])
        return document["conversation_id"]

    def overview(self, user_id: str) -> dict[str, Any]:
        stored = self.db["user"].find_one({"id": user_id})
        assert stored is not None
        return stored.get("user_overview") or {}

    def executions(self, conversation_id: str) -> int:
        """The number of LLM executions paid for on behalf of a conversation, by whatever runner."""
        return self.paid([conversation_id])[0]

    def paid(self, items: Sequence[str]) -> list[int]:
        """The same for each of the items."""
        executions = self.sandbox.stats()["executions"]
        return [len(_of(executions, item)) for item in items]

    def judged(self, item: str) -> list[dict[str, Any]]:
        """The judges' executions on behalf of an item, which `executions` does not count."""
        return _of(self.sandbox.stats()["judge_executions"], item)

    def asked(self, item: str) -> list[dict[str, Any]]:
        """The executions of an item: {id, task, created_at, corrupted} each, oldest first."""
        return _of(self.sandbox.stats()["executions"], item)


def _of(executions: dict[str, list[dict[str, Any]]], item: str) -> list[dict[str, Any]]:
    # Julep knows an item by its name, a model's provider by its digest.
    return executions.get(item, []) + executions.get(item_digest(item), [])


@pytest.fixture(params=["julep", "model"])
def runner(request: pytest.FixtureRequest, environment: pytest.MonkeyPatch) -> str:
    """Each runner that asks an LLM over HTTP, one after the other: the test is run for both."""
    environment.setenv("ASTRA_TASK_RUNNER", request.param)
    forget_settings()
    return request.param


LLM_SERVICE = {"julep": "julep", "model": "openai"}
"""Runner -> the service of the sandbox whose faults it meets."""


@pytest.fixture
def world(db: Database[dict[str, Any]], sandbox: Control) -> World:
    return World(db, sandbox)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test(temp_dir=str(with_tables(tmp_path))) as instance:
        yield instance
