"""The part of a task's input that tells of a helpline."""

from __future__ import annotations

from pydantic import Field

from astra_pipeline.llm.task import Given

# The last words of names that want an article.
_WITH_ARTICLE = frozenset(("Hotline", "Helpline", "Line", "Lifeline", "Refuge", "Children"))


class Helpline(Given):
    """The help that a text for somebody in danger names: a line of their country, or where to find one."""

    name: str
    number: str = Field(description="Empty where the name is that of a directory.")
    site: str = Field(description="The directory's site; empty where there is a number.")
    emergency: str = Field(description="The number for danger to life; empty where it is not known.")
    hours: str = Field(default="", description="When it answers, as one says it; empty for always.")

    @property
    def named(self) -> str:
        """The name inside a sentence: "the National Domestic Violence Hotline", "Samaritans"."""
        return f"the {self.name}" if self.name.split()[-1] in _WITH_ARTICLE else self.name


class NoHelpline(Given):
    """Nothing in this text calls for a helpline."""
