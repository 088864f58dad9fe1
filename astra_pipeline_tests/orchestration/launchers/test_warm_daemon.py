"""Warm runs under the daemon, and ended from the web server, as the UI asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import psutil
import pytest

from astra_pipeline.cli import stack
from astra_pipeline.orchestration.launchers.warm import process_of
from astra_pipeline.store.collections import LEASES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.orchestration.test_power_cut import until, with_status
from bench.ui import Ui

_SECONDS = 120


def started(instance: dg.DagsterInstance, paid: Callable[[], int]) -> dg.DagsterRun:
    """The run that works, once it has asked the LLM."""
    until(lambda: bool(paid()), _SECONDS)
    (run,) = with_status(instance, dg.DagsterRunStatus.STARTED)
    return run


def process(run: dg.DagsterRun) -> psutil.Process:
    identity = process_of(run)
    assert identity is not None, "the run was not forked"
    return psutil.Process(identity.pid)


def preloaded() -> list[psutil.Process]:
    """The preloaded processes below this one, runs left out."""
    below = [child for child in psutil.Process().children(recursive=True) if child.status() != "zombie"]
    found = [child for child in below if "run_parent" in " ".join(child.cmdline())]
    return [child for child in found if child.ppid() not in {other.pid for other in found}]


def daemon() -> psutil.Process:
    below = psutil.Process().children()
    (found,) = [child for child in below if "dagster._daemon" in child.cmdline()]
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_first_run_is_warm_and_the_ui_ends_it(
    world: World, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world.join("user_asha")
    talk = world.talk("user_asha", "I lost my job.")
    world.sandbox.configure(llm_seconds=100)
    port = stack.free_port()
    with stack.short_patience(), stack.dagster(tmp_path, ui_port=port) as instance:
        run = started(instance, lambda: world.executions(talk))
        child = process(run)
        assert [child.ppid()] == [one.pid for one in preloaded()]
        assert Ui(f"http://127.0.0.1:{port}").terminate(run.run_id) == "TerminateRunSuccess"
        until(lambda: [run.run_id] == [r.run_id for r in with_status(instance, dg.DagsterRunStatus.CANCELED)], 60)
        until(lambda: not child.is_running())
        until(lambda: world.db[LEASES].count_documents({"run_id": run.run_id}) == 0)
        # The conversation still waits, so that another run takes it up. It ends with the stack.
        until(lambda: bool(with_status(instance, dg.DagsterRunStatus.STARTED)), _SECONDS)
        (again,), (parent,) = with_status(instance, dg.DagsterRunStatus.STARTED), preloaded()
        child = process(again)
    until(lambda: not child.is_running() and not parent.is_running())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_outlives_the_daemon_and_the_next_daemon_is_warm_again(
    world: World, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world.join("user_asha")
    talk = world.talk("user_asha", "I lost my job.")
    world.sandbox.configure(llm_seconds=30)
    with stack.short_patience():
        with stack.dagster(tmp_path) as instance:
            run = started(instance, lambda: world.executions(talk))
            child, (parent,) = process(run), preloaded()
            daemon().kill()
            until(lambda: not child.is_running(), _SECONDS)
            assert [one.run_id for one in with_status(instance, dg.DagsterRunStatus.SUCCESS)] == [run.run_id]
            until(lambda: not parent.is_running())
        world.sandbox.configure(llm_seconds=0.1)
        second = world.talk("user_asha", "I found another one.")
        with stack.dagster(tmp_path) as instance:
            until(lambda: len(with_status(instance, dg.DagsterRunStatus.SUCCESS)) >= 2, _SECONDS)
            newest = with_status(instance, dg.DagsterRunStatus.SUCCESS)[0]
            assert process_of(newest) is not None
    assert [world.executions(one) for one in (talk, second)] == [1, 1]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_whose_process_and_parent_are_killed_is_failed_by_the_daemon(
    world: World, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world.join("user_asha")
    talk = world.talk("user_asha", "I lost my job.")
    world.sandbox.configure(llm_seconds=60)
    with stack.short_patience(), stack.dagster(tmp_path) as instance:
        run = started(instance, lambda: world.executions(talk))
        child, (parent,) = process(run), preloaded()
        parent.kill()
        child.kill()
        until(lambda: run.run_id in {r.run_id for r in with_status(instance, dg.DagsterRunStatus.FAILURE)}, 60)
        world.sandbox.configure(llm_seconds=0.1)
        until(lambda: bool(world.overview("user_asha").get("recent_conversations")), _SECONDS)
    assert world.executions(talk) == 1
