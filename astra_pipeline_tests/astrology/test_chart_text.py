"""The JSON text of charts against their documents, and the kernel's numbers against jplephem's."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import orjson
import pytest

from astra_pipeline.astrology import kernel
from astra_pipeline.astrology.births import Birth, birth
from astra_pipeline.astrology.chart import charts
from astra_pipeline.astrology.chart_text import chart_texts
from astra_pipeline.astrology.iso_text import iso_texts

_ZONES = ("Asia/Kolkata", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
# On the equator, at the polar circles and beyond them, at the poles.
_LATITUDES = (0.0, 66.55, -66.57, 78.2, 90.0, -90.0)
_DAYS = (dt.date(2053, 1, 1) - dt.date(1900, 1, 2)).days


def _births(count: int, seed: int) -> list[Birth]:
    drawn = random.Random(seed)
    return [
        birth(
            dt.date(1900, 1, 2) + dt.timedelta(days=drawn.randrange(_DAYS)),
            dt.time(drawn.randrange(24), drawn.randrange(60), drawn.choice((0, 0, drawn.randrange(60)))),
            drawn.choice((*_LATITUDES, drawn.uniform(-90, 90), drawn.uniform(-60, 60))),
            drawn.choice((-180.0, 180.0, 0.0, drawn.uniform(-180, 180), drawn.uniform(-180, 180))),
            drawn.choice(_ZONES),
            place=drawn.choice((None, "Jhajjar", 'São "Paulo"\n@now', "झज्जर")),
            flags=drawn.choice(((), ("a doubt: @input",))),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("now", "true_node"),
    [
        (dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC), False),
        (dt.datetime(2026, 11, 23, 12, 30, 1, 5, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))), True),
        # Before most of them are born, and after the 120 years of their dashas.
        (dt.datetime(1900, 1, 1, tzinfo=dt.UTC), False),
        (dt.datetime(2173, 1, 1, tzinfo=dt.UTC), True),
    ],
)
def test_a_text_is_the_document_letter_for_letter(now: dt.datetime, true_node: bool) -> None:
    births = _births(200, seed=now.year)
    plain = [
        orjson.dumps(document, option=orjson.OPT_UTC_Z) for document in charts(births, now=now, true_node=true_node)
    ]
    assert chart_texts(births, now=now, true_node=true_node) == plain
    ids = [orjson.dumps(number) for number in range(len(births))]
    named = chart_texts(births, now=now, true_node=true_node, ids=ids, end=b"\n")
    assert named == [b'{"id":%d,%b\n' % (number, text[1:]) for number, text in enumerate(plain)]


def test_one_birth_and_no_birth_have_texts_too() -> None:
    now = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
    for count in (0, 1, 2):
        births = _births(count, seed=count)
        plain = [orjson.dumps(document, option=orjson.OPT_UTC_Z) for document in charts(births, now=now)]
        assert chart_texts(births, now=now) == plain


def test_moments_are_written_as_numpy_writes_them() -> None:
    drawn = np.random.default_rng(1)
    first, last = (
        np.datetime64(text, "s").astype(np.int64) for text in ("1870-01-01T00:00:00", "2179-12-31T23:59:59")
    )
    moments = np.concatenate([[first, last, -1, 0], drawn.integers(first, last, 996)]).astype("datetime64[s]")
    plain = np.char.encode(np.datetime_as_string(moments, timezone="UTC"))
    assert (iso_texts(moments.reshape(10, 100)) == plain.reshape(10, 100)).all()
    for beyond in (first - 1, last + 1):
        with pytest.raises(IndexError):
            iso_texts(np.array([beyond]).astype("datetime64[s]"))


@pytest.mark.parametrize("pair", [(0, 1), (0, 2), (0, 3), (0, 4), (0, 9), (0, 10), (3, 301), (3, 399)])
def test_paths_are_those_of_jplephem_to_the_last_bit(pair: tuple[int, int]) -> None:
    path = kernel.path(*pair)
    segment = path.segment
    moments = np.random.default_rng(sum(pair)).uniform(segment.start_jd, segment.end_jd, 500)
    position, velocity = segment.compute_and_differentiate(moments)
    assert (path.position(moments) == position).all()
    found, speed = path.motion(moments)
    assert (found == position).all()
    assert (speed == velocity).all()
    ends = np.array([segment.start_jd, segment.end_jd])
    assert (path.position(ends) == segment.compute(ends)).all()


def test_a_moment_that_the_kernel_does_not_cover_is_refused() -> None:
    from jplephem.exceptions import OutOfRangeError

    path = kernel.path(0, 10)
    for moment in (path.segment.start_jd - 100, path.segment.end_jd + 100):
        with pytest.raises(OutOfRangeError):
            path.position(np.array([moment]))
        with pytest.raises(OutOfRangeError):
            path.motion(np.array([moment]))
