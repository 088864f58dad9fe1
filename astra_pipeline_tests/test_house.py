"""The laws of the house that a linter does not know: sizes of files and functions, and the prose of docstrings.

import-linter holds the layers (`make lint`); this holds the rest of what CONTRIBUTING.md asks of a change.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_FOLDERS = ("astra_pipeline", "astra_pipeline_tests", "bench")
_FILE_LINES = 400
_FUNCTION_LINES = 60
_ASSET_BODY_LINES = 15
# Methods of pymongo's collections that read or write documents.
_QUERIES = re.compile(
    r"find|aggregate|bulk_write|distinct|watch|count_documents|estimated_document_count"
    r"|(find|insert|update|replace|delete)_(one|many)|find_one_and_(update|replace|delete)"
)
# A sentence that begins with one of these has no subject.
_NO_SUBJECT = re.compile(r"(Who|What|Whose|Whom|Where|How)(ever)?\b(?!.*\?$)")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Function | ast.ClassDef | ast.Module


@cache
def sources() -> dict[str, ast.Module]:
    """Every Python file of the project by its path in the repository, parsed."""
    paths = sorted(path for folder in _FOLDERS for path in (_ROOT / folder).rglob("*.py"))
    return {path.relative_to(_ROOT).as_posix(): ast.parse(path.read_text(), str(path)) for path in paths}


def nodes(path_begins: str = "") -> Iterator[tuple[str, ast.AST]]:
    """(path, node) of every node in the files whose path begins so."""
    for path, tree in sources().items():
        if path.startswith(path_begins):
            for node in ast.walk(tree):
                yield path, node


def described_names(node: ast.AST) -> Iterator[tuple[str, ast.Constant]]:
    """(name, text) of the module's or class's names that a string literal below them describes."""
    if not isinstance(node, ast.Module | ast.ClassDef):
        return
    for assigned, below in zip(node.body, node.body[1:], strict=False):
        if not isinstance(assigned, ast.Assign | ast.AnnAssign):
            continue
        if not (isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)):
            continue
        for target in assigned.targets if isinstance(assigned, ast.Assign) else [assigned.target]:
            yield ast.unparse(target), below.value


def docstrings() -> Iterator[tuple[str, str]]:
    """(place, first line) of every docstring, those of names included."""
    for path, node in nodes():
        if isinstance(node, Documented) and (text := ast.get_docstring(node)):
            yield f"{path}:{getattr(node, 'lineno', 1)}", text.splitlines()[0]
        for _, text in described_names(node):
            yield f"{path}:{text.lineno}", str(text.value).strip().splitlines()[0]


def lines_of(statements: list[ast.stmt]) -> int:
    """The number of lines that the statements take."""
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0


def body_of(function: Function) -> list[ast.stmt]:
    """The function's statements without its docstring."""
    return function.body[1:] if ast.get_docstring(function) else function.body


def is_asset(function: Function) -> bool:
    """Whether a decorator makes the function an asset."""
    calls = [
        decorator.func if isinstance(decorator, ast.Call) else decorator for decorator in function.decorator_list
    ]
    names = [call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls]
    return any(name == "asset" or name.endswith(("_asset", "_assets")) for name in names)


def is_database(node: ast.expr) -> bool:
    """Whether the expression is a database by its name: `db`, `work.db`, `mongo.db`, `work.sync`."""
    if isinstance(node, ast.Attribute):
        return node.attr in ("db", "sync", "database")
    return isinstance(node, ast.Name) and node.id in ("db", "database")


def test_the_files_are_found() -> None:
    """A law over no files would hold for ever."""
    assert {"astra_pipeline/definitions.py", "astra_pipeline_tests/test_house.py"} <= sources().keys()
    assert any(isinstance(node, Function) and is_asset(node) for _, node in nodes("astra_pipeline/defs/"))


def test_a_docstring_begins_with_its_subject() -> None:
    assert [f"{place}: {line}" for place, line in docstrings() if _NO_SUBJECT.match(line)] == []


def test_private_names_are_described_in_comments() -> None:
    """A string literal below a private name looks like documentation that somebody outside may rely on."""
    literals = [
        f"{path}:{text.lineno}: {name}"
        for path, node in nodes()
        for name, text in described_names(node)
        if name.rpartition(".")[2].startswith("_")
    ]
    assert literals == []


def test_a_file_is_read_in_one_sitting() -> None:
    lengths = {path: len((_ROOT / path).read_text().splitlines()) for path in sources()}
    assert {path: length for path, length in lengths.items() if length > _FILE_LINES} == {}


def test_a_function_fits_on_a_screen() -> None:
    lengths = {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path, node in nodes()
        if isinstance(node, Function)
    }
    assert {name: length for name, length in lengths.items() if length > _FUNCTION_LINES} == {}


def test_the_body_of_an_asset_reads_as_a_sentence() -> None:
    lengths = {
        f"{path}:{node.lineno} {node.name}": lines_of(body_of(node))
        for path, node in nodes("astra_pipeline/defs/")
        if isinstance(node, Function) and is_asset(node)
    }
    assert {name: length for name, length in lengths.items() if length > _ASSET_BODY_LINES} == {}


def test_definitions_hold_no_query() -> None:
    queries = [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path, node in nodes("astra_pipeline/defs/")
        if (isinstance(node, ast.Subscript) and is_database(node.value))
        or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and _QUERIES.fullmatch(node.func.attr)
        )
    ]
    assert queries == []
