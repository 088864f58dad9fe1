"""Asset checks that several assets share."""

import dagster as dg

from astra_pipeline.batches.failures import parked_failures
from astra_pipeline.orchestration.metadata import table
from astra_pipeline.orchestration.resources import MongoResource

_ROWS = 50


def parked_check(asset: str) -> dg.AssetCheckSpec:
    """The check that every asset declares: no item of it is parked."""
    return dg.AssetCheckSpec(
        "nothing_parked",
        asset=asset,
        description="WARN while items have used up their attempts and wait for a person: "
        "`astra failures list`, then `astra failures retry`.",
    )


def parked_result(mongo: MongoResource, asset: str) -> dg.AssetCheckResult:
    """The result of `nothing_parked`, with the parked items as a table."""
    parked = parked_failures(mongo.db, asset, at_most=_ROWS)
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


def answered_check(asset: str, service: str) -> dg.AssetCheckSpec:
    """The check that a service did something for us. The run fails with it, when all who can be are served."""
    return dg.AssetCheckSpec(
        f"{service}_answered",
        asset=asset,
        description=f"Fails the run when {service} refused our key or failed every item of the batch.",
    )


def answered_result(asset: str, service: str, trouble: str | None) -> dg.AssetCheckResult:
    """The result of that check. `trouble` is the reason for which nothing could be done."""
    metadata = {"nothing_could_be_done": trouble} if trouble else {}
    return dg.AssetCheckResult(
        check_name=f"{service}_answered", asset_key=asset, passed=trouble is None, metadata=metadata
    )
