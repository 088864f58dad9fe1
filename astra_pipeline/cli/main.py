"""The root of the command line: `astra`, with every command and group of commands."""

from __future__ import annotations

import click

from astra_pipeline.cli.api import serve
from astra_pipeline.cli.charts import chart, sky
from astra_pipeline.cli.context import context
from astra_pipeline.cli.dev import demo, dev
from astra_pipeline.cli.evaluation import evaluate
from astra_pipeline.cli.failures import failures
from astra_pipeline.cli.people import overview
from astra_pipeline.cli.personas import persona
from astra_pipeline.cli.status import status
from astra_pipeline.cli.tasks import tasks
from astra_pipeline.cli.texts import horoscope, report
from astra_pipeline.cli.users import users
from astra_pipeline.errors import AstraError


class _Group(click.Group):
    """A group in which an error of ours ends as one clear line and exit code 1, not as a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            from astra_pipeline import logs

            logs.configure()
            return super().invoke(ctx)
        except AstraError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="astra-pipeline", prog_name="astra")
def main() -> None:
    """Everything that happens after a conversation with Astra ends.

    \b
    Without any setting, commands use an embedded stack: a real MongoDB, and stand-ins for ElevenLabs and
    Julep that speak their HTTP. Set MONGODB_URI, ELEVENLABS_API_KEY, JULEP_API_KEY and
    BACKGROUND_WORKER_AGENT_ID to use your own.
    """


for _command in (
    demo,
    dev,
    serve,
    overview,
    context,
    persona,
    chart,
    sky,
    horoscope,
    report,
    status,
    tasks,
    evaluate,
    users,
    failures,
):
    main.add_command(_command)
