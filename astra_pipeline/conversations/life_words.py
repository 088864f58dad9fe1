"""The words of life.yaml: relations, events, weekdays, and the verbs of plans and tenses."""

from __future__ import annotations

import functools
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from astra_pipeline.language import vocabulary

Words = Annotated[tuple[str, ...], Field(min_length=1)]


class LifeWords(BaseModel):
    """The lists of life.yaml, where each has a comment that says what it is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    relations: Words
    owners: Words
    events: Words
    weekdays: dict[Annotated[int, Field(ge=0, le=6)], Words]
    future: Words
    past: Words
    intentions: Words
    hindi_intentions: Words
    no_intentions: Words
    event_verbs: Words
    doubling: Words
    states: Words
    past_verbs: Words
    unreal: Words
    ordinary: Words
    hindi_event_verbs: Words
    hindi_states: Words


# They end like a past tense and are none, or may be either.
_NOT_PAST = frozenset(("need", "feed", "proceed", "exceed", "speed", "bleed", "wed", "embed", "shed", "bed"))


def is_past(verb: str) -> bool:
    """Whether an English verb in small letters stands in the past tense: "announced", "flew"."""
    return (verb.endswith("ed") and verb not in _NOT_PAST) or verb in life_words().past_verbs


@functools.cache
def life_words() -> LifeWords:
    """Read life.yaml, once a process. Raises BadVocabulary."""
    return vocabulary.load("astra_pipeline.conversations", "life.yaml", LifeWords)
