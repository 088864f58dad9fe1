"""Starts the parts a command needs: MongoDB, ElevenLabs and Julep (yours, or embedded), and Dagster itself."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from astra_pipeline.errors import AstraError, SettingError
from astra_pipeline.orchestration.launchers.warm import end_runs
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.sandbox.mongod import Mongod
from astra_pipeline.sandbox.people import conversation_documents, load_people, user_document
from astra_pipeline.sandbox.process import SandboxProcess, start_child, stop_child
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.client import forget_clients
from astra_pipeline.store.collections import CONVERSATIONS, USERS

if TYPE_CHECKING:
    import dagster as dg
    from pymongo.synchronous.database import Database

HOME = Path(".astra")
DEV_MONGOD_PORT = 27027
DEV_UI_PORT = 3000
_OWN = ("MONGODB_URI", "ELEVENLABS_API_KEY", "JULEP_API_KEY", "BACKGROUND_WORKER_AGENT_ID")
STAND_IN_MODEL = "openai:stand-in"
_READY_SECONDS = 120.0


class StackDidNotStart(AstraError):
    """A part of the stack did not come up; the message names its log."""


def own_services() -> bool:
    """True when the environment names your own services, False when it names none of them.

    Raises SettingError when only some are: the stand-ins must never write into a real database.
    """
    needed = [name for name in _OWN if not (_without_julep() and name in ("JULEP_API_KEY", _OWN[3]))]
    missing = [name for name in needed if not os.environ.get(name)]
    if missing and len(missing) < len(needed):
        present = ", ".join(name for name in needed if name not in missing)
        raise SettingError(
            f"{', '.join(missing)} not set although {present} is. Set all of them to use your own services, or "
            "none to use the embedded stack; the two are never mixed."
        )
    return not missing


def _without_julep() -> bool:
    return os.environ.get("ASTRA_TASK_RUNNER") in ("offline", "model")


@contextmanager
def services(
    home: Path,
    *,
    fixed_port: bool = False,
    improvise: bool = False,
    answer_once: bool = False,
    llm_seconds: float = 0.2,
) -> Iterator[SandboxProcess | None]:
    """Put MongoDB, ElevenLabs, Julep and, for the runner `model`, a model into this process's environment.

    A model of your own (ASTRA_MODEL) stays.

    Gives the sandbox when the services are embedded, None when they are yours. `fixed_port` asks for the usual port
    of `astra dev`, `improvise` makes the sandbox answer for unknown conversations, `answer_once` makes it think of
    a transcript once, `llm_seconds` is the time a Julep execution takes. Raises SettingError when only some of your
    services are named.
    """
    if own_services():
        yield None
        return
    with ExitStack() as parts:
        port = DEV_MONGOD_PORT if fixed_port and _is_free(DEV_MONGOD_PORT) else None
        mongod = parts.enter_context(Mongod(home / "mongod", port=port))
        sandbox = parts.enter_context(
            SandboxProcess(
                improvise=improvise, answer_once=answer_once, llm_seconds=llm_seconds, now=seeded_at(home)
            )
        )
        variables = {
            "MONGODB_URI": mongod.uri,
            "ELEVENLABS_API_KEY": sandbox.elevenlabs_api_key,
            "ELEVENLABS_BASE_URL": sandbox.elevenlabs_url,
            "JULEP_API_KEY": sandbox.julep_api_key,
            "JULEP_BASE_URL": sandbox.julep_url,
            "BACKGROUND_WORKER_AGENT_ID": sandbox.julep_agent_id,
        }
        if os.environ.get("ASTRA_TASK_RUNNER") == "model" and not os.environ.get("ASTRA_MODEL"):
            variables |= {
                "ASTRA_MODEL": STAND_IN_MODEL,
                "OPENAI_API_KEY": sandbox.openai_api_key,
                "OPENAI_BASE_URL": sandbox.openai_url,
            }
        parts.enter_context(environment(**variables))
        parts.enter_context(_announced(home, variables))
        yield sandbox


@contextmanager
def connected(home: Path = HOME) -> Iterator[Database[dict[str, Any]]]:
    """The database, with all services in the environment for the block.

    They are yours, those of a running `astra dev`, or embedded ones that are started for the block.
    """
    with ExitStack() as parts:
        if running := _running(home):
            parts.enter_context(environment(**running))
        else:
            parts.enter_context(services(home))
        yield MongoResource().db


@contextmanager
def database(home: Path = HOME) -> Iterator[Database[dict[str, Any]]]:
    """The database, to read: yours (MONGODB_URI), that of a running `astra dev`, or the embedded one.

    The embedded one is started for the block. Raises SettingError when there is none of them.
    """
    with ExitStack() as parts:
        if not os.environ.get("MONGODB_URI"):
            running = _running(home)
            if running is not None:
                uri = running["MONGODB_URI"]
            else:
                if not (home / "mongod").is_dir():
                    raise SettingError("MONGODB_URI is not set and there is no embedded data yet: `astra demo`")
                uri = parts.enter_context(Mongod(home / "mongod")).uri
            parts.enter_context(environment(MONGODB_URI=uri))
        yield MongoResource().untouched


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Set environment variables for the block; settings and clients are read anew before and after it."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    _forget()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        _forget()


def _forget() -> None:
    forget_settings()
    forget_clients()


@contextmanager
def _announced(home: Path, variables: dict[str, str]) -> Iterator[None]:
    """Write down where the running stack is, for commands in other terminals. Its keys open only the stand-ins."""
    file = home / "stack.json"
    file.write_text(json.dumps({"environment": variables, "pid": str(os.getpid())}))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _running(home: Path) -> dict[str, str] | None:
    """The environment of the embedded stack that runs on `home`; None beside services of your own."""
    if os.environ.get("MONGODB_URI"):
        return None
    try:
        facts = json.loads((home / "stack.json").read_text())
        os.kill(int(facts["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return None
    return facts["environment"]


def seeded_at(home: Path) -> dt.datetime:
    """The moment at which the demo people were first put into this database; their present (UTC)."""
    file = home / "seeded_at"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        file.write_text(dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
    return dt.datetime.fromisoformat(file.read_text())


def seed(db: Database[dict[str, Any]], home: Path) -> int:
    """Put the demo people and their conversations into the database, as the web app would have.

    Documents that are there already are left as they are. Returns the number of new documents.
    """
    now = seeded_at(home)
    people = load_people()
    users = [user_document(person, now) for person in people]
    calls = [document for person in people for document in conversation_documents(person, now)]
    added = 0
    for collection, key, documents in ((USERS, "id", users), (CONVERSATIONS, "conversation_id", calls)):
        for document in documents:
            written = db[collection].update_one({key: document[key]}, {"$setOnInsert": document}, upsert=True)
            added += written.upserted_id is not None
    return added


@contextmanager
def dagster(
    home: Path, *, ui_port: int | None = None, api_port: int | None = None, instance_file: Path | None = None
) -> Iterator[dg.DagsterInstance]:
    """Run a code server, the daemon (sensors and schedules on) and, with `ui_port`, the UI; gives their instance.

    The UI's port answers for the API on `api_port` too. `instance_file` stands in for the project's dagster.yaml.

    There is one code server for all: each part would otherwise start its own and import the project once more.
    Raises StackDidNotStart.
    """
    import dagster as dg

    dagster_home = (home / "dagster").resolve()
    dagster_home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(instance_file or own_instance_file(), dagster_home / "dagster.yaml")
    logs = (home / "logs").resolve()
    logs.mkdir(parents=True, exist_ok=True)
    port = free_port()
    workspace = dagster_home / "workspace.yaml"
    server = {"host": "127.0.0.1", "port": port, "location_name": "astra_pipeline"}
    workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}))

    serve = ["dagster", "api", "grpc", "-m", "astra_pipeline.definitions", "--use-python-environment-entry-point"]
    commands = {
        "code-server": [*serve, "-h", "127.0.0.1", "-p", str(port), "--location-name", "astra_pipeline"],
        "daemon": ["dagster._daemon", "run", "-w", str(workspace)],
    }
    if ui_port is not None:
        commands["webserver"] = [
            "astra_pipeline.orchestration.webserver",
            "-w",
            str(workspace),
            "-p",
            str(ui_port),
            *(["--api", f"http://127.0.0.1:{api_port}"] if api_port else []),
        ]
    with ExitStack() as parts:
        parts.enter_context(environment(DAGSTER_HOME=str(dagster_home)))
        instance = parts.enter_context(dg.DagsterInstance.from_config(str(dagster_home)))
        parts.callback(end_runs, instance)
        for name, (module, *arguments) in commands.items():
            wanted = {"code-server": port, "webserver": ui_port}.get(name)
            parts.enter_context(part(name, [sys.executable, "-m", module, *arguments], logs, port=wanted))
        yield instance


@contextmanager
def part(name: str, command: Sequence[str], logs: Path, *, port: int | None = None) -> Iterator[None]:
    """Run a program for the block, its output in `logs`; it listens on `port` when the block begins.

    Raises StackDidNotStart.
    """
    with ExitStack() as parts:
        log = parts.enter_context((logs / f"{name}.log").open("wb"))
        child = start_child(command, stdout=log, stderr=log)
        parts.callback(stop_child, child)
        if port is not None:
            _wait_for(name, port, child, logs / f"{name}.log")
        yield


def own_instance_file() -> Path:
    """The project's dagster.yaml. Raises StackDidNotStart."""
    here = Path(__file__).resolve()
    for folder in (here.parents[2], here.parents[1]):
        if (folder / "dagster.yaml").is_file():
            return folder / "dagster.yaml"
    raise StackDidNotStart("dagster.yaml is neither beside the package nor in it")


def _wait_for(name: str, port: int, child: Any, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while _is_free(port):
        if child.poll() is not None or time.monotonic() > deadline:
            raise StackDidNotStart(f"{name} did not start; the end of {log}:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def free_port() -> int:
    """A port of the loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def short_patience() -> AbstractContextManager[None]:
    """Shorten the intervals of sensors and retries for the block: a person is watching."""
    return environment(
        ASTRA_SENSOR_INTERVAL_SECONDS="3",
        ASTRA_SHIFT_LINGER_SECONDS="3",
        ASTRA_WAITING_BASE_SECONDS="2",
        ASTRA_RETRY_BASE_SECONDS="5",
    )
