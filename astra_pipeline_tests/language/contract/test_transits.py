"""Aspects to the person's chart: only those among the facts may be named."""

from __future__ import annotations

import pytest

from astra_pipeline.language.contract.transits import transits_told
from astra_pipeline_tests.language.contract.example import (
    REPORT,
    refusal,
    refusal_in_hinglish,
    refusal_of_report,
    with_sentence,
)

TRANSITS = [
    {"planet": planet, "aspect": aspect, "point": point}
    for planet, aspect, point in (
        ("Saturn", "square", "Venus"),
        ("Moon", "trine", "Moon"),
        ("Rahu", "trine", "Mercury"),
        ("Jupiter", "conjunction", "Ascendant"),
        ("Moon", "opposition", "Sun"),
        ("Mars", "sextile", "Rahu"),
    )
]


@pytest.mark.parametrize(
    ("sentence", "invented"),
    [
        ("Jupiter trines your Mars from the 5th house, exact at noon.", "Jupiter trine Mars"),
        ("Jupiter trine your Mars is a gift.", "Jupiter trine Mars"),
        ("Saturn squares your Moon.", "Saturn square Moon"),
        ("Saturn opposes your Venus.", "Saturn opposition Venus"),
        ("Saturn trines your Venus.", "Saturn trine Venus"),
        ("Venus joins your Sun.", "Venus conjunction Sun"),
        ("Venus conjoins your natal Moon in the 2nd house.", "Venus conjunction Moon"),
        ("Venus is conjunct your Moon.", "Venus conjunction Moon"),
        ("Venus meets your Moon this evening.", "Venus conjunction Moon"),
        ("Mars, moving through Leo, squares your natal Moon.", "Mars square Moon"),
        ("Mars in Leo gently sextiles your Moon.", "Mars sextile Moon"),
        ("From your 11th house, Mars squares your Mercury.", "Mars square Mercury"),
        ("Mars, from your 11th house of friends, opposes your Midheaven.", "Mars opposition Midheaven"),
        ("Mars makes a wonderfully kind trine to your Jupiter.", "Mars trine Jupiter"),
        ("Mars stands opposite your Moon.", "Mars opposition Moon"),
        ("Mars is in trine with your Ascendant.", "Mars trine Ascendant"),
        ("The trine from Jupiter to your Mars opens a door.", "Jupiter trine Mars"),
        ("Jupiter's kind trine to your Mars opens a door.", "Jupiter trine Mars"),
        ("A square between Saturn and your Moon asks for rest.", "Saturn square Moon"),
        ("Your Mars receives a trine from Jupiter.", "Jupiter trine Mars"),
        ("Your Moon is opposed by Saturn.", "Saturn opposition Moon"),
        ("With Saturn square your Moon, eat before you answer.", "Saturn square Moon"),
        ("Today the Sun conjuncts your Mercury.", "Sun conjunction Mercury"),
        ("Mars and Venus trine your Moon.", "Venus trine Moon"),
        ("Saturn now squares your Virgo Moon.", "Saturn square Moon"),
        ("Ketu trines your Mercury.", "Ketu trine Mercury"),
        ("Saturn will square your Moon at 4 pm.", "Saturn square Moon"),
        ("Saturn squares natal Mars.", "Saturn square Mars"),
    ],
)
def test_an_aspect_to_the_chart_that_is_in_none_of_the_facts_is_refused(sentence: str, invented: str):
    assert invented in [" ".join(claim) for claim in transits_told(with_sentence(sentence))]
    assert "an aspect that is in none of the facts" in refusal(with_sentence(sentence), transits=TRANSITS)


@pytest.mark.parametrize(
    "sentence",
    [
        "Saturn, moving through Aries, squares your natal Venus.",
        "Your Venus is squared by Saturn today.",
        "The square from Saturn to your Venus asks for patience.",
        "Rahu trines your Mercury.",
        "Jupiter meets your ascendant with a smile.",
        "The Moon stands opposite your Leo Sun.",
        # The nodes stand opposite each other.
        "Ketu makes a sextile to your Mercury.",
        "The North Node trines your Mercury.",
        "Mars trines your Ketu.",
        # In one sign, whatever the degrees.
        "Mars in Leo joins your Sun.",
        # What is denied or past.
        "No planet squares your Moon today.",
        "Neither Mars nor Saturn squares your Moon.",
        "Saturn does not oppose your Moon.",
        "Last week Mars joined your Moon; that is over.",
        # No aspect.
        "Saturn teaches; your Sun in Leo prefers to meet your Moon for tea.",
        "Saturn asks for patience, and your Moon would like company.",
        "Mars and your Sun share a taste for speed.",
        "Jupiter in the 10th house squares up to your ambition.",
        "Venus joins your Sunday table.",
        "Saturn squares your Moon sign's habits with the clock.",
    ],
)
def test_aspects_among_the_facts_and_outside_the_chart_may_be_named(sentence: str):
    assert refusal(with_sentence(sentence), transits=TRANSITS) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "Mars squares Saturn in the sky today.",
        "Your natal Mars squares your Venus, as you know.",
        "Your Sun and Mars square your Saturn by birth.",
    ],
)
def test_the_sky_or_the_chart_among_itself_is_in_none_of_the_facts(sentence: str):
    assert "an aspect that is in none of the facts" in refusal(with_sentence(sentence), transits=TRANSITS)


def test_an_invented_aspect_is_refused_in_hinglish_too():
    assert refusal_in_hinglish("Saturn tumhare Venus ko square kar raha hai.") == ""
    refused = refusal_in_hinglish("Jupiter aapke Mars se trine mein hai.")
    assert "an aspect that is in none of the facts" in refused


def test_an_input_without_transits_bears_out_no_aspect():
    refused = refusal_of_report(REPORT.replace("The Full Moon", "Jupiter trines your Mars. The Full Moon"))
    assert "an aspect that is in none of the facts" in refused
