"""Two weeks of our readers' texts: every claim of sky and chart is read, and is true by skyfield."""

from __future__ import annotations

from collections import Counter

import pytest

from astra_pipeline import names
from astra_pipeline.language.contract.facts import claims_of, facts_of, unproven, without_speech
from astra_pipeline.language.contract.facts.check import PROBLEMS
from astra_pipeline_tests.language.contract.facts.skyfield_facts import by_skyfield
from bench.words.true_texts import TrueText, composed_texts

DAYS = 14
# A claim of these kinds is about somebody's chart or the day's sky, and wants a planet or a point.
PLACED = ("sign", "house", "aspect", "orb", "motion")


def read(one: TrueText) -> str:
    """The text without the reader's name and without quoted speech."""
    name = one.facts["name"]
    return without_speech(names.plain(one.text)).replace(names.plain(name), "you") if name else one.text


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_claim_of_two_weeks_is_read_and_is_true_by_skyfield() -> None:
    kinds: Counter[str] = Counter()
    unread, wrong = [], []
    for one in composed_texts(DAYS):
        assert one.natal is not None
        assert one.at is not None
        facts = facts_of(by_skyfield(one.facts, one.natal, one.at, one.zone))
        text = read(one)
        claims = claims_of(text)
        kinds.update(claim.kind for claim in claims)
        unread += [around(text, claim.start) for claim in claims if claim.kind in PLACED and not claim.is_bound]
        wrong += [(claim.kind, claim.readings[:2], around(text, claim.start)) for claim in unproven(text, facts)]
    assert set(kinds) <= set(PROBLEMS)
    assert sum(kinds.values()) > 300
    assert wrong == []
    assert unread == []


def around(text: str, at: int) -> str:
    """The words around a place of a text."""
    return text[max(0, at - 60) : at + 60]
