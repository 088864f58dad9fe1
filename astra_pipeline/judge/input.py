"""The input of the task `text-judge`: a text sentence by sentence, and the facts its writer was given. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import Field

from astra_pipeline.language.care import Level
from astra_pipeline.language.contract.sentences import sentences
from astra_pipeline.llm.prompt import PersonsWords
from astra_pipeline.llm.task import Given

Text = Literal["horoscope", "weekly report", "opening and profile"]
# As much of a transcript as its writer reads.
_LONGEST_FACTS = 80_000
# Facts that say nothing of the person.
_NO_FACTS = ("reader", "name", "care", "communication_style", "hinglish_level")


class JudgeInput(Given):
    """One text as a judge reads it."""

    text: Text
    care: Level = Field(description="The care that the person needs: crisis, tender or none.")
    care_by_rules: Level = Field(description="The care that word rules hear in the facts.")
    care_by_model: Level = Field(description="The care that the writer heard in them; where it differs, judge it.")
    name: Annotated[str, PersonsWords()] = Field(description="What the person is called. May be empty.")
    facts: Annotated[str, PersonsWords(longest=_LONGEST_FACTS)] = Field(
        description="Everything that the writer was told: JSON, or lines of a conversation."
    )
    sentences: Annotated[list[str], PersonsWords(joined_by="\n")] = Field(
        description="The text, a sentence each, with its number before it: '1. Good morning.'"
    )

    @property
    def is_care_in_doubt(self) -> bool:
        """Whether the rules and the writer heard different care."""
        return self.care_by_rules != self.care_by_model


def judge_input(text: Text, content: str, facts: Given, *, care: Level, name: str) -> JudgeInput:
    """The input for a text that was written from `facts`, the input of its task."""
    told = facts.model_dump(mode="json", exclude=set(_NO_FACTS))
    return JudgeInput(
        text=text,
        care=care,
        care_by_rules=care,
        care_by_model=care,
        name=name,
        facts=json.dumps(told, ensure_ascii=False),
        sentences=numbered(split(content)),
    )


def split(text: str) -> list[str]:
    """The sentences of a text, a line each."""
    return [" ".join(sentence.split()) for sentence in sentences(text)]


def numbered(found: Iterable[str]) -> list[str]:
    """Sentences with their numbers, from 1, before them."""
    return [f"{number}. {sentence}" for number, sentence in enumerate(found, 1)]


def unnumbered(found: Sequence[str]) -> list[str]:
    """The sentences without the numbers that `numbered` put before them."""
    return [sentence.removeprefix(f"{number}. ") for number, sentence in enumerate(found, 1)]
