"""What people are called, whatever they typed into the field for their name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.core.names import called, isolated


@pytest.mark.parametrize(
    ("stored", "name"),
    [
        ("Asha", "Asha"),
        ("Asha Rao", "Asha"),
        ("  Asha\u00a0Rao ", "Asha"),
        ("Dr. Asha Rao", "Asha"),
        ("Prof. Dr. Asha Rao", "Asha"),
        ("Smt Asha", "Asha"),
        ("Dr.", "Dr."),
        ("Jean-Luc Picard", "Jean-Luc"),
        ("O'Brien", "O'Brien"),
        ("Leo", "Leo"),
        ("🌙✨", "🌙✨"),
        ("👩🏽‍🚀 Zuri", "👩🏽‍🚀"),
        ("مريم الزهراء", "مريم"),
        ("דוד", "דוד"),
        ("आशा राव", "आशा"),
        ("क्‍षमा", "क्‍षमा"),
        ("李小龍", "李小龍"),
        ("Ash\u200ba", "Asha"),
        ("\u202eAsha\u202c", "Asha"),
        ("Asha\nRao", "Asha"),
        ("{{user_name}}", "username"),
        ("[USERNAME]", "USERNAME"),
        ("<b>Asha</b>", "bAsha/b"),
        ("`Asha`", "Asha"),
        ("**Asha**", "Asha"),
        ("{0.__class__}", "0.class"),
        ("A" * 500, "A" * 40),
    ],
)
def test_people_are_called_by_their_first_name(stored: str, name: str):
    assert called(stored) == name


@pytest.mark.parametrize("stored", [None, "", "   ", "\n", "{}", "\u200b", 7, ["Asha"], {"first": "Asha"}, b"Asha"])
def test_who_gave_no_name_is_called_nothing(stored: object):
    assert called(stored) == ""


@given(st.text())
def test_a_name_is_one_short_word_that_is_neither_a_template_nor_markup(stored: str):
    name = called(stored)
    assert len(name) <= 40
    assert name.split() == ([name] if name else [])
    assert name.isprintable() or any(joiner in name for joiner in "\u200c\u200d")
    assert not set(name) & set("[]{}<>|`*_#\\\n")


@given(st.text())
def test_a_name_is_called_by_itself(stored: str):
    assert called(called(stored)) == called(stored)


@pytest.mark.parametrize("name", ["مريم", "דוד", "A דוד"])
def test_a_name_from_right_to_left_is_isolated_from_the_line_around_it(name: str):
    assert isolated(name) == f"\u2068{name}\u2069"


@pytest.mark.parametrize("name", ["", "Asha", "आशा", "🌙✨", "李", "7"])
def test_any_other_name_stays_as_it_is(name: str):
    assert isolated(name) == name
