"""A value that the caller takes back, or puts in doubt, is left open: whoever extracted it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.language.spoken_birth import evidence
from astra_pipeline.language.spoken_birth.dialogue import hear
from astra_pipeline.language.spoken_birth.evidence import Statement
from astra_pipeline.language.spoken_birth.retractions import reads_back
from astra_pipeline_tests.language.spoken_birth.caller import TODAY, sayings

_TOLD = ("When and where were you born?", "14 June 1986, 6:20 am, Kota.")


def values(*exchanges: tuple[str, str]) -> dict[str, str]:
    return {one.field: one.value for one in evidence.spoken([_TOLD, *exchanges], TODAY)}


_ALL = {"date_of_birth": "1986-06-14", "birth_time": "06:20", "birth_place": "Kota"}


@pytest.mark.parametrize(
    ("reply", "open_fields"),
    [
        ("Forget that, the time is wrong.", {"birth_time"}),
        ("Woh time galat hai.", {"birth_time"}),
        ("The year I gave is wrong.", {"date_of_birth"}),
        ("Kota is wrong.", {"birth_place"}),
        ("Not Kota.", {"birth_place"}),
        ("That was a test, ignore it.", {"date_of_birth", "birth_time", "birth_place"}),
        ("That's my brother's.", {"date_of_birth", "birth_time", "birth_place"}),
        ("Sorry, the line is bad.", set()),
        ("Actually, my interview is on 4 December at 9 am in Pune.", set()),
        ("No problem at all.", set()),
    ],
)
def test_what_is_taken_back_is_left_open(reply: str, open_fields: set[str]) -> None:
    assert values(("", reply)) == {field: value for field, value in _ALL.items() if field not in open_fields}


@pytest.mark.parametrize(
    ("asked", "reply", "value"),
    [
        ("14 June 1986, right?", "Almost, the 15th.", "1986-06-15"),
        ("14 June 1986, right?", "15 June.", "1986-06-15"),
        ("14 June 1986, right?", "Haan, lekin saal 87 hai.", "1987-06-14"),
        ("14 June 1986, right?", "Yes, that's right.", "1986-06-14"),
        ("14 June 1986, right?", "No.", None),
        ("Was 14 June 1986 a Saturday? Do you live in Delhi?", "No.", "1986-06-14"),
    ],
)
def test_what_the_agent_repeats_may_be_corrected(asked: str, reply: str, value: str | None) -> None:
    assert values((asked, reply)).get("date_of_birth") == value


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ("Kota, Rajasthan?", {"birth_place"}),
        ("So 14 June 1986, at 6:20 am, in Kota, correct?", {"date_of_birth", "birth_time", "birth_place"}),
        ("Do you still live in Kota?", set()),
        ("And your daughter, is she from Kota as well?", set()),
        ("", set()),
    ],
)
def test_only_a_plain_repetition_is_a_read_back(asked: str, fields: set[str]) -> None:
    assert reads_back(asked, hear([_TOLD], TODAY).birth) & fields == fields
    assert bool(reads_back(asked, hear([_TOLD], TODAY).birth)) is bool(fields)


@pytest.mark.parametrize("claimed", ["Jaipur", "Ajmer"])
def test_an_answer_does_not_choose_what_the_caller_left_open(claimed: str) -> None:
    exchanges = [("Where were you born?", "Jaipur ya Ajmer, dono mein se koi ek.")]
    assert evidence.accepted([Statement("caller", "birth_place", claimed, claimed, 1)], exchanges, TODAY) == []


@pytest.mark.parametrize("said", ["Not in Delhi, that's for sure.", "Delhi mein nahi hua tha."])
def test_an_answer_does_not_take_a_place_that_is_denied(said: str) -> None:
    exchanges = [("Where were you born?", said)]
    assert evidence.accepted([Statement("caller", "birth_place", "Delhi", "Delhi", 1)], exchanges, TODAY) == []


def test_an_answer_does_not_keep_what_the_caller_took_back() -> None:
    exchanges = [("What time were you born?", "8:40 pm."), ("8:40 pm, noted.", "Forget that, I was guessing.")]
    assert evidence.accepted([Statement("caller", "birth_time", "20:40", "8:40 pm", 1)], exchanges, TODAY) == []


@given(sayings)
def test_what_is_left_open_has_no_value_and_the_gate_adds_none(turns: list[str]) -> None:
    exchanges = [("When were you born?", turn) for turn in turns]
    heard = hear(exchanges, TODAY)
    assert not any(heard.birth.value(field) for field in heard.birth.left_open)
    spoken = evidence.spoken(exchanges, TODAY)
    assert all(one in spoken for one in evidence.accepted(spoken, exchanges, TODAY))


def test_a_turn_of_many_corrections_settles_on_nothing() -> None:
    said = "I was born on 14 June 1986, no wait, 1987, " + "sorry, 1988, no, 1989, " * 20
    assert evidence.spoken([("", said)], TODAY) == []


_quotes = st.sampled_from(['"', "“", "'"])


@given(_quotes, st.sampled_from(["she said", "my boss told me", "he goes", "usne kaha"]))
def test_what_somebody_else_is_quoted_with_is_not_the_callers(mark: str, says: str) -> None:
    closing = {"“": "”"}.get(mark, mark)
    said = f"Well, {says}, {mark}I was born on 16 May 1979 in Agra.{closing}"
    assert evidence.spoken([("", said)], TODAY) == []
