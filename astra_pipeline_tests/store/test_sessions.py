"""The transactions of a killed process are ended when its run is known to be dead."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pymongo
import pytest
from pymongo.errors import PyMongoError

from astra_pipeline.batches import leases
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.store.collections import LEASES, USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

# A process that is killed between the writes of a transaction and its end.
_KILLED = """
import os, signal, sys

from astra_pipeline.batches import leases
from astra_pipeline.batches.work import Work, open_work
from astra_pipeline.orchestration.resources import MongoResource

async def killed(work: Work) -> None:
    held = await leases.claim(work.db, ["conv_1", "conv_2"], run_id=work.run_id, seconds=3600)
    async with work.db.client.start_session() as session, await session.start_transaction():
        await leases.touch(work.db, [(held["conv_1"], False)], session)
        await work.db["user"].update_one({"id": "user_a"}, {"$set": {"from": work.run_id}}, session=session)
        if sys.argv[2] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        print("in a transaction", flush=True)
        sys.stdin.read()

with open_work(MongoResource(), run_id=sys.argv[1]) as work:
    work.run(killed(work))
"""


def run_killed(run_id: str) -> None:
    ended = subprocess.run([sys.executable, "-c", _KILLED, run_id, "killed"], capture_output=True, timeout=60)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()[-2000:]


def app_writes(db: Database[dict[str, Any]], user_id: str) -> bool:
    """True when a write of the web app goes through without waiting long."""
    try:
        with pymongo.timeout(1.0):
            db[USERS].update_one({"id": user_id}, {"$set": {"name": "Ann"}})
    except PyMongoError as error:
        if not error.timeout:
            raise
        return False
    return True


def abandon(*run_ids: str) -> int:
    async def freed() -> int:
        async with MongoResource().connect() as db:
            return await leases.abandon(db, run_ids)

    return asyncio.run(freed())


@pytest.fixture
def user(db: Database[dict[str, Any]]) -> str:
    db[USERS].insert_one({"id": "user_a"})
    return "user_a"


def test_a_killed_runs_transaction_holds_nobody_up_once_it_is_known_to_be_dead(
    db: Database[dict[str, Any]], user: str
) -> None:
    dead = str(uuid.uuid4())
    run_killed(dead)
    assert not app_writes(db, user), "the server keeps the transaction of a process that is gone"
    assert abandon(str(uuid.uuid4()), dead) == 2
    assert app_writes(db, user)
    assert db[USERS].find_one({"id": user}, {"_id": 0}) == {"id": user, "name": "Ann"}
    assert db[LEASES].count_documents({"run_id": None}) == 2


def test_the_transaction_of_a_run_that_lives_is_left_to_it(db: Database[dict[str, Any]], user: str) -> None:
    alive = str(uuid.uuid4())
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED, alive, "alive"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in a transaction\n"
        assert abandon(str(uuid.uuid4()), alive[:-1]) == 0
        process.communicate(timeout=30)
    assert process.returncode == 0
    stored = db[USERS].find_one({"id": user})
    assert stored is not None
    assert stored["from"] == alive
