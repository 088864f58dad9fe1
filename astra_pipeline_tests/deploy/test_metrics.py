"""The board and the rules ask for metrics that there are, and each alert fires once and has its page."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pymongo import MongoClient

from astra_pipeline.counters import CATALOG
from astra_pipeline.monitoring.exposition import Exposition
from astra_pipeline.monitoring.gauges import COLLECTORS
from astra_pipeline.orchestration.alerting import SEVERITIES
from astra_pipeline.settings import settings
from astra_pipeline_tests.deploy.files import DEPLOY, ROOT, read

_RULES = DEPLOY / "prometheus" / "rules.yml"
_NAME = re.compile(r"\b((?:astra|http|up)[a-z0-9_:]*)\b")
_FUNCTIONS = {"up"}


@pytest.fixture
def names(db: Any) -> set[str]:
    """Every name of a sample that /metrics has, of an empty database, and those that appear with data."""
    assert db is not None
    # How long a machine takes says nothing about the names.
    patient = [replace(one, patience=60) for one in COLLECTORS]
    with MongoClient(settings().required("MONGODB_URI"), tz_aware=True) as client:
        body, _ = Exposition(lambda: client[settings().mongodb_db], collectors=patient).render()
    found = {line.split("{")[0].split(" ")[0] for line in body.decode().splitlines() if not line.startswith("#")}
    typed = {line.split()[2] for line in body.decode().splitlines() if line.startswith("# TYPE")}
    of_histograms = {
        f"{name}_{part}" for name, one in CATALOG.items() if one.buckets for part in ("bucket", "sum", "count")
    }
    return found | typed | of_histograms


def rules() -> Iterator[dict[str, Any]]:
    return (rule for group in read(_RULES)["groups"] for rule in group["rules"])


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def asked_for(expression: str) -> set[str]:
    """The metrics in a query: no label, no function, no text."""
    plain = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"|\b(by|on|ignoring|without)\s*\([^)]*\)", " ", expression)
    return set(_NAME.findall(plain)) - _FUNCTIONS


def board_queries() -> list[str]:
    board = json.loads((DEPLOY / "grafana" / "astra.json").read_text())
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]


def test_every_query_asks_for_a_metric_that_there_is(names: set[str]) -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    queries = [*board_queries(), *(rule["expr"] for rule in rules())]
    assert len(queries) > 40
    missing = {name: query for query in queries for name in asked_for(query) - names - recorded}
    assert missing == {}
    assert all(asked_for(query) or "up{" in query for query in queries)


def test_the_board_has_an_id_for_each_panel_and_one_source() -> None:
    board = json.loads((DEPLOY / "grafana" / "astra.json").read_text())
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    (source,) = read(DEPLOY / "grafana" / "datasource.yml")["datasources"]
    used = {target["datasource"]["uid"] for panel in board["panels"] for target in panel.get("targets", ())}
    assert used == {source["uid"]}
    spots = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
    assert len(spots) == len(set(spots))
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in board["panels"])


def test_every_alert_names_its_cure_and_has_its_page_and_its_test() -> None:
    tested = {
        one["alertname"]
        for test in read(DEPLOY / "prometheus" / "rules_test.yml")["tests"]
        for one in test.get("alert_rule_test", ())
    }
    for rule in alerts():
        assert rule["labels"]["severity"] in SEVERITIES, rule["alert"]
        page = ROOT / rule["annotations"]["runbook"]
        assert f"`{rule['annotations']['command']}`" in page.read_text(), rule["alert"]
        assert rule["alert"] in tested


def test_promtool_takes_the_rules_and_each_fires() -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    for words in (["check", "rules", str(_RULES)], ["test", "rules", str(_RULES.with_name("rules_test.yml"))]):
        done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
