"""The register of a text: by the care that its reader needs and, where nobody said it, by their topics. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from astra_pipeline.language.care.levels import Level
from astra_pipeline.language.topics import tenor_of, weightier

Register = Literal["usual", "tender", "crisis"]
"""usual: theme, advice and cheer. tender: grief, illness, loss: only what helps. crisis: danger: help first."""


def register_of(care: Level, topics: Sequence[str]) -> Register:
    """The register of a text for somebody with this care and these topics; the weightier of the two counts."""
    tenor = weightier(tenor_of(topics), care)
    return "tender" if tenor == "gentle" else tenor
