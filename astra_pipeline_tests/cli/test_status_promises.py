"""`astra status --slo`: each promise beside its target, as measured last, or now when nothing was measured."""

from __future__ import annotations

import datetime as dt
import json

from click.testing import CliRunner

from astra_pipeline.cli.status import status
from astra_pipeline.promises import store
from astra_pipeline.promises.table import PROMISES, Figure, Measured
from astra_pipeline_tests.conftest import World


def test_every_promise_is_shown_beside_its_target(world: World) -> None:
    now = dt.datetime.now(dt.UTC)
    store.write(world.db, Measured("2026-11-28", now, {"streak_3": Figure(0.25, 8), "return_7d": Figure(0.75, 4)}))
    shown = CliRunner().invoke(status, ["--slo"], env={"COLUMNS": "120"})
    assert shown.exit_code == 0, shown.output
    lines = {line.split("  ")[0].strip(): line for line in shown.output.splitlines()}
    assert lines.keys() >= {one.title for one in PROMISES}
    assert "25.0 %" in lines["People with a streak of 3 days"]
    assert " no " in lines["People with a streak of 3 days"]
    assert " yes " in lines["People who return within 7 days"]
    assert " - " in lines["People who left"]


def test_without_a_measured_day_the_figures_are_those_of_now(world: World) -> None:
    world.join("user_asha")
    world.talk("user_asha", "Hello.")
    shown = CliRunner().invoke(status, ["--slo", "--json"])
    assert json.loads(shown.stdout)["figures"]["streak_3"] == {"value": 0.0, "of": 1}
    assert store.latest(world.db) is None
