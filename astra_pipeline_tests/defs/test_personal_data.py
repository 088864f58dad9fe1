"""Erasing is complete: afterwards no collection and no row of Dagster's storage holds a word of the person."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from pathlib import Path
from typing import Any

import bson
import dagster as dg
import pytest

from astra_pipeline.definitions import defs
from astra_pipeline.defs.users.personal_data import erase_user, export_user
from astra_pipeline.resources.mongo import CONVERSATIONS, LEASES, USERS, MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.charted import join, run_cells
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.defs.test_migration import julep_users_of, take_in
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.pipeline import run_pipeline

_WORD = "xylophone"
"""Said by the person, and by nobody else."""
_BORN = dt.datetime(1994, 3, 12, tzinfo=dt.UTC)


@pytest.fixture
def stored_instance(tmp_path: Path) -> Any:
    """A Dagster whose storage is files, to be searched."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def lived(world: World, instance: dg.DagsterInstance) -> tuple[str, list[str]]:
    """Somebody with a past, beside somebody else with one; (their id, their conversations)."""
    for user_id, said in (("user_ann", _WORD), ("user_annette", "violin")):
        join(world, user_id, name=user_id.removeprefix("user_").title(), date_of_birth=_BORN)
        for days in (3, 2):
            world.talk(user_id, f"My {said} exam worries me, {days} days now.", ended_at=recently(days=days))
    take_in(instance)
    today = dt.datetime.now(dt.UTC).date()
    run_pipeline(instance, today - dt.timedelta(days=5), today)
    yesterday = (today - dt.timedelta(days=1)).isoformat()
    run_cells(instance, "daily_horoscopes", (yesterday, "asia-kolkata-001"))
    return "user_ann", [c["conversation_id"] for c in world.db[CONVERSATIONS].find({"user_id": "user_ann"})]


def erase(instance: dg.DagsterInstance, user_id: str, **options: Any) -> dg.ExecuteInProcessResult:
    return erase_user.execute_in_process(
        instance=instance,
        resources={"mongo": MongoResource()},
        run_config={"ops": {"erase_data": {"config": {"user_id": user_id}}}},
        **options,
    )


def found_in_mongodb(world: World, words: list[str]) -> list[str]:
    return [
        f"{collection}: {word}"
        for collection in world.db.list_collection_names()
        for document in world.db[collection].find()
        for word in words
        if word.encode() in bson.encode(document)
    ]


def found_in_files(folder: Path, words: list[str]) -> list[str]:
    """Where words stand in any row of any SQLite database, or in any other file."""
    found: list[str] = []
    for path in folder.rglob("*"):
        if not path.is_file() or path.name.endswith(("-wal", "-shm", "-journal")):
            continue
        if path.suffix == ".db":
            with sqlite3.connect(path) as db:
                tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
                rows = [str(row) for table in tables for row in db.execute(f'SELECT * FROM "{table}"')]
        else:
            rows = [path.read_text(errors="replace")]
        found += [f"{path.name}: {word}" for row in rows for word in words if word in row]
    return found


def test_nothing_of_a_person_is_left_and_others_keep_theirs(
    world: World, stored_instance: dg.DagsterInstance, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_ERASE_ELEVENLABS", "true")
    forget_settings()
    user_id, conversation_ids = lived(world, stored_instance)
    horoscope = world.overview(user_id)["latest_horoscope"]["content"]
    words = [_WORD, horoscope[20:60], *conversation_ids]
    assert all(any(word in hit for hit in found_in_mongodb(world, words)) for word in words)
    assert {hit.partition(": ")[2] for hit in found_in_files(tmp_path, words)} >= {words[1], *conversation_ids}
    partitions = stored_instance.get_materialized_partitions(dg.AssetKey("transcripts"))

    assert erase(stored_instance, user_id).success

    # The app's list that conversations took place is the app's.
    hits = [hit for hit in found_in_mongodb(world, words) if not hit.startswith(CONVERSATIONS)]
    assert hits == []
    assert not any(_WORD.encode() in bson.encode(one) for one in world.db[CONVERSATIONS].find())
    assert found_in_files(tmp_path, words) == []
    assert stored_instance.get_materialized_partitions(dg.AssetKey("transcripts")) == partitions
    assert julep_users_of([user_id]) == []
    assert julep_users_of(["user_annette"]) == ["user_annette"]
    assert world.overview("user_annette")["latest_horoscope"]
    stored = world.db[USERS].find_one({"id": user_id})
    assert stored is not None
    assert stored.keys().isdisjoint({"user_overview", "astra", "julep_user_id", "date_of_birth"})

    today = dt.datetime.now(dt.UTC).date()
    run_pipeline(stored_instance, today - dt.timedelta(days=5), today)
    assert found_in_files(tmp_path, words) == [], "the pipeline brought it back"
    assert "recent_conversations" not in world.overview(user_id)
    assert erase(stored_instance, user_id).success, "safe to repeat"


def test_nobody_s_data_is_no_success(world: World, stored_instance: dg.DagsterInstance) -> None:
    result = erase(stored_instance, "user_nobody", raise_on_error=False)
    assert not result.success


def test_it_waits_for_a_run_that_works_on_them(world: World, stored_instance: dg.DagsterInstance) -> None:
    user_id, conversation_ids = lived(world, stored_instance)
    until = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    world.db[LEASES].insert_one({"_id": conversation_ids[0], "run_id": "some-run", "claimed_until": until})
    assert not erase(stored_instance, user_id, raise_on_error=False).success
    assert world.overview(user_id)["recent_conversations"]


def test_an_export_is_one_file_with_all_of_it(
    world: World, stored_instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    user_id, conversation_ids = lived(world, stored_instance)
    path = tmp_path / "out.json"
    config = {"user_id": user_id, "path": str(path)}
    assert export_user.execute_in_process(
        instance=stored_instance,
        resources={"mongo": MongoResource()},
        run_config={"ops": {"export_data": {"config": config}}},
    ).success
    known = json.loads(path.read_text())
    assert known["user"]["user_overview"]["latest_horoscope"]
    assert {one["_id"] for one in known["astra_transcripts"]} == set(conversation_ids)
    assert len(known["astra_insights"]) == len(known["elevenlabs_conversations"]) == 2
    assert known["astra_horoscopes"][0]["content"]
    assert "annette" not in path.read_text().lower()
    assert defs.resolve_job_def("export_user")
