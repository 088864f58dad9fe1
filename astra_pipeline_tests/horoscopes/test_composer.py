"""The offline composer of horoscopes: true to its facts, and grammatical in every combination."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from hypothesis import given, settings

from astra_pipeline.astrology import transits
from astra_pipeline.astrology.aspects import NAMES as ASPECTS
from astra_pipeline.astrology.sky import tithi_name
from astra_pipeline.astrology.zodiac import NAKSHATRAS, SIGNS
from astra_pipeline.horoscopes.material import material
from astra_pipeline.language import hinglish
from astra_pipeline.language.topics import is_nameable
from astra_pipeline_tests.composed import pools, sentences
from astra_pipeline_tests.horoscopes.days import DAY, FIRST, LORDS, a_day, facts, text_of, transit


@settings(max_examples=120)
@given(facts())
def test_every_text_keeps_its_contract_and_the_same_facts_give_the_same_text(day: dict[str, Any]) -> None:
    assert text_of(day) == text_of(day)


@pytest.mark.parametrize("system", ["vedic", "western"])
def test_there_are_words_for_every_transit(system: transits.System) -> None:
    for planet, aspect, point in itertools.product(transits.MOVING[system], ASPECTS, transits.NATAL_POINTS[system]):
        text = text_of(a_day(astrology_system=system, transits=[transit(planet, aspect, point, sign="Cancer")]))
        about = text.split("\n\n")[1]
        assert planet in about
        assert point in about


def test_there_are_words_for_every_house_nakshatra_lord_and_moon_sign() -> None:
    for number, nakshatra in enumerate(NAKSHATRAS):
        moon = {
            "sign": "Aries",
            "nakshatra": nakshatra,
            "phase": "",
            "tithi": tithi_name(number),
            "house": number % 12 + 1,
        }
        text = text_of(
            a_day(moon=moon, moon_sign=SIGNS[number % 12], planets={"Mars": {"sign": "Leo", "house": 12}})
        )
        assert nakshatra in text
        assert material("sky")["houses"][number % 12 + 1]["name"] in text
    spoken = [
        text_of(a_day(dasha={"mahadasha": lord, "antardasha": "Moon", "until": "May 2027"}, date=FIRST + DAY * day))
        for lord in LORDS
        for day in range(2)
    ]
    assert all(any(lord in text for text in spoken) for lord in LORDS)


def test_a_topic_that_is_a_whole_sentence_is_not_named() -> None:
    assert not is_nameable("Dad passed away")
    assert is_nameable("Father's passing")
    text = text_of(a_day(recent_topics=["Dad passed away"]))
    assert "passed away" not in text
    assert any(phrase in text for phrase in material("topics")["unnamed_topics"])


def test_formal_hinglish_says_aap_and_no_hindi_says_he_or_she() -> None:
    written: dict[str, str] = {}
    for style, day, level, topic in itertools.product(
        ["casual", "formal"], range(40), [20, 50, 100], ["Travel", "Grief"]
    ):
        manner = {"communication_style": style, "hinglish_level": level, "recent_topics": [topic]}
        text = text_of(
            a_day(date=FIRST + DAY * day, streak_days=5, transits=[transit("Mars", "square", "Sun")], **manner)
        )
        written[style] = f"{written.get(style, '')} {text}"
    # "Saabit nahi karna", "bata dena": an infinitive, or the number two.
    both = {"do", "lo", "ho", "karna", "dena", "batana", "rakhna", "kehna"}
    familiar = "|".join(set(hinglish.polite_forms()) - both)
    assert re.search(r"\bArre, Asha", written["casual"])
    assert re.search(r"\baap(?:ka|ki|ke|ne)?\b", written["formal"])
    assert not re.search(rf"\b(?:arre|yaar|tum\w*|{familiar}|mat \w+o)\b", written["formal"], re.IGNORECASE)
    of_them = r"\b(?:tum|aap|\{tum\}) (?:[^.,]* )?(?:\w+t[aei]|rah[aei]|gay[aei]|aay[aei]|akel[aei])\b"
    gendered = rf"{of_them}|\b(?!hog[ei])\w+og[ei]\b"
    assert re.search(gendered, "Tum roz aa rahe ho", re.IGNORECASE)
    for phrase in itertools.chain(*pools(material("hinglish"))):
        assert not re.search(gendered, phrase, re.IGNORECASE), phrase


@pytest.mark.parametrize(
    ("what", "at", "said"),
    [
        ("Mercury enters Capricorn", "02:22", "Mercury entered Capricorn"),
        ("Mercury enters Capricorn", "06:00", "Mercury enters Capricorn"),
        ("Saturn turns direct", "00:31", "Saturn turned direct"),
        ("Mercury turns retrograde", "05:59", "Mercury turned retrograde"),
        ("Sun enters Capricorn", "14:05", "the Sun enters Capricorn"),
    ],
)
@pytest.mark.parametrize("topic", ["Career", "Grief"])
def test_an_event_before_the_morning_is_written_in_the_past_tense(
    what: str, at: str, said: str, topic: str
) -> None:
    for day in range(9):
        facts = a_day(
            date=FIRST + DAY * day,
            recent_topics=[topic],
            events=[{"what": what, "at": at}],
            astrology_system="western",
        ) | {"moon": a_day()["moon"] | {"sign": "Capricorn"}, "moon_sign": "Aries"}
        text = text_of(facts)
        assert said.lower() in text.lower()
        assert "Mind the change" not in text or at >= "06:00"


@pytest.mark.parametrize("phase", ["New Moon", "First Quarter", "Full Moon", "Last Quarter"])
def test_a_phase_before_the_morning_is_over_and_one_after_it_is_not(phase: str) -> None:
    for day, topic in itertools.product(range(9), ["Career", "Grief"]):
        early, late = (
            text_of(a_day(date=FIRST + DAY * day, recent_topics=[topic], events=[{"what": phase, "at": at}]))
            for at in ("03:05", "20:24")
        )
        (past,) = (sentence for sentence in sentences(early) if "3:05 am" in sentence)
        (ahead,) = (sentence for sentence in sentences(late) if "8:24 pm" in sentence)
        assert re.search(r"\b(?:was|came|reached|stood|since|has kept)\b", past), past
        assert not re.search(r"\b(?:was|came|reached|stood|since)\b", ahead), ahead


def test_a_planet_that_meets_two_points_alike_is_mentioned_once() -> None:
    met = [transit("Saturn", "trine", "Sun"), transit("Saturn", "trine", "Mars", orb=1.2)]
    for day in range(10):
        about = text_of(a_day(date=FIRST + DAY * day, transits=met)).split("\n\n")[1]
        assert len(re.findall(r"trines", about)) == 1
        assert "Sun (0.8°) and your Mars (1.2°)" in about
