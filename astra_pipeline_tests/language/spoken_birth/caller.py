"""A caller who says something, and the birth that is read out of it."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from astra_pipeline.language.spoken_birth import read

TODAY = dt.date(2026, 11, 23)
COUNTRIES = frozenset({"jordan", "india", "mexico"})


def born(*said: str, asked: str = "") -> dict[str, str]:
    """The details of a birth that are read when a caller says this in answer to `asked`, a turn for each."""
    found = read([(asked, words) for words in said], COUNTRIES, TODAY)
    return {field: value for field, value in found.items() if value is not None}


_vocabulary = (
    "I was born on the 3rd 31st of May february 1990 2002 3000 at 7:15 10:15 27 o'clock pm morning raat in Pune , "
    ". Mexico no wait actually mera janam subah saat baje hua tha sorry not my mother or ya between and before "
    "half past to 8 oh midnight noon evening nahi saadhe सुबह सात बजे में maybe 19:30 ७ minutes quarter"
).split()
# A few turns of words that births are told with, in any order.
sayings = st.lists(st.lists(st.sampled_from(_vocabulary), max_size=25).map(" ".join), max_size=4)
