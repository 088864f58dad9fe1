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
        materialization = _materialized_by(context.instance, context.run.run_id, dg.AssetKey(asset))
        if materialization is None:
            return dg.AssetCheckResult(passed=True, metadata={"note": "not materialised in this run"})
        trouble = materialization.metadata.get("nothing_could_be_done")
        if trouble is not None:
            raise dg.Failure(f"{asset}: {trouble.value}", allow_retries=False)
        return dg.AssetCheckResult(passed=True)

    return answered


def _materialized_by(
    instance: dg.DagsterInstance, run_id: str, asset: dg.AssetKey
) -> dg.AssetMaterialization | None:
    """The asset's last materialization in this run. The asset's latest one may be another run's by now."""
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    found = [event.asset_materialization for event in reversed(events)]
    return next((one for one in found if one is not None and one.asset_key == asset), None)
