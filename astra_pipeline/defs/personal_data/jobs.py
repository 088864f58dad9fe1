"""The jobs that erase and export everything stored about one person."""

import asyncio
from pathlib import Path

import dagster as dg
from pydantic import Field

from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.personal_data import erase as personal_data


class PersonConfig(dg.Config):
    """The person whose data it is."""

    user_id: str = Field(description="The user's `id`.", min_length=1)


class ExportConfig(PersonConfig):
    """The person whose data it is, and the file it goes to."""

    path: str = Field(description="The JSON file to write, on the machine the run is on.", min_length=1)


@dg.op
def erase_data(context: dg.OpExecutionContext, config: PersonConfig, mongo: MongoResource) -> None:
    """Erase the person as `astra users erase` does. This run keeps their id, as the record that it was done."""
    erased = asyncio.run(personal_data.erase(mongo.db, context.instance, config.user_id, run_id=context.run_id))
    context.add_output_metadata(
        erased.documents
        | {
            "julep_user": erased.julep_user,
            "conversations_at_elevenlabs": erased.conversations_at_elevenlabs,
            "dagster_runs": erased.runs,
        }
    )


@dg.op
def export_data(context: dg.OpExecutionContext, config: ExportConfig, mongo: MongoResource) -> None:
    """Write everything stored about the person as one JSON file."""
    size = personal_data.write(personal_data.export(mongo.db, config.user_id), Path(config.path))
    context.add_output_metadata({"path": dg.MetadataValue.path(config.path), "bytes": size})


@dg.job(description="Erase everything about one person, by id. There is no way back.")
def erase_user() -> None:
    erase_data()


@dg.job(description="Everything stored about one person, by id, as one JSON file.")
def export_user() -> None:
    export_data()
