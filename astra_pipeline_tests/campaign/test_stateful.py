"""The app's writes in any order against ticks and runs in this process: a model that hypothesis tries to break.

The model and the laws are those of the campaign (bench/campaign), without its faults: what falls here falls without
any process being killed.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import random
import shutil
import tempfile
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from astra_pipeline.cli.main import main as cli
from astra_pipeline.definitions import defs
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.sandbox.process import SandboxProcess
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.client import forget_clients
from astra_pipeline_tests.dagster_storage import with_tables
from bench.campaign import laws, words
from bench.campaign.collect import collect
from bench.campaign.evidence import Evidence
from bench.campaign.history import History
from bench.campaign.model import Call, World, world_of
from bench.campaign.records import Records
from bench.campaign.ticks import Requested, Ticks

_PEOPLE = 2
_ASKED = ("new_users", "new_conversations", "daily_rollover_schedule")
_ROUNDS = 4
_DAY = 86_400
_ALWAYS = ("nothing is there twice", "nothing is paid twice", "nothing is left of the erased")
_AT_REST = ("nothing is lost", "gamification is what a recomputation gets", "it comes to rest")
_numbers = itertools.count(1)

# One of the people or calls there are, counted round.
_some = st.integers(min_value=0, max_value=11)
# Seconds since a call ended.
_ago = st.sampled_from((5, 600, _DAY, 3 * _DAY))


class BrokenLaw(AssertionError):
    """A law of the campaign does not hold; the message has the law, what breaks it and what was done."""


class Life(RuleBasedStateMachine):
    """Two people, their calls, and a pipeline that runs when a sensor asks for it."""

    sandbox: SandboxProcess
    """Set by the test: machines are made by hypothesis."""

    def __init__(self) -> None:
        super().__init__()
        self.number = next(_numbers)
        self.random = random.Random(self.number)
        self.home = with_tables(Path(tempfile.mkdtemp()))
        (self.home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        os.environ |= {"MONGODB_DB": f"life_{os.getpid()}_{self.number}", "DAGSTER_HOME": str(self.home)}
        forget_settings()
        self.db = MongoResource().db
        self.instance = dg.DagsterInstance.from_config(str(self.home))
        self.ticks = Ticks(self.instance)
        self.history = History()
        self.records = Records(self.db, self.sandbox.control, self.history)
        self.rests = False

    @initialize()
    def people_join(self) -> None:
        for number in range(_PEOPLE):
            person = f"life_{self.number}_user_{number}"
            self.records.join(person, words.marker(self.random).title(), "Asia/Kolkata", born=False)

    # -- the app

    @rule(person=_some, ago=_ago, dated=st.booleans())
    def talk(self, person: int, ago: float, dated: bool) -> None:
        people = list(self.world.people)
        call = f"life_{self.number}_conv_{len(self.world.calls):02d}"
        word = words.marker(self.random)
        self.records.talk(people[person % _PEOPLE], call, word, ended_ago=ago, dated=dated)
        self.rests = False

    @precondition(lambda self: self.living)
    @rule(which=_some)
    def complete_again(self, which: int) -> None:
        call, word = self.pick(which), words.marker(self.random)
        self.records.take_up_again(call.person, call.call, word)
        self.records.close_again(call.person, call.call, word)
        self.rests = False

    @precondition(lambda self: self.living)
    @rule(which=_some, ago=_ago)
    def move_end(self, which: int, ago: float) -> None:
        call = self.pick(which)
        self.records.move_end(call.person, call.call, ago)
        self.rests = False

    @precondition(lambda self: self.living)
    @rule(which=_some)
    def replace_metadata(self, which: int) -> None:
        call = self.pick(which)
        self.records.replace_metadata(call.person, call.call)
        self.rests = False

    @rule(person=_some, zone=st.sampled_from(("America/Los_Angeles", "Pacific/Auckland")))
    def change_zone(self, person: int, zone: str) -> None:
        self.records.change_zone(list(self.world.people)[person % _PEOPLE], zone)
        self.rests = False

    @rule(person=_some)
    def erase(self, person: int) -> None:
        user_id = list(self.world.people)[person % _PEOPLE]
        asked = self.history.add("erasure_asked", person=user_id)
        ended = CliRunner().invoke(cli, ["users", "erase", user_id, "--yes"], catch_exceptions=False)
        assert ended.exit_code == 0, ended.output
        if not self.records.was_erased_since(user_id, asked.at):
            self.run_all(self.ask())
            assert self.records.was_erased_since(user_id, asked.at)

    # -- the pipeline

    @rule()
    def run_once(self) -> None:
        self.run_all(self.ask())

    @rule()
    def run_with_julep_away(self) -> None:
        away = [{"service": "julep", "rate": 1.0, "kinds": ["500"]}]
        self.sandbox.control.configure(faults=away)
        try:
            self.run_all(self.ask())
        finally:
            self.sandbox.control.configure(faults=[])

    @rule()
    def run_until_rest(self) -> None:
        for _ in range(_ROUNDS):
            if not (requested := self.ask()):
                self.history.add("settled")
                break
            self.run_all(requested)
        self.rests = True

    def ask(self) -> list[Requested]:
        # Whatever sees to erasures that were asked for is asked as well.
        names = [name for name in self.ticks.names if name in _ASKED or "eras" in name]
        return [requested for name in names for requested in self.ticks.ask(name)]

    def run_all(self, requested: list[Requested]) -> None:
        for one in requested:
            defs.resolve_job_def(one.job).execute_in_process(
                instance=self.instance,
                tags=dict(one.tags),
                run_config=dict(one.config),
                partition_key=one.partition,
                asset_selection=[dg.AssetKey(key) for key in one.assets] or None,
                raise_on_error=False,
            )

    # -- what must hold

    @invariant()
    def laws_hold(self) -> None:
        wanted = _ALWAYS + (_AT_REST if self.rests else ())
        broken = [
            f"{verdict.law}: {line}"
            for verdict in laws.check(self.evidence())
            if verdict.law in wanted
            for line in verdict.broken
        ]
        if broken:
            done = ", ".join(event.kind for event in self.history.events)
            raise BrokenLaw("; ".join(broken) + f" (after: {done})")

    def evidence(self) -> Evidence:
        found = collect(self.db, self.sandbox, events=self.history.events, dagster_home=self.home)
        ours = f"life_{self.number}_"
        return dataclasses.replace(
            found,
            executions=[one for one in found.executions if one.item.startswith(ours)],
            julep_users=[one for one in found.julep_users if str(one["metadata"].get("app_id")).startswith(ours)],
        )

    @property
    def world(self) -> World:
        return world_of(self.history.events)

    @property
    def living(self) -> list[Call]:
        return [call for call in self.world.calls.values() if not call.erased]

    def pick(self, which: int) -> Call:
        return self.living[which % len(self.living)]

    def teardown(self) -> None:
        try:
            self.run_until_rest()
            self.laws_hold()
        finally:
            self.db.client.drop_database(self.db.name)
            self.instance.dispose()
            forget_clients()
            shutil.rmtree(self.home)


@pytest.mark.timeout(600)
def test_no_order_of_the_apps_writes_breaks_a_law(environment: pytest.MonkeyPatch, sandbox_process: SandboxProcess):
    for name, value in {
        "DAGSTER_HOME": "",
        "MONGODB_DB": "",
        "ASTRA_HTTP_ATTEMPTS": "1",
        "ASTRA_RETRY_BASE_SECONDS": "0.1",
        "ASTRA_SHIFT_LINGER_SECONDS": "0",
        "ASTRA_WAITING_BASE_SECONDS": "0.1",
    }.items():
        environment.setenv(name, value)
    sandbox_process.control.configure(llm_seconds=0.0)
    Life.sandbox = sandbox_process
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=6,
            stateful_step_count=10,
            derandomize=True,
            database=None,
            deadline=None,
            # A broken law is shown as it was found: to shrink it would run it a hundred times.
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            print_blob=False,
        ),
    )
