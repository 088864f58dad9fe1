"""small_words.yaml: words that say nothing by themselves. Pure."""

from __future__ import annotations

import functools
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from astra_pipeline.language import vocabulary


class SmallWords(BaseModel):
    """The file: one list, in small letters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    small_words: frozenset[Annotated[str, StringConstraints(min_length=1)]]


@functools.cache
def small_words() -> frozenset[str]:
    """Read the words, once a process. Raises BadVocabulary naming the file, the line and the problem."""
    return vocabulary.load("astra_pipeline.reports", "small_words.yaml", SmallWords).small_words
