"""The command line as a whole: its commands, their options, and what it costs to load."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import click

from astra_pipeline.cli.main import main

_EMPTY = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
_COMMANDS = {
    "eval": "json limit sets show",
    "chart": "batch date home json lat lon now place time tz user",
    "demo": "home",
    "dev": "api-port home port",
    "failures list": "home parked",
    "failures retry": "home",
    "horoscope": "date force home",
    "overview": "home json",
    "report": "force home week",
    "serve": "host port workers",
    "sky": "home json user",
    "status": "home json",
    "tasks list": "",
    "tasks show": "json",
    "users erase": "home yes",
    "users export": "home to",
    "users request": "home",
    "users sync": "dry-run home json limit only",
}


def commands(group: click.Group, *path: str) -> dict[str, str]:
    """ "group command" -> its options, in alphabetical order."""
    found: dict[str, str] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, *path, name)
        else:
            options = [option for one in command.params if isinstance(one, click.Option) for option in one.opts]
            found[" ".join((*path, name))] = " ".join(sorted(option.removeprefix("--") for option in options))
    return found


def test_every_command_has_the_name_and_the_options_that_scripts_rely_on() -> None:
    assert commands(main) == _COMMANDS


def test_python_m_astra_pipeline_is_the_command_astra() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "astra_pipeline", "sky", "2024-04-08"], env=_EMPTY, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert "New Moon" in ran.stdout
    refused = subprocess.run(
        [sys.executable, "-m", "astra_pipeline", "sky", "2024-02-30"], env=_EMPTY, capture_output=True, text=True
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: ")


def test_nothing_heavy_is_imported_before_a_command_needs_it() -> None:
    code = "import sys, json, astra_pipeline.cli.main; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], env=_EMPTY, capture_output=True, text=True, check=True)
    loaded = set(json.loads(ran.stdout))
    heavy = {"dagster", "pymongo", "rich", "pydantic", "pandas", "numpy", "httpx", "yaml", "starlette", "julep"}
    assert loaded.isdisjoint(heavy)
