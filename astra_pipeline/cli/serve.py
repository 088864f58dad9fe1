"""The whole product with the Dagster UI, until Ctrl-C or SIGTERM: the work of `astra dev`."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

from rich.console import Console
from rich.panel import Panel

from astra_pipeline.cli import stack
from astra_pipeline.orchestration.resources import MongoResource


def run_dev(home: Path, port: int) -> None:
    """Start the services and Dagster with its UI on `port`, print the URLs, and wait for Ctrl-C or SIGTERM."""
    console = Console()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with stack.services(home, fixed_port=True, improvise=True) as sandbox:
        if sandbox:
            stack.seed(MongoResource().db, home)
        console.print("Starting Dagster ...")
        with stack.dagster(home, ui_port=port):
            lines = [f"Dagster UI   http://127.0.0.1:{port}", f"MongoDB      {_mongodb_hosts()}"]
            if sandbox:
                lines.append(f"ElevenLabs   {os.environ['ELEVENLABS_BASE_URL']} (stand-in)")
                lines.append(f"Julep        {os.environ['JULEP_BASE_URL']} (stand-in)")
            lines.append(f"Logs         {home / 'logs'}")
            console.print(Panel("\n".join(lines), title="astra dev", subtitle="Ctrl-C stops everything"))
            stop.wait()
            console.print("Stopping ...")


def _mongodb_hosts() -> str:
    """MONGODB_URI without the user, the password and the options."""
    scheme, _, rest = os.environ["MONGODB_URI"].partition("://")
    return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}"
