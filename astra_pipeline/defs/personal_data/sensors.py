"""Erasures are made good where a process that was stopped has gone on since."""

import asyncio

import dagster as dg

from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.personal_data import erase as personal_data


@dg.sensor(
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Empties once more what belongs to people erased in the last two hours, and ends erasures that "
    "were killed. It requests no run.",
)
@patient
def erasures(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    swept = asyncio.run(personal_data.sweep(mongo, context.instance))
    found = sum(swept.found.values())
    failed = f", {swept.failed} to be tried again" if swept.failed else ""
    left = f", {swept.left} left for the next tick" if swept.left else ""
    return dg.SensorResult(
        skip_reason=f"{swept.people} erased people swept, {found} documents had come back{failed}{left}"
    )
