"""Latin letters, and as much Hinglish as the reader likes."""

from __future__ import annotations

import pytest

from astra_pipeline_tests.language.contract.example import HOROSCOPE, refusal


@pytest.mark.parametrize(
    ("level", "accepted"), [(0, True), (33, True), (34, False), (66, False), (67, False), (100, False)]
)
def test_english_alone_is_too_little_for_a_reader_of_hinglish(level: int, accepted: bool):
    assert (refusal(HOROSCOPE, hinglish_level=level) == "") is accepted
    assert ("Hinglish at level" in refusal(HOROSCOPE, hinglish_level=level)) is not accepted
