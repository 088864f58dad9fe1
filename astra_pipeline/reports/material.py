"""The phrases of a weekly report, and the words for moods: the models of their files. Pure."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from astra_pipeline.language import vocabulary
from astra_pipeline.language.phrases import (
    EachOf,
    Fields,
    Greetings,
    HindiByMood,
    Phrase,
    PhraseFile,
    Phrases,
    Pool,
    phrases,
)

# The moods of a week, which decide on the tone of its letter.
_SHADES = ("dark", "gentle", "bright", "mixed", "quiet")

ByShade = Annotated[dict[str, Pool], AfterValidator(EachOf(*_SHADES))]
OfTopic = Annotated[Phrases, AfterValidator(Fields("topic"))]
OfTone = Annotated[Phrases, AfterValidator(Fields("tone"))]
Adjectives = Annotated[dict[Phrase, list[Phrase]], Field(min_length=1)]
GreetingsByManner = Annotated[
    dict[str, Greetings],
    AfterValidator(EachOf("casual", "balanced", "formal", "light", "polite_light", "deep", "polite_deep")),
]


class Counts(PhraseFile):
    """Phrases for the number of conversations: {times} is "twice", {spread} one of `spreads`."""

    one: Pool
    several: Annotated[Phrases, AfterValidator(Fields("times", "conversations", "spread"))]


class Journey(PhraseFile):
    """Phrases about the subjects of the week."""

    one: OfTopic
    several: Annotated[Phrases, AfterValidator(Fields("topic", "others"))]
    gentle: Annotated[Phrases, AfterValidator(Fields("topics"))]
    crisis: Annotated[Phrases, AfterValidator(Fields("topics"))]
    crisis_alone: Pool
    none: Pool


def _has_questions_for_every_letter(questions: dict[str, list[str]]) -> dict[str, list[str]]:
    if missing := [key for key in ("any", "dark", "gentle") if key not in questions]:
        raise ValueError(f"lacks {', '.join(missing)}")
    return questions


# Subject of the week, or its mood when none of its subjects has questions -> questions to reflect on.
Reflections = Annotated[dict[str, Pool], AfterValidator(_has_questions_for_every_letter)]


class HindiSentences(PhraseFile):
    """Sentences of Hindi in Latin letters, for each paragraph."""

    journey: HindiByMood
    celebration: HindiByMood
    ahead: HindiByMood
    reflections: HindiByMood


class WeekPhrases(PhraseFile):
    """week.yaml: greeting, journey, celebration, and a look ahead that ends in a question."""

    greetings: Annotated[dict[str, GreetingsByManner], AfterValidator(EachOf("usual", "gentle"))]
    counts: Counts
    spreads: Annotated[
        dict[str, Annotated[Phrases, AfterValidator(Fields("all", "days"))]],
        AfterValidator(EachOf("together", "apart", "daily", "scattered")),
    ]
    moods: Annotated[dict[str, Pool], AfterValidator(EachOf(*_SHADES, "gentle_bright"))]
    journey: Journey
    care: Pool
    themes: Annotated[dict[str, Pool], Field(min_length=1)]
    any_theme: Pool
    learned_theme: Pool
    gentle_theme: Pool
    company: Pool
    questions: Annotated[Phrases, AfterValidator(Fields("question"))]
    incidents: Annotated[Phrases, AfterValidator(Fields("incident"))]
    tender_incidents: Pool
    arcs: Annotated[Phrases, AfterValidator(Fields("first", "last"))]
    steady: OfTone
    returned: OfTone
    once: OfTone
    streaks: Annotated[
        dict[str, Annotated[Phrases, AfterValidator(Fields("streak"))]], AfterValidator(EachOf("sober", "other"))
    ]
    starts: Annotated[dict[str, Pool], AfterValidator(EachOf("gentle", "dark", "other"))]
    milestones: Annotated[
        dict[str, Annotated[Phrases, AfterValidator(Fields("badges"))]], AfterValidator(EachOf("sober", "other"))
    ]
    totals: Annotated[Phrases, AfterValidator(Fields("times", "conversations"))]
    praise: ByShade
    ahead: Annotated[
        dict[str, Annotated[Phrases, AfterValidator(Fields("events"))]], AfterValidator(EachOf("usual", "sober"))
    ]
    quiet_sky: Pool
    intentions: ByShade
    reflections: Reflections
    hindi: HindiSentences


class Tones(PhraseFile):
    """Adjectives for a person's tone, in groups by their effect on a letter, with the other words for each."""

    grave: Adjectives
    sorrow: Adjectives
    dark: Adjectives
    bright: Adjectives
    open: Adjectives


class ToneWords(BaseModel):
    """tones.yaml: the words for tones, and words that say nothing by themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tones: Tones
    small_words: frozenset[Phrase]


def material() -> Mapping[str, Any]:
    """Read the phrases of week.yaml. Raises BadVocabulary naming the file, the line and the problem."""
    return phrases("astra_pipeline.reports", "week", WeekPhrases)


@functools.cache
def tone_words() -> ToneWords:
    """Read the words of tones.yaml. Raises BadVocabulary naming the file, the line and the problem."""
    return vocabulary.load("astra_pipeline.reports", "tones.yaml", ToneWords)
