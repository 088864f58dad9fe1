"""A time after midnight that is said as of a date's night leaves open which date is meant."""

from __future__ import annotations

import pytest

from astra_pipeline.language.spoken_birth import evidence
from astra_pipeline.language.spoken_birth.nights import is_of_a_night
from astra_pipeline_tests.language.spoken_birth.caller import TODAY


@pytest.mark.parametrize(
    "said",
    [
        "I was born on the night of 14 August 1990 at 2 am",
        "on the night of the 14th of August, 1990, at half past one",
        "14 August 1990, at 2 at night",
        "born at midnight on 14 August 1990",
        "Mera janam 14 August 1990 ko raat ke dhai baje hua",
        "Mera janam 14 ki raat 2 baje hua, August 1990",
        "14 August 1990, raat ke barah baje",
        "मेरा जन्म 14 अगस्त 1990 की रात दो बजे हुआ",
        "चौदह अगस्त 1990 की रात एक बजे",
    ],
)
def test_the_night_of_a_date_is_heard(said: str) -> None:
    assert is_of_a_night(said)


@pytest.mark.parametrize(
    "said",
    [
        "I was born on 14 August 1990 at 2 am",
        "I was born on 14 August 1990 at 11 at night",
        "I was born on 14 August 1990 at 2 am. It was a rainy night.",
        "Mera janam 14 August 1990 ko subah 4 baje hua",
        "14 August 1990 ki raat ko 10 baje",
        "raat 2 baje",
        "",
    ],
)
def test_other_times_are_of_the_date_that_was_said(said: str) -> None:
    assert not is_of_a_night(said)


def test_a_newer_date_or_time_takes_the_flag_away() -> None:
    told = [("", "I was born on the night of 14 August 1990 at 2 am in Pune.")]
    assert {one.field: one.of_a_night for one in evidence.spoken(told, TODAY)} == {
        "date_of_birth": True,
        "birth_time": True,
        "birth_place": False,
    }
    corrected = [*told, ("", "Sorry, I was born on 15 August 1990.")]
    assert not any(one.of_a_night for one in evidence.spoken(corrected, TODAY))


def test_the_flag_is_found_out_and_not_believed() -> None:
    told = [("", "I was born on 14 August 1990 at 2 am.")]
    claims = [evidence.Statement("caller", "birth_time", "02:00", "at 2 am", 1, of_a_night=True)]
    (passed,) = evidence.accepted(claims, told, TODAY)
    assert passed.value == "02:00"
    assert not passed.of_a_night
