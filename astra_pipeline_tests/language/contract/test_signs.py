"""Signs in a text: the person's own are named, and nobody is given another's."""

from __future__ import annotations

import pytest

from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline_tests.language.contract.example import HOROSCOPE, refusal, with_sentence


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("Your Sun in Virgo wants order.", "sun sign"),
        ("Your Sun sign is Virgo.", "sun sign"),
        ("Your Virgo Sun wants order.", "sun sign"),
        ("As a Virgo Sun you want order.", "sun sign"),
        ("You were born under the Sun in Virgo.", "sun sign"),
        ("Your Sun sits in Aries, at the door of courage.", "sun sign"),
        ("Aries is your Sun sign, so run first.", "sun sign"),
        ("Aries, your Sun sign, runs first.", "sun sign"),
        ("Your natal Moon in Libra seeks peace.", "moon sign"),
        ("Your Moon sign, Libra, seeks peace.", "moon sign"),
        ("Your Libra Moon seeks peace.", "moon sign"),
        ("For a Libra moon that is much.", "moon sign"),
        ("Your Sun in Leo and Moon in Libra are friends.", "moon sign"),
        ("Your Moon sits in Taurus, so you love slow meals.", "moon sign"),
        ("With your Moon placed in Taurus you crave rest.", "moon sign"),
        ("Your Moon (Taurus) wants rest.", "moon sign"),
        ("Your Moon was in Aries when you were born.", "moon sign"),
        ("As a Taurus Moon you crave rest.", "moon sign"),
        ("You are a Taurus Moon.", "moon sign"),
        ("With Taurus as your Moon sign you crave rest.", "moon sign"),
        ("Born with the Sun in Leo and the Moon in Taurus, you love slow meals.", "moon sign"),
        ("Your rising sign is Virgo.", "rising sign"),
        ("Your Ascendant in Virgo is neat.", "rising sign"),
        ("Your Ascendant falls in Aries.", "rising sign"),
        ("Your lagna, Virgo, is neat.", "rising sign"),
        ("Virgo rising makes you neat.", "rising sign"),
        ("Taurus is your rising sign.", "rising sign"),
    ],
)
def test_another_sign_than_the_persons_own_is_refused(sentence: str, part: str):
    assert f"another {part} than the person's is claimed" in refusal(with_sentence(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "Dear Aries, be well.",
        "Hello Aries!",
        "Good morning, Taurus.",
        "You, a Taurus at heart, like the slow way.",
        "You're an Aries, so begin.",
        "As a Taurus, you crave rest.",
        "As an Aries with a big heart you give too much.",
        "Like every Taurus, you want a good lunch.",
        "Taureans like you enjoy a slow day.",
        "Aries, you are early today.",
    ],
)
def test_nobody_is_addressed_by_a_sign_that_is_not_theirs(sentence: str):
    assert "addressed by a sign that is not theirs" in refusal(with_sentence(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "The Moon in Taurus trines your Moon in Virgo.",
        "As a Leo you know this.",
        "For a Virgo Moon that is much.",
        "Your rising sign, Libra, loves company.",
        "The Sun in Leo loves company.",
        "Your Sun sign is Leo and your Moon sign is Virgo.",
        "Your Sun sits in Leo and your Moon rests in Virgo.",
        "Leo is your Sun sign, and Libra your rising sign.",
        "You are a Leo Sun with a Virgo Moon.",
        "Your Sun, Moon and rising signs, Leo, Virgo and Libra, are on speaking terms.",
        "As a Leo with your Moon in Virgo, you like order and applause.",
        "You, a Leo at heart, like a full room.",
        "Hello Leo, if I may.",
        "As a Taurus Moon climbs the sky, give the evening to something slow.",
        "For a Taurus Moon, the evening is remarkably quiet.",
        "For an Aries season, this is a surprisingly patient day.",
        "For a Taurus day like this one, good food counts as wisdom.",
        "Saturn moves like an Aries Saturn should: as an Aries Saturn it wants courage before comfort.",
        "With the Moon in Taurus, your Moon sign Virgo feels understood.",
        "Taurus, where the Moon is today, asks for a slow lunch.",
        "Taurus, your 8th house, holds the Moon until the evening.",
        "The Moon in Taurus, you will notice, is in no hurry.",
        "Saturn is in Aries as your Moon looks on.",
    ],
)
def test_the_persons_own_signs_and_those_of_the_sky_may_be_named(sentence: str):
    assert refusal(with_sentence(sentence)) == ""


def test_a_sign_that_is_in_none_of_the_facts_is_refused():
    assert "Gemini, Pisces is in none of the facts" in refusal(with_sentence("Mind Pisces and Gemini."))
    assert refusal(with_sentence("Mind the month of Aries.")) == ""


@pytest.mark.parametrize("sign", ["Leo", "Virgo", "Libra"])
def test_a_text_need_not_recite_the_persons_signs(sign: str):
    assert refusal(HOROSCOPE.replace(sign, "it")) == ""


def test_a_person_without_a_rising_sign_is_given_none():
    assert "another rising sign" in refusal(HOROSCOPE, rising_sign="")
    without = HOROSCOPE.replace("with Libra rising you will", "you will")
    assert refusal(without, rising_sign="") == ""


@pytest.mark.parametrize("own", SIGNS)
def test_somebody_called_leo_may_be_greeted_whatever_their_sign(own: str):
    text = HOROSCOPE.replace("Sun in Leo", f"Sun in {own}").replace("Meera", "Leo")
    assert refusal(text, name="Leo", sun_sign=own) == ""
    assert "another sun sign" in refusal(HOROSCOPE.replace("Meera", "Leo"), name="Leo", sun_sign="Pisces")
