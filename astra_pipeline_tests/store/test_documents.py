"""Values as the old system wrote them: read where they can mean one thing, and never a reason to crash."""

from __future__ import annotations

import datetime as dt
from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.store.documents import (
    canonical,
    count,
    listed,
    moment,
    readings,
    says_something,
    texts,
)

_AT = dt.datetime(2025, 11, 3, 10, 0, tzinfo=dt.UTC)
_DAY = dt.date(2025, 11, 3)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.datetimes(timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=5.5))]))
    | st.sampled_from([b"\x00", bson.ObjectId(), bson.Regex("a.*"), bson.Decimal128("NaN"), "²", "2025-11-03"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
"""Values that a document can hold anywhere."""


@pytest.mark.parametrize(
    "written",
    [
        _AT,
        _AT.replace(tzinfo=None),
        "2025-11-03T10:00:00.000Z",
        "2025-11-03 10:00",
        "2025-11-03T15:30:00+05:30",
        "2025-11-03 10:00:00 +0000 UTC",
        "2025/11/03 10:00:00",
        int(_AT.timestamp()),
        int(_AT.timestamp()) * 1000,
        bson.Int64(int(_AT.timestamp()) * 1000),
        f"{int(_AT.timestamp())}",
        f"{int(_AT.timestamp())}000",
        "Mon Nov 03 2025 15:30:00 GMT+0530 (India Standard Time)",
        "Mon, 03 Nov 2025 10:00:00 GMT",
        "Mon, 3 Nov 2025 15:30:00 +0530",
        "November 3, 2025 at 10:00 AM",
        "3 Nov 2025 10:00",
        {"$date": "2025-11-03T10:00:00Z"},
        {"$date": {"$numberLong": f"{int(_AT.timestamp())}000"}},
    ],
    ids=repr,
)
def test_a_moment_is_read_however_it_was_written(written: Any) -> None:
    assert moment(written) == _AT


@pytest.mark.parametrize(
    "written",
    [
        *(
            "2025-11-03",
            "20251103",
            "2025/11/3",
            "Mon Nov 03 2025",
            "Nov 3, 2025",
            "3rd November 2025",
            "03-Nov-2025",
        ),
        *("2025-11-03T00:00:00Z", dt.datetime(2025, 11, 3, tzinfo=dt.UTC)),
    ],
    ids=repr,
)
def test_a_date_without_a_time_means_its_day(written: Any) -> None:
    (reading,) = readings(written)
    assert reading.day == _DAY


def test_a_date_in_numbers_is_one_day_or_two() -> None:
    assert [reading.day for reading in readings("23/11/2025")] == [dt.date(2025, 11, 23)]
    assert [reading.at for reading in readings("11/23/2025, 10:00:00\u202fAM")] == [_AT.replace(day=23)]
    assert {reading.day for reading in readings("11/03/2025")} == {_DAY, dt.date(2025, 3, 11)}
    assert moment("11/03/2025") is None
    assert [reading.day for reading in readings("3.3.2025")] == [dt.date(2025, 3, 3)]


@pytest.mark.parametrize(
    "written",
    [
        *("in spring", "", "30", 30, True, None, float("nan"), float("inf"), 10**30, "31/31/2025", "2025-13-40"),
        *([], {}, "13:00 PM Nov 3, 2025", {"$date": {"a": 1}}, {"seconds": 5}, "Mars 3, 2025", "١٢/١١/٢٠٢٥"),
    ],
    ids=repr,
)
def test_what_is_no_date_is_none(written: Any) -> None:
    assert readings(written) == ()
    assert moment(written) is None


@given(ANYTHING)
def test_anything_is_read_or_is_nothing(value: Any) -> None:
    assert all(reading.at.tzinfo for reading in readings(value))
    number = count(value)
    assert number is None or 0 <= number < 2**63
    assert all(isinstance(text, str) for text in texts(value)[0])
    assert canonical(value) == canonical(value)
    assert isinstance(says_something(value), bool)
    assert listed(value) is None or isinstance(listed(value), list)


@pytest.mark.parametrize(
    ("stored", "number"),
    [("30", 30), (30, 30), (30.9, 30), (" 7 ", 7), ("12.5", 12), (bson.Decimal128("12.5"), 12), ("१२", 12), (0, 0)]
    + [(odd, None) for odd in ("²", "-1", -1, "30%", "9" * 400, True, float("inf"), 2**63, None, [], b"3", "1e3")],
)
def test_a_count_is_a_number_or_its_text(stored: Any, number: int | None) -> None:
    assert count(stored) == number


def test_texts_are_a_list_or_can_be_one() -> None:
    assert texts(["a", "b"]) == (["a", "b"], True)
    assert texts("love, career;  moving\nhouse ") == (["love", "career", "moving", "house"], True)
    assert texts({"1": "b", "0": "a", "10": "c"}) == (["a", "b", "c"], True)
    assert texts(["a", None, 3]) == (["a"], False)
    for unclear in ({"a": "b"}, 5, "a sentence " * 20, {}):
        assert texts(unclear) == ([], False)


def test_equal_documents_have_one_canonical_text() -> None:
    there = dt.timezone(dt.timedelta(hours=5.5))
    one = {"a": [1, {"b": _AT}], "c": None}
    other = {"c": None, "a": [1, {"b": _AT.astimezone(there)}]}
    assert canonical(one) == canonical(other)
    assert canonical({"a": 1}) != canonical({"a": "1"})
