"""Nothing that Dagster deleted stays in its files, and no file is written anew for it (F18)."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sql

from astra_pipeline.definitions import defs
from astra_pipeline.personal_data import dagster_overwriting
from astra_pipeline.personal_data.dagster_tables import Storage

_WORD = "xylophone"


@pytest.fixture
def our_instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """The instance that dagster.yaml names, whose files can be searched."""
    shutil.copyfile("dagster.yaml", tmp_path / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


def ran(instance: dg.DagsterInstance, said: str) -> str:
    """A run whose tags and events say something."""
    job = defs.resolve_job_def("birth_charts_job")
    run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags={"said": said})
    instance.report_engine_event(said, run)
    instance.report_run_failed(run, said)
    return run.run_id


def files_that_hold(folder: Path, word: str) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()}


def number_of(file: Path, pragma: str) -> int:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(f"PRAGMA {pragma}").fetchone()[0]


def test_what_dagster_itself_deletes_is_gone_without_any_file_being_written_anew(
    our_instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    storage = Storage.of(our_instance)
    storage.overwrite_deleted()
    runs = [ran(our_instance, f"{_WORD} {number} " * 300) for number in range(20)]
    assert files_that_hold(tmp_path, _WORD)
    for run_id in runs:
        our_instance.delete_run(run_id)
    index = tmp_path / "history" / "runs" / "index.db"
    pages = number_of(index, "page_count")
    storage.overwrite_deleted()
    assert files_that_hold(tmp_path / "history", _WORD) == set()
    assert number_of(index, "page_count") == pages, "the free pages are still there: it was not written anew"


def test_every_connection_of_a_process_that_loads_our_instance_overwrites(our_instance: dg.DagsterInstance) -> None:
    def opened() -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:")
        connection.execute("PRAGMA secure_delete = OFF")
        return connection

    with sql.create_engine("sqlite://", creator=opened).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1


def test_a_database_whose_writers_did_not_overwrite_is_written_anew_once(tmp_path: Path) -> None:
    file = tmp_path / "before.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA secure_delete = OFF")
        database.execute("CREATE TABLE said (words TEXT)")
        database.executemany("INSERT INTO said VALUES (?)", [(_WORD * 100,)] * 50)
        database.execute("DELETE FROM said")
    assert files_that_hold(tmp_path, _WORD)
    dagster_overwriting.overwrite_deleted([file], all_overwrite=False)
    assert files_that_hold(tmp_path, _WORD) == set()
    assert number_of(file, "user_version") == 0, "others may write to it without overwriting"
    dagster_overwriting.overwrite_deleted([file], all_overwrite=True)
    assert number_of(file, "user_version") > 0


def test_a_file_of_free_pages_gives_them_back_and_a_small_one_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "large.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("CREATE TABLE said (words TEXT)")
        database.executemany("INSERT INTO said VALUES (?)", [(_WORD * 100,)] * 500)
        database.execute("DELETE FROM said WHERE rowid > 50")
    size = file.stat().st_size
    dagster_overwriting.give_back_space([file])
    assert file.stat().st_size == size
    monkeypatch.setattr(dagster_overwriting, "_WORTH_IT_BYTES", 0)
    dagster_overwriting.give_back_space([file])
    assert file.stat().st_size < size // 5
