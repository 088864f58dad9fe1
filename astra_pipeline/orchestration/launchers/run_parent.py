"""`python -m astra_pipeline.orchestration.launchers.run_parent MODULE SOCKET`: the parent of runs, see parent.py.

An order is `{"run": ARGUMENTS}`, the arguments those of `dagster api execute_run`, which container launchers call.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._cli.api import _execute_run_command_body
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import deserialize_value
from dagster._utils import get_run_crash_explanation
from dagster._utils.interrupts import capture_interrupts

from astra_pipeline.orchestration.launchers.parent import NotAlone, Order, Parent, allow_interrupts
from astra_pipeline.orchestration.launchers.preload import Files, load
from astra_pipeline.settings import forget_settings


def prepare(order: Order) -> Callable[[], int]:
    """Read what a run needs, in the child; the function that does it."""
    arguments = deserialize_value(order["run"], ExecuteRunArgs)
    instance = _instance(arguments)

    def act() -> int:
        with instance, capture_interrupts():
            allow_interrupts()
            # Dagster adds the code location's own variables, and settings are to be read with them.
            forget_settings()
            if not _end_if_asked(instance, arguments):
                _execute_run_command_body(arguments.run_id, instance, _unheard, set_exit_code_on_failure=False)
                _end_if_asked(instance, arguments)
        return 0

    return act


def report(order: Order, code: int) -> None:
    """Tell Dagster of a run whose process did not end by itself, as the code server does of its own."""
    allow_interrupts()
    arguments = deserialize_value(order["run"], ExecuteRunArgs)
    with _instance(arguments) as instance:
        run = _unfinished(instance, arguments)
        if run is None:
            return
        instance.report_engine_event(get_run_crash_explanation("The run's process", code), run)
        if run.status == DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run)
        else:
            instance.report_run_failed(run)


def _end_if_asked(instance: DagsterInstance, arguments: ExecuteRunArgs) -> bool:
    """End a run that was told to stop before it began; whether it was. Dagster refuses to begin such a run, and
    would say that it failed, or is "canceling" for minutes."""
    run = _unfinished(instance, arguments)
    if run is None or run.status != DagsterRunStatus.CANCELING:
        return False
    instance.report_run_canceled(run)
    return True


def _unheard(_: object) -> None:
    """Take an event that Dagster has stored, and that nobody reads from here."""


def _instance(arguments: ExecuteRunArgs) -> DagsterInstance:
    assert arguments.instance_ref is not None  # the launcher fills it in
    return DagsterInstance.from_ref(arguments.instance_ref)


def _unfinished(instance: DagsterInstance, arguments: ExecuteRunArgs) -> DagsterRun | None:
    """The run, or None when Dagster knows its end."""
    run = instance.get_run_by_id(arguments.run_id)
    return None if run is None or run.is_finished else run


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
