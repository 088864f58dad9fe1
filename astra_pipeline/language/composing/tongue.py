"""The languages of a text: English, and three grades of Hinglish that mixes inside the clause. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from astra_pipeline.language.composing.choice import Choice
from astra_pipeline.language.manner import MUCH_HINGLISH, SOME_HINGLISH

Grade = Literal["english", "light", "mixed", "full"]
"""english: no Hindi. light: a sentence of it. mixed: every third sentence. full: two of three."""

SHARES: Mapping[Grade, float] = {"english": 0.0, "light": 0.1, "mixed": 0.36, "full": 0.6}
"""Grade -> the share of a text's sentences that are Hinglish, at least."""


def grade_of(level: int) -> Grade:
    """The grade of a reader's Hinglish level, 0 to 100."""
    if level <= 0:
        return "english"
    if level < SOME_HINGLISH:
        return "light"
    return "mixed" if level < MUCH_HINGLISH else "full"


def hindi_slots(
    share: float, slots: Sequence[str], able: Sequence[str], choice: Choice, fresh: Collection[str] = ()
) -> frozenset[str]:
    """The slots of a text whose sentences are Hinglish, out of those that are `able`, spread by an order of the day.

    They are as many as the share of all `slots` asks for (SHARES has that of a grade). `fresh` ones, which have a phrase that nobody
    remembers, come first.
    """
    wanted = math.ceil(share * len(slots))
    ordered = choice.in_order("tongue", [slot for slot in slots if slot in able])
    return frozenset(sorted(ordered, key=lambda slot: slot not in fresh)[:wanted])
