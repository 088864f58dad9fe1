"""A tick that meets an election of MongoDB's is repeated, then skipped; one that finds no MongoDB fails."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

import astra_pipeline
from astra_pipeline.errors import DatabaseAway
from astra_pipeline.orchestration import patience


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_AGAIN_AFTER_SECONDS", 0.0)


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def evaluate() -> str:
        if left:
            raise left.pop(0)
        return "asked"

    return evaluate


def test_a_tick_that_meets_a_step_down_once_is_repeated() -> None:
    assert patience.patient(failing(DatabaseAway("an election")))() == "asked"


def test_a_tick_that_meets_it_twice_is_skipped_and_names_the_class_alone() -> None:
    refused = OperationFailure("the words of a document", code=64)
    skipped = patience.patient(failing(DatabaseAway("an election"), refused))()
    assert isinstance(skipped, dg.SkipReason)
    assert "OperationFailure" in (skipped.skip_message or "")
    assert "words" not in (skipped.skip_message or "")


def test_a_mongodb_that_cannot_be_found_makes_the_tick_fail() -> None:
    with pytest.raises(ServerSelectionTimeoutError):
        patience.patient(failing(ServerSelectionTimeoutError("nobody there")))()


def test_a_fault_of_ours_is_no_election() -> None:
    with pytest.raises(ValueError, match="a bug"):
        patience.patient(failing(ValueError("a bug")))()
    with pytest.raises(OperationFailure):
        patience.patient(failing(OperationFailure("refused", code=2)))()


def decorated(path: Path) -> Iterator[tuple[str, list[str]]]:
    """(function, its decorators) of the sensors and schedules in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            names = [ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]
            if {"dg.sensor", "dg.schedule"} & set(names):
                yield f"{path.name} {node.name}", names


def test_every_sensor_and_schedule_is_patient() -> None:
    package = Path(astra_pipeline.__file__).parent
    found = {name: names for path in package.rglob("*.py") for name, names in decorated(path)}
    assert len(found) >= 9
    assert [name for name, names in found.items() if names[-1] != "patient"] == []
