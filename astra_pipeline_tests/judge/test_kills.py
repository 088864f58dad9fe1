"""A run that is killed between a text, its verdict and its storing costs what was under way at most."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from astra_pipeline.llm.model import item_digest
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import INSIGHTS, LEASES
from astra_pipeline_tests.batches.test_paid_once import until
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.pipeline import run_pipeline, start_pipeline

_TALKS = 20


def test_a_killed_run_pays_for_no_text_and_no_verdict_that_had_come_again(
    world: World, runner: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_JUDGE_SHARE", "1")
    environment.setenv("ASTRA_LLM_CONCURRENCY", "4")
    forget_settings()
    world.join("user_asha")
    ids = [
        world.talk("user_asha", f"Exam {n} worries me.", ended_at=recently(minutes=5 + n)) for n in range(_TALKS)
    ]
    names = {*ids, *map(item_digest, ids)}

    def judged() -> int:
        made = world.sandbox.stats()["judge_executions"]
        return sum(len(made[item]) for item in names & made.keys())

    world.sandbox.configure(llm_seconds=0.4)
    killed = start_pipeline()
    until(lambda: judged() >= _TALKS // 4)
    killed.kill()
    killed.wait(timeout=60)
    time.sleep(1)  # the sandbox ends what it had begun
    until(lambda: not world.db[LEASES].count_documents({"claimed_until": {"$gt": dt.datetime.now(dt.UTC)}}))
    run_pipeline()

    times = [(len(world.asked(one)), len(world.judged(one))) for one in ids]
    again = [pair for pair in times if pair != (1, 1)]
    if runner == "julep":
        assert again == [], "executions are found by their ids"
    else:
        assert len(again) <= 5, "what was under way, of at most 4 and one that began just then"
        assert all(sum(pair) == 3 for pair in again), "a text or its verdict, not both"
    stored = list(world.db[INSIGHTS].find({"_id": {"$in": ids}}))
    assert [one["judged"] for one in stored] == ["accepted"] * _TALKS
    assert world.db[LEASES].count_documents({"executions": {"$gt": {}}}) == 0, "no answer is left lying about"
