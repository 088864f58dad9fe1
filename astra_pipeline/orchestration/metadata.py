"""Dagster's metadata of a batch: its outcome, its pace, tables, previews and pictures."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.verdicts import Verdicts
from astra_pipeline.llm.usage import Usage
from astra_pipeline.orchestration.user_refresh import Refresh
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    from astra_pipeline.llm.runner import TaskRunner

_ROWS = 50
_PREVIEW_CHARACTERS = 90


def batch_metadata(result: BatchResult, *, seconds: float) -> dict[str, Any]:
    """The outcome of a run's items, and the time it took."""
    return outcome(result) | pace(result, seconds=seconds)


def pace(result: BatchResult, *, seconds: float) -> dict[str, float]:
    """The time a run took, however many partitions it covers."""
    return {
        "seconds": round(seconds, 3),
        "items_per_second": round(result.attempted / seconds, 2) if seconds else 0.0,
    }


def llm_metadata(
    runner: TaskRunner | None, items: Collection[str] | None = None, *, verdicts: Verdicts
) -> dict[str, Any]:
    """The executions of some of the items, or of all, and where the service tells them their tokens and US dollars.

    Those of judges are counted apart, as `judge_calls` beside their verdicts; tokens and money are of both. Empty
    for a batch without a runner.
    """
    if runner is None:
        return {}
    of = runner.calls.keys() if items is None else items
    judged = verdicts.figures(items)
    calls = sum(runner.calls[item] for item in of) - judged.get("judge_calls", 0)
    figures: dict[str, Any] = {"llm_calls": calls} | judged
    if kinds := verdicts.kinds(items):
        figures["judge_findings"] = table([{"kind": kind, "sentences": count} for kind, count in kinds.items()])
    used = [usage for item, usage in runner.usage.items() if items is None or item in items]
    if used:
        total = sum(used, Usage())
        figures |= {"tokens_in": total.tokens_in, "tokens_out": total.tokens_out}
        figures |= {} if total.cost_usd is None else {"cost_usd": round(total.cost_usd, 6)}
    return figures


def outcome(result: BatchResult) -> dict[str, Any]:
    """Counts of items by outcome, which the UI plots over runs and partitions, and tables of those not done."""
    metadata: dict[str, Any] = {
        "done": len(result.done),
        "unchanged": len(result.unchanged),
        "waiting": len(result.waiting),
        "skipped": len(result.skipped),
        "failed": len(result.failed),
        "parked": sum(failure.parked for failure in result.failed),
    }
    if result.failed:
        metadata["failures"] = table(
            [
                {
                    "item": failure.item,
                    "error": failure.error,
                    "message": failure.message,
                    "attempt": failure.attempt,
                    "parked": failure.parked,
                }
                for failure in result.failed[:_ROWS]
            ]
        )
    if result.skipped:
        metadata["skip_reasons"] = table(
            [{"reason": reason, "items": items} for reason, items in result.skip_reasons().items()]
        )
    if result.waiting:
        metadata["waiting_items"] = table(
            [{"item": item, "reason": reason} for item, reason in list(result.waiting.items())[:_ROWS]]
        )
    return metadata


def table(rows: Sequence[Mapping[str, str | int | float | bool | None]]) -> dg.TableMetadataValue:
    """Rows as a Dagster table."""
    return dg.MetadataValue.table([dg.TableRecord(dict(row)) for row in rows])


def preview_metadata(preview: Preview) -> dict[str, dg.MarkdownMetadataValue]:
    """A preview under the key `preview`: a Markdown table, or whole texts. Nothing when previews are off.

    Cells of a table are cut short: metadata is no place for somebody's conversation.
    """
    if not settings().astra_previews or not (preview.rows or preview.texts):
        return {}
    lines = []
    if preview.rows:
        lines = ["| " + " | ".join(preview.columns) + " |", "|" + " --- |" * len(preview.columns)]
        lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in preview.rows]
    quoted = [f"**{user}**\n\n> " + text.replace("\n", "\n> ") for user, text in preview.texts.items()]
    return {"preview": dg.MetadataValue.md("\n\n".join(["\n".join(lines), *quoted] if lines else quoted))}


def counted(name: str, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The number of rows, and the first of them as a table."""
    return {name: len(rows)} | ({"table": table(rows[:_ROWS])} if rows else {})


def _cell(value: object) -> str:
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= _PREVIEW_CHARACTERS else text[: _PREVIEW_CHARACTERS - 1].rstrip() + "…"


def picture(svg: str) -> dg.MarkdownMetadataValue:
    """An SVG drawing as Markdown that shows it."""
    encoded = base64.b64encode(svg.encode()).decode()
    return dg.MetadataValue.md(f"![wheel](data:image/svg+xml;base64,{encoded})")


def refresh_metadata(refresh: Refresh) -> dict[str, Any]:
    """A person's refresh: a table of its parts, and for each part its tables and previews."""
    rows: list[dict[str, str | int]] = []
    details: dict[str, Any] = {}
    for part in refresh.parts:
        counts = outcome(part.result)
        rows.append(
            {"part": part.asset}
            | {name: counts[name] for name in ("done", "unchanged", "waiting", "skipped", "failed")}
            | {"why": part.trouble or part.reasons}
        )
        tables = {name: value for name, value in counts.items() if not isinstance(value, int)}
        details |= {
            f"{part.asset}/{name}": value for name, value in (tables | preview_metadata(part.preview)).items()
        }
    return {"parts": table(rows), **details}
