"""The API's containers: they are asked whether they serve, and end without losing a request."""

from __future__ import annotations

from typing import Any

import click
import pytest

from astra_pipeline.api.app import REQUEST_SECONDS
from astra_pipeline.cli.main import main
from astra_pipeline_tests.deploy.files import SETTINGS, deployment, kubernetes


@pytest.fixture
def pod() -> dict[str, Any]:
    return deployment("astra-api")["spec"]["template"]["spec"]


def test_both_start_the_api_as_the_command_line_takes_it(compose: dict[str, Any], pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    for words in (compose["services"]["api"]["command"], container["args"]):
        program, name, *options = words
        assert (program, name) == ("astra", "serve")
        command = main.commands[name]
        context = command.make_context(name, list(options), resilient_parsing=False)
        assert isinstance(context, click.Context)
        # Its own network knows who may reach it.
        assert (context.params["host"], context.params["port"]) == ("0.0.0.0", 3010)


def test_health_and_readiness_are_asked(compose: dict[str, Any], pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert container["ports"] == [{"name": "http", "containerPort": 3010}]
    assert "http://127.0.0.1:3010/readyz" in compose["services"]["api"]["healthcheck"]["test"][-1]
    (service,) = [one for one in kubernetes("Service") if one["metadata"]["name"] == "astra-api"]
    assert service["spec"]["selector"] == {"app": "astra-api"}


def test_a_stop_leaves_time_for_requests_in_flight(compose: dict[str, Any], pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    given = {one["name"]: one["value"] for one in container["env"]}
    assert given.keys() <= SETTINGS
    drained = float(given["ASTRA_API_DRAIN_SECONDS"])
    assert drained > container["readinessProbe"]["periodSeconds"]
    assert pod["terminationGracePeriodSeconds"] > drained + REQUEST_SECONDS
    assert int(compose["services"]["api"]["stop_grace_period"].removesuffix("s")) > REQUEST_SECONDS
    assert deployment("astra-api")["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_the_image_is_that_of_the_code_location(values: dict[str, Any], pod: dict[str, Any]) -> None:
    (location,) = values["dagster-user-deployments"]["deployments"]
    (container,) = pod["containers"]
    assert container["image"] == f"{location['image']['repository']}:{location['image']['tag']}"
