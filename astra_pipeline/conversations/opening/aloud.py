"""The limits on the first words of a call, which somebody else may hear, too. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from astra_pipeline.language import vocabulary
from astra_pipeline.language.care.hearing import heard
from astra_pipeline.language.topics import kind_of
from astra_pipeline.language.word_lists import Words

# The opening names the caller with this and nobody else.
_CALLER = re.compile(r"\[USERNAME\]|\{\{user_name\}\}")
_LONGEST = 260
_SHORT = 4


class PrivateWords(BaseModel):
    """aloud.yaml: beginnings of words that are nobody else's business, by what they tell."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    private: Mapping[str, Words]


def is_fit_for_bystanders(opening: str, *, names: Iterable[str] = ()) -> bool:
    """Whether an opening tells a bystander nothing that is the caller's alone.

    `names` are those of people whom the call was about; none of them may be called.
    """
    text = _CALLER.sub("you", opening)
    if len(text) > _LONGEST or has_private_words(text) or kind_of(text) in ("tender", "unspoken"):
        return False
    if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in names if name):
        return False
    return heard([text]).level == "none"


def has_private_words(text: str) -> bool:
    """Whether a text has a word that is nobody else's business."""
    return bool(_private().search(text))


@functools.cache
def _private() -> re.Pattern[str]:
    known = vocabulary.load("astra_pipeline.conversations.opening", "aloud.yaml", PrivateWords).private
    stems = sorted((re.escape(stem) for listed in known.values() for stem in listed), key=len, reverse=True)
    # A short word is private as it stands ("ill", "ex"), a longer one with any ending ("pregnan").
    short = "|".join(stem for stem in stems if len(stem) <= _SHORT)
    longer = "|".join(stem for stem in stems if len(stem) > _SHORT)
    return re.compile(rf"\b(?:(?:{short})s?\b|(?:{longer})\w*)", re.IGNORECASE)
