"""Years of Dagster runs by direct inserts: copies of one real run, with other ids, days and people."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from astra_pipeline.definitions import defs
from astra_pipeline.orchestration.tags import LANE_TAG, REQUESTED_BY_TAG
from astra_pipeline.store.collections import RUN_PEOPLE, USERS
from bench import stack

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_SEED = 20261129
_TALKS = 3  # of a run, by three people
_PEOPLE = 30_000
_BETWEEN = "\x1f"
_OF_EVENTS = ("event_logs", "asset_event_tags", "asset_check_executions")
_OF_RUNS = ("runs", "run_tags")
_TEXTS = frozenset({"event", "evaluation_event"})
_TIMES = frozenset(
    {"timestamp", "event_timestamp", "evaluation_event_timestamp", "create_timestamp", "update_timestamp"}
)
_POSIX = frozenset({"start_time", "end_time"})
# Columns that name the row of an event.
_EVENT_IDS = frozenset({"event_id", "evaluation_event_storage_id", "materialization_event_storage_id"})

Row = dict[str, Any]


@dataclass(frozen=True)
class Sample:
    """The rows that one real run left, table by table, the ids in them, and the size of its other files."""

    rows: dict[str, list[Row]]
    run_id: str
    day: str
    conversations: list[str]
    people: list[str]
    own_file_bytes: int
    printed_bytes: int

    @property
    def shared_bytes(self) -> int:
        """The bytes of texts in the databases that all runs share."""
        return sum(len(str(value)) for rows in self.rows.values() for row in rows for value in row.values())


@dataclass(frozen=True)
class Size:
    """The size of copies: characters of an event's text, bytes of a run's own file and of what it printed."""

    text: int
    own_file: int
    printed: int


def take_sample(dagster_home: Path, instance: dg.DagsterInstance, db: Database[dict[str, Any]]) -> Sample:
    """Run the job once over three conversations, of people the app knows; the run stays in the instance."""
    people = [user["id"] for user in db[USERS].find({}, {"id": 1}).sort("id", 1).limit(_TALKS)]
    documents = [stack.conversation(user_id) for user_id in people]
    stack.insert(db, documents)
    day = dt.datetime.now(dt.UTC).date().isoformat()
    tags = {LANE_TAG: "live", REQUESTED_BY_TAG: "new_conversations"}
    job = defs.resolve_job_def("conversation_pipeline")
    run_id = job.execute_in_process(instance=instance, partition_key=day, tags=tags).run_id
    history = dagster_home / "history"
    rows = {}
    for file, tables in ((history / "runs" / "index.db", _OF_EVENTS), (history / "runs.db", _OF_RUNS)):
        with closing(sqlite3.connect(file)) as database:
            database.row_factory = sqlite3.Row
            rows |= {table: [dict(row) for row in database.execute(f"SELECT * FROM {table}")] for table in tables}
    printed = sum(path.stat().st_size for path in (dagster_home / "storage" / run_id).rglob("*.err"))
    own = (history / "runs" / f"{run_id}.db").stat().st_size
    return Sample(rows, run_id, day, [one["conversation_id"] for one in documents], people, own, printed)


class Past:
    """Writes copies of a sample into an instance's files and into the index of people that runs name."""

    def __init__(self, dagster_home: Path, db: Database[dict[str, Any]], sample: Sample, size: Size) -> None:
        self._home, self._db, self._sample, self._size = dagster_home, db, sample, size
        self._drawn = random.Random(f"{_SEED} {size}")
        self._texts = texts = [
            (table, n, column)
            for table, rows in sample.rows.items()
            for n, row in enumerate(rows)
            for column in row
            if column in _TEXTS
        ]
        self._whole = _BETWEEN.join(self._cut(str(sample.rows[table][n][column])) for table, n, column in texts)

    def _cut(self, text: str) -> str:
        """The text in the size wanted. A shorter one names the people as well."""
        names = " ".join([*self._sample.people, *self._sample.conversations])
        return text if len(text) <= self._size.text else f"{text[: self._size.text - len(names) - 1]} {names}"

    def write(self, days: Sequence[dt.date], runs_a_day: int, people: Sequence[str]) -> dict[str, list[str]]:
        """So many runs on each of the days, the first ones of each day about one of the people each.

        Returns each of the people's conversations.
        """
        theirs: dict[str, list[str]] = {person: [] for person in people}
        known_since = dt.datetime.combine(days[0], dt.time(), tzinfo=dt.UTC) - dt.timedelta(days=1)
        self._db[RUN_PEOPLE].update_one({"_id": "since"}, {"$min": {"at": known_since}}, upsert=True)
        history = self._home / "history"
        with _bulk(history / "runs" / "index.db") as events, _bulk(history / "runs.db") as runs:
            first = {table: _last_id(events, table) for table in _OF_EVENTS}
            first |= {table: _last_id(runs, table) for table in _OF_RUNS}
            for day in days:
                made = [self._copy(day, number, people[number : number + 1]) for number in range(runs_a_day)]
                for person, one in zip(people, made, strict=False):
                    theirs[person].append(one.conversations[0])
                for table in (*_OF_EVENTS, *_OF_RUNS):
                    self._insert(events if table in _OF_EVENTS else runs, table, made, first)
                self._note(made)
                for one in made:
                    self._write_files(one.run_id)
        return theirs

    def _copy(self, day: dt.date, number: int, person: Sequence[str]) -> _Copy:
        others = [f"user_{self._drawn.randrange(_PEOPLE):05d}" for _ in self._sample.people]
        people = [*person, *others][: len(others)]
        at = dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=number * 86_400 // 1_000)
        run_id = str(uuid.UUID(int=self._drawn.getrandbits(128), version=4))
        talks = [f"conv_{self._drawn.getrandbits(128):032x}" for _ in self._sample.conversations]
        text = self._whole.replace(self._sample.run_id, run_id).replace(self._sample.day, day.isoformat())
        for before, after in zip(
            [*self._sample.people, *self._sample.conversations], [*people, *talks], strict=True
        ):
            text = text.replace(before, after)
        return _Copy(run_id, at, people, talks, text.split(_BETWEEN))

    def _insert(
        self, database: sqlite3.Connection, table: str, made: Sequence[_Copy], first: dict[str, int]
    ) -> None:
        rows = self._sample.rows[table]
        columns = list(rows[0])
        lowest = {name: rows_[0]["id"] for name, rows_ in self._sample.rows.items()}
        places = [(n, c) for t, n, c in self._texts if t == table]
        begin = next((i for i, (t, _, _) in enumerate(self._texts) if t == table), 0)
        events = len(self._sample.rows["event_logs"])
        values = []
        for index, one in enumerate(made):
            texts = {place: one.texts[begin + i] for i, place in enumerate(places)}
            shift = {
                "id": first[table] + 1 + index * len(rows) - lowest[table],
                "event": first["event_logs"] + 1 + index * events - lowest["event_logs"],
            }
            values += [
                tuple(self._value(one, row, column, shift, texts.get((n, column))) for column in columns)
                for n, row in enumerate(rows)
            ]
        named, marks = (", ".join(of) for of in ([f'"{column}"' for column in columns], "?" * len(columns)))
        database.executemany(f"INSERT INTO {table} ({named}) VALUES ({marks})", values)
        if table != "event_logs":
            first[table] += len(values)
        if table == _OF_EVENTS[-1]:
            first["event_logs"] += events * len(made)

    def _value(self, one: _Copy, row: Row, column: str, shift: dict[str, int], text: str | None) -> Any:
        value = row[column]
        if text is not None:
            return text
        if column == "id":
            return value + shift["id"]
        if value is None:
            return None
        if column in _EVENT_IDS:
            return value + shift["event"]
        if column in _TIMES:
            return one.at.isoformat(sep=" ", timespec="microseconds")
        if column in _POSIX:
            return one.at.replace(tzinfo=dt.UTC).timestamp()
        if isinstance(value, str):
            return value.replace(self._sample.run_id, one.run_id).replace(
                self._sample.day, one.at.date().isoformat()
            )
        return value

    def _note(self, made: Sequence[_Copy]) -> None:
        later = dt.datetime.now(dt.UTC) + dt.timedelta(days=400)
        self._db[RUN_PEOPLE].insert_many(
            [
                {"_id": f"{one.run_id} 0", "run_id": one.run_id, "names": one.names, "expires_at": later}
                for one in made
            ]
        )

    def _write_files(self, run_id: str) -> None:
        (self._home / "history" / "runs" / f"{run_id}.db").write_bytes(bytes(self._size.own_file))
        folder = self._home / "storage" / run_id / "compute_logs"
        folder.mkdir(parents=True)
        (folder / "abcdefgh.err").write_bytes(b"." * self._size.printed)


@dataclass(frozen=True)
class _Copy:
    run_id: str
    at: dt.datetime
    people: list[str]
    conversations: list[str]
    texts: list[str]

    @property
    def names(self) -> list[str]:
        return sorted([*self.people, *self.conversations])


def _last_id(database: sqlite3.Connection, table: str) -> int:
    return database.execute(f"SELECT max(id) FROM {table}").fetchone()[0] or 0


@contextmanager
def _bulk(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection that inserts much: the indexes are made when all rows are there."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        indexes = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''"
        ).fetchall()
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000", "temp_store = MEMORY"):
            database.execute(f"PRAGMA {pragma}")
        database.execute("BEGIN")
        for name, _ in indexes:
            database.execute(f'DROP INDEX "{name}"')
        yield database
        for _, made in indexes:
            database.execute(made)
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = WAL")
