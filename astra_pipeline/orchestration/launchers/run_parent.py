"""`python -m astra_pipeline.orchestration.launchers.run_parent MODULE SOCKET`: the parent of runs, see parent.py.

An order is `{"run": ARGUMENTS}`, the arguments those of `dagster api execute_run`, which container launchers call.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

from dagster import DagsterInstance, DagsterRunStatus
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import deserialize_value
from dagster._utils import get_run_crash_explanation

from astra_pipeline.orchestration.launchers.parent import NotAlone, Order, Parent, allow_interrupts
from astra_pipeline.orchestration.launchers.preload import Files, load
from astra_pipeline.orchestration.launchers.run_process import execute, unfinished


def prepare(order: Order) -> Callable[[], int]:
    """Read what a run needs, in the child; the function that does it."""
    arguments = deserialize_value(order["run"], ExecuteRunArgs)
    instance = _instance(arguments)

    def act() -> int:
        with instance:
            execute(instance, arguments.run_id)
        return 0

    return act


def report(order: Order, code: int) -> None:
    """Tell Dagster of a run whose process did not end by itself, as the code server does of its own."""
    allow_interrupts()
    arguments = deserialize_value(order["run"], ExecuteRunArgs)
    with _instance(arguments) as instance:
        run = unfinished(instance, arguments.run_id)
        if run is None:
            return
        instance.report_engine_event(get_run_crash_explanation("The run's process", code), run)
        if run.status == DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run)
        else:
            instance.report_run_failed(run)


def _instance(arguments: ExecuteRunArgs) -> DagsterInstance:
    assert arguments.instance_ref is not None  # the launcher fills it in
    return DagsterInstance.from_ref(arguments.instance_ref)


def main() -> None:
    """Load, then fork until the owner is gone."""
    module, number = sys.argv[1:]
    control = socket.socket(fileno=int(number))
    files = Files(module)
    load(module)
    try:
        Parent(control, do=prepare, tell=report, is_stale=lambda: files.changed).serve()
    except NotAlone as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
