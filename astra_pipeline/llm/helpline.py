"""The part of a task's input that tells of a helpline."""

from __future__ import annotations

from pydantic import Field

from astra_pipeline.llm.task import Given


class Helpline(Given):
    """The help that a text for somebody in danger names: a line of their country, or where to find one."""

    name: str
    number: str = Field(description="Empty where the name is that of a directory.")
    site: str = Field(description="The directory's site; empty where there is a number.")
    emergency: str = Field(description="The number for danger to life; empty where it is not known.")
    hours: str = Field(default="", description="When it answers, as one says it; empty for always.")


class NoHelpline(Given):
    """Nothing in this text calls for a helpline."""
