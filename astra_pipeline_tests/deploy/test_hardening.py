"""The files of deploy/ keep the laws of SECURITY.md: each part reaches what it must, and no more."""

from __future__ import annotations

import ast
import ipaddress
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from astra_pipeline.orchestration.instance import CELERY_VARIABLE, VARIABLE
from astra_pipeline_tests.deploy.files import API_SECRETS, DEPLOY, SECRETS, deployment, dockerfile, kubernetes

# Where the code server listens: an address of the network `control`.
_KEPT_OUT = "10.213.47.10"


def test_every_container_runs_without_privileges_and_without_a_disk_of_its_own(
    compose: dict[str, Any], instance_config: dict[str, Any]
) -> None:
    # No service needs a privilege; Caddy's file asks the kernel for one before it starts.
    added = {"proxy": ["NET_BIND_SERVICE"]}
    run = instance_config["run_launcher"]["config"]["container_kwargs"]
    for name, container in {**compose["services"], "a run": run}.items():
        assert container["cap_drop"] == ["ALL"], name
        assert container.get("cap_add", []) == added.get(name, []), name
        assert container["security_opt"] == ["no-new-privileges:true"], name
        assert container["read_only"] is True, name
        assert "/tmp" in container["tmpfs"], name
        assert re.fullmatch(r"\d+[mg]", container["mem_limit"]), name
        assert container["pids_limit"] > 0, name
        assert "privileged" not in container, name
    for name in ("postgres", "mongodb", "redis", "proxy", "prometheus", "grafana"):
        assert not compose["services"][name]["user"].startswith("0"), f"{name} is not root"
    assert ["USER", "astra"] in dockerfile()


def test_the_ui_is_reached_through_the_door_only(compose: dict[str, Any]) -> None:
    webserver, proxy = compose["services"]["webserver"], compose["services"]["proxy"]
    command = webserver["command"]
    # Alone on the loopback that it shares with the proxy: no container of any network reaches it.
    assert webserver["network_mode"] == "service:proxy"
    assert command[command.index("-h") + 1] == "127.0.0.1"
    assert not webserver.keys() & {"ports", "networks"}
    assert f"127.0.0.1:{command[command.index('-p') + 1]}}}" in (DEPLOY / "Caddyfile").read_text()
    assert proxy["environment"]["UI_PASSWORD_HASH"] == "${UI_PASSWORD_HASH:?}", "no password, no start"
    published = [name for name, service in compose["services"].items() if service.get("ports")]
    assert sorted(published) == ["api", "grafana", "proxy"]


def test_every_variable_of_the_door_is_given_to_it(compose: dict[str, Any]) -> None:
    text = (DEPLOY / "Caddyfile").read_text()
    wanted = set(re.findall(r"\{\$(UI_[A-Z_]+)", text))
    given = set(compose["services"]["proxy"]["environment"])
    assert wanted - given == {"UI_UPSTREAM"}
    assert given <= wanted
    (caddy,) = deployment("astra-ui")["spec"]["template"]["spec"]["containers"]
    assert {variable["name"] for variable in caddy["env"]} <= wanted


def test_dockers_socket_is_the_daemons_alone(compose: dict[str, Any]) -> None:
    holders = [name for name, service in compose["services"].items() if "docker.sock" in str(service)]
    assert holders == ["daemon"]


def test_a_secret_is_a_file_that_only_its_readers_get(
    compose: dict[str, Any], instance_config: dict[str, Any]
) -> None:
    services = compose["services"]
    for name, service in services.items():
        assert not SECRETS & service.get("environment", {}).keys(), name
    launcher = instance_config["run_launcher"]["config"]
    assert not SECRETS & set(launcher["env_vars"])
    shared = f"{compose['volumes']['secrets']['name']}:/run/secrets:ro"
    assert launcher["container_kwargs"]["volumes"] == [shared]
    assert services["code"]["volumes"][0] == services["worker"]["volumes"][0] == "secrets:/run/secrets:ro"
    got = {name: set(service.get("secrets", [])) for name, service in services.items()}
    assert got["webserver"] == got["daemon"] == {VARIABLE, CELERY_VARIABLE}
    assert got["postgres"] == {"postgres_password"}
    assert got["redis"] == {"redis_password"}
    assert got["prometheus"] == {"ASTRA_METRICS_TOKEN"}
    assert got["grafana"] == {"grafana_password"}
    assert got["api"] == API_SECRETS | {"MONGODB_URI", "ELEVENLABS_API_KEY", "ELEVENLABS_WEBHOOK_SECRETS"}
    assert got["mongodb"] == {"mongodb_root_password", "mongodb_password"}
    assert set().union(*got.values()) == set(compose["secrets"])


def test_the_folder_of_secrets_has_what_is_read_of_it_and_keeps_others_out(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "secrets"
    said = made(folder)
    assert said == f"SECRETS_DIR={folder}"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.name for file in (folder / "runs").iterdir()} == SECRETS - API_SECRETS
    assert {file.name for file in (folder / "api").iterdir()} == API_SECRETS
    for secret in compose["secrets"].values():
        assert Path(secret["file"].replace("${SECRETS_DIR:?}", str(folder))).exists()
    assert len((folder / "api" / "ASTRA_API_TOKENS").read_text()) == 48
    assert compose["volumes"]["secrets"]["driver_opts"]["device"] == "${SECRETS_DIR:?}/runs"
    # The passwords of the servers are those of the addresses, and no two are the same.
    passwords = {file.name: file.read_text() for file in (folder / "servers").iterdir()}
    assert len(set(passwords.values())) == 5
    assert min(map(len, passwords.values())) == 48
    postgres = (folder / "runs" / VARIABLE).read_text()
    assert postgres == f"postgresql://dagster:{passwords['postgres_password']}@postgres:5432/dagster"
    mongodb = (folder / "runs" / "MONGODB_URI").read_text()
    assert mongodb.startswith(f"mongodb://astra:{passwords['mongodb_password']}@mongodb:27017/?replicaSet=astra")
    redis = (folder / "runs" / CELERY_VARIABLE).read_text()
    assert redis == f"redis://:{passwords['redis_password']}@redis:6379/0"
    before = {file: file.read_text() for file in folder.rglob("*") if file.is_file()}
    made(folder)
    assert {file: file.read_text() for file in folder.rglob("*") if file.is_file()} == before


def made(folder: Path) -> str:
    """The output of make-secrets.sh when it has made `folder`."""
    script = ["sh", str(DEPLOY / "make-secrets.sh"), str(folder)]
    return subprocess.run(script, check=True, capture_output=True, text=True).stdout.strip()


def test_a_command_of_the_image_finds_the_secrets_in_its_environment(tmp_path: Path) -> None:
    files = {"JULEP_API_KEY": "a key with $dollars 'and' quotes", "MONGODB_URI": "", "not-a-variable": "x"}
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    command = ["sh", str(DEPLOY / "with-secrets.sh"), sys.executable, "-c", "import os; print(dict(os.environ))"]
    environment = {"SECRETS": str(tmp_path), "MONGODB_URI": "mongodb://of.the.environment"}
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    seen = ast.literal_eval(printed)
    assert seen["JULEP_API_KEY"] == files["JULEP_API_KEY"]
    assert seen["MONGODB_URI"] == "mongodb://of.the.environment"
    assert "not-a-variable" not in seen
    assert ["ENTRYPOINT", '["with-secrets"]'] in dockerfile()


def test_runs_reach_neither_the_ui_nor_grpc(compose: dict[str, Any]) -> None:
    services, networks = compose["services"], compose["networks"]
    control = networks["control"]
    assert control["internal"] is True
    command, address = services["code"]["command"], f"${{CODE_ADDRESS:-{_KEPT_OUT}}}"
    assert command[command.index("-h") + 1] == address
    assert services["code"]["networks"]["control"] == {"ipv4_address": address}
    assert address in services["code"]["healthcheck"]["test"]
    subnet, dynamic = (
        ipaddress.ip_network(control["ipam"]["config"][0][key].partition(":-")[2].removesuffix("}"))
        for key in ("subnet", "ip_range")
    )
    assert ipaddress.ip_address(_KEPT_OUT) in subnet
    assert ipaddress.ip_address(_KEPT_OUT) not in dynamic, "nobody else is given the address"
    on_runs = {name for name, service in services.items() if "runs" in service.get("networks", [])}
    assert on_runs == {"postgres", "mongodb", "redis", "worker", "code", "api"}
    (default,) = [words for words in dockerfile() if words[0] == "CMD"]
    assert '"-h", "127.0.0.1"' in " ".join(default), "the image by itself listens to nobody"


def test_every_pod_runs_as_a_user_without_privileges_on_a_disk_it_cannot_write(values: dict[str, Any]) -> None:
    (code,) = values["dagster-user-deployments"]["deployments"]
    runs = values["runLauncher"]["config"]["k8sRunLauncher"]["runK8sConfig"]
    door_pod, api_pod = (deployment(name)["spec"]["template"]["spec"] for name in ("astra-ui", "astra-api"))
    (caddy,), (api,) = door_pod["containers"], api_pod["containers"]
    pods = {
        "code": (code["podSecurityContext"], code["securityContext"]),
        "daemon": (values["dagsterDaemon"]["podSecurityContext"], values["dagsterDaemon"]["securityContext"]),
        "UI": (values["dagsterWebserver"]["podSecurityContext"], values["dagsterWebserver"]["securityContext"]),
        "a run": (runs["podSpecConfig"]["securityContext"], runs["containerConfig"]["securityContext"]),
        "door": (door_pod["securityContext"], caddy["securityContext"]),
        "API": (api_pod["securityContext"], api["securityContext"]),
    }
    for name, (pod, container) in pods.items():
        assert pod["runAsNonRoot"] is True, name
        assert pod["runAsUser"] > 0, name
        assert container["readOnlyRootFilesystem"] is True, name
        assert container["allowPrivilegeEscalation"] is False, name
        assert container["capabilities"]["drop"] == ["ALL"], name
    for part in (code, values["dagsterDaemon"], values["dagsterWebserver"]):
        assert part["volumeMounts"] == [{"name": "scratch", "mountPath": "/tmp"}]
        assert part["resources"]["limits"]["memory"]


def test_on_kubernetes_the_ui_is_reached_by_its_door_and_grpc_by_ui_and_daemon(values: dict[str, Any]) -> None:
    assert "ingress" not in values, "the chart's ingress goes past the door"
    reached = {
        policy["spec"]["podSelector"].get("matchLabels", {}).get("component"): policy["spec"]
        for policy in kubernetes("NetworkPolicy")
    }
    assert all(policy["policyTypes"] == ["Ingress"] for policy in reached.values())
    (ui,) = reached["dagster-webserver"]["ingress"]
    assert ui["ports"] == [{"port": values["dagsterWebserver"]["service"]["port"]}]
    assert [peer["podSelector"]["matchLabels"] for peer in ui["from"]] == [{"app": "astra-ui"}]
    (code,) = reached["user-deployments"]["ingress"]
    (location,) = values["dagster-user-deployments"]["deployments"]
    assert code["ports"] == [{"port": location["port"]}]
    callers = {peer["podSelector"]["matchLabels"]["component"] for peer in code["from"]}
    assert callers == {"dagster-webserver", "dagster-daemon"}
    assert "ingress" not in reached[None], "nobody calls the daemon or a run"
    (caddy,) = deployment("astra-ui")["spec"]["template"]["spec"]["containers"]
    assert {"name": "UI_UPSTREAM", "value": f"astra-webserver:{ui['ports'][0]['port']}"} in caddy["env"]
