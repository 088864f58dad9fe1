"""A step that raises is run again by Dagster; one that somebody ends is not."""

import os
import signal
import time
from collections.abc import Iterator

import dagster as dg
import pytest

from astra_pipeline.orchestration import retries
from astra_pipeline.orchestration.retries import retried
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.orchestration.test_power_cut import until
from astra_pipeline_tests.pipeline import start_pipeline


@pytest.fixture(autouse=True)
def two_retries(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_STEP_RETRIES", "2")
    environment.setattr(retries, "_FIRST_DELAY_SECONDS", 0)
    forget_settings()


def tries(error: Exception) -> tuple[int, bool]:
    """(how often a step was run that raises, whether it was a failure at last)."""
    tried = []

    @dg.op
    @retried
    def an_op(context: dg.OpExecutionContext) -> None:
        tried.append(context.retry_number)
        raise error

    @dg.job
    def a_job() -> None:
        an_op()

    result = a_job.execute_in_process(raise_on_error=False)
    assert tried == list(range(len(tried)))
    return len(tried), not result.success


def test_an_error_is_tried_again_and_at_last_told_as_it_is() -> None:
    assert tries(ConnectionError("away")) == (3, True)


def test_a_failure_says_whether_to_try_again() -> None:
    assert tries(dg.Failure("later")) == (3, True)
    assert tries(dg.Failure("never", allow_retries=False)) == (1, True)


def test_what_a_step_yields_is_yielded_anew_after_a_failure() -> None:
    tried = []

    @dg.op
    @retried
    def an_op(context: dg.OpExecutionContext) -> Iterator[dg.Output[int]]:
        tried.append(context.retry_number)
        if not context.retry_number:
            raise ConnectionError
        yield dg.Output(7)

    @dg.job
    def a_job() -> None:
        an_op()

    assert a_job.execute_in_process().output_for_node("an_op") == 7
    assert tried == [0, 1]


def test_a_run_that_is_interrupted_ends_and_gives_back_what_it_held(world: World) -> None:
    world.join("user_asha")
    world.sandbox.configure(llm_seconds=100)
    talk = world.talk("user_asha", "I lost my job.")
    run = start_pipeline()
    try:
        until(lambda: world.executions(talk) == 1, 60)
        began = time.monotonic()
        os.kill(run.pid, signal.SIGINT)
        run.communicate(timeout=60)
    finally:
        run.kill()
    assert time.monotonic() - began < 60
    assert run.returncode
    assert world.executions(talk) == 1
    # The lease still knows the execution that was paid for, and nobody holds it.
    assert world.db["astra_leases"].count_documents({"claimed_until": {"$gt": recently()}}) == 0
