"""Runs that are forked from a preloaded process: real processes, which are killed at every point."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster._core.launcher import WorkerStatus

from astra_pipeline.orchestration.launchers import warm
from astra_pipeline_tests.orchestration.launchers.location import Location, location
from astra_pipeline_tests.orchestration.test_power_cut import until

SUCCESS, FAILURE = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE
CANCELED, STARTED = dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.STARTED


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Location]:
    with location(tmp_path, monkeypatch) as place:
        yield place


def working(place: Location) -> str:
    """A run that is in the middle of its op."""
    run_id = place.launch("waits")
    until(place.said.exists, 60)
    return run_id


def test_a_run_is_a_child_of_the_preloaded_process_and_its_output_is_kept(place: Location) -> None:
    parent = place.parent
    run_id = place.launch("writes")
    place.wait_for(run_id, SUCCESS)
    assert place.said.read_text().split()[:2] == ["first", "nothing"]
    assert int(place.said.read_text().split()[2]) != parent.pid
    logs = place.instance.all_logs(run_id)
    assert any(entry.user_message == "logged by the op" for entry in logs)
    (captured,) = [
        entry.dagster_event
        for entry in logs
        if entry.is_dagster_event
        and entry.dagster_event
        and entry.dagster_event.event_type == dg.DagsterEventType.LOGS_CAPTURED
    ]
    key = place.instance.compute_log_manager.build_log_key_for_run(run_id, captured.logs_captured_data.file_key)
    data = place.instance.compute_log_manager.get_log_data(key)
    assert data.stdout is not None
    assert b"printed by the op" in data.stdout
    until(lambda: parent.children() == [])


def test_ten_runs_leave_no_process_and_no_memory_behind(place: Location) -> None:
    place.wait_for(place.launch("writes"), SUCCESS)
    parent = place.parent
    until(lambda: parent.children() == [])
    before, files = parent.memory_full_info().uss, parent.num_fds()
    for _ in range(10):
        place.wait_for(place.launch("writes"), SUCCESS)
    until(lambda: parent.children() == [])
    assert len(set(place.said.read_text().splitlines())) == 11  # each line ends with a pid
    assert parent.num_fds() == files
    assert parent.memory_full_info().uss < before + 2 * 2**20


def test_a_run_that_is_killed_is_failed_at_once_by_the_preloaded_process(place: Location) -> None:
    run_id = working(place)
    place.process(run_id).kill()
    place.wait_for(run_id, FAILURE, 20)
    events = place.instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    assert any("SIGKILL" in entry.message for entry in events)
    until(lambda: place.parent.children() == [])


def test_runs_outlive_the_preloaded_process_and_are_still_found(place: Location) -> None:
    run_id, first = working(place), place.parent
    first.kill()
    first.wait(10)
    health = place.launcher.check_run_worker_health(place.run(run_id))
    assert health.status == WorkerStatus.RUNNING
    place.said.unlink()
    second_id = working(place)
    assert place.parent.pid != first.pid
    assert place.process(run_id).is_running()
    assert place.launcher.terminate(run_id)
    place.wait_for(run_id, CANCELED)
    place.process(second_id).kill()
    place.wait_for(second_id, FAILURE)


def test_a_run_whose_process_is_gone_with_the_preloaded_one_is_unhealthy(place: Location) -> None:
    run_id = working(place)
    parent, process = place.parent, place.process(run_id)
    parent.kill()
    parent.wait(10)
    process.kill()
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    assert place.run(run_id).status == STARTED
    health = place.launcher.check_run_worker_health(place.run(run_id))
    assert health.status == WorkerStatus.FAILED


def test_an_order_is_given_again_when_the_preloaded_process_is_killed_in_the_middle_of_it(place: Location) -> None:
    parent = place.parent
    parent.suspend()
    launched: list[str] = []
    launching = threading.Thread(target=lambda: launched.append(place.launch("writes")))
    launching.start()
    until(lambda: place.instance.get_runs_count(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING])) == 1)
    parent.kill()
    launching.join(90)
    place.wait_for(launched[0], SUCCESS)
    assert place.starts(launched[0]) == 1
    assert place.parent.pid != parent.pid


def test_a_child_that_is_killed_before_it_began_is_replaced(place: Location) -> None:
    """The launcher has asked, and does not let the child go before it knows it."""
    parent = place.parent
    order = place.launcher.ready_parent().order({"run": "no run at all"})
    assert "process" in order.answer(30)
    assert order.answer(30)["code"] != 0
    place.wait_for(place.launch("writes"), SUCCESS)
    assert place.parent.pid == parent.pid


def test_a_run_is_canceled_by_an_interrupt(place: Location) -> None:
    run_id = working(place)
    assert place.launcher.terminate(run_id)
    place.wait_for(run_id, CANCELED)
    until(lambda: place.parent.children() == [])
    assert not place.launcher.terminate(run_id)


def test_a_run_that_is_ended_while_it_is_launched_is_canceled_and_does_nothing(place: Location) -> None:
    run = place.create("writes")
    place.parent.suspend()
    launching = threading.Thread(target=lambda: place.instance.launch_run(run.run_id, None))  # pyright: ignore
    launching.start()
    until(lambda: place.run(run.run_id).status == dg.DagsterRunStatus.STARTING)
    assert place.launcher.terminate(run.run_id)
    place.parent.resume()
    launching.join(60)
    place.wait_for(run.run_id, CANCELED)
    assert not place.said.exists()


def test_changed_code_is_run_and_the_runs_of_the_old_one_go_on(place: Location) -> None:
    run_id, parent = working(place), place.parent
    place.source.write_text(place.source.read_text().replace('"first"', '"second"'))
    place.said.unlink()
    place.wait_for(place.launch("writes"), SUCCESS)
    assert place.said.read_text().split()[0] == "second"
    assert place.parent.pid != parent.pid
    assert place.process(run_id).is_running()
    os.kill(place.process(run_id).pid, signal.SIGKILL)
    place.wait_for(run_id, FAILURE)
    parent.wait(20)  # its last run is over


def test_a_run_has_the_environment_of_the_process_that_launches_it(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place.parent.is_running()
    monkeypatch.setenv("SAID_BY_A_TEST", "something")
    place.wait_for(place.launch("writes"), SUCCESS)
    assert place.said.read_text().split()[1] == "something"


def test_the_preloaded_process_ends_with_its_owner_after_its_runs(place: Location) -> None:
    run_id, parent = working(place), place.parent
    place.launcher.dispose()
    assert place.process(run_id).is_running()
    assert parent.is_running()
    place.process(run_id).kill()
    place.wait_for(run_id, FAILURE)  # told by the parent, which nobody owns any more
    parent.wait(20)


def test_the_code_server_starts_a_run_that_cannot_be_forked(place: Location) -> None:
    """Code that starts a thread where it is loaded cannot be forked from."""
    thread = "\nimport threading\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    place.source.write_text(place.source.read_text() + thread)
    run_id = place.launch_beside_a_code_server("writes")
    assert place.run(run_id).status == SUCCESS
    assert warm.process_of(place.run(run_id)) is None
    events = place.instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    assert any("Not forked from the preloaded process: it ended while it loaded" in one.message for one in events)


def test_elsewhere_than_on_linux_nothing_is_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert warm.unsupported() is None
    monkeypatch.setattr("sys.platform", "darwin")
    assert warm.unsupported() == "darwin is not Linux"
