"""A trial: one test on a copy of the tree from which a mend was taken."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from bench.mutations.mutation import ROOT, TESTS, Mutation, Unfit

Verdict = Literal["fails without the mend", "PASSES WITHOUT THE MEND", "DID NOT RUN", "DOES NOT FIT"]
PROVEN: Verdict = "fails without the mend"

# What no test needs, or what is linked.
_NOT_COPIED = shutil.ignore_patterns(
    ".venv", ".git", ".astra", "__pycache__", ".*_cache", ".hypothesis", "node_modules"
)
_LONGEST_SECONDS = 900
# A test whose mend is a deadline does not end without it; it takes seconds with it.
_HANGS_SECONDS = 240
_TIMED_OUT = re.compile(r"^(\w+\.)*(Failed: )?Timeout\b")
# Errors of a mutation that is no program any more: the test fails for a reason of its own.
_NO_PROGRAM = re.compile(r"^(\w+\.)*(ImportError|ModuleNotFoundError|SyntaxError|IndentationError|NameError)\b")


@dataclass(frozen=True)
class Trial:
    """The outcome of one test without one mend."""

    mutation: Mutation
    test: str
    verdict: Verdict
    because: str = ""
    """The first line of the test's failure, or the reason for which there was none."""
    seconds: float = 0.0


@contextmanager
def copied_tree(folder: Path) -> Iterator[Path]:
    """A copy of the tree in `folder`, with the same virtual environment. It goes with the block."""
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=_NOT_COPIED, symlinks=True)
    (tree / ".venv").symlink_to(ROOT / ".venv")
    try:
        yield tree
    finally:
        shutil.rmtree(tree)


def trials(tree: Path, mutation: Mutation) -> Iterator[Trial]:
    """Take the mend out of the tree, run each test that must fail without it, and put the mend back."""
    kept = {change.file: (tree / change.file).read_bytes() for change in mutation.changes}
    try:
        try:
            mutation.apply(tree)
        except Unfit as problem:
            yield Trial(mutation, mutation.tests[0], "DOES NOT FIT", str(problem))
            return
        _forget_compiled(tree, kept)
        for test in mutation.tests:
            yield _run(tree, mutation, test)
    finally:
        for file, content in kept.items():
            (tree / file).write_bytes(content)
        _forget_compiled(tree, kept)


def _forget_compiled(tree: Path, files: dict[str, bytes]) -> None:
    """Python knows a file that changed by its second and its size, which may be the same."""
    for file in files:
        path = tree / file
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
            compiled.unlink()


def _run(tree: Path, mutation: Mutation, test: str) -> Trial:
    report = tree.parent / "report.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-n", "0", "-x", "-q", "-W", "ignore", "-p", "no:cacheprovider"]
    began = time.monotonic()
    try:
        subprocess.run(
            [*command, f"--junitxml={report}", f"{TESTS}/{test}"],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_HANGS_SECONDS if mutation.hangs else _LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        if mutation.hangs:
            return Trial(mutation, test, PROVEN, "it does not end", time.monotonic() - began)
        return Trial(mutation, test, "DID NOT RUN", "it took too long", time.monotonic() - began)
    verdict, because = verdict_of(report)
    if verdict == PROVEN and _TIMED_OUT.match(because) and not mutation.hangs:
        verdict = "DID NOT RUN"
    return Trial(mutation, test, verdict, because, time.monotonic() - began)


def verdict_of(report: Path) -> tuple[Verdict, str]:
    """The verdict in pytest's report (JUnit's XML), and its reason.

    Only a test that ran and failed is a proof: neither one that could not be imported or set up, nor one that was
    skipped, nor one that met an error of a program that the mutation broke.
    """
    if not report.exists():
        return "DID NOT RUN", "pytest wrote no report"
    cases = list(ElementTree.parse(report).iter("testcase"))
    for case in cases:
        if (failure := case.find("failure")) is not None:
            because = _first_line(failure)
            return ("DID NOT RUN" if _NO_PROGRAM.match(because) else PROVEN), because
        if (error := case.find("error")) is not None:
            return "DID NOT RUN", _first_line(error)
    if not any(case.find("skipped") is None for case in cases):
        return "DID NOT RUN", "no test was collected, or all were skipped"
    return "PASSES WITHOUT THE MEND", ""


def _first_line(problem: ElementTree.Element) -> str:
    lines = (problem.get("message") or problem.text or "").strip().splitlines()
    return lines[0] if lines else ""
