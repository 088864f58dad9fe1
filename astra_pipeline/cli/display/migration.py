"""The tables of `astra users sync`: the plan, and the summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from astra_pipeline.batches.result import BatchResult
from astra_pipeline.migration.plan import USUAL_LLM_SECONDS, Plan
from astra_pipeline.settings import settings

_ROWS = 20
_NAMED = 50


def print_plan(console: Console, plan: Plan) -> None:
    """Print the users that would be taken in, their cohorts, and the backfill that would follow."""
    console.print(_users(plan))
    if plan.cohorts:
        console.print(_cohorts(plan))
        console.print(_seats(plan))
        if plan.users > _NAMED:
            console.print(f"... and {plan.users - _NAMED} more: --json names everybody.")
    console.print(_backfill(plan))
    _print_unreadable(console, plan.unreadable)
    console.print("Nothing was written.")


def _users(plan: Plan) -> Table:
    table = Table(title="A sync would take in", show_header=False)
    table.add_row("users", str(plan.users))
    table.add_row("of whom without a Julep user", str(plan.without_julep_user))
    table.add_row("synced already", str(plan.synced_already))
    if plan.unusable:
        table.add_row("documents without a usable id, left alone", str(plan.unusable))
    return table


def _cohorts(plan: Plan) -> Table:
    table = Table("cohort", "users", "", title="Cohorts")
    for key, count in plan.cohorts.items():
        table.add_row(key, str(count), "new" if key in plan.opened else "")
    return table


def _seats(plan: Plan) -> Table:
    table = Table("user", "cohort", title="Who")
    for user, cohort in list(plan.seats.items())[:_NAMED]:
        table.add_row(user, cohort)
    return table


def _backfill(plan: Plan) -> Table:
    table = Table(title="The backfill that would follow", show_header=False)
    days = f"{plan.first_day} to {plan.last_day}" if plan.first_day else "none"
    table.add_row("conversations waiting", f"{plan.conversations} ({days})")
    if plan.before_start:
        table.add_row("before ASTRA_START_DATE, left alone", str(plan.before_start))
    table.add_row("charts", str(plan.charts))
    table.add_row("today's horoscopes", f"at most {plan.horoscopes}")
    table.add_row("reports on the last four weeks", str(plan.reports))
    table.add_row("LLM calls", f"at most {plan.llm_calls}")
    if judged := plan.judge_calls(settings().judged_share):
        table.add_row("LLM calls of judges", f"at most {judged}, but for texts that they refuse")
    table.add_row("duration", _duration(plan))
    return table


def _duration(plan: Plan) -> str:
    configured = settings()
    duration = plan.duration(
        users_per_second=configured.astra_julep_users_per_second,
        calls_per_hour=configured.astra_backfill_max_calls_per_hour,
        concurrency=configured.astra_llm_concurrency,
        judged_share=configured.judged_share,
    )
    if duration is None:
        return "halted: ASTRA_BACKFILL_MAX_CALLS_PER_HOUR is 0"
    return f"about {duration} at {USUAL_LLM_SECONDS:g} s a call"


def print_summary(
    console: Console, result: BatchResult, before: int, unreadable: Mapping[str, Sequence[str]]
) -> None:
    """Print the number of users synced, failed and skipped; `before` is the number synced before this run."""
    summary = Table(title="Users", show_header=False)
    summary.add_row("synced", str(len(result.done)))
    summary.add_row("already synced", str(before + len(result.unchanged)))
    summary.add_row("failed", str(len(result.failed)))
    for reason, count in result.skip_reasons().items():
        summary.add_row(f"skipped: {reason}", str(count))
    console.print(summary)
    if result.rejected:
        console.print(result.rejected, style="red")
    if result.failed:
        failed = Table("user", "error", "message", title="Failed; the sync tries them again when it is repeated")
        for failure in result.failed[:_ROWS]:
            failed.add_row(failure.item, failure.error, failure.message)
        console.print(failed)
    _print_unreadable(console, unreadable)


def _print_unreadable(console: Console, unreadable: Mapping[str, Sequence[str]]) -> None:
    if not unreadable:
        return
    odd = Table("user", "left as it is", title=f"Documents that cannot be read in full: {len(unreadable)}")
    for user, parts in list(unreadable.items())[:_ROWS]:
        odd.add_row(user, "; ".join(parts))
    console.print(odd)
    if len(unreadable) > _ROWS:
        console.print(f"... and {len(unreadable) - _ROWS} more: `astra users sync --dry-run --json` names all.")
