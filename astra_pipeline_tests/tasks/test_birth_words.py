"""Birth details out of speech: only the caller's own, the last correction, words where unsettled."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.tasks.offline.birth_words import read

_TODAY = dt.date(2026, 11, 23)
_COUNTRIES = frozenset({"jordan", "india", "mexico"})


def born(*said: str, asked: str = "") -> dict[str, str]:
    found = read([(asked, words) for words in said], _COUNTRIES, _TODAY)
    return {field: value for field, value in found.items() if value is not None}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "So, I was born on the 2nd of October 1997, at 7:15... no wait, 7:45 in the morning, in Pokhara.",
            {"date_of_birth": "1997-10-02", "birth_time": "07:45", "city": "Pokhara", "place_text": "Pokhara"},
        ),
        (
            "I was born on March 3rd 1988 at 4:20 pm in Guadalajara, Mexico.",
            {
                "date_of_birth": "1988-03-03",
                "birth_time": "16:20",
                "city": "Guadalajara",
                "country": "Mexico",
                "place_text": "Guadalajara, Mexico",
            },
        ),
        (
            "I was born in Odesa, on the third of May 1980, at 27 o'clock.",
            {"date_of_birth": "1980-05-03", "birth_time": "27 o'clock", "city": "Odesa", "place_text": "Odesa"},
        ),
    ],
)
def test_what_was_said_of_the_own_birth(words: str, expected: dict[str, str]) -> None:
    assert born(words) == expected


def test_the_last_correction_wins() -> None:
    found = born("I was born on 14 August 2002.", "Sorry, actually the 15th of August 2002.")
    assert found["date_of_birth"] == "2002-08-15"


def test_an_answer_needs_no_more_than_its_words() -> None:
    assert born("Nagpur.", asked="Where were you born?") == {"city": "Nagpur", "place_text": "Nagpur"}
    assert born(
        "Mum reckons it was quarter to seven in the morning.",
        asked="Date, time and place. I have the 16th of May 1982 and Hobart, but no time yet.",
    ) == {"birth_time": "06:45"}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("", "We've been in Dubai for nine years."),
        ("", "My daughter was born in Lima on 3 March 2010."),
        ("A full Moon birth often feels pulled.", "Nine. I counted."),
        ("Birth certificate ya hospital ka record dekha?", "Hospital toh band ho gaya. Lol."),
        (
            "When you were born, Samoa was on the other side of the date line.",
            "In 2011 we skipped a day. After that, nothing.",
        ),
        ("Where were you born?", "I'll ask my mother."),
    ],
)
def test_what_is_not_the_callers_birth_is_left_alone(asked: str, words: str) -> None:
    found = born(words, asked=asked)
    assert "city" not in found
    assert "date_of_birth" not in found


def test_an_impossible_date_stays_in_words() -> None:
    found = born("I was born on the 31st of February 1990.")
    with pytest.raises(ValueError, match=r"."):
        dt.date.fromisoformat(found.get("date_of_birth", ""))


_vocabulary = (
    "I was born on the 3rd 31st of May february 1990 2002 3000 at 7:15 27 o'clock pm morning raat in Pune Mexico , "
    ". no wait actually mera janam subah saat baje hua tha sorry not my mother"
).split()


@given(st.lists(st.lists(st.sampled_from(_vocabulary), max_size=25).map(" ".join), max_size=4))
def test_whatever_is_said_a_date_in_iso_form_is_a_real_day_of_the_past(said: list[str]) -> None:
    found = born(*said, asked="When and where were you born?")
    date = found.get("date_of_birth", "")
    if len(date) == 10 and date[4] == date[7] == "-":
        assert dt.date(1900, 1, 1) <= dt.date.fromisoformat(date) <= _TODAY
    assert all(value == value.strip() and value for value in found.values())
