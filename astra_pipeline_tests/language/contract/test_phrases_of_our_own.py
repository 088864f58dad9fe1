"""The phrases our composers use keep the contract themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from astra_pipeline.horoscopes.words import book
from astra_pipeline.language.contract import SHORTEST
from astra_pipeline.reports.composer import book as letters
from astra_pipeline_tests.language.contract.example import refusal, with_sentence


def spoken(material: object, path: str = "") -> Iterator[tuple[str, str]]:
    """(where it stands, phrase) of everything in a file of phrases, but for its lists of words."""
    if isinstance(material, dict):
        for key, value in material.items():
            yield from spoken(value, f"{path}/{key}")
    elif isinstance(material, list):
        for value in material:
            yield from spoken(value, path)
    elif isinstance(material, str) and len(material) < SHORTEST:
        yield path, material


LETTERS = {".".join(path): [phrase.text for phrase in pool] for path, pool in letters().pools().items()}


def composed() -> dict[str, Any]:
    """The phrases of horoscopes by their pools, each with its answer."""
    return {
        "/".join(path): [text for phrase in pool for text in (phrase.text, phrase.answer) if text]
        for path, pool in book().pools().items()
    }


@pytest.mark.parametrize("words", [composed(), LETTERS], ids=["horoscopes", "letters"])
def test_no_phrase_of_our_own_reads_as_a_refusal_a_placeholder_or_certainty(words: dict[str, Any]):
    wrong = {
        (path, phrase): refused
        for path, phrase in spoken(words)
        if (refused := refusal(with_sentence(re.sub(r"\{[^{}]*\}", "tea", phrase.replace("{, name}", ", dear")))))
        and re.search("apology|remark|placeholder|certainty", refused)
    }
    assert not wrong
