"""The phrases of horoscopes: YAML files in `phrases/`, and the fields that they may have."""

from __future__ import annotations

import functools

from astra_pipeline.language.composing import Book

FIELDS = frozenset(
    (
        # of the sky
        *("planet", "verb", "point", "sense", "house", "moon_house", "sign", "star", "tara"),
        # of a landmark
        *("landmark", "ends", "lord", "festival", "turned", "where"),
        # of the person
        *("person", "topic", "plan", "event", "when", "badges", "streak", "work"),
        # of the help in danger
        *("who", "reach", "urgent", "help"),
    )
)
"""The fields of phrases, which `fields.py` fills in."""

HOUSES = range(1, 13)


@functools.cache
def book() -> Book:
    """All phrases of horoscopes. Raises BadPhrases naming the file and the problem."""
    return Book.of("astra_pipeline.horoscopes", fields=FIELDS)
