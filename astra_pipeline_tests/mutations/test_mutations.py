"""The proof that each fault has its test cannot rot: every mutation fits the code, and every test of it exists.

`make prove-faults` takes the mends away and runs the tests.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bench.mutations.mutation import ROOT, TESTS, Change, Mutation, Unfit, mutations
from bench.mutations.trial import verdict_of

_FAULTS = [f"F{number}" for number in range(1, 22)]
_ALL = mutations()
_FAILED = '<failure message="{}">...</failure>'


def names_of_tests(file: Path) -> dict[str, bool]:
    """Name of each test function of a file -> whether it may be run for several parameters."""
    return {
        node.name: any("parametrize" in ast.unparse(one) for one in node.decorator_list)
        or any(argument.arg in ("runner", "config") for argument in node.args.args)
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def rows_of_the_table() -> dict[str, str]:
    """Fault -> its rows in ARCHITECTURE.md's table of faults."""
    rows: dict[str, str] = {}
    for line in (ROOT / "ARCHITECTURE.md").read_text().splitlines():
        if found := re.match(r"\| (F\d+) \|", line):
            rows[found[1]] = rows.get(found[1], "") + line
    return rows


def test_every_fault_has_a_mutation() -> None:
    assert list(dict.fromkeys(mutation.fault for mutation in _ALL)) == _FAULTS


@pytest.mark.parametrize("mutation", _ALL, ids=lambda mutation: f"{mutation.part} {mutation.without}")
def test_a_mutation_fits_the_code_and_its_tests_exist(mutation: Mutation, tmp_path: Path) -> None:
    for change in mutation.changes:
        copy = tmp_path / change.file
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.exists():
            copy.write_text((ROOT / change.file).read_text())
    mutation.apply(tmp_path)
    for change in mutation.changes:
        if change.file.endswith(".py"):
            compile((tmp_path / change.file).read_text(), change.file, "exec")
    for test in mutation.tests:
        file, _, name = test.partition("::")
        function, _, parameters = name.partition("[")
        names = names_of_tests(ROOT / TESTS / file)
        assert function in names, test
        assert not parameters or names[function], test


def test_the_table_of_faults_names_the_files_of_the_tests() -> None:
    rows = rows_of_the_table()
    files = {(mutation.fault, test.partition("::")[0]) for mutation in _ALL for test in mutation.tests}
    assert [(fault, file) for fault, file in sorted(files) if f"`{file}`" not in rows[fault]] == []


@pytest.mark.parametrize(("text", "times"), [("no mend", 0), ("a mend, a mend", 2)])
def test_a_mutation_whose_text_is_not_there_once_does_not_fit(text: str, times: int, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(text)
    change = Change(file="code.py", old="a mend", new="nothing")
    with pytest.raises(Unfit, match=f"{times} times"):
        change.apply(tmp_path)


@pytest.mark.parametrize(
    ("cases", "verdict"),
    [
        (_FAILED.format("AssertionError: assert 2 == 1"), "fails without the mend"),
        ("", "PASSES WITHOUT THE MEND"),
        (_FAILED.format("NameError: name 'x' is not defined"), "DID NOT RUN"),
        ('<error message="failed on setup"/>', "DID NOT RUN"),
        ('<skipped message="no such program"/>', "DID NOT RUN"),
    ],
)
def test_only_a_test_that_ran_and_failed_is_a_proof(cases: str, verdict: str, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        f'<testsuites><testsuite><testcase name="test_it">{cases}</testcase></testsuite></testsuites>'
    )
    assert verdict_of(report)[0] == verdict


def test_a_run_of_no_test_is_no_proof(tmp_path: Path) -> None:
    assert verdict_of(tmp_path / "report.xml")[0] == "DID NOT RUN"
    (tmp_path / "report.xml").write_text("<testsuites><testsuite/></testsuites>")
    assert verdict_of(tmp_path / "report.xml")[0] == "DID NOT RUN"
