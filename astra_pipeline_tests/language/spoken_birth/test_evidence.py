"""The gate: whoever extracted a statement, only one of the caller's own birth passes."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.language.spoken_birth import evidence
from astra_pipeline.language.spoken_birth.evidence import Statement

_TODAY = dt.date(2026, 11, 1)
# The only values of the caller's own birth that the conversations below have, each under its field.
_OWN = {"date_of_birth": "1986-06-14", "birth_time": "06:20", "birth_place": "Kota"}
_OWN_TURNS = [
    ("When were you born?", "14 June 1986."),
    ("", "I was born on 14 June 1986 at 6:20 in the morning in Kota."),
    ("Where were you born?", "In Kota."),
    ("What time were you born?", "6:20 in the morning."),
    ("", "Mera janam 14 June 1986 ko Kota mein hua tha."),
]
_OTHER_TURNS = [
    ("When was your husband born?", "9 April 1984, 5 am, Udaipur."),
    ("", "My husband was born on 9 April 1984 at 5 am in Udaipur."),
    ("", "Meri beti ka janam 3 July 2015 ko subah 7 baje Jaipur mein hua."),
    ("You were thinking of 5 May 1990, 8 am, in Agra.", "Hmm."),
    ("", "I got married on 20 February 2012 at 11 am in Udaipur."),
    ("", "What if I was born on 1 January 2000 at noon in Paris?"),
    ("Shall I read your birth chart?", "I have an interview on 4 December 2025 at 10 am in Jaipur."),
    ("And his birth place?", "Udaipur."),
]
_VALUES = ["1986-06-14", "1984-04-09", "2015-07-03", "1990-05-05", "2012-02-20", "2000-01-01", "1985-06-14", "06:20",
           "18:20", "05:00", "07:00", "08:00", "11:00", "Kota", "Udaipur", "Jaipur", "Agra", "Paris", "Kota, Udaipur",
           "14 June 1986", "9 April 1984", "5 am", "14", "June", "husband"]  # fmt: skip
_QUOTES = ["14 June 1986", "9 April 1984", "3 July 2015", "5 May 1990", "6:20 in the morning", "5 am", "8 am", "Kota",
           "in Kota", "Udaipur", "Jaipur", "Agra", "I was born on 14 June 1986", "I was born in Kota", "14", "I was born",
           "I was born on 9 April 1984", "", ".", "Hmm", "My husband was born on 9 April 1984 at 5 am in Udaipur",
           "I got married on 20 February 2012", "interview on 4 December 2025 at 10 am"]  # fmt: skip
_statements = st.builds(
    Statement,
    owner=st.sampled_from(["caller", "user", "Caller ", "husband", "daughter", "agent", ""]),
    field=st.sampled_from(["date_of_birth", "birth_time", "birth_place", "name"]),
    value=st.sampled_from(_VALUES) | st.text(max_size=12),
    quote=st.sampled_from(_QUOTES) | st.text(max_size=12),
    turn=st.none() | st.integers(-1, 9),
)
_conversations = st.lists(st.sampled_from([*_OWN_TURNS, *_OTHER_TURNS]), min_size=1, max_size=5)


@given(_conversations, st.lists(_statements, max_size=6))
def test_no_statement_passes_that_is_not_of_the_callers_own_birth(
    exchanges: list[tuple[str, str]], statements: list[Statement]
) -> None:
    for passed in evidence.accepted(statements, exchanges, _TODAY):
        assert passed.owner == "caller"
        assert passed.value == _OWN[passed.field]
        assert passed.turn is not None
        asked, said = exchanges[passed.turn - 1]
        assert (asked, said) in _OWN_TURNS
        assert passed.quote.strip(" .").casefold() in said.casefold()


@given(_conversations)
def test_what_the_rules_read_passes(exchanges: list[tuple[str, str]]) -> None:
    spoken = evidence.spoken(exchanges, _TODAY)
    assert evidence.accepted(spoken, exchanges, _TODAY) == spoken
    assert {one.field: one.value for one in spoken}.items() <= _OWN.items()


def said(field: str, value: str, quote: str, owner: str = "caller", turn: int | None = 1) -> Statement:
    return Statement(owner, field, value, quote, turn)


_OF_TWO = [("", "I was born on 14 June 1986 in Kota. My husband was born on 9 April 1984 in Udaipur.")]


@pytest.mark.parametrize(
    ("statement", "passes"),
    [
        (said("date_of_birth", "1986-06-14", "I was born on 14 June 1986"), True),
        (said("date_of_birth", "1986-06-14", "14 june 1986", turn=7), True),
        (said("birth_place", "Kota", "in Kota"), True),
        # The right value with somebody else's quote, and somebody else's value with the right quote.
        (said("date_of_birth", "1986-06-14", "9 April 1984"), False),
        (said("date_of_birth", "1984-04-09", "14 June 1986"), False),
        # A quote that nobody said, an owner that is somebody else, a field that is another one.
        (said("date_of_birth", "1986-06-14", "born the 14th of June 1986"), False),
        (said("date_of_birth", "1986-06-14", "14 June 1986", owner="husband"), False),
        (said("birth_time", "14:06", "14 June 1986"), False),
        (said("birth_place", "Udaipur", "in Udaipur"), False),
        (said("birth_place", "Kota, Rajasthan", "Kota"), True),
    ],
)
def test_a_value_needs_an_owner_and_a_quote(statement: Statement, passes: bool) -> None:
    assert bool(evidence.accepted([statement], _OF_TWO, _TODAY)) is passes


def test_a_date_of_other_parts_than_the_callers_does_not_pass() -> None:
    exchanges = [("When were you born?", "The year was 1986, June was the month, and it was the 14th day.")]
    quote = "The year was 1986, June was the month, and it was the 14th day."
    for value, passes in (("1986-06-14", True), ("1986-06-15", False), ("1985-06-14", False)):
        passed = evidence.accepted([said("date_of_birth", value, quote)], exchanges, _TODAY)
        assert [one.value for one in passed] == ([value] if passes else [])


def test_one_of_two_dates_is_not_chosen_by_an_answer() -> None:
    exchanges = [("", "I was born on 14 or 15 August 2002.")]
    (passed,) = evidence.accepted([said("date_of_birth", "2002-08-14", "14 or 15 August 2002")], exchanges, _TODAY)
    assert passed.value == "14 or 15 august 2002"


def test_a_correction_is_what_the_turn_says() -> None:
    exchanges = [("", "I was born on 14 June 1985."), ("", "Sorry, 1986.")]
    (passed,) = evidence.spoken(exchanges, _TODAY)
    assert (passed.value, passed.quote, passed.turn, passed.corrects) == ("1986-06-14", "1986", 2, True)
    claimed = Statement("caller", "date_of_birth", "1985-06-14", "14 June 1985", 1, corrects=True)
    assert evidence.accepted([claimed], exchanges, _TODAY) == []
