"""The alerts of a tick, out of what is not told yet: runs, items, services, money, and news about promises."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from astra_pipeline.batches import alerts as items
from astra_pipeline.orchestration.alerting import Alert, Severity
from astra_pipeline.promises.news import Name, News
from astra_pipeline.settings import settings

# News -> (severity, title, command).
_NEWS: dict[Name, tuple[Severity, str, str]] = {
    "morning_does_not_fit": (
        "warning",
        "A morning does not fit",
        "raise ASTRA_LLM_LIMIT and ASTRA_LLM_CONCURRENCY",
    ),
    "promises_missed": ("info", "Promises were missed", "astra status --slo"),
    "webhook_silent": ("critical", "ElevenLabs' webhook is silent", "astra status"),
}


def of_runs(failed: Sequence[dg.RunRecord], runs: int) -> list[Alert]:
    """The runs that failed, `runs` in all."""
    if not failed:
        return []
    lines = [
        f":rotating_light: Run `{record.dagster_run.run_id[:8]}` of `{record.dagster_run.job_name}` failed"
        for record in failed
    ]
    more = [f"... and {runs - len(failed)} more runs failed"] if runs > len(failed) else []
    link = _link(f"runs/{failed[0].dagster_run.run_id}")
    return [Alert("run_failed", "critical", "Runs failed", [*lines, *more], "astra status", link)]


def of_items(shown: Sequence[dict[str, object]], parked: int) -> list[Alert]:
    """The items that used up their attempts, `parked` in all."""
    if not shown:
        return []
    lines = [
        f":parking: `{failure['kind']}` gave up on `{failure['item']}`: {failure['error']}: {failure['message']}"
        for failure in shown
    ]
    more = [f"... and {parked - len(shown)} more: `astra failures list`"] if parked > len(shown) else []
    return [Alert("items_parked", "warning", "Items are parked", [*lines, *more], "astra failures retry")]


def of_outages(outages: Sequence[items.Outage]) -> list[Alert]:
    """The services that have been away for half an hour."""
    if not outages:
        return []
    lines = [
        f":hourglass: `{outage.kind}`: {outage.items} items wait for a service that has been away since "
        f"{outage.since:%H:%M} UTC ({outage.error}); they are tried again by themselves"
        for outage in outages
    ]
    return [Alert("service_away", "warning", "A service is away", lines, "astra status")]


def of_money(spent: str | None) -> list[Alert]:
    """The money of the day that is spent."""
    if not spent:
        return []
    line = f":money_with_wings: {spent}; what needs the LLM waits, nothing is lost"
    return [Alert("money_spent", "warning", "The day's money is spent", [line], "raise ASTRA_MAX_COST_PER_DAY")]


def of_news(news: Sequence[News]) -> list[Alert]:
    """News about promises."""
    return [Alert(one.name, *_NEWS[one.name][:2], one.lines, _NEWS[one.name][2]) for one in news]


def _link(path: str) -> str | None:
    base = settings().astra_dagster_url
    return f"{base}/{path}" if base else None
