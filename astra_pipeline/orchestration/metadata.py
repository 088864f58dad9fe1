"""One way for every asset to tell what happened: a batch result as metadata, the state of each day, checks."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from astra_pipeline.batches.result import BatchResult
from astra_pipeline.settings import settings
from astra_pipeline.store.mongo import FAILURES, MongoResource

_ROWS = 50
_PREVIEW_CHARACTERS = 90


def batch_metadata(result: BatchResult, *, seconds: float) -> dict[str, Any]:
    """What became of a run's items, and how long it took."""
    return outcome(result) | pace(result, seconds=seconds)


def pace(result: BatchResult, *, seconds: float) -> dict[str, float]:
    """How long a run took, however many partitions it covers."""
    return {
        "seconds": round(seconds, 3),
        "items_per_second": round(result.attempted / seconds, 2) if seconds else 0.0,
    }


def outcome(result: BatchResult) -> dict[str, Any]:
    """How many items became what (plotted over runs and partitions by the UI), and tables of what was not done."""
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


def preview(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, dg.MarkdownMetadataValue]:
    """A Markdown table under the key `preview`; nothing when there are no rows or previews are off.

    Texts are cut short: metadata is no place for somebody's conversation.
    """
    if not rows or not settings().astra_previews:
        return {}
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return {"preview": dg.MetadataValue.md("\n".join(lines))}


def texts(by_user: Mapping[str, str]) -> dict[str, dg.MarkdownMetadataValue]:
    """A few whole texts, to be read, under the key `preview`; nothing when previews are off."""
    if not by_user or not settings().astra_previews:
        return {}
    quoted = [f"**{user}**\n\n> " + text.replace("\n", "\n> ") for user, text in by_user.items()]
    return {"preview": dg.MetadataValue.md("\n\n".join(quoted))}


def counted(name: str, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """How many rows there are, and the first of them as a table."""
    return {name: len(rows)} | ({"table": table(rows[:_ROWS])} if rows else {})


def _cell(value: object) -> str:
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= _PREVIEW_CHARACTERS else text[: _PREVIEW_CHARACTERS - 1].rstrip() + "…"


def picture(svg: str) -> dg.MarkdownMetadataValue:
    """An SVG drawing as Markdown that shows it."""
    encoded = base64.b64encode(svg.encode()).decode()
    return dg.MetadataValue.md(f"![wheel](data:image/svg+xml;base64,{encoded})")


def parked_check(asset: str) -> dg.AssetCheckSpec:
    """The check every asset declares: no item of it is parked."""
    return dg.AssetCheckSpec(
        "nothing_parked",
        asset=asset,
        description="WARN while items have used up their attempts and wait for a person: "
        "`astra failures list`, then `astra failures retry`.",
    )


def parked_result(mongo: MongoResource, asset: str) -> dg.AssetCheckResult:
    """The result of `nothing_parked`, with the parked items as a table."""
    parked = list(mongo.db[FAILURES].find({"parked_at": {"$ne": None}, "kind": asset}).limit(_ROWS))
    rows = [
        {
            "item": failure["item"],
            "error": failure["error"],
            "message": failure["message"],
            "since": failure["parked_at"].isoformat(timespec="seconds"),
        }
        for failure in parked
    ]
    return dg.AssetCheckResult(
        check_name="nothing_parked",
        asset_key=asset,
        passed=not parked,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"parked": len(parked)} | ({"items": table(rows)} if rows else {}),
    )


def verdict_check(asset: str, service: str) -> dg.AssetChecksDefinition:
    """A check that fails the run when nothing of `asset` could be done.

    It is a step of its own so that the run turns red, and its owner is told, without holding back the
    assets downstream, which can still do their share for everybody else.
    """

    @dg.asset_check(
        asset=asset,
        name=f"{service}_answered",
        description=f"Fails the run when {service} refused our key or failed every item of the batch.",
    )
    def answered(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        event = context.instance.get_latest_materialization_event(dg.AssetKey(asset))
        materialization = event.asset_materialization if event else None
        if event is None or materialization is None or event.run_id != context.run.run_id:
            return dg.AssetCheckResult(passed=True, metadata={"note": "not materialised in this run"})
        trouble = materialization.metadata.get("nothing_could_be_done")
        if trouble is not None:
            raise dg.Failure(f"{asset}: {trouble.value}", allow_retries=False)
        return dg.AssetCheckResult(passed=True)

    return answered
