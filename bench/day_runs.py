"""Runs of conversation_pipeline, a day each, launched by this process: forked here, or sent to workers."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import click
import dagster as dg
import psutil
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.reconstruct import ReconstructableRepository

from astra_pipeline.batches.work import open_work
from astra_pipeline.cli import stack as embedded
from astra_pipeline.orchestration.dead_runs import free_what_dead_runs_hold
from astra_pipeline.orchestration.instance import CELERY_VARIABLE, VARIABLE
from astra_pipeline.orchestration.launchers.celery_launcher import CeleryLauncher
from astra_pipeline.orchestration.launchers.warm import DEFINITIONS, WarmRunLauncher, end_runs
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tags import LANE_TAG, PARTITION_TAG
from astra_pipeline.sandbox.process import start_child, stop_child
from bench import stack
from bench.network import Machine, relayed
from bench.servers import RedisServer, worker_command

_JOB = "conversation_pipeline"
_READY_SECONDS = 180.0


class DayRuns:
    """Runs under way, at most `at_once` launched at a time."""

    def __init__(
        self, instance: dg.DagsterInstance, at_once: int, workers: Sequence[subprocess.Popen[bytes]] = ()
    ) -> None:
        self.instance, self._at_once, self._workers = instance, at_once, workers
        self._waiting: list[str] = []
        self._launched: dict[str, str] = {}
        self._taken_up: set[str] = set()

    def launch(self, days: Sequence[dt.datetime]) -> None:
        """Ask for a run for each day."""
        self._waiting += [day.date().isoformat() for day in days]
        self.step()

    def step(self) -> bool:
        """Launch what has a place now; whether all have ended."""
        unfinished = set(self._launched) - set(self._ended())
        while self._waiting and len(unfinished) < self._at_once:
            day = self._waiting.pop(0)
            run_id = self._launch(day)
            self._launched[run_id] = day
            unfinished.add(run_id)
        return not unfinished and not self._waiting

    def ended_as(self, status: dg.DagsterRunStatus) -> list[str]:
        """The ids of the runs that ended so."""
        return [run_id for run_id, ended in self._ended().items() if ended == status]

    def take_up_what_failed(self) -> int:
        """Do what the sensor does: free what dead runs hold, and have their days done again. Returns how many."""
        dead = [run_id for run_id in self.ended_as(dg.DagsterRunStatus.FAILURE) if run_id not in self._taken_up]
        if dead:
            with open_work(MongoResource(), run_id="bench") as work:
                free_what_dead_runs_hold(work, self.instance)
            self._taken_up.update(dead)
            self._waiting += [self._launched[run_id] for run_id in dead]
            self.step()
        return len(dead)

    def kill_in_the_middle(self, leases: Collection[str]) -> bool:
        """End by SIGKILL the worker of the first run that holds leases now; whether there was one.

        The kernel ends the run's process with its worker.
        """
        workers = {child.pid: child for child in self._workers}
        launcher = self.instance.run_launcher
        assert isinstance(launcher, CeleryLauncher)
        for run_id in leases:
            holder = launcher.claims.holder(run_id) or ""
            with suppress(psutil.NoSuchProcess, ValueError, KeyError):
                workers[psutil.Process(int(holder.partition(":")[0])).ppid()].kill()
                return True
        return False

    def _ended(self) -> dict[str, dg.DagsterRunStatus]:
        if not self._launched:
            return {}
        runs = self.instance.get_runs(dg.RunsFilter(run_ids=list(self._launched)))
        return {run.run_id: run.status for run in runs if run.is_finished}

    def _launch(self, day: str) -> str:
        from astra_pipeline.definitions import defs

        repository = ReconstructableRepository(ModuleCodePointer(DEFINITIONS, "defs", str(Path.cwd())))
        run = self.instance.create_run_for_job(
            defs.resolve_job_def(_JOB),
            tags={PARTITION_TAG: day, LANE_TAG: "backlog"},
            job_code_origin=repository.get_reconstructable_job(_JOB).get_python_origin(),
        )
        self.instance.launch_run(run.run_id, None)  # pyright: ignore[reportArgumentType]
        return run.run_id


class Fleet:
    """This machine's launcher, and the workers of other machines."""

    def __init__(self, home: Path, machines: Sequence[Machine], postgres_url: str, redis: RedisServer) -> None:
        self._home, self._machines, self._redis, self._url = home, machines, redis, postgres_url
        self._parts = ExitStack()
        self._logs = home / "logs"

    def __enter__(self) -> Self:
        self._logs.mkdir(exist_ok=True)
        here = {VARIABLE: self._url.replace("HOST", "127.0.0.1"), CELERY_VARIABLE: self._redis.url()}
        self._parts.enter_context(embedded.environment(**here))
        ports = [_port(os.environ["MONGODB_URI"]), _port(os.environ["JULEP_BASE_URL"])]
        self._parts.enter_context(relayed(self._machines[0].services, ports))
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    @contextmanager
    def warm(self, at_once: int) -> Iterator[DayRuns]:
        """Runs forked on this machine."""
        with self._instance("warm", WarmRunLauncher) as instance:
            assert isinstance(instance.run_launcher, WarmRunLauncher)
            with _errors_into(self._logs / "warm.log"):
                instance.run_launcher.ready_parent()
                try:
                    yield DayRuns(instance, at_once)
                finally:
                    end_runs(instance)

    @contextmanager
    def celery(self, workers: int) -> Iterator[DayRuns]:
        """Runs of that many workers, each with one process, on machines of their own."""
        with ExitStack() as parts:
            instance = parts.enter_context(self._instance("celery", CeleryLauncher, redis={"env": CELERY_VARIABLE}))
            children = [parts.enter_context(self._worker(machine)) for machine in self._machines[:workers]]
            for machine, child in zip(self._machines, children, strict=False):
                _wait_until_ready(self._logs / f"{machine.name}.log", child)
            yield DayRuns(instance, sys.maxsize, children)

    @contextmanager
    def daemon(self, runs: DayRuns) -> Iterator[None]:
        """Dagster's daemon for the block: its run monitoring looks after the runs. It knows no sensor."""
        root = Path(runs.instance.root_directory)
        (root / "workspace.yaml").write_text(yaml.safe_dump({"load_from": []}))
        command = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "dagster._daemon",
            "run",
            "-w",
            str(root / "workspace.yaml"),
        ]
        with embedded.environment(DAGSTER_HOME=str(root)), embedded.part("daemon", command, self._logs):
            yield

    @contextmanager
    def _instance(self, name: str, launcher: type, **config: Any) -> Iterator[dg.DagsterInstance]:
        root = self._home / name
        stack.instance_file(root, launcher, **config)
        with embedded.environment(DAGSTER_HOME=str(root)), dg.DagsterInstance.from_config(str(root)) as instance:
            yield instance

    @contextmanager
    def _worker(self, machine: Machine) -> Iterator[subprocess.Popen[bytes]]:
        root = self._home / machine.name
        stack.instance_file(root, CeleryLauncher, redis={"env": CELERY_VARIABLE})
        environment = {name: value.replace("127.0.0.1", machine.services) for name, value in os.environ.items()}
        environment |= {
            "DAGSTER_HOME": str(root),
            "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
            # The only member of the set has an address of another machine: it is not looked for.
            "MONGODB_URI": f"mongodb://{machine.services}:{_port(os.environ['MONGODB_URI'])}/?directConnection=true",
        }
        with (self._logs / f"{machine.name}.log").open("wb") as log:
            command = [*machine.before, *worker_command(machine.name)]
            child = start_child(command, stdout=log, stderr=log, env=environment)
        try:
            yield child
        finally:
            stop_child(child)


@contextmanager
def _errors_into(log: Path) -> Iterator[None]:
    """Have processes that are started in the block write their log there: it would be this process's own stderr."""
    before = os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def _port(url: str) -> int:
    return int(url.split("://")[1].partition("/")[0].rpartition(":")[2])


def _wait_until_ready(log: Path, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while b" ready." not in log.read_bytes():
        if child.poll() is not None or time.monotonic() > deadline:
            raise click.ClickException(f"a worker did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)
