"""Complete birth data gives way only to an explicit correction; the rest waits until it is confirmed or denied."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.overview.fold import fold
from astra_pipeline.store.documents import at_path
from astra_pipeline_tests.overview.test_fold import applied, folded
from bench.speech import insights_of

_DAY = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
_COMPLETE = {
    "id": "u",
    "date_of_birth": dt.datetime(1986, 6, 14, tzinfo=dt.UTC),
    "birth_time": "06:20",
    "birth_location": "Kota, Rajasthan, India",
    "birth_city": "Kota",
    "birth_country": "India",
    "birth_timezone": "Asia/Kolkata",
}


def call(number: int, *turns: str) -> Fact:
    """The insights of a conversation, as the offline runner and the gate give them."""
    at = _DAY + dt.timedelta(days=number)
    return Fact(conversation_id=f"conv_{number}", ended_at=at, created_at=at, insights=insights_of(turns))


def date_of(user: dict[str, Any]) -> str:
    return user["date_of_birth"].date().isoformat()


def pending(user: dict[str, Any], kind: str = "date_of_birth") -> Any:
    return at_path(user, f"astra.birth_pending.{kind}")


_SAYS_OTHERWISE = call(1, "I was born on 9 April 1984.")


def test_another_persons_birth_changes_nothing_and_waits_for_nothing() -> None:
    facts = [call(1, "agent: When was your husband born?", "9 April 1984, at 5 am, in Udaipur.")]
    user = folded(_COMPLETE, *facts)
    assert {field: user[field] for field in _COMPLETE} == _COMPLETE
    assert at_path(user, "astra.birth_pending") in (None, {})


def test_what_disagrees_waits_with_the_persons_words() -> None:
    user = folded(_COMPLETE, _SAYS_OTHERWISE)
    assert date_of(user) == "1986-06-14"
    assert pending(user) == {
        "conversation_id": "conv_1",
        "ended_at": _SAYS_OTHERWISE.ended_at,
        "field": "date_of_birth",
        "value": "1984-04-09",
        "quote": "9 April 1984",
    }
    assert fold(user, [_SAYS_OTHERWISE]) == {}


@pytest.mark.parametrize(
    ("turns", "date"),
    [
        (["agent: You said you were born on 9 April 1984. Is that right?", "Yes, that's right."], "1984-04-09"),
        (
            ["agent: You said you were born on 9 April 1984. Is that right?", "No, that's my husband's."],
            "1986-06-14",
        ),
        (["agent: Were you born on 9 April 1984?", "No, 14 June 1987."], "1987-06-14"),
        (["agent: So you were born on 14 June 1986?", "Haan ji."], "1986-06-14"),
        (["I was born on 14 June 1986."], "1986-06-14"),
        (["Sorry, I was wrong, actually I was born on 9 April 1984."], "1984-04-09"),
    ],
)
def test_the_next_words_settle_what_waits(turns: list[str], date: str) -> None:
    facts = [_SAYS_OTHERWISE, call(2, *turns)]
    waiting = folded(_COMPLETE, _SAYS_OTHERWISE)
    after = applied(waiting, fold(waiting, facts))
    assert (date_of(after), pending(after)) == (date, None)
    assert fold(after, facts) == {}
    at_once = folded(_COMPLETE, *facts)
    assert (date_of(at_once), pending(at_once)) == (date, None)


@pytest.mark.parametrize("answer", ["Yes.", "No."])
@pytest.mark.parametrize(
    ("says_otherwise", "named", "kind"),
    [
        ("I was born in Udaipur.", "So you were born in Chhota Pimpalgaon, in Maharashtra?", "birth_place"),
        ("I was born on 9 April 1984.", "So you were born on 9 April 2045?", "date_of_birth"),
    ],
)
def test_a_yes_or_a_no_to_what_is_no_birth_settles_nothing(
    says_otherwise: str, named: str, kind: str, answer: str
) -> None:
    user = folded(_COMPLETE, call(1, says_otherwise), call(2, f"agent: {named}", answer))
    assert {field: user[field] for field in _COMPLETE} == _COMPLETE
    assert pending(user, kind) is not None


def test_words_about_something_else_leave_it_waiting() -> None:
    facts = [_SAYS_OTHERWISE, call(2, "agent: Shall we talk about your job?", "Yes.")]
    assert pending(folded(_COMPLETE, *facts))["value"] == "1984-04-09"


def test_an_explicit_correction_replaces_complete_data() -> None:
    user = folded(_COMPLETE, call(1, "Actually, my date of birth is wrong, I was born on 14 June 1987."))
    assert (date_of(user), pending(user)) == ("1987-06-14", None)


def test_incomplete_data_gives_way() -> None:
    incomplete = {**_COMPLETE, "birth_time": None}
    assert date_of(folded(incomplete, _SAYS_OTHERWISE)) == "1984-04-09"


def test_a_place_that_waits_is_not_shown_as_the_place() -> None:
    facts = [call(1, "I was born in Udaipur.")]
    user = folded({**_COMPLETE, "user_overview": {"birth_details": {"city": "Kota"}}}, *facts)
    assert user["birth_city"] == "Kota"
    assert at_path(user, "user_overview.birth_details.city") == "Kota"
    assert pending(user, "birth_place")["value"] == "Udaipur"
    confirmed = [*facts, call(2, "agent: Your place of birth is Udaipur, is that right?", "Yes.")]
    user = applied(user, fold(user, confirmed))
    assert user["birth_city"] == "Udaipur"
    assert at_path(user, "user_overview.birth_details.city") == "Udaipur"
    assert fold(user, confirmed) == {}
