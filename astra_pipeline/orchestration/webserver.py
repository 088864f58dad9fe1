"""Dagster's web server on loopback, behind the request guard; `astra dev` starts this module."""

from __future__ import annotations

from pathlib import Path

import click
import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.cli import (
    DEFAULT_DB_STATEMENT_TIMEOUT,
    DEFAULT_POOL_MAX_OVERFLOW,
    DEFAULT_POOL_RECYCLE,
)
from dagster_webserver.version import __version__

from astra_pipeline.orchestration.api_forward import ApiForward
from astra_pipeline.orchestration.request_guard import RequestGuard

_LOOPBACK = "127.0.0.1"
# How often the UI asks for news of assets, in milliseconds; dagster-webserver's own default.
_POLL_MILLISECONDS = 2000


def serve(workspace: Path, port: int, *, read_only: bool, api: str | None = None) -> None:
    """Serve the UI of the instance at DAGSTER_HOME on `port` of loopback until a signal ends the process.

    `workspace` is a workspace.yaml. With `read_only` the server refuses every mutation, also the launch of a run.
    Requests for /api/tasks go to the server at the URL `api`.
    """
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(
            DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_RECYCLE, DEFAULT_POOL_MAX_OVERFLOW
        )
        target = WorkspaceFileTarget([str(workspace)])
        with WorkspaceProcessContext(
            instance, version=__version__, read_only=read_only, workspace_load_target=target
        ) as context:
            app = create_app_from_workspace_process_context(context, live_data_poll_rate=_POLL_MILLISECONDS)
            uvicorn.run(
                RequestGuard(ApiForward(app, api) if api else app), host=_LOOPBACK, port=port, log_level="warning"
            )


@click.command(help=__doc__)
@click.option("--workspace", "-w", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--port", "-p", type=int, required=True)
@click.option("--read-only", is_flag=True, help="Refuse every mutation, also the launch of a run.")
@click.option("--api", help="The URL of the API, which is then answered on this port too.")
def main(workspace: Path, port: int, read_only: bool, api: str | None) -> None:
    serve(workspace, port, read_only=read_only, api=api)


if __name__ == "__main__":
    main()
