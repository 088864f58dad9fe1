from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from astra_pipeline.cli.main import main
from astra_pipeline.orchestration.tasks import TASKS, UnknownTask, task_named


def test_an_unknown_task_names_the_known_ones() -> None:
    with pytest.raises(UnknownTask, match=r"'persona'.*transcript-processor"):
        task_named("persona")


@pytest.mark.parametrize("name", TASKS)
def test_the_command_shows_what_julep_is_sent(name: str) -> None:
    definition = TASKS[name].julep_definition()
    for options, read in (([], yaml.safe_load), (["--json"], json.loads)):
        shown = CliRunner().invoke(main, ["tasks", "show", name, *options])
        assert shown.exit_code == 0, shown.output
        assert read(shown.output) == definition


def test_the_command_lists_every_task_with_its_id() -> None:
    lines = CliRunner().invoke(main, ["tasks", "list"]).output.splitlines()
    assert [line.split()[:2] for line in lines] == [[task.name, str(task.task_id)] for task in TASKS.values()]
    unknown = CliRunner().invoke(main, ["tasks", "show", "persona"])
    assert (unknown.exit_code, "no task 'persona'" in unknown.output) == (1, True)
