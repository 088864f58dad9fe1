"""The whole product with the Dagster UI and the API, until Ctrl-C or SIGTERM: the work of `astra dev`."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.panel import Panel

from astra_pipeline.cli import stack
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.promises import figures, store
from astra_pipeline.sandbox.web_app import WebApp

# The demo person whose session `astra dev` opens.
DEMO_PERSON = "user_aarav"
# Their number, by which the initiation webhook knows them.
DEMO_NUMBER = "+919812345678"
_SECRETS = ("BETTER_AUTH_SECRETS", "BETTER_AUTH_SECRET", "AUTH_SECRET", "ASTRA_API_TOKENS")


def run_dev(home: Path, port: int, api_port: int) -> None:
    """Start the services, Dagster with its UI on `port` and the API on `api_port`; wait for Ctrl-C or SIGTERM.

    The URLs are printed, and beside the demo people a session's cookie and a service's token.
    """
    console = Console()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with stack.services(home, fixed_port=True, improvise=True) as sandbox, ExitStack() as parts:
        web_app = WebApp() if sandbox else None
        if web_app:
            stack.seed(MongoResource().db, home)
            parts.enter_context(
                stack.environment(ASTRA_DAGSTER_URL=f"http://127.0.0.1:{port}", **web_app.environment)
            )
            _measure_promises()
        console.print("Starting Dagster ...")
        has_api = any(os.environ.get(name) for name in _SECRETS)
        parts.enter_context(stack.dagster(home, ui_port=port, api_port=api_port if has_api else None))
        lines = [f"Dagster UI   http://127.0.0.1:{port}", f"MongoDB      {_mongodb_hosts()}"]
        if has_api:
            serve = [sys.executable, "-m", "astra_pipeline", "serve", "--port", str(api_port)]
            parts.enter_context(stack.part("api", serve, home / "logs", port=api_port))
            if sandbox and web_app:
                webhook = f"http://127.0.0.1:{api_port}/webhooks/elevenlabs/post-call"
                sandbox.control.set_webhook(webhook, web_app.webhook_secret)
            lines.append(f"API          http://127.0.0.1:{api_port}/api/tasks/docs, also on the UI's port")
        if sandbox:
            lines.append(f"ElevenLabs   {os.environ['ELEVENLABS_BASE_URL']} (stand-in)")
            lines.append(f"Julep        {os.environ['JULEP_BASE_URL']} (stand-in)")
        lines.append(f"Logs         {home / 'logs'}")
        console.print(Panel("\n".join(lines), title="astra dev", subtitle="Ctrl-C stops everything"))
        if web_app:
            # Outside of the panel, in one line each: they are copied.
            console.print(f"Signed in as {DEMO_PERSON}; and a service, which names a user_id:")
            console.print(f"Cookie: {web_app.sign_in(MongoResource().db, DEMO_PERSON)}", soft_wrap=True)
            console.print(f"Authorization: Bearer {web_app.api_token}", soft_wrap=True)
            console.print(
                f"Admin page: http://127.0.0.1:{api_port}/admin/login, any name, the password", soft_wrap=True
            )
            console.print(web_app.admin_token, soft_wrap=True)
            console.print(
                f"Metrics: curl -H 'Authorization: Bearer {web_app.api_token}' {_metrics(api_port)}", soft_wrap=True
            )
            web_app.note_phone(MongoResource().db, DEMO_PERSON, DEMO_NUMBER)
            console.print(f"Calls from {DEMO_NUMBER} are theirs; ElevenLabs' initiation webhook sends:")
            console.print(f"X-Astra-Secret: {web_app.initiation_secret}", soft_wrap=True)
        stop.wait()
        console.print("Stopping ...")


def _measure_promises() -> None:
    """Measure the promises of yesterday, so that the admin page has a table before the schedule's first tick."""
    db, now = MongoResource().db, dt.datetime.now(dt.UTC)
    store.write(db, figures.measure(db, (now - dt.timedelta(days=1)).date(), now=now))


def _metrics(api_port: int) -> str:
    return f"http://127.0.0.1:{api_port}/metrics"


def _mongodb_hosts() -> str:
    """MONGODB_URI without the user, the password and the options."""
    scheme, _, rest = os.environ["MONGODB_URI"].partition("://")
    return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}"
