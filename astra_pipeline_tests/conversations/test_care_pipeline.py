"""Care through the whole pipeline on a real MongoDB: crisis and loss, silence, erasure, export."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from astra_pipeline.batches.scope import Days, Scope
from astra_pipeline.batches.work import open_work
from astra_pipeline.conversations import insights, transcripts
from astra_pipeline.conversations.fact import EMPTY_SUMMARY
from astra_pipeline.horoscopes.composer import compose
from astra_pipeline.horoscopes.input import HoroscopeInput
from astra_pipeline.llm.runner import Ledger, Spend, TaskRunner
from astra_pipeline.llm.task import Task
from astra_pipeline.llm.usage import Purse, Usage
from astra_pipeline.monitoring.holdings import read_holdings
from astra_pipeline.orchestration.resources import LlmResource, MongoResource
from astra_pipeline.overview import write as overview
from astra_pipeline.people.person import Person
from astra_pipeline.personal_data.export import export
from astra_pipeline.store.documents import at_path
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.horoscopes.days import a_day
from astra_pipeline_tests.personal_data.lives import erase_as_cli
from astra_pipeline_tests.pipeline import metadata_of, run_pipeline

_WORDS = "I want to end it all."
_NOW = dt.datetime.now(dt.UTC)
_LATELY = Scope(days=Days(_NOW - dt.timedelta(days=1), _NOW + dt.timedelta(days=1)))


class Cheerful:
    """A model that takes every wish for a goal to celebrate."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.usage: dict[str, Usage] = {}

    async def answer(
        self, task: Task[Any, Any], task_input: Any, *, feedback: str, item: str, ledger: Ledger
    ) -> dict[str, Any]:
        self.calls[item] += 1
        return {
            "summary": "They shared an inspiring goal.",
            "topics": ["Goals"],
            "emotional_tone": "determined",
            "key_insights": [f"Wishes: {_WORDS}"],
            "follow_up_actions": [f"Means to: {_WORDS}"],
            "insights": [{"type": "goal", "content": _WORDS, "confidence": 0.9}],
            "incidents": [{"title": "A big decision", "description": _WORDS, "tags": ["goal"]}],
            "care": {"level": "none"},
            "intentions": [_WORDS],
            "first_message": "Hi [USERNAME], how exciting! Did you reach your goal?",
        }


class CheerfulLlm:
    """A configured runner whose model it is."""

    @asynccontextmanager
    async def open(self, *, spend: Spend | None = None, purse: Purse | None = None) -> AsyncIterator[TaskRunner]:
        yield Cheerful()


def of_plans(stored: dict[str, Any]) -> str:
    """Everything of an overview that texts take up as goals, wishes, plans, events or openings."""
    shown = stored["recent_conversations"]
    taken_up = [[one["key_insights"], one["follow_up_actions"]] for one in shown]
    return json.dumps(
        [taken_up, stored.get("insights"), stored.get("incident_map"), stored.get("first_message")], default=str
    )


@pytest.mark.parametrize("runner", ["rules", "model"])
def test_nothing_of_a_crisis_is_stored_as_a_plan(world: World, runner: str) -> None:
    world.talk(world.join("user_asha"), _WORDS, "I want to become a nurse. I'll call my sister tomorrow.")
    llm = LlmResource() if runner == "rules" else CheerfulLlm()
    with open_work(MongoResource(), llm, run_id="test") as at_work:
        done = [
            at_work.run(stage(at_work, _LATELY)) for stage in (transcripts.fetch, insights.extract, overview.fold)
        ]
    assert [len(one.done) for one in done] == [1, 1, 1], done
    stored = world.overview("user_asha")
    for trace in ("end it all", "Wishes", "Means to", "goal", "exciting", "nurse"):
        assert trace not in of_plans(stored)
    assert stored["first_message"].startswith("Hello {{user_name}}.")
    kept = world.db["astra_insights"].find_one({"user_id": "user_asha"})
    assert kept is not None
    assert kept["care"] == kept["output"]["care"]["level"] == "crisis"
    assert kept["output"]["intentions"] == kept["output"]["dates"] == []


def test_care_stays_with_the_person_until_they_are_erased(world: World) -> None:
    world.join("user_asha")
    world.talk("user_asha", _WORDS, ended_at=recently(days=1))
    world.talk("user_asha", "My job is fine. I love the guitar.", ended_at=recently(minutes=30))
    world.talk(world.join("user_ravi"), "My grandmother passed away on Sunday.")
    world.talk(world.join("user_mina"), "This deadline is killing me.")
    result = run_pipeline()
    assert result.success
    shown = json.dumps(metadata_of(result, "conversation_insights"), default=str)
    assert "end it all" not in shown
    assert "passed away" not in shown

    people = {one["id"]: one for one in world.db["user"].find()}
    asha, ravi = Person.read(people["user_asha"]), Person.read(people["user_ravi"])
    care = at_path(people["user_asha"], "astra.care")
    since = dt.date.fromisoformat(care["since"])
    assert (care["level"], care["kind"]) == ("crisis", "self_harm")
    assert dt.date.fromisoformat(care["until"]) == since + dt.timedelta(days=30)
    assert [asha.care_at(since + dt.timedelta(days=days)) for days in (-1, 0, 30, 31)] == [
        "none",
        "crisis",
        "crisis",
        "none",
    ]
    assert ravi.care.spells[0].level == "tender"
    assert at_path(people["user_mina"], "astra.care") is None
    holdings = read_holdings(world.db, now=_NOW + dt.timedelta(minutes=1))
    assert holdings.in_care == {"crisis": 1, "tender": 1}
    assert export(world.db, "user_asha")["user"]["astra"]["care"] == care

    assert run_pipeline().success
    assert at_path(world.db["user"].find_one({"id": "user_asha"}) or {}, "astra.care") == care
    erase_as_cli(None, "user_asha")
    assert at_path(world.db["user"].find_one({"id": "user_asha"}) or {}, "astra.care") is None
    assert read_holdings(world.db, now=_NOW).in_care == {"crisis": 0, "tender": 1}


@pytest.mark.parametrize("said", [["..."], ["agent: Are you there?", "… …"], ["agent: Hello?"], ["[silence]"]])
def test_a_caller_who_said_nothing_costs_no_call_and_counts(world: World, said: list[str]) -> None:
    conversation_id = world.talk(world.join("user_asha"), *said)
    assert run_pipeline().success
    assert world.executions(conversation_id) == 0
    stored = world.overview("user_asha")
    assert [one["summary"] for one in stored["recent_conversations"]] == [EMPTY_SUMMARY]
    assert stored["gamification"]["total_conversations"] == 1
    kept = world.db["astra_insights"].find_one({"_id": conversation_id})
    assert kept is not None
    assert (kept["empty"], kept["task_id"]) == (True, None)


def test_care_sets_the_register_of_a_horoscope_whatever_the_topics() -> None:
    merry: dict[str, Any] = {"recent_topics": ["Travel", "Dance"], "streak_days": 5, "milestones": ["7-Day Streak"]}
    texts = {
        level: compose(HoroscopeInput.model_validate(a_day(**merry, care=level)))["content"]
        for level in ("none", "tender", "crisis")
    }
    assert "7-Day Streak" in texts["none"]
    assert "7-Day Streak" not in texts["crisis"]
    assert texts["tender"] != texts["none"]
