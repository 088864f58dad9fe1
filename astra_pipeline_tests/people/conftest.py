"""Fixtures for tests about seats in cohorts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import dagster as dg
import pytest

from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.people.seating import Sensor


@pytest.fixture
def sensor(world: World, instance: dg.DagsterInstance) -> Sensor:
    return Sensor(instance)


@pytest.fixture
def seats(environment: pytest.MonkeyPatch) -> Callable[[int], None]:
    """A function that sets ASTRA_COHORT_SIZE."""

    def set_size(size: int) -> None:
        environment.setenv("ASTRA_COHORT_SIZE", str(size))
        forget_settings()

    return set_size


@pytest.fixture
def orphans_end_soon(world: World) -> Iterator[None]:
    """The server gives up a dead client's transaction after seconds, not a minute."""
    admin = world.db.client.admin
    usual = admin.command({"getParameter": 1, "transactionLifetimeLimitSeconds": 5})
    admin.command({"setParameter": 1, "transactionLifetimeLimitSeconds": 5})
    yield
    # The usual limit's sweep comes every half minute: until then the database could not be dropped.
    admin.command("killAllSessions", [])
    limit = usual["transactionLifetimeLimitSeconds"]
    admin.command({"setParameter": 1, "transactionLifetimeLimitSeconds": limit})
