"""Dagsters whose storage can be searched: files, and PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.cli.stack import free_port


@pytest.fixture
def stored_instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """A Dagster whose storage is files, to be searched."""
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        yield instance


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL of our own."""
    if not shutil.which("initdb"):
        pytest.skip("no PostgreSQL on this machine")
    pytest.importorskip("dagster_postgres")
    # It refuses to be root's.
    whose: dict[str, Any] = {"user": "postgres"} if os.getuid() == 0 else {}
    if whose and "postgres" not in {user.pw_name for user in pwd.getpwall()}:
        pytest.skip("PostgreSQL refuses to run as root, and there is no other user for it")
    folder, port = Path("/tmp") / f"astra_pg_{os.getpid()}", free_port()
    folder.mkdir()
    if whose:
        shutil.chown(folder, "postgres")

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **whose)

    try:
        run("initdb", "-D", f"{folder}/data", "-U", "dagster", "--auth=trust", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-D", f"{folder}/data", "-o", options, "-l", f"{folder}/log", "-w", "start")
        try:
            yield f"postgresql://dagster@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postgresql_instance(postgresql: str, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    storage = {"storage": {"postgres": {"postgres_url": postgresql}}}
    (tmp_path / "dagster").mkdir()
    with dg.instance_for_test(overrides=storage, temp_dir=str(tmp_path / "dagster")) as instance:
        yield instance
        instance.wipe()
