"""The money of a day: set aside before each answer, whoever asks; what is not paid for waits and is told."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.batches import money
from astra_pipeline.defs.alerts.sensors import failure_alerts
from astra_pipeline.defs.conversations.sensors import new_conversations
from astra_pipeline.errors import BudgetSpent
from astra_pipeline.llm.usage import Usage
from astra_pipeline.monitoring.holdings import read_holdings
from astra_pipeline.orchestration.resources import AlertsResource, MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import BUDGET, FAILURES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.pipeline import metadata_of, run_pipeline

_TALKS = 12


@pytest.fixture
def model(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    environment.setenv("ASTRA_TASK_RUNNER", "model")
    forget_settings()
    return environment


def limit(environment: pytest.MonkeyPatch, dollars: str) -> None:
    environment.setenv("ASTRA_MAX_COST_PER_DAY", dollars)
    forget_settings()


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def granted(wanted: int, *, each: float, paid: float | None = None) -> int:
    """The number of answers that the day's money grants of so many at once. `paid`: what each then cost."""

    async def ask() -> int:
        async with MongoResource().connect() as db, money.purse(db) as purse:
            answers = await asyncio.gather(*(purse.reserve(each) for _ in range(wanted)), return_exceptions=True)
            set_aside = [answer for answer in answers if isinstance(answer, float)]
            assert all(isinstance(answer, BudgetSpent | float) for answer in answers), answers
            for reserved in set_aside if paid is not None else ():
                await purse.pay(Usage(1000, 100, paid), reserved)
            return len(set_aside)

    return asyncio.run(ask())


def test_no_more_is_set_aside_than_the_limit_whoever_asks_at_once(db: Any, model: pytest.MonkeyPatch) -> None:
    limit(model, "1")
    assert granted(50, each=0.25) == 4
    assert granted(50, each=0.25) == 0, "another run of the day"
    assert money.is_over(db, now=now())
    assert not money.is_over(db, now=now() + dt.timedelta(days=1))


def test_an_answer_costs_what_it_cost_and_not_what_was_set_aside(db: Any, model: pytest.MonkeyPatch) -> None:
    limit(model, "1")
    assert granted(4, each=0.25, paid=0.01) == 4
    spent = money.spent_today(db, now=now())
    assert spent.cost_usd == pytest.approx(0.04)
    assert (spent.calls, spent.tokens_in, spent.tokens_out, spent.limit) == (4, 4000, 400, 1.0)
    assert not spent.is_over
    assert granted(4, each=0.25) == 4, "what was given back can be spent"


def test_what_a_killed_run_had_set_aside_stays_counted(db: Any, model: pytest.MonkeyPatch) -> None:
    limit(model, "1")
    granted(2, each=0.25)  # and nothing was heard of the answers
    assert money.spent_today(db, now=now()).cost_usd == 0.5


def test_without_a_limit_all_is_granted_and_the_cost_is_known(db: Any, model: pytest.MonkeyPatch) -> None:
    assert granted(50, each=100.0, paid=0.5) == 50
    assert money.spent_today(db, now=now()).cost_usd == 25.0
    assert not money.is_over(db, now=now())


def test_a_limit_of_nothing_grants_nothing(db: Any, model: pytest.MonkeyPatch) -> None:
    limit(model, "0")
    assert granted(3, each=0.001) == 0
    assert money.is_over(db, now=now())


def test_a_run_pays_up_to_the_limit_and_the_rest_waits_for_the_next_day(
    world: World, model: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    limit(model, "0.003")
    model.setenv("ASTRA_LLM_CONCURRENCY", "1")
    forget_settings()
    world.join("user_a")
    ids = [world.talk("user_a", f"Exam {n} worries me.", ended_at=recently(minutes=5 + n)) for n in range(_TALKS)]
    ran = run_pipeline(instance)
    told = metadata_of(ran, "conversation_insights")
    paid = sum(world.paid(ids))
    assert 0 < paid < _TALKS
    assert told["llm_calls"] == paid
    assert told["tokens_in"] > 1000 * paid
    assert 0 < told["cost_usd"] <= 0.003 + 0.0015, "never more than one answer beyond it"
    assert world.db[FAILURES].count_documents({}) == 0, "nobody's failure"

    spent = read_holdings(world.db, now=now()).spent_today
    assert spent.is_over
    assert spent.calls == paid

    tick = new_conversations(dg.build_sensor_context(instance), mongo=MongoResource())
    assert isinstance(tick, dg.SensorResult)
    assert not tick.run_requests
    assert "ASTRA_MAX_COST_PER_DAY is spent" in str(tick.skip_reason)

    world.db[BUDGET].delete_many({})  # a day later
    limit(model, "1")
    run_pipeline(instance)
    assert world.paid(ids) == [1] * _TALKS
    assert world.overview("user_a")["gamification"]["total_conversations"] == _TALKS


def test_the_alert_is_sent_once_a_day(
    world: World,
    model: pytest.MonkeyPatch,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit(model, "0")
    sent: list[str] = []
    monkeypatch.setattr(
        AlertsResource, "send", lambda self, alerts: sent.extend(line for one in alerts for line in one.lines)
    )
    alerts = AlertsResource(webhook_url="https://hooks.example")
    for _ in range(2):
        failure_alerts(dg.build_sensor_context(instance), mongo=MongoResource(), alerts=alerts)
    assert [line for line in sent if "ASTRA_MAX_COST_PER_DAY=0 is spent" in line] == sent
    assert len(sent) == 1
