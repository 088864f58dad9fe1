"""Each kind of claim is read out of a sentence, in English and in Hinglish."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.astrology.festivals import festival_table
from astra_pipeline.astrology.gochara import TARAS
from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.astrology.sky import tithi_name
from astra_pipeline.astrology.zodiac import NAKSHATRAS
from astra_pipeline.gamification.milestones import MILESTONES
from astra_pipeline.language.contract.facts import Fact, claims_of
from astra_pipeline.language.contract.facts.words import words

READ = [
    ("The Moon is in Taurus.", Fact("sign", "Moon", "Taurus")),
    ("Out of Leo, Mars burns.", Fact("sign", "Mars", "Leo")),
    ("With your Moon in Virgo you count.", Fact("natal sign", "Moon", "Virgo")),
    ("Libra rising looks calm.", Fact("natal sign", "Ascendant", "Libra")),
    ("Your Sun, Moon and rising signs, Leo, Virgo and Libra, agree.", Fact("natal sign", "Ascendant", "Libra")),
    ("Aaj chand Gemini mein hai.", Fact("sign", "Moon", "Gemini")),
    ("Mangal Simha rashi mein hai.", Fact("sign", "Mars", "Leo")),
    ("Saturn squares your Venus from your 7th house.", Fact("house", "Saturn", "7")),
    ("Your eighth house is where the Moon is.", Fact("house", "Moon", "8")),
    ("Mars is in the 10th house from your Moon.", Fact("house", "Mars", "10")),
    ("Shani aathvein ghar mein hai.", Fact("house", "Saturn", "8")),
    ("The Moon and Venus pass the 7th and 8th houses.", Fact("house", "Moon", "8")),
    ("Saturn squares your Venus.", Fact("square", "Saturn", "Venus")),
    ("For your natal Venus there is Uranus, 0.1° from the exact sextile.", Fact("sextile", "Uranus", "Venus")),
    ("For your natal Venus there is Uranus, 0.1° from the exact sextile.", Fact("orb", "Uranus Venus", "0.1")),
    ("Jupiter trines your Mars, about two degrees wide.", Fact("orb", "Jupiter Mars", "2")),
    ("Shani ki drishti tumhare Sun par hai.", Fact("glance", "Saturn", "Sun")),
    ("Jupiter looks at your Mars.", Fact("glance", "Jupiter", "Mars")),
    ("The Moon walks through Rohini.", Fact("nakshatra", "Moon", "Rohini")),
    ("Today is Krishna Pratipada.", Fact("tithi", "", "Krishna Pratipada")),
    ("It is Purnima.", Fact("phase", "", "Full Moon")),
    ("The Moon is full at 8:24 pm.", Fact("phase", "", "Full Moon")),
    ("The Moon is full at 8:24 pm.", Fact("time", "", "20:24")),
    ("Mercury turns direct at subah 9 baje.", Fact("hour", "", "09")),
    ("The waning Moon wants rest.", Fact("half", "", "Krishna")),
    ("Mercury turns retrograde.", Fact("motion", "Mercury", "turns retrograde")),
    ("Shani vakri hai.", Fact("motion", "Saturn", "retrograde")),
    ("The mahadasha of Jupiter runs.", Fact("mahadasha", "", "Jupiter")),
    ("It is your Jupiter dasha, with Venus inside it.", Fact("antardasha", "", "Venus")),
    ("Your period lasts until May 2027.", Fact("month", "", "2027-05")),
    ("Your Saturn return begins.", Fact("return", "Saturn", "")),
    ("Saturn waits. A lunar eclipse falls opposite your natal Sun.", Fact("opposition", "Moon", "Sun")),
    ("Mercury aaj on your natal Venus ruk ke turns direct.", Fact("motion", "Mercury", "turns direct")),
    ("Humne do baar baat ki.", Fact("count", "conversations", "2")),
    ("Mercury has joined Venus in your 12th house.", Fact("with", "Mercury", "Venus")),
    ("The Sun keeps the Moon company.", Fact("with", "Sun", "Moon")),
    ("Mars aur Venus saath hain.", Fact("with", "Mars", "Venus")),
    ("Jupiter stands in Cancer, beside Mars.", Fact("with", "Jupiter", "Mars")),
    ("Saturn and your natal Mercury sit in one sign.", Fact("conjunction", "Saturn", "Mercury")),
    ("The Sun is on your birth Moon's sign.", Fact("conjunction", "Sun", "Moon")),
    ("You are a Gemini who feels in Leo.", Fact("natal sign", "Moon", "Leo")),
    ("It is a thin waning Mars.", Fact("half of", "Mars", "Waning")),
    ("Rahu sits in your 8th from the Moon.", Fact("house", "Rahu", "8")),
    ("Sade sati enters its setting phase.", Fact("stage", "", "setting")),
    ("A partial lunar eclipse falls on it.", Fact("eclipse", "", "lunar")),
    ("By Kshema tara this is a good day.", Fact("tara", "", "Kshema")),
    ("Chandrashtama rests on the day.", Fact("mark", "", "chandrashtama")),
    ("Today is Deepavali.", Fact("festival", "", "Diwali")),
    ("Guruvar ki subah hai.", Fact("weekday", "", "Thursday")),
    ("The Full Moon comes on Tuesday.", Fact("weekday", "Full Moon", "Tuesday")),
    ("On 3 December your sister marries.", Fact("date", "", "12-03")),
    ("November 24th is yours.", Fact("date", "", "11-24")),
    ("Twelve days in a row you have come.", Fact("streak", "days", "12")),
    ("Lagatar saat din tum aayi ho.", Fact("streak", "days", "7")),
    ("A streak of forty-two stands.", Fact("streak", "days", "42")),
    ("We talked three times this week.", Fact("count", "conversations", "3")),
    ("Congratulations on your 7-Day Streak.", Fact("milestone", "", "7-Day Streak")),
]
NO_CLAIMS = [
    "Sit in the garden and count what is yours.",
    "Do a good thing, and march on; you may rest by noon.",
    "Be in bed by 10 pm.",
    "Leave the reply for Sunday if it makes your jaw tight.",
    "Let a walk be a walk; it costs nothing.",
    "One honest sentence is worth ten polite ones.",
    "You will be engaged in three conversations at once.",
    "You have something more important to do: talk to somebody.",
    "Talk to somebody twice your age.",
    "You are a friend who listens.",
    "A guru in a film once said less.",
    "Square your shoulders, and meet the day.",
    "The cancer ward has a garden.",
]


@pytest.mark.parametrize(("sentence", "fact"), READ)
def test_a_claim_is_read(sentence: str, fact: Fact) -> None:
    assert fact in {reading for claim in claims_of(sentence) for reading in claim.readings}


@pytest.mark.parametrize("greeting", ["Good morning", "Morning", "Suno", "Namaste"])
def test_somebody_greeted_by_their_sign_is_told_nothing_of_the_moon(greeting: str) -> None:
    claims = claims_of(f"{greeting} Leo, the New Moon falls in the 2nd house.")
    assert [claim.is_bound for claim in claims if claim.kind == "sign"] == [False]


@pytest.mark.parametrize("sentence", NO_CLAIMS)
def test_ordinary_prose_claims_nothing(sentence: str) -> None:
    assert claims_of(sentence) == []


def test_what_a_planet_rules_is_not_where_it_is() -> None:
    (sign,) = [claim for claim in claims_of("Venus rules your Libra.") if claim.kind == "sign"]
    assert not sign.is_bound


def test_a_pronoun_is_the_planet_of_the_sentence_before() -> None:
    (house,) = [one for one in claims_of("The Moon rests. She crosses your 8th house.") if one.kind == "house"]
    assert house.readings == (Fact("house", "Moon", "8"),)


def test_the_vocabulary_has_every_name_that_the_inputs_have() -> None:
    known = words()
    assert set(known.signs) == set(SIGNS)
    assert set(known.nakshatras) == set(NAKSHATRAS)
    assert set(known.taras) == set(TARAS)
    assert set(known.tithis) == {tithi_name(day).removeprefix("Shukla ") for day in range(15)} | {"Amavasya"}
    assert set(known.festivals) == {festival.name for festival in festival_table().festivals}
    assert set(known.milestones) == {milestone.title for milestone in MILESTONES}


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    for claim in claims_of(text):
        assert 0 <= claim.start < claim.end <= len(text)
        assert claim.readings


@pytest.mark.parametrize(
    "seed", ["Moon in ", "1", "the 7th and ", "your ", "Saturn squares your Venus, ", "one hundred "]
)
@pytest.mark.timeout(30)
def test_a_text_that_repeats_itself_can_be_read(seed: str) -> None:
    assert isinstance(claims_of(seed * (4000 // len(seed))), list)
