"""What each LLM task must answer. An answer that does not fit is sent back with the validator's words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
Topic = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class _Answer(BaseModel):
    # An LLM adds fields nobody asked for; they are dropped. A wrong type is refused, not coerced:
    # "hinglish_level": "a lot" must come back to the model, not into the database.
    model_config = ConfigDict(extra="ignore", strict=True)


class Preferences(_Answer):
    """How the person wants to be talked to. None means: this conversation did not say.

    `flirt_opt_in` is left out on purpose: consent is given in the app, never inferred from a transcript.
    """

    communication_style: Literal["casual", "balanced", "formal"] | None = None
    topics_of_interest: list[Topic] = Field(default_factory=list, max_length=20)
    hinglish_level: int | None = Field(default=None, ge=0, le=100)
    astrology_system: Literal["vedic", "western", "both"] | None = None
    favorite_astro_topics: list[Topic] = Field(default_factory=list, max_length=20)


class BirthDetails(_Answer):
    """Birth details as the person said them, the last correction winning; None where unsaid."""

    date_of_birth: Line | None = None
    """ISO date when the words allow it ("2002-08-14"), otherwise the words."""
    birth_time: Line | None = None
    """"HH:MM" (24 h, local) when the words allow it, otherwise the words."""
    city: Line | None = None
    country: Line | None = None
    place_text: Line | None = None


class Insight(_Answer):
    type: Topic
    content: Line
    confidence: float | None = Field(default=None, ge=0, le=1)


class Incident(_Answer):
    title: Line | None = None
    description: Line
    tags: list[Topic] = Field(default_factory=list, max_length=10)


class TranscriptInsights(_Answer):
    """Output of `transcript-processor`."""

    summary: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    topics: list[Topic] = Field(max_length=12)
    key_insights: list[Line] = Field(default_factory=list, max_length=12)
    questions_asked: list[Line] = Field(default_factory=list, max_length=30)
    emotional_tone: Topic
    follow_up_actions: list[Line] = Field(default_factory=list, max_length=12)
    insights: list[Insight] = Field(default_factory=list, max_length=20)
    incidents: list[Incident] = Field(default_factory=list, max_length=10)
    preferences: Preferences = Field(default_factory=Preferences)
    birth_details: BirthDetails = Field(default_factory=BirthDetails)
    profile_summary: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1200)] | None = None
    first_message: Annotated[str, StringConstraints(strip_whitespace=True, max_length=600)] | None = None
    """Opening line of the next conversation; the name is written `[USERNAME]`."""

    @field_validator("topics")
    @classmethod
    def _each_topic_once(cls, topics: list[str]) -> list[str]:
        return list({topic.casefold(): topic for topic in reversed(topics)}.values())[::-1]


class HoroscopeText(_Answer):
    """Output of `horoscope-refresher`; validated against the task's input, given as context."""

    content: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

    @field_validator("content")
    @classmethod
    def _keeps_the_contract(cls, content: str, info: ValidationInfo) -> str:
        # Imported where a text is judged: its expressions take longer to compile than the rest of this package.
        from astra_pipeline.language import contract

        task_input = info.context or {}
        found = contract.problems(content, task_input, at_least=2, at_most=3)
        return _accepted(content, found + contract.sign_problems(content, task_input))


class WeeklyReportText(_Answer):
    """Output of `weekly-report-generator`: greeting, journey, celebration, and a look ahead that ends in one
    question to reflect on."""

    content: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

    @field_validator("content")
    @classmethod
    def _keeps_the_contract(cls, content: str, info: ValidationInfo) -> str:
        from astra_pipeline.language import contract

        found = contract.problems(content, info.context or {}, at_least=4, at_most=4)
        *_, last = contract.paragraphs(content) or [""]
        if last.count("?") != 1:
            found.append(f"{last.count('?')} questions in the last paragraph, want one")
        return _accepted(content, found)


def _accepted(content: str, problems: list[str]) -> str:
    if problems:
        raise ValueError("; ".join(problems))
    return content
