"""The jobs that erase and export everything stored about one person, and the one that ends the past of Dagster."""

import asyncio
import datetime as dt

import dagster as dg
from pydantic import Field

from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.personal_data import erase as personal_data
from astra_pipeline.personal_data import export_files, requests, retention
from astra_pipeline.personal_data.export import as_json, export


class RequestConfig(dg.Config):
    """The request that the run answers. Everything else about it is in the database."""

    request_id: str = Field(
        description="The id that `astra users request` printed. It works once, within 15 minutes.", min_length=1
    )


@dg.op
def erase_data(context: dg.OpExecutionContext, config: RequestConfig, mongo: MongoResource) -> None:
    """Erase the person of the request as `astra users erase` does. Nothing of this run names them."""
    user_id = requests.take(mongo.db, "erase", config.request_id, run_id=context.run_id)
    erased = asyncio.run(personal_data.erase(mongo, context.instance, user_id, run_id=context.run_id))
    requests.done(mongo.db, config.request_id)
    context.add_output_metadata(
        dict(erased.documents)
        | {
            "request_id": config.request_id,
            "julep_user": erased.julep_user,
            "conversations_at_elevenlabs": erased.conversations_at_elevenlabs,
            "dagster_runs": erased.runs,
            "dagster_runs_left": erased.runs_left,
        }
    )


@dg.op
def export_data(context: dg.OpExecutionContext, config: RequestConfig, mongo: MongoResource) -> None:
    """Write everything stored about the person of the request as one JSON file in ASTRA_EXPORT_FOLDER."""
    user_id = requests.take(mongo.db, "export", config.request_id, run_id=context.run_id)
    size = export_files.write(config.request_id, as_json(export(mongo.db, user_id)))
    requests.done(mongo.db, config.request_id)
    context.add_output_metadata({"request_id": config.request_id, "bytes": size})


@dg.op
def delete_old_runs(context: dg.OpExecutionContext) -> None:
    """Delete Dagster's runs that are older than ASTRA_RUN_RETENTION_DAYS, and export files older than a week."""
    now = dt.datetime.now(dt.UTC)
    runs = retention.delete_old_runs(context.instance, now=now, besides=context.run_id)
    context.add_output_metadata({"runs": runs, "export_files": export_files.sweep()})


@dg.job(description="Erase everything about one person, by a request. There is no way back.")
def erase_user() -> None:
    erase_data()


@dg.job(description="Everything stored about one person, by a request, as one JSON file.")
def export_user() -> None:
    export_data()


@dg.job(description="Delete runs older than ASTRA_RUN_RETENTION_DAYS. Partitions stay materialised.")
def dagster_retention() -> None:
    delete_old_runs()
