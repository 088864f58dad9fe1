"""The levels of care, their kinds, and how long each lasts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Level = Literal["none", "tender", "crisis"]

LEVELS: tuple[Level, ...] = ("none", "tender", "crisis")
"""The levels, the lightest first."""
KINDS: Mapping[Level, tuple[str, ...]] = {
    "none": (),
    "tender": ("grief", "illness", "separation", "loss", "failure"),
    "crisis": ("self_harm", "violence", "danger"),
}
"""The kinds of each level, the weightiest first.

self_harm: a wish to die or an injury to oneself; violence: done or threatened by somebody; danger: somebody else's
life, or one's own by a stranger or an accident; grief: a death; loss: of work, home or money; failure: an exam, a
rejection.
"""
DAYS: Mapping[Level, int] = {"none": 0, "tender": 14, "crisis": 30}
"""The days for which a level lasts after the conversation, at least."""
