"""Subjects that no claim is ever about: claims are about how to talk, not who somebody is. Pure.

The words are in excluded.yaml. A sentence that has one gives no evidence, is in no prompt, and stands in no claim.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import RootModel, StringConstraints

from astra_pipeline.language import vocabulary

_Word = Annotated[str, StringConstraints(pattern=r"^[a-z/-]+( [a-z-]+)*\*?$")]
_AMOUNT = re.compile(
    r"[₹$€£]\s?\d|\d[\d,.]*\s?(?:k|lakhs?|crores?|rupees|rs|dollars|usd|inr)\b|\d{5,}", re.IGNORECASE
)


class ExcludedWords(RootModel[dict[str, list[_Word]]]):
    """The whole of excluded.yaml: subject -> its words."""


def excluded_subject(text: str) -> str | None:
    """The subject in a text that no claim is about; None for a text without one."""
    if _AMOUNT.search(text):
        return "money"
    return next((subject for subject, words in _patterns().items() if words.search(text)), None)


def without_excluded(text: str) -> str:
    """The sentences of a text that have no such subject."""
    kept = [one for one in re.split(r"(?<=[.!?।…])\s+", text) if excluded_subject(one) is None]
    return " ".join(kept)


@functools.cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    table = vocabulary.load("astra_pipeline.personas", "excluded.yaml", ExcludedWords)
    return {
        subject: re.compile(rf"\b(?:{'|'.join(map(_one, words))})\b", re.IGNORECASE)
        for subject, words in table.root.items()
    }


def _one(word: str) -> str:
    return re.escape(word[:-1]) + r"\w*" if word.endswith("*") else re.escape(word)
