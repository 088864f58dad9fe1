"""The documents for the app's developers name variables that exist, and show the table that the code has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from astra_pipeline.context.table import BY_NAME, markdown

_ROOT = Path(__file__).parents[2]
_DOCUMENT = _ROOT / "docs" / "web-app.md"
_PROMPT = _ROOT / "docs" / "agent-prompt.md"
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def test_the_table_of_variables_is_the_one_that_the_code_has() -> None:
    assert markdown() in _DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("document", [_DOCUMENT, _PROMPT], ids=lambda path: path.name)
def test_every_variable_that_a_prompt_names_is_in_the_table(document: Path) -> None:
    named = set(_VARIABLE.findall(document.read_text(encoding="utf-8")))
    assert named, "a prompt without a variable tells nothing"
    assert named - BY_NAME.keys() == set()
