"""The phrases of a text are found by the words that only their pieces have."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.horoscopes.words import book
from astra_pipeline.language.composing.phrasebook import Book

_SMALL = Book(
    {
        "small": """
one: ["The morning is yours to spend slowly.", "Call {name} before the day is over, and say it.", "un{sure} of your own footing here"]
two: ["Somebody waits for a word from you.", "and say it before anybody else has to"]
"""
    },
    frozenset(("name", "sure")),
)
_WORDS = " ".join(phrase.text for pool in _SMALL.pools().values() for phrase in pool).translate(
    str.maketrans("", "", "{}")
)


def _searched(one: Book, text: str) -> list[str]:
    """The phrases one of whose pieces is in the text, by looking for each of them."""
    return [phrase for phrase, pieces in one._pieces.items() if any(piece in text for piece in pieces)]


@given(
    st.lists(st.sampled_from([*_WORDS.split(), "mistrust", "the", *string.punctuation[:6]]), max_size=40),
    st.integers(0, len(_WORDS)),
    st.integers(0, len(_WORDS)),
)
def test_the_index_finds_what_a_search_for_every_piece_finds(words: list[str], start: int, end: int) -> None:
    text = f"{' '.join(words)}{_WORDS[start:end]} {' '.join(words[::-1])}"
    assert _SMALL.used_in(text) == _searched(_SMALL, text)


def test_every_phrase_of_the_horoscopes_is_found_in_itself_and_amid_other_words() -> None:
    whole = book()
    for phrase, pieces in whole._pieces.items():
        for piece in pieces:
            assert phrase in whole.used_in(f"x{piece}")
            assert phrase in whole.used_in(f"Before it (x{piece}s) and behind it.")
