"""The input of the task `transcript-processor`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from astra_pipeline.llm.prompt import PersonsWords
from astra_pipeline.llm.task import Given

_LONGEST_TRANSCRIPT = 80_000
_KNOWN_TOPICS = 100


class TranscriptInput(Given):
    """One finished conversation, as an LLM reads it."""

    conversation_id: str
    ended_at: str = Field(description="When the conversation ended, ISO 8601, UTC.")
    local_date: str = Field(description="The caller's local date of that moment, YYYY-MM-DD.")
    transcript: Annotated[str, PersonsWords(longest=_LONGEST_TRANSCRIPT)] = Field(
        description="Lines starting with 'user: ' or 'agent: '."
    )
    user_name: Annotated[str, PersonsWords()] = Field(description="May be empty.")
    known_topics: Annotated[list[str], PersonsWords(last=_KNOWN_TOPICS)] = Field(
        description="Topics of earlier conversations, so that their spelling is used again."
    )
