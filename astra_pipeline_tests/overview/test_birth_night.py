"""A time after midnight said as "the night of the 14th" is stored as said, with a note that the chart takes up."""

from __future__ import annotations

import datetime as dt
from typing import Any

from astra_pipeline.charts import birth_data
from astra_pipeline.overview.fold import fold
from astra_pipeline.people.birth import NIGHT, BirthData
from astra_pipeline.store.documents import at_path
from astra_pipeline_tests.overview.test_birth_pending import _COMPLETE, call
from astra_pipeline_tests.overview.test_fold import folded

_SAID = call(1, "I was born on the night of 14 August 1990 at 2 am in Pune.")
_NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def flags(user: dict[str, Any]) -> list[str]:
    born = birth_data.birth_of(BirthData.read(user), now=_NOW)
    return [flag for flag in born.flags if flag.startswith("night_of_the_date")]


def key(user: dict[str, Any]) -> str:
    return birth_data.birth_key(BirthData.read(user), engine="e")


def test_the_words_are_stored_as_said_and_the_chart_is_flagged() -> None:
    user = folded({"id": "u"}, _SAID)
    assert (user["date_of_birth"].date().isoformat(), user["birth_time"]) == ("1990-08-14", "02:00")
    assert at_path(user, NIGHT) == {
        "conversation_id": "conv_1",
        "ended_at": _SAID.ended_at,
        "date": "1990-08-14",
        "time": "02:00",
    }
    assert len(flags(user)) == 1
    assert fold(user, [_SAID]) == {}


def test_a_plain_time_after_midnight_is_not_flagged() -> None:
    user = folded({"id": "u"}, call(1, "I was born on 14 August 1990 at 2 am in Pune."))
    assert at_path(user, NIGHT) is None
    assert flags(user) == []


def test_a_newer_statement_takes_the_flag_away() -> None:
    user = folded({"id": "u"}, _SAID)
    again = folded(user, call(2, "I was born on 14 August 1990 at 2 am."))
    assert flags(again) == []
    assert key(again) != key(user)  # so the chart is computed again
    corrected = folded(user, call(2, "Sorry, I was born on 15 August 1990."))
    assert corrected["date_of_birth"].date().isoformat() == "1990-08-15"
    assert flags(corrected) == []


def test_a_date_that_waits_is_flagged_once_it_is_confirmed() -> None:
    facts = [call(1, "I was born on the night of 14 August 1990 at 2 am.")]
    assert flags(folded(_COMPLETE, *facts)) == []
    facts.append(call(2, "agent: Were you born on 14 August 1990?", "Yes."))
    facts.append(call(3, "agent: And were you born at 2 am?", "Yes."))
    user = folded(_COMPLETE, *facts)
    assert (user["date_of_birth"].date().isoformat(), user["birth_time"]) == ("1990-08-14", "02:00")
    assert len(flags(user)) == 1


def test_a_date_or_time_set_in_the_app_is_not_flagged() -> None:
    user = folded({"id": "u"}, _SAID)
    assert flags(user | {"birth_time": "02:30"}) == []
    assert flags(user | {"date_of_birth": dt.datetime(1990, 8, 15, tzinfo=dt.UTC), "birth_day": 15}) == []


def test_a_place_said_later_leaves_the_flag() -> None:
    assert len(flags(folded({"id": "u"}, _SAID, call(2, "Sorry, I was born in Nashik.")))) == 1
