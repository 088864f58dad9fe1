"""`astra serve`: the HTTP API."""

from __future__ import annotations

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), default=3010, show_default=True, help="The port.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer.")
def serve(host: str, port: int, workers: int) -> None:
    """Answer the web app's /api/tasks/... until Ctrl-C.

    Needs MONGODB_URI, and the web app's BETTER_AUTH_SECRET (for people) or ASTRA_API_TOKENS (for services).
    """
    from astra_pipeline.errors import SettingError

    try:
        from astra_pipeline.api import serving
    except ModuleNotFoundError as error:
        raise SettingError(f"{error.name} is not installed: pip install 'astra-pipeline[api]'") from error
    serving.serve(host, port, workers=workers)
