"""A code location, a Dagster instance with the warm launcher, and runs in it, all below one folder."""

from __future__ import annotations

import importlib
import shutil
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import dagster as dg
import psutil
import pytest
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._core.remote_representation.external import RemoteJob
from dagster._core.workspace.context import BaseWorkspaceRequestContext, WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget

from astra_pipeline.orchestration.launchers.warm import WarmRunLauncher, process_of
from astra_pipeline_tests.orchestration.test_power_cut import until

_JOBS = Path(__file__).with_name("jobs_for_runs.py")


class Location:
    """A package with the jobs of jobs_for_runs.py, and the instance whose runs are forked by this process."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance, module: str) -> None:
        self.folder, self.instance, self.module = folder, instance, module
        self.source = folder / module / "__init__.py"
        self.said = folder / "said"

    @property
    def launcher(self) -> WarmRunLauncher:
        assert isinstance(self.instance.run_launcher, WarmRunLauncher)
        return self.instance.run_launcher

    @property
    def parent(self) -> psutil.Process:
        """The preloaded process."""
        return psutil.Process(self.launcher.ready_parent().pid)

    def create(self, job: str, served: RemoteJob | None = None, *, priority: str | None = None) -> dg.DagsterRun:
        """A run that is not launched yet; `served` is the job as a code server has it."""
        definitions: dg.Definitions = importlib.import_module(self.module).defs
        repository = ReconstructableRepository(ModuleCodePointer(self.module, "defs", str(self.folder)))
        op = {"writes": "write", "waits": "wait"}[job]
        return self.instance.create_run_for_job(
            definitions.resolve_job_def(job),
            run_config={"ops": {op: {"config": {"file": str(self.said)}}}},
            job_code_origin=repository.get_reconstructable_job(job).get_python_origin(),
            remote_job_origin=served.get_remote_origin() if served else None,
            tags={} if priority is None else {"dagster/priority": priority},
        )

    def launch(self, job: str, *, priority: str | None = None) -> str:
        """Launch a run, with no code server at hand; its id."""
        run = self.create(job, priority=priority)
        self.instance.launch_run(run.run_id, cast(BaseWorkspaceRequestContext, None))
        return run.run_id

    def launch_beside_a_code_server(self, job: str) -> str:
        """Launch a run, which a code server can start too, and wait for its end; its id."""
        target = ModuleTarget(self.module, None, str(self.folder), location_name="jobs")
        with WorkspaceProcessContext(self.instance, target) as context:
            workspace = context.create_request_context()
            repository = workspace.get_code_location("jobs").get_repository("__repository__")
            run = self.create(job, repository.get_full_job(job))
            self.instance.launch_run(run.run_id, workspace)
            until(lambda: self.run(run.run_id).is_finished, 120)
            servers = [one for one in psutil.Process().children() if "grpc" in one.cmdline()]
        assert not psutil.wait_procs(servers, 60)[1]  # Dagster does not wait for them
        return run.run_id

    def run(self, run_id: str) -> dg.DagsterRun:
        run = self.instance.get_run_by_id(run_id)
        assert run is not None
        return run

    def process(self, run_id: str) -> psutil.Process:
        """The process of a run."""
        identity = process_of(self.run(run_id))
        assert identity is not None
        return psutil.Process(identity.pid)

    def wait_for(self, run_id: str, status: dg.DagsterRunStatus, seconds: float = 60) -> None:
        until(lambda: self.run(run_id).status == status, seconds)

    def starts(self, run_id: str) -> int:
        """The number of processes that said they do the run."""
        events = self.instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
        return sum("Started process for run" in entry.message for entry in events)


@contextmanager
def location(
    folder: Path,
    environment: pytest.MonkeyPatch,
    *,
    other_launcher: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Iterator[Location]:
    """A code location below `folder`, and its instance; the parent is told to go at the end.

    `other_launcher` (module, class, config) stands in for the warm one, and loads the same module; `settings` are
    further ones of dagster.yaml.
    """
    module = f"jobs_{uuid.uuid4().hex}"
    (folder / module).mkdir()
    shutil.copyfile(_JOBS, folder / module / "__init__.py")
    environment.syspath_prepend(str(folder))
    environment.setenv("PYTHONPATH", str(folder), prepend=":")
    home = folder / "dagster"
    home.mkdir()
    launcher = other_launcher or {"module": WarmRunLauncher.__module__, "class": WarmRunLauncher.__name__}
    loads = {**launcher, "config": {**launcher.get("config", {}), "module": module}}
    config = {"telemetry": {"enabled": False}, "run_launcher": loads, "run_monitoring": {"enabled": True}}
    config |= settings or {}
    (home / "dagster.yaml").write_text(yaml.safe_dump(config))
    environment.setenv("DAGSTER_HOME", str(home))
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield Location(folder, instance, module)
    sys.modules.pop(module, None)
