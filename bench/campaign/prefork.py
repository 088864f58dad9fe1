"""`python -m bench.campaign.prefork`: a process that has loaded the project and forks a child for each order.

A run of its own needs seconds of imports; a child of this has them and is still a process that can be killed or
stopped alone. Orders are lines of JSON on stdin, answers lines of JSON on stdout: {"order": id, "pid": n} when a
child began, {"order": id, "code": n} when it ended (negative: the signal that ended it). When stdin ends, the
children are killed.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

_POLL_SECONDS = 0.05


def main() -> None:
    """Fork until stdin ends."""
    _load()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    _answer(answers, ready=True)
    children: dict[int, str] = {}
    left = b""
    while True:
        readable, _, _ = select.select([0], [], [], _POLL_SECONDS)
        if readable:
            piece = os.read(0, 65_536)
            if not piece:
                break
            *lines, left = (left + piece).split(b"\n")
            for line in lines:
                order = json.loads(line)
                pid = os.fork()
                if pid == 0:
                    os._exit(_child(order))
                children[pid] = order["order"]
                _answer(answers, order=order["order"], pid=pid)
        for pid, order_id, code in _ended(children):
            del children[pid]
            _answer(answers, order=order_id, code=code)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _load() -> None:
    """Import what every run would import."""
    import julep
    import numpy as np
    import pandas as pd
    import pymongo
    import uvloop

    from astra_pipeline.cli import main as cli
    from astra_pipeline.definitions import defs

    defs.resolve_job_def("conversation_pipeline")
    assert all((julep, np, pd, pymongo, uvloop, cli))


def _answer(answers: Any, **fields: Any) -> None:
    answers.write(json.dumps(fields) + "\n")


def _ended(children: dict[int, str]) -> list[tuple[int, str, int]]:
    found = []
    for pid, order_id in children.items():
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            found.append((pid, order_id, os.waitstatus_to_exitcode(status)))
    return found


def _child(order: dict[str, Any]) -> int:
    """Do what the order says, in the child; returns its exit code."""
    os.setsid()
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        if skew := order.get("skew"):
            from bench.campaign import clock_skew

            clock_skew.shift(skew)
        return _command(order["argv"]) if "argv" in order else _run(order)
    except BaseException:  # noqa: BLE001 - whatever it is, the child must not go on as its parent
        traceback.print_exc()
        return 70
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _command(argv: list[str]) -> int:
    from astra_pipeline.cli.main import main as cli

    try:
        cli(argv, standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _run(order: dict[str, Any]) -> int:
    import dagster as dg

    from astra_pipeline.definitions import defs

    selection = [dg.AssetKey(key) for key in order["assets"]] if order.get("assets") else None
    with dg.DagsterInstance.from_config(order["dagster_home"]) as instance:
        result = defs.resolve_job_def(order["job"]).execute_in_process(
            instance=instance,
            run_id=order["order"],
            tags=order["tags"],
            run_config=order["config"],
            partition_key=order.get("partition"),
            asset_selection=selection,
            raise_on_error=False,
        )
    return 0 if result.success else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    main()
