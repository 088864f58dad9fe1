"""An erased person does not come back, wherever a run was when they were erased (F1 of the fault list).

Each writer runs once undisturbed, which shows that it writes something of the person. Then it runs again for every
command that it sends to MongoDB, and the person is erased just before that command.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import bson
import dagster as dg
import pytest

from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.batches.scope import Days, Scope
from astra_pipeline.batches.work import Work
from astra_pipeline.charts import write as charts
from astra_pipeline.conversations import events, insights, transcripts
from astra_pipeline.conversations.webhook import read_event
from astra_pipeline.gamification import write as metrics
from astra_pipeline.horoscopes import write as horoscopes
from astra_pipeline.migration import julep_users, people
from astra_pipeline.overview import write as overview
from astra_pipeline.people.cohorts import place
from astra_pipeline.personal_data.dagster_traces import Traces, TracesErased
from astra_pipeline.reports import write as reports
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import CONVERSATIONS, FAILURES, HOROSCOPES, SKIES, TRANSCRIPTS, USERS
from astra_pipeline.zones import at_local, week_of
from astra_pipeline_tests.calls import post_call
from astra_pipeline_tests.charted import chart
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import call
from astra_pipeline_tests.migration.test_migrate_users import julep_users_of
from astra_pipeline_tests.personal_data.interleaved import Interruption, interrupted_work
from astra_pipeline_tests.personal_data.lives import ANN, BORN, WORD, erase_as_cli, person, sweep

_ZONE = "Asia/Kolkata"
_DAY = dt.timedelta(days=1)
# The last week that is over has its report due.
_MONDAY = week_of(dt.datetime.now(dt.UTC).date()) - dt.timedelta(weeks=1)
_TALKED = at_local(_MONDAY + _DAY, dt.time(12), _ZONE)
# Of a person who was erased the app's account stays.
_ACCOUNT = {"_id", "id", "name", "email", "createdAt", "updatedAt", "timezone", "astra"}


def days() -> Scope:
    start = dt.datetime.combine(_TALKED.date(), dt.time(), tzinfo=dt.UTC)
    return Scope(days=Days(start - _DAY, dt.datetime.now(dt.UTC) + _DAY))


def cells(date: dt.date) -> Scope:
    return Scope(cohort_dates=(CohortDate(date, "asia-kolkata-001", _ZONE),), cohorts=("asia-kolkata-001",))


def fetch(work: Work) -> object:
    return work.run(transcripts.fetch(work, days()))


def extract(work: Work) -> object:
    return work.run(insights.extract(work, days()))


def fold(work: Work) -> object:
    return work.run(overview.fold(work, days()))


def count(work: Work) -> object:
    return metrics.refresh(work, days(), whole_days=True)


def compute(work: Work) -> object:
    return work.run(charts.compute(work, Scope(cohorts=("asia-kolkata-001",))))


def foretell(work: Work) -> object:
    return work.run(horoscopes.write(work, cells(dt.datetime.now(dt.UTC).date() - _DAY)))


def review(work: Work) -> object:
    return work.run(reports.write(work, cells(_MONDAY)))


def hear_of_it(work: Work) -> object:
    return _hear(work, work.sync[CONVERSATIONS].find_one({}, {"conversation_id": 1}) or {})


def hear_of_another(work: Work) -> object:
    """Of a call that the app did not record."""
    return _hear(work, {"conversation_id": "conv_not_recorded"})


def _hear(work: Work, document: dict[str, Any]) -> object:
    told = call({**document, "user_id": ANN, "ended_at": _TALKED}, (f"My {WORD} exam worries me.",))
    event = read_event(post_call(told), digest="", signed_at=_TALKED)
    return work.run(events.receive(work.db, event))


def make_julep_user(work: Work) -> object:
    found = people.to_sync(work.sync, only=(ANN,), limit=None)
    return work.run(julep_users.sync(work, found, Scope(user_ids=(ANN,), force=True)))


@dataclass(frozen=True)
class Writer:
    """A service at work, and the services that went before it."""

    write: Callable[[Work], object]
    before: tuple[Callable[[Work], object], ...] = ()
    julep: bool = False


_FACTS = (fetch, extract)
WRITERS = {
    "transcripts": Writer(fetch),
    "webhook": Writer(hear_of_it),
    "webhook of an unrecorded call": Writer(hear_of_another),
    "insights": Writer(extract, (fetch,)),
    "fold": Writer(fold, _FACTS),
    "metrics": Writer(count, (*_FACTS, fold)),
    # Without a fold there is no mark that the erasure takes away, and no earlier metrics to compare with.
    "first metrics": Writer(count),
    "charts": Writer(compute),
    "horoscopes": Writer(foretell, (*_FACTS, fold)),
    "reports": Writer(review, (*_FACTS, fold, count)),
    "julep_users": Writer(make_julep_user, julep=True),
}


def live(world: World) -> str:
    """Ann as she is before the writer's run; returns the id of her conversation."""
    place_of_birth = {"birth_time": "07:15", "birth_location": "Pune, India", "birth_timezone": _ZONE}
    joined = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    world.join(ANN, date_of_birth=BORN, createdAt=joined, timezone=_ZONE, **place_of_birth)
    place(world.db, ANN)
    return world.talk(ANN, f"My {WORD} exam worries me.", ended_at=_TALKED)


def stored(world: World) -> dict[str, list[dict[str, Any]]]:
    return {name: list(world.db[name].find()) for name in world.db.list_collection_names() if name != SKIES}


def restore(world: World, documents: dict[str, list[dict[str, Any]]]) -> None:
    for name in world.db.list_collection_names():
        if name != SKIES:
            world.db[name].delete_many({})
            if documents.get(name):
                world.db[name].insert_many(documents[name])


def traces(world: World) -> list[str]:
    """Places of anything that is the person's and not the app's."""
    found = [
        f"{name}: {sorted(document)}"
        for name in world.db.list_collection_names()
        for document in world.db[name].find()
        if name not in (USERS, CONVERSATIONS, FAILURES) and ANN in str(document.get("user_id"))
    ]
    found += [f"user: {field}" for field in person(world).keys() - _ACCOUNT]
    found += [f"astra: {field}" for field in person(world)["astra"].keys() - {"erased_at"}]
    found += [
        f"{name}: {WORD}"
        for name in world.db.list_collection_names()
        for document in world.db[name].find()
        if WORD.encode() in bson.encode(document) or b"conversation_summary" in bson.encode(document)
    ]
    return found


@pytest.mark.parametrize("name", WRITERS)
def test_nothing_of_an_erased_person_comes_back(name: str, world: World, environment: pytest.MonkeyPatch) -> None:
    writer = WRITERS[name]
    environment.setenv("ASTRA_LEASE_SECONDS", "60")
    environment.setenv("ASTRA_START_DATE", "2026-01-01")
    if not writer.julep:
        environment.setenv("ASTRA_TASK_RUNNER", "offline")
        environment.delenv("JULEP_API_KEY")
    forget_settings()
    live(world)
    if writer.write is foretell:
        world.db[USERS].update_one({"id": ANN}, {"$set": {"user_overview.birth_chart": chart()}})
    undisturbed = Interruption(lambda: None)
    with interrupted_work(undisturbed) as work:
        for earlier in writer.before:
            earlier(work)
        before = stored(world)
        first = len(undisturbed.commands)
        writer.write(work)
    assert stored(world) != before, "it writes something of the person"
    commands = undisturbed.commands[first:]
    assert len(commands) >= 2
    for number in range(len(commands)):
        restore(world, before)
        erasure = Interruption(lambda: erase_as_cli(None), before=number)
        with interrupted_work(erasure) as work:
            writer.write(work)
        erasure.finish()
        where = f"erased before {commands[number]}, command {number} of {commands}"
        assert traces(world) == [], where
        if writer.julep:
            assert julep_users_of([ANN]) == [], where
        sweep(None)
        assert traces(world) == [], where
        assert world.db[FAILURES].count_documents({}) == 0, where


def test_a_run_that_begins_and_ends_while_dagster_is_searched_leaves_nothing(
    world: World, stored_instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    """The search takes minutes where Dagster has a long past: the tombstone is set before it."""
    environment.setenv("ASTRA_START_DATE", "2026-01-01")
    environment.setenv("ASTRA_TASK_RUNNER", "offline")
    environment.delenv("JULEP_API_KEY")
    forget_settings()
    live(world)
    world.db[USERS].update_one({"id": ANN}, {"$set": {"user_overview.birth_chart": chart()}})
    search, runs = Traces.erase, []

    def run() -> None:
        with interrupted_work(Interruption(lambda: None)) as work:
            runs.append(foretell(work))

    def beside_a_run(self: Traces, **options: bool) -> TracesErased:
        gone = search(self, **options)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run).result()
        return gone

    environment.setattr(Traces, "erase", beside_a_run)
    erase_as_cli(stored_instance)
    assert len(runs) == 1
    assert traces(world) == []


def test_what_a_stopped_process_wrote_after_the_erasure_goes_with_the_sweep(world: World) -> None:
    """A process of an earlier version knows no tombstone."""
    talk = live(world)
    erase_as_cli(None)
    late = {"user_id": ANN, "ended_at": _TALKED}
    world.db[TRANSCRIPTS].insert_one({"_id": talk, **late, "turns": [{"role": "user", "message": WORD}]})
    world.db[HOROSCOPES].insert_one({"_id": f"{ANN}@2026-11-28", "user_id": ANN, "text": WORD})
    world.db[CONVERSATIONS].update_one({}, {"$set": {"metadata.conversation_summary": WORD}})
    assert len(traces(world)) > 3
    sweep(None)
    assert traces(world) == []
