"""Runs that Celery's workers take from Redis: real processes, killed, cut off, and told twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster._core.launcher import WorkerStatus
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from astra_pipeline.orchestration.instance import VARIABLE
from astra_pipeline.orchestration.launchers.celery_launcher import CeleryLauncher
from astra_pipeline_tests.orchestration.launchers.workers import (
    Workers,
    judged,
    needs_postgres,
    needs_redis,
    workers,
)
from astra_pipeline_tests.orchestration.test_power_cut import until
from bench.servers import RedisServer, postgres

SUCCESS, FAILURE = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE
CANCELED, STARTED = dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.STARTED

pytestmark = needs_redis


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    with workers(tmp_path, monkeypatch) as at:
        yield at


def working(at: Workers) -> str:
    """A run that is in the middle of its op."""
    run_id = at.place.launch("waits")
    until(at.place.said.exists, 60)
    return run_id


def test_a_run_is_a_process_of_a_worker_and_leaves_none_behind(at: Workers) -> None:
    worker = at.start()
    first, second = at.place.launch("writes"), at.place.launch("writes")
    at.place.wait_for(first, SUCCESS)
    at.place.wait_for(second, SUCCESS)
    pids = [int(line.split()[2]) for line in at.place.said.read_text().splitlines()]
    assert len(set(pids)) == 2, "each has a process of its own"
    assert worker.pid not in pids
    until(lambda: not any(psutil.pid_exists(pid) for pid in pids))
    # Nothing waits in Redis, and nothing is kept to be delivered again.
    until(lambda: at.queue.hlen("unacked") == 0)
    assert at.queue.llen("dagster") == 0


@pytest.mark.slow
def test_a_killed_worker_takes_its_run_with_it_and_monitoring_fails_it(at: Workers) -> None:
    worker = at.start()
    run_id = working(at)
    process = at.process(run_id)
    assert at.launcher.check_run_worker_health(at.place.run(run_id)).status == WorkerStatus.RUNNING
    worker.kill()
    until(lambda: not process.is_running())
    assert at.place.run(run_id).status == STARTED, "nobody has told Dagster"
    until(lambda: judged(at.place.instance, run_id) or at.place.run(run_id).status == FAILURE, 60)
    # The message is still there, and another worker gets it in the end.
    assert at.queue.hlen("unacked") == 1


@pytest.mark.slow
def test_a_killed_run_process_is_failed_too_and_the_worker_goes_on(at: Workers) -> None:
    at.start()
    run_id = working(at)
    at.process(run_id).kill()
    until(lambda: judged(at.place.instance, run_id) or at.place.run(run_id).status == FAILURE, 60)
    other = at.place.launch("writes")
    at.place.wait_for(other, SUCCESS)


def test_a_run_that_is_delivered_again_is_not_started_again(at: Workers) -> None:
    at.start(processes=2)
    run_id = working(at)
    (message,) = at.queue.hvals("unacked")
    # As Redis does when the visibility timeout is over, or a worker lost its connection.
    at.queue.lpush("dagster", _body(str(message)))
    until(lambda: at.said_in_log("was taken before, and is not started"))
    assert at.place.run(run_id).status == STARTED
    assert at.place.starts(run_id) == 1
    assert at.launcher.terminate(run_id)
    at.place.wait_for(run_id, CANCELED)
    at.queue.lpush("dagster", _body(str(message)))
    until(lambda: at.said_in_log("is over or unknown, and is not started"))
    assert at.place.starts(run_id) == 1


def _body(unacked: str) -> str:
    """A message as it was in its queue: kombu keeps it with its exchange and routing key while it is open."""
    return json.dumps(json.loads(unacked)[0])


def test_a_run_is_ended_in_order_when_that_is_asked(at: Workers) -> None:
    at.start()
    run_id = working(at)
    process = at.process(run_id)
    assert at.launcher.terminate(run_id)
    assert at.place.run(run_id).status == dg.DagsterRunStatus.CANCELING
    at.place.wait_for(run_id, CANCELED, 20)
    until(lambda: not process.is_running())
    assert not at.launcher.terminate(run_id)
    at.place.wait_for(at.place.launch("writes"), SUCCESS)


def test_a_run_that_no_worker_has_taken_is_ended_at_once_and_never_started(at: Workers) -> None:
    run_id = at.place.launch("writes")
    assert at.launcher.terminate(run_id)
    assert at.place.run(run_id).status == CANCELED
    at.start()
    until(lambda: at.said_in_log("is over or unknown, and is not started"))
    assert not at.place.said.exists()


def test_a_worker_that_loses_redis_goes_on_with_its_run_and_is_not_taken_for_dead(at: Workers) -> None:
    at.start()
    run_id = working(at)
    at.redis.kill()
    assert at.launcher.check_run_worker_health(at.place.run(run_id)).status == WorkerStatus.RUNNING
    at.redis.start()  # it knows nothing any more
    assert at.launcher.check_run_worker_health(at.place.run(run_id)).status == WorkerStatus.RUNNING
    assert at.launcher.terminate(run_id)
    at.place.wait_for(run_id, CANCELED, 20)
    at.place.wait_for(at.place.launch("writes"), SUCCESS)


@pytest.mark.slow
def test_a_run_that_comes_back_after_it_was_taken_for_dead_is_ended(at: Workers) -> None:
    at.start()
    run_id = working(at)
    process = at.process(run_id)
    process.suspend()
    until(lambda: judged(at.place.instance, run_id) or at.place.run(run_id).status == FAILURE, 60)
    process.resume()
    until(lambda: not process.is_running(), 20)
    assert at.place.run(run_id).status == FAILURE


def test_a_worker_that_is_stopped_lets_its_run_end_and_takes_no_other(at: Workers) -> None:
    worker = at.start()
    run_id = working(at)
    worker.send_signal(signal.SIGTERM)
    until(lambda: at.said_in_log("Warm shutdown"))
    other = at.place.launch("writes")
    assert at.launcher.check_run_worker_health(at.place.run(run_id)).status == WorkerStatus.RUNNING
    os.kill(at.process(run_id).pid, signal.SIGINT)
    at.place.wait_for(run_id, FAILURE)  # nobody had asked for it
    worker.wait(30)
    assert at.place.run(other).status == dg.DagsterRunStatus.STARTING
    at.start()
    at.place.wait_for(other, SUCCESS)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on PATH: no certificate could be made")
def test_a_redis_with_a_certificate_that_nobody_vouches_for_is_not_spoken_to(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, tls=True)
    with server:
        stranger = CeleryLauncher(redis=server.url())
        with pytest.raises(RedisError, match="CERTIFICATE_VERIFY_FAILED"):
            stranger.claims.holder("a run")
        with (
            stranger.celery.connection_for_write() as connection,
            pytest.raises(OperationalError, match="CERTIFICATE_VERIFY_FAILED"),
        ):
            connection.ensure_connection(max_retries=1)
        ours = CeleryLauncher(redis=f"{server.url()}?ssl_ca_certs={server.certificate}")
        assert ours.claims.holder("a run") is None
        with ours.celery.connection_for_write() as connection:
            assert connection.ensure_connection(max_retries=1).connected


@needs_postgres
def test_processes_of_one_worker_share_no_connection_to_postgresql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket that two processes read mixes up their answers."""
    with postgres(tmp_path / "postgres") as url:
        monkeypatch.setenv(VARIABLE, url.replace("HOST", "127.0.0.1"))
        storage = {"storage": {"postgres": {"postgres_url": {"env": VARIABLE}}}}
        with workers(tmp_path, monkeypatch, settings=storage) as at:
            worker = at.start(processes=2)
            runs = [at.place.launch("writes") for _ in range(4)]
            for run_id in runs:
                at.place.wait_for(run_id, SUCCESS)
            port = int(url.rpartition(":")[2].partition("/")[0])
            assert [one for one in worker.net_connections() if one.raddr and one.raddr.port == port] == []


def test_runs_are_taken_in_the_order_of_their_priority(at: Workers) -> None:
    first = [at.place.launch("writes", priority=priority) for priority in ("-2", "0", "7", "-1", "many")]
    at.start()
    for run_id in first:
        at.place.wait_for(run_id, SUCCESS)
    started = {run_id: at.place.instance.get_run_stats(run_id).start_time or 0.0 for run_id in first}
    past, plain, urgent, grid, unread = first
    assert sorted(started, key=lambda run_id: started[run_id]) == [urgent, plain, unread, grid, past]
