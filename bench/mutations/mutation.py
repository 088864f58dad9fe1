"""Mutations: each takes the mend of one fault out of a file, and names the tests that must fail without it.

They stand in `faults.yaml`, in the order of the faults. The text that goes must be in its file exactly once, so a
mutation that no longer fits its code is noticed by the test suite.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).resolve().parents[2]
_FAULTS = Path(__file__).with_name("faults.yaml")
# Test files in `faults.yaml` are relative to this folder.
TESTS = "astra_pipeline_tests"


class Unfit(Exception):
    """The mutation does not fit the code any more."""


class Change(BaseModel):
    """A text of a file, and the text in its place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    old: str = Field(min_length=1)
    new: str

    def apply(self, root: Path) -> None:
        """Make the change in the tree at `root`. Raises Unfit when the old text is not there exactly once."""
        path = root / self.file
        if not path.is_file():
            raise Unfit(f"{self.file} is not there")
        text = path.read_text()
        if (times := text.count(self.old)) != 1:
            raise Unfit(f"{self.file} has the old text {times} times")
        path.write_text(text.replace(self.old, self.new))


class Mutation(BaseModel):
    """A mend that is taken away."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    part: str = Field(pattern=r"^F\d{1,2}[a-z]?$")
    """The fault, with a letter where it has several parts."""
    without: str
    """The mend, in words."""
    changes: tuple[Change, ...] = Field(min_length=1)
    tests: tuple[str, ...] = Field(min_length=1)
    """Ids of pytest, relative to the folder of the tests."""
    hangs: bool = False
    """The tests wait for ever without the mend, and fail by their own time-out."""

    @property
    def fault(self) -> str:
        """The fault it is a part of: "F5" of "F5a"."""
        return re.sub("[a-z]$", "", self.part)

    def apply(self, root: Path) -> None:
        """Take the mend out of the tree at `root`. Raises Unfit."""
        for change in self.changes:
            change.apply(root)


def mutations(only: Sequence[str] = ()) -> list[Mutation]:
    """All mutations, or those of the faults, or parts of faults, in `only`."""
    found = [Mutation.model_validate(one) for one in yaml.safe_load(_FAULTS.read_text())]
    return [one for one in found if not only or one.fault in only or one.part in only]
