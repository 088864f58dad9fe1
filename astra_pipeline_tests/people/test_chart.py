"""A stored birth chart, read into a typed value whatever an old document holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.astrology import personal
from astra_pipeline.people.chart import Chart, Signs
from astra_pipeline_tests.charted import chart

_AT = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def test_our_own_chart_is_read_with_its_signs_its_degrees_and_its_periods() -> None:
    document = chart()
    read = Chart.read(document)
    assert read is not None
    assert read.is_ours
    assert read.engine == document["engine"]["version"]
    assert read.signs("vedic") == Signs(
        *(document["vedic"][part] for part in ("sun_sign", "moon_sign", "ascendant"))
    )
    assert read.signs("western") == Signs(
        *(document["western"][part] for part in ("sun_sign", "moon_sign", "rising_sign"))
    )
    assert all(personal.is_readable(read.placements, system) for system in ("vedic", "western"))
    assert read.calculated_at == document["calculated_at"]
    assert len(read.periods) == 9
    assert personal.running_dasha(read.periods, _AT) == personal.running_dasha(
        document["vedic"]["dasha"]["periods"], _AT
    )


def test_a_chart_of_the_old_system_has_no_engine_and_its_signs_are_spelled_as_ours() -> None:
    read = Chart.read({"vedic": {"sun_sign": " leo", "moon_sign": "VIRGO", "ascendant": "Ophiuchus"}})
    assert read is not None
    assert not read.is_ours
    assert read.vedic == Signs("Leo", "Virgo", "")
    assert read.vedic.are_enough
    assert not read.western.are_enough
    assert not personal.is_readable(read.placements, "vedic")


def test_the_ascendant_is_the_rising_sign_where_no_other_is_stored() -> None:
    read = Chart.read({"western": {"rising_sign": "nothing", "ascendant": "aries"}})
    assert read is not None
    assert read.western.rising == "Aries"


def test_what_is_no_document_is_no_chart() -> None:
    assert Chart.read(None) is None
    assert Chart.read("Leo") is None
    assert Chart.read(["vedic"]) is None


_scalars = st.none() | st.text(max_size=8) | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.booleans()
_scalars |= st.datetimes() | st.datetimes(timezones=st.just(dt.UTC))
_names = st.sampled_from(
    "engine version vedic western input flags dasha periods lord antardashas start end planets sun_sign moon_sign"
    " rising_sign ascendant calculated_at house_cusps 0".split()
)
_odd = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(_names, _odd))
def test_whatever_a_document_holds_it_is_read_and_can_be_asked(document: dict[str, Any]) -> None:
    read = Chart.read(document)
    assert read is not None
    for system in ("vedic", "western"):
        assert isinstance(personal.is_readable(read.placements, system), bool)
    personal.running_dasha(read.periods, _AT)


def test_periods_read_apart_are_those_of_the_chart() -> None:
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    inner = {"lord": "Ketu", "start": at, "end": at + dt.timedelta(days=30)}
    periods = [{"lord": "Venus", "antardashas": [inner]}, {"lord": 5}, "text"]
    whole = Chart.read({"engine": "1", "vedic": {"sun_sign": "Leo", "dasha": {"periods": periods}}})
    without = Chart.read({"engine": "1", "vedic": {"sun_sign": "Leo"}})
    assert whole is not None
    assert without is not None
    assert without.with_periods(periods) == whole
    assert without.with_periods(None) == without
