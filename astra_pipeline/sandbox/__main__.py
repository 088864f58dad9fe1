"""`python -m astra_pipeline.sandbox`: serve the sandbox on the loopback until a signal ends it.

Once it listens, it prints its address as one line of JSON on stdout: {"url": "http://127.0.0.1:PORT"}.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import socket
import sys

import uvicorn

from astra_pipeline import logs
from astra_pipeline.sandbox.people import load_people
from astra_pipeline.sandbox.process import ELEVENLABS_API_KEY, JULEP_API_KEY, OPENAI_API_KEY
from astra_pipeline.sandbox.server import answered_once, create_app, work_by_rules


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            sys.stdout.write(json.dumps({"url": f"http://{host}:{port}"}) + "\n")
            sys.stdout.flush()


def _aware(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no offset from UTC, e.g. 2026-11-23T10:00:00+00:00")
    return moment


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m astra_pipeline.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--no-people", action="store_true", help="begin without the demo people's conversations")
    parser.add_argument("--improvise", action="store_true", help="give unknown conversation ids borrowed words")
    parser.add_argument("--answer-once", action="store_true", help="think of a transcript once, whoever it is of")
    parser.add_argument("--llm-seconds", type=float, default=0.2, help="how long the LLM takes")
    parser.add_argument("--now", type=_aware, help="the demo people's present (default: now)")
    parser.add_argument("--elevenlabs-api-key", default=ELEVENLABS_API_KEY)
    parser.add_argument("--julep-api-key", default=JULEP_API_KEY)
    parser.add_argument("--openai-api-key", default=OPENAI_API_KEY)
    return parser.parse_args()


def main() -> None:
    options = _options()
    logs.configure()
    everybody = [] if options.no_people and not options.improvise else load_people()
    app = create_app(
        people=[] if options.no_people else everybody,
        now=options.now,
        improvise_from=everybody if options.improvise else [],
        elevenlabs_api_key=options.elevenlabs_api_key,
        julep_api_key=options.julep_api_key,
        openai_api_key=options.openai_api_key,
        llm_seconds=options.llm_seconds,
        offline=answered_once if options.answer_once else work_by_rules,
    )
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        lifespan="off",
        # Longer than clients keep idle connections: otherwise both ends let go at the same moment and a
        # request is lost between them.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    with socket.create_server(("127.0.0.1", options.port), backlog=2048) as listening:
        _Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
