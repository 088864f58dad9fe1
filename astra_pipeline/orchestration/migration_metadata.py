"""Dagster's metadata of a migration: the plan, and the outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from astra_pipeline.migration.plan import Plan
from astra_pipeline.migration.take_in import TakenIn
from astra_pipeline.orchestration.metadata import batch_metadata, table
from astra_pipeline.settings import settings

_ROWS = 50


def plan_metadata(plan: Plan) -> dict[str, Any]:
    """A plan: how many people, cohorts, LLM calls, and how long it would take."""
    configured = settings()
    duration = plan.duration(
        users_per_second=configured.astra_julep_users_per_second,
        calls_per_hour=configured.astra_backfill_max_calls_per_hour,
        concurrency=configured.astra_llm_concurrency,
        judged_share=configured.judged_share,
    )
    return {
        "users": plan.users,
        "synced_already": plan.synced_already,
        "cohorts": table([{"cohort": key, "users": users} for key, users in plan.cohorts.items()]),
        "conversations": plan.conversations,
        "days": f"{plan.first_day} to {plan.last_day}" if plan.first_day else "none",
        "charts": plan.charts,
        "horoscopes": plan.horoscopes,
        "reports": plan.reports,
        "llm_calls": plan.llm_calls,
        "judge_calls": plan.judge_calls(configured.judged_share),
        "duration": "halted: ASTRA_BACKFILL_MAX_CALLS_PER_HOUR is 0" if duration is None else str(duration),
        **_left_as_it_is(plan.unreadable),
    }


def _left_as_it_is(unreadable: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    rows = [{"user": user, "what": "; ".join(odd)} for user, odd in list(unreadable.items())[:_ROWS]]
    return {"unreadable": len(unreadable)} | ({"left_as_it_is": table(rows)} if rows else {})


def taken_in_metadata(taken: TakenIn, *, seconds: float) -> dict[str, Any]:
    """The outcome of a migration, with the fields that nobody can read."""
    counts = {"seated": taken.seated, "synced_already": taken.synced_already}
    return batch_metadata(taken.result, seconds=seconds) | counts | _left_as_it_is(taken.unreadable)


def named_in(taken: TakenIn) -> set[str]:
    """The people whom the outcome of a migration, or its output, names."""
    return {failure.item for failure in taken.result.failed} | set(list(taken.unreadable)[:_ROWS])


def cohort_materializations(taken: TakenIn) -> list[dg.AssetMaterialization]:
    """A materialization of `julep_users` for each cohort that somebody was taken into."""
    unreadable = Counter(taken.cohort_of[user] for user in taken.unreadable)
    return [
        dg.AssetMaterialization(
            "julep_users", partition=cohort, metadata={"done": count, "unreadable": unreadable[cohort]}
        )
        for cohort, count in Counter(taken.cohort_of.values()).items()
    ]
