"""A run in the process that was made for it, whichever launcher made it."""

from __future__ import annotations

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._cli.api import _execute_run_command_body
from dagster._utils.interrupts import capture_interrupts

from astra_pipeline.orchestration.launchers.parent import allow_interrupts
from astra_pipeline.settings import forget_settings


def execute(instance: DagsterInstance, run_id: str) -> None:
    """Do a run, to its end or until it is interrupted; Dagster's storage says how it ended."""
    with capture_interrupts():
        allow_interrupts()
        # Dagster adds the code location's own variables, and settings are to be read with them.
        forget_settings()
        if not _end_if_asked(instance, run_id):
            _execute_run_command_body(run_id, instance, _unheard, set_exit_code_on_failure=False)
            _end_if_asked(instance, run_id)


def unfinished(instance: DagsterInstance, run_id: str) -> DagsterRun | None:
    """The run, or None when Dagster knows its end."""
    run = instance.get_run_by_id(run_id)
    return None if run is None or run.is_finished else run


def _end_if_asked(instance: DagsterInstance, run_id: str) -> bool:
    """End a run that was told to stop before it began; whether it was. Dagster refuses to begin such a run, and
    would say that it failed, or is "canceling" for minutes."""
    run = unfinished(instance, run_id)
    if run is None or run.status != DagsterRunStatus.CANCELING:
        return False
    instance.report_run_canceled(run)
    return True


def _unheard(_: object) -> None:
    """Take an event that Dagster has stored, and that nobody reads from here."""
