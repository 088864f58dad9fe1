"""People are called by a name, whatever they typed into the field for it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.names import called, is_in, isolated, isolated_in, plain


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
        ("👩🏽‍🚀", "👩🏽‍🚀"),
        ("👩🏽‍🚀 Zuri", "Zuri"),
        ("🌙 Luna", "Luna"),
        ("Luna 🌙", "Luna"),
        ("🌙Luna", "🌙Luna"),
        ("مريم الزهراء", "مريم"),
        ("דוד", "דוד"),
        ("आशा राव", "आशा"),
        ("क्‍षमा", "क्‍षमा"),
        ("李小龍", "李小龍"),
        ("Ash\u200ba", "Asha"),
        ("\u202eAsha\u202c", "Asha"),
        ("Asha\nRao", "Asha"),
        ("<b>Asha</b>", "bAsha/b"),
        ("`Asha`", "Asha"),
        ("**Asha**", "Asha"),
        ("{0.__class__}", "0.class"),
        ("A" * 500, "A" + "a" * 39),
        # Titles, glued to the name or not.
        ("Md. Rahim Khan", "Rahim"),
        ("Mohd Faisal", "Faisal"),
        ("Mohammed Faisal", "Mohammed"),
        ("Capt. Vikram Singh", "Vikram"),
        ("Lt. Gen. Rawat", "Rawat"),
        ("Er. Sanjay", "Sanjay"),
        ("Adv. Kiran", "Kiran"),
        ("CA Neha Gupta", "Neha"),
        ("Late Shri Ram", "Ram"),
        ("डॉ. आशा राव", "आशा"),
        ("Dr.Asha Rao", "Asha"),
        ("Ms.Priya", "Priya"),
        ("Mr. and Mrs. Rao", "Rao"),
        ("Swami Nathan", "Swami"),
        ("Major Singh", "Major"),
        # Initials.
        ("K. Sivakumar", "Sivakumar"),
        ("S Ramanujan", "Ramanujan"),
        ("Ramanujan S", "Ramanujan"),
        ("A. P. J. Abdul Kalam", "Abdul"),
        ("A.P.J. Abdul Kalam", "Abdul"),
        ("கே. சிவகுமார்", "சிவகுமார்"),
        ("K.", "K."),
        ("J.R.", "J.R."),
        ("Dr. K.", "K."),
        ("李", "李"),
        # Capitals.
        ("aarav mehta", "Aarav"),
        ("RAHUL SHARMA", "Rahul"),
        ("ÉLODIE", "Élodie"),
        ("O'NEIL", "O'Neil"),
        ("o’neil", "O’Neil"),
        ("ja'far", "Ja'far"),
        ("anne-marie", "Anne-Marie"),
        ("McDonald", "McDonald"),
        ("deShawn", "deShawn"),
        ("AJ Singh", "AJ"),
        ("OM PRAKASH", "Om"),
        # Addresses, remarks, punctuation.
        ("priya@gmail.com", "Priya"),
        ("priya.nair@gmail.com Priya", "Priya"),
        ("asha.rao", "Asha"),
        ("@asha", "Asha"),
        ("(Test) Asha", "Asha"),
        ("Ananya Rao (أنانيا)", "Ananya"),
        ("(أنانيا)", "أنانيا"),
        ("Rao, Asha", "Rao"),
        ("Asha.", "Asha"),
        ('"Asha"', "Asha"),
        ("undefined Rao", "Rao"),
        ("Nan", "Nan"),
        (unicodedata.normalize("NFD", "José Díaz"), "José"),
    ],
)
def test_people_are_called_by_their_first_name(stored: str, name: str):
    assert called(stored) == name


@pytest.mark.parametrize("stored", [None, "", "   ", "\n", "{}", "\u200b", 7, ["Asha"], {"first": "Asha"}, b"Asha"])
def test_who_gave_no_name_is_called_nothing(stored: object):
    assert called(stored) == ""


@pytest.mark.parametrize(
    "stored",
    [
        *("null", "None", "(null)", "<null>", "undefined undefined", "N/A", "unknown", "Anonymous", "Guest"),
        *("Test User", "test user 2", "user_12345", "{{user_name}}", "[USERNAME]", "First Name"),
        *("-", "?", "...", "42", "+91 98765 43210", "info@example.com", "priya.nair@gmail.com", "p4u@x.in"),
    ],
)
def test_what_stands_for_no_name_is_none(stored: str):
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
    assert isolated_in(f"Hello {name}, hello.", name) == f"Hello {name}, hello."


@pytest.mark.parametrize(
    ("name", "text", "stored"),
    [
        ("مريم", "Hello مريم, well done, مريم!", "Hello \u2068مريم\u2069, well done, \u2068مريم\u2069!"),
        ("Davidדוד", "Hello DAVIDדוד.", "Hello \u2068DAVIDדוד\u2069."),
        ("ד’אל", "Hello ד'אל.", "Hello \u2068ד'אל\u2069."),
    ],
)
def test_a_name_from_right_to_left_is_isolated_wherever_and_however_it_stands(name: str, text: str, stored: str):
    assert isolated_in(text, name) == stored


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("Asha", "Hello ASHA.", True),
        ("ASHA", "Asha's day", True),
        ("O’Neil", "dear O'Neil", True),
        ("Anne-Marie", "anne-marie", True),
        ("🌙✨", "Hi🌙✨!", True),
        ("李小龍", "李小龍様", True),
        ("Asha", "Natasha and Ashanti; Asha2, Asha_", False),
        ("Asha", "Natasha and Asha", True),
        ("Asha", "", False),
        (unicodedata.normalize("NFD", "José"), "José", True),
    ],
)
def test_a_name_is_found_as_a_word_of_its_own(name: str, text: str, named: bool):
    assert is_in(plain(name), plain(text)) is named


@given(st.text())
def test_who_is_called_by_a_name_is_found_in_a_text_with_it(stored: str):
    name = called(stored)
    assert is_in(plain(name), plain(f"Hello {name}, well done."))
