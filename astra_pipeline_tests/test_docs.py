"""The documents name files, functions, commands, settings and targets that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from astra_pipeline.cli.main import main
from astra_pipeline.orchestration.instance import CELERY_VARIABLE, VARIABLE
from astra_pipeline.settings import Settings

_ROOT = Path(__file__).parents[1]
_DOCUMENTS = sorted(
    path.relative_to(_ROOT).as_posix()
    for folder in (".", "docs", "deploy")
    for path in (_ROOT / folder).glob("*.md")
)
_LINK = re.compile(r"!?\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
_IDENTIFIER = re.compile(r"`(?P<name>[A-Za-z_]\w*)`")
_CODE = re.compile(r"```.*?```|`[^`]+`", re.DOTALL)
# `helm install astra dagster/dagster` is none of our commands.
_COMMAND = re.compile(r"(?:^|[\s`/])astra (?P<words>[a-z]+(?: [a-z]+)?)(?![a-z/])")
_TARGET = re.compile(r"\bmake (?P<target>[a-z-]+)")
_VARIABLE = re.compile(r"\bASTRA_[A-Z_]+[A-Z]\b")


def text_of(document: str) -> str:
    return (_ROOT / document).read_text(encoding="utf-8")


def links(document: str) -> Iterator[tuple[str, str]]:
    """(text, target) of the links to files of this repository, and to headings."""
    for link in _LINK.finditer(text_of(document)):
        if not link["target"].startswith(("http://", "https://", "mailto:")):
            yield link["text"], link["target"]


def headings(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def defined_in(path: Path) -> set[str]:
    """The names that a module defines at its top."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(target.id for target in targets if isinstance(target, ast.Name))
    return names


def code(document: str) -> str:
    """All that is marked as code, a piece a line."""
    return "\n".join(_CODE.findall(text_of(document)))


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    broken = []
    for _, target in links(document):
        name, _, anchor = target.partition("#")
        path = (_ROOT / document).parent / name if name else _ROOT / document
        if not path.exists() or (anchor and anchor not in headings(path)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_a_name_that_links_to_a_module_is_defined_there(document: str) -> None:
    missing = [
        f"{text} in {target}"
        for text, target in links(document)
        if target.endswith(".py") and (name := _IDENTIFIER.fullmatch(text))
        if name["name"] not in defined_in((_ROOT / document).parent / target)
    ]
    assert missing == []


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_commands_exist(document: str) -> None:
    unknown = []
    for command in _COMMAND.finditer(code(document)):
        name, *rest = command["words"].split()
        found = main.commands.get(name)
        is_known = found is not None and (
            not isinstance(found, click.Group) or not rest or rest[0] in found.commands
        )
        if not is_known:
            unknown.append(command["words"])
    assert unknown == []


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_settings_exist(document: str) -> None:
    known = {name.upper() for name in Settings.model_fields} | {VARIABLE, CELERY_VARIABLE}
    assert set(_VARIABLE.findall(text_of(document))) - known == set()


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_targets_of_make_exist(document: str) -> None:
    makefile = text_of("Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert {found["target"] for found in _TARGET.finditer(code(document))} - targets == set()


def test_make_help_lists_every_target() -> None:
    makefile = text_of("Makefile")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE)) == set(phony.split())
