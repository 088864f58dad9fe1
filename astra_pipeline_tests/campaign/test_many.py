"""The table over many campaigns counts what each of them found."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import pytest

from astra_pipeline_tests.campaign.histories import executed, right
from bench.campaign import laws, many
from bench.campaign.evidence import Evidence, Trace


def outcome(evidence: Evidence, *, code: int = 0) -> many.Outcome:
    verdicts = {verdict.law: dataclasses.asdict(verdict) for verdict in laws.check(evidence)}
    return many.Outcome(7, code, json.loads(json.dumps(verdicts)))


def row(evidence: Evidence, *, code: int = 0) -> dict[str, str]:
    (table,) = [many.table_of([outcome(evidence, code=code)])]
    return {str(column.header): str(next(iter(column.cells))) for column in table.columns}


def test_a_campaign_that_holds_has_no_figure_but_its_counts() -> None:
    figures = row(right())
    assert (figures.pop("seed"), figures.pop("conversations"), figures.pop("executions")) == ("7", "1", "1")
    assert figures.pop("verdict") == "holds"
    assert set(figures.values()) == {"0"}


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"executions": [executed(3), executed(4)]}, "paid twice"),
        ({"documents": {"astra_insights": []}}, "lost"),
        ({"traces_of_erased": [Trace("a.log", "user_ann")]}, "traces of the erased"),
        ({"traces_in_logs": [Trace("a.log", "user_ann")]}, "other laws broken"),
    ],
)
def test_what_breaks_a_law_is_counted_in_its_column(changes: dict[str, Any], column: str) -> None:
    figures = row(right(**changes), code=1)
    assert int(figures[column]) >= 1
    assert figures["verdict"] == "broken"


def test_a_campaign_that_ended_before_its_verdicts_says_so() -> None:
    assert many.Outcome(3, 70, {}).row()[-1] == "ended with 70"


@pytest.mark.parametrize(("text", "seeds"), [("1-3", [1, 2, 3]), ("7", [7]), ("3,7,40-42", [3, 7, 40, 41, 42])])
def test_seeds_are_ranges_and_numbers(text: str, seeds: Sequence[int]) -> None:
    assert many.seeds_of(text) == seeds
