"""The limits of a horoscope: its prompt asks for them, its validator holds them, its composer keeps them."""

from __future__ import annotations

from typing import Final

from astra_pipeline.language.composing import Limits

LIMITS: Final = Limits(fewest_words=110, most_words=180, fewest_paragraphs=2, most_paragraphs=3)
TERMS_IN_100_WORDS: Final = 6
FACTS: Final = 3
"""The facts of the sky that one text tells at most."""
SUGGESTIONS: Final = 2
"""The suggestions that an answer may list."""
