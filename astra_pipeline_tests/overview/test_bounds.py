"""A document stays small however much somebody talks, and one that would not fit is named (F11)."""

from __future__ import annotations

import datetime as dt

import dagster as dg
import pytest

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.task import Insight, TranscriptInsights
from astra_pipeline.errors import TooLarge
from astra_pipeline.overview import fold as overview
from astra_pipeline.overview.entries import INSIGHTS
from astra_pipeline.overview.size import LARGEST, refuse_too_large
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.bson_documents import size_of
from astra_pipeline.store.collections import FAILURES
from astra_pipeline.store.documents import with_changes
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.pipeline import run_pipeline

_FIRST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_OLD = {"type": "old", "content": "Noted by the system before this one."}


def facts(number: int, *, each: int = 4) -> list[Fact]:
    """Facts of so many conversations, each of which tells `each` insights."""
    return [
        Fact(
            conversation_id=f"conv_{at:05d}",
            ended_at=_FIRST + dt.timedelta(hours=at),
            created_at=_FIRST + dt.timedelta(hours=at, minutes=1),
            insights=TranscriptInsights(
                summary=f"Call {at}.",
                topics=[],
                emotional_tone="calm",
                insights=[
                    Insight(type="trait", content=f"Insight {one} of call {at}. " + "word " * 40)
                    for one in range(each)
                ],
            ),
        )
        for at in range(number)
    ]


def test_the_overview_lists_the_newest_200_insights_of_any_number() -> None:
    user = {"id": "user_asha", "user_overview": {"insights": [_OLD]}}
    all_facts = facts(400)
    changes = overview.fold(user, all_facts)
    listed = changes["user_overview.insights"]
    assert len(listed) == INSIGHTS == 200
    assert listed[-1]["conversation_id"] == "conv_00399"
    assert listed[0]["conversation_id"] == "conv_00350"
    folded = with_changes(user, changes)
    assert _OLD in folded["astra"]["set_aside"]["user_overview_insights"]
    assert overview.fold(folded, all_facts) == {}
    assert size_of(folded) < 200_000


def test_a_fold_writes_what_changed_and_nothing_else() -> None:
    user = {"id": "user_asha"}
    folded = with_changes(user, overview.fold(user, facts(3)))
    silent = facts(3)[:2] + facts(4, each=0)[3:] + facts(3)[2:]
    changes = overview.fold(folded, silent)
    assert [path for path in changes if path.startswith("user_overview.")] == ["user_overview.recent_conversations"]


def test_a_document_that_would_not_fit_is_refused_by_name_and_size() -> None:
    user = {"id": "user_asha", "notes": "x" * 12 * 2**20}
    refuse_too_large(user, {"user_overview.insights": ["y" * 2**20]})
    with pytest.raises(TooLarge, match=r"16\.0 MiB, the most is 15"):
        refuse_too_large(user, {"user_overview.insights": ["y" * 4 * 2**20]})


def test_a_fold_that_would_not_fit_is_a_failure_of_its_person_alone(
    world: World, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    environment.setenv("ASTRA_TASK_RUNNER", "offline")
    forget_settings()
    for user_id, notes in (("user_large", "x" * (LARGEST - 500)), ("user_asha", "x")):
        world.join(user_id, notes=notes)
        world.talk(user_id, "My job interview is on Monday.")
    run_pipeline(instance, raise_on_error=False)
    failures = {one["_id"]: one["error"] for one in world.db[FAILURES].find()}
    assert failures == {"user_overviews:user_large": "TooLarge"}
    assert "recent_conversations" not in world.overview("user_large")
    assert len(world.overview("user_asha")["recent_conversations"]) == 1
