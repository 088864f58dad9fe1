"""`python -m bench.campaign.prefork SOCKET`: the parent of a campaign's runs and commands.

A run of its own needs seconds of imports; a child of this has them and is still a process that can be killed or
stopped alone. It is the product's own parent (`orchestration/launchers/parent.py`), whose children do what a
campaign asks for: a run with a wrong clock, a command of `astra`, each with a log of its own.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from astra_pipeline.orchestration.launchers import preload
from astra_pipeline.orchestration.launchers.parent import Order, Parent, allow_interrupts


def main() -> None:
    """Fork until the owner is gone."""
    preload.load("astra_pipeline.definitions")
    importlib.import_module("astra_pipeline.cli.main")
    Parent(socket.socket(fileno=int(sys.argv[-1])), do=prepare).serve()


def prepare(order: Order) -> Callable[[], int]:
    """The function that does what the order says, in the child; it returns the child's exit code."""
    return lambda: _child(order)


def _child(order: Order) -> int:
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    allow_interrupts()
    if skew := order.get("skew"):
        from bench.campaign import clock_skew

        clock_skew.shift(skew)
    return _command(order["argv"]) if "argv" in order else _run(order)


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
