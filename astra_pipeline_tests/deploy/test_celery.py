"""The variant of deploy/ in which Celery's workers do the runs: it differs in that alone, and is as locked up."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.bin.celery import celery
from dagster._core.instance.ref import InstanceRef
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError

from astra_pipeline.cli.stack import free_port
from astra_pipeline.orchestration.instance import CELERY_VARIABLE
from astra_pipeline.orchestration.launchers.celery_launcher import SETTINGS, CeleryLauncher
from astra_pipeline.sandbox.process import start_child, stop_child
from astra_pipeline_tests.deploy.files import DEPLOY, deployment, kubernetes, read
from bench.servers import WORKER

_FILE = "kubernetes.celery.yaml"
_PASSWORD = "of-the-test"


@pytest.fixture
def launcher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CeleryLauncher:
    monkeypatch.setenv(CELERY_VARIABLE, f"redis://:{_PASSWORD}@redis:6379/0")
    (tmp_path / "dagster.yaml").write_text((DEPLOY / "dagster.celery.yaml").read_text())
    ref = InstanceRef.from_dir(str(tmp_path))
    assert _PASSWORD not in str(ref.to_dict()), "an instance is described on command lines"
    launcher = ref.run_launcher
    assert isinstance(launcher, CeleryLauncher)
    return launcher


def container(name: str) -> dict[str, Any]:
    (found,) = deployment(name, _FILE)["spec"]["template"]["spec"]["containers"]
    return found


def test_the_instance_differs_in_its_launcher_and_the_time_it_may_take() -> None:
    ours, usual = read(DEPLOY / "dagster.celery.yaml"), read(DEPLOY / "dagster.yaml")
    waits = ours["run_monitoring"].pop("start_timeout_seconds")
    assert waits > usual["run_monitoring"].pop("start_timeout_seconds")
    looks = ours["run_monitoring"].pop("poll_interval_seconds")
    assert looks < usual["run_monitoring"].pop("poll_interval_seconds")
    assert ours.keys() == usual.keys()
    assert [key for key in usual if ours[key] != usual[key]] == ["run_launcher"]
    daemon = read(DEPLOY / "values.celery.yaml")["dagsterDaemon"]
    assert daemon["runMonitoring"] == {"startTimeoutSeconds": waits, "pollIntervalSeconds": looks}


def test_there_are_workers_for_all_runs_that_the_queue_lets_in(compose: dict[str, Any]) -> None:
    """A run that waits for a worker counts as starting, and is failed in the end."""
    admitted = read(DEPLOY / "dagster.celery.yaml")["run_queue"]["max_concurrent_runs"]
    command, arguments = compose["services"]["worker"]["command"], container("astra-worker")["args"]
    assert command[command.index("--concurrency") + 1] == f"${{WORKER_RUNS:-{admitted}}}"
    each = int(arguments[arguments.index("--concurrency") + 1])
    assert each * deployment("astra-worker", _FILE)["spec"]["replicas"] >= admitted


def test_a_message_is_not_delivered_again_while_a_run_may_go_on(launcher: CeleryLauncher) -> None:
    conf = launcher.celery.conf
    longest = read(DEPLOY / "dagster.celery.yaml")["run_monitoring"]["max_runtime_seconds"]
    assert conf.broker_transport_options["visibility_timeout"] > longest
    assert (conf.task_acks_late, conf.worker_prefetch_multiplier, conf.worker_max_tasks_per_child) == (True, 1, 1)
    assert all(conf[name] == value for name, value in SETTINGS.items())


def test_the_chart_makes_the_same_launcher() -> None:
    values = read(DEPLOY / "values.celery.yaml")
    assert values["runLauncher"]["type"] == "CustomRunLauncher"
    assert (
        values["runLauncher"]["config"]["customRunLauncher"] == read(DEPLOY / "dagster.celery.yaml")["run_launcher"]
    )
    (location,) = read(DEPLOY / "values.yaml")["dagster-user-deployments"]["deployments"]
    for part in ("dagsterWebserver", "dagsterDaemon"):
        assert values[part]["image"] == location["image"], "what loads the launcher has our code"
        assert values[part]["envSecrets"] == [{"name": "astra-celery"}]
    assert container("astra-worker")["image"] == f"{location['image']['repository']}:{location['image']['tag']}"


def test_workers_are_started_as_celery_takes_it(compose: dict[str, Any]) -> None:
    for program, *words in (compose["services"]["worker"]["command"], container("astra-worker")["args"]):
        assert program == "celery"
        assert words[:3] == ["-A", WORKER, "worker"]
        options = [word.replace("${WORKER_RUNS:-5}", "5") for word in words[3:]]
        worker = celery.commands["worker"]
        context = worker.make_context("worker", options, resilient_parsing=True)
        assert context.params["concurrency"] in (3, 5)
    pod = deployment("astra-worker", _FILE)["spec"]["template"]["spec"]
    assert compose["services"]["worker"]["stop_grace_period"] == f"{pod['terminationGracePeriodSeconds']}s"
    assert "DAGSTER_HOME" in {one["name"] for one in container("astra-worker")["env"]}


def test_on_kubernetes_workers_and_redis_have_no_privileges_and_few_callers() -> None:
    for name in ("astra-worker", "astra-redis"):
        pod = deployment(name, _FILE)["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        security = container(name)["securityContext"]
        assert security["readOnlyRootFilesystem"] is True, name
        assert security["allowPrivilegeEscalation"] is False, name
        assert security["capabilities"] == {"drop": ["ALL"]}, name
        assert container(name)["resources"]["limits"]["memory"], name
    rules = {one["metadata"]["name"]: one["spec"] for one in kubernetes("NetworkPolicy", _FILE)}
    assert "ingress" not in rules["astra-worker"], "nobody calls a worker"
    (redis,) = rules["astra-redis"]["ingress"]
    callers = {tuple(peer["podSelector"]["matchLabels"].values())[-1] for peer in redis["from"]}
    assert callers == {"astra-worker", "dagster-daemon", "dagster-webserver"}
    assert redis["ports"] == [{"port": 6379}]


def test_redis_is_not_published_and_reached_by_those_who_need_it(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert "ports" not in services["redis"]
    assert services["redis"]["networks"] == ["runs", "control"]
    assert services["worker"]["networks"] == ["runs"]
    for name in ("code", "daemon", "webserver", "worker"):
        assert "${DAGSTER_YAML:-./dagster.yaml}:/opt/dagster/home/dagster.yaml:ro" in services[name]["volumes"], (
            name
        )


@pytest.fixture(params=["compose", "kubernetes"])
def port(request: pytest.FixtureRequest, compose: dict[str, Any], tmp_path: Path) -> Iterator[int]:
    """That of a Redis started with the container's own script."""
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server on PATH (apt-get install redis-server): the container's script was not run")
    script = compose["services"]["redis"]["command"][-1].replace("$$", "$")
    if request.param == "kubernetes":
        (script,) = container("astra-redis")["args"]
    port = free_port()
    (tmp_path / "password").write_text(_PASSWORD)
    for path in ("/run/secrets/redis_password", "/run/secrets/redis/password"):
        script = script.replace(path, str(tmp_path / "password"))
    script = script.replace("redis-server -", f"redis-server - --port {port} --bind 127.0.0.1 --dir {tmp_path}")
    child = start_child(["/bin/sh", "-c", script], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not _speaks(port):
        assert time.monotonic() < deadline, "Redis did not start"
        time.sleep(0.05)
    command = Path(f"/proc/{child.pid}/cmdline").read_text()
    assert command.startswith("redis-server"), "it gets the signals itself"
    assert _PASSWORD not in command
    yield port
    stop_child(child)
    assert not list(tmp_path.glob("*.rdb"))


def _speaks(port: int) -> bool:
    try:
        with Redis(port=port) as client:
            client.ping()
    except AuthenticationError:
        return True
    except RedisError:
        return False
    return True


def test_redis_asks_for_the_password_and_drops_nothing(port: int) -> None:
    with Redis(port=port) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()
    with Redis(port=port, password=_PASSWORD, decode_responses=True) as ours:
        assert ours.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert ours.config_get("save") == {"save": ""}


def test_what_other_launchers_load_holds_nothing_of_celery() -> None:
    """Its packages need not be there where other launchers do the runs."""
    found = (
        "[name for name in sys.modules if name.partition('.')[0] in ('celery', 'kombu', 'redis', 'dagster_celery')]"
    )
    code = (
        f"import sys, astra_pipeline.definitions, astra_pipeline.orchestration.launchers.run_parent; print({found})"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "[]"
