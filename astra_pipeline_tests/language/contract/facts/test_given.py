"""The dump of any input gives its facts, and words of a person license nothing of the sky."""

from __future__ import annotations

from typing import Any

import pytest

from astra_pipeline.horoscopes.input import HoroscopeInput
from astra_pipeline.language.contract.facts import Fact, facts_of
from astra_pipeline.language.contract.facts.given import OF_A_PERSON
from astra_pipeline.llm.prompt import PersonsWords
from astra_pipeline.reports.input import ReportInput

# Fields of a person's words whose values are names of ours, or read by their own rules.
OUR_NAMES = {"name", "milestones", "recent_texts"}


@pytest.mark.parametrize("model", [HoroscopeInput, ReportInput])
def test_every_field_of_a_persons_words_is_known_as_one(model: Any) -> None:
    theirs = {
        name
        for name, field in model.model_fields.items()
        if any(isinstance(mark, PersonsWords) for mark in field.metadata)
    }
    assert theirs <= OF_A_PERSON | OUR_NAMES


@pytest.mark.parametrize(
    ("task_input", "fact"),
    [
        ({"moon": {"sign": "Leo", "house": 4}}, Fact("sign", "Moon", "Leo")),
        ({"planets": {"Mars": {"sign": "Leo", "house": 11}}}, Fact("house", "Mars", "11")),
        ({"theme": {"planet": "Saturn", "sign": "Pisces", "house": 6}}, Fact("sign", "Saturn", "Pisces")),
        ({"natal": {"Mars": {"sign": "Leo", "house": 3}}}, Fact("natal house", "Mars", "3")),
        ({"rising_sign": "Libra"}, Fact("natal sign", "Ascendant", "Libra")),
        ({"planets": {"Mars": {"retrograde": True}}}, Fact("motion", "Mars", "retrograde")),
        ({"transits": [{"planet": "Mars", "aspect": "trine", "point": "Moon"}]}, Fact("trine", "Mars", "Moon")),
        ({"transits": [{"planet": "Rahu", "aspect": "trine", "point": "Moon"}]}, Fact("sextile", "Ketu", "Moon")),
        ({"glances": [{"planet": "Mars", "glance": "4th drishti", "point": "Sun"}]}, Fact("glance", "Mars", "Sun")),
        ({"events": [{"what": "Mercury turns direct", "at": "09:15"}]}, Fact("motion", "Mercury", "direct")),
        ({"events": [{"what": "Full Moon", "at": "20:24"}]}, Fact("time", "", "20:24")),
        ({"next_week": [{"what": "Full Moon", "day": "Tuesday"}]}, Fact("weekday", "Full Moon", "Tuesday")),
        ({"dasha": {"mahadasha": "Venus", "until": "May 2027"}}, Fact("month", "", "2027-05")),
        ({"theme": {"name": "Sade sati, rising phase"}}, Fact("stage", "", "rising")),
        ({"theme": {"kind": "sade_sati", "detail": "rising"}}, Fact("stage", "", "rising")),
        (
            {"theme": {"kind": "sade_sati", "detail": "peak", "stage": "peak"}},
            Fact("conjunction", "Saturn", "Moon"),
        ),
        (
            {"theme": {"kind": "eclipse", "planet": "Moon", "point": "Sun", "detail": "partial opposition"}},
            Fact("opposition", "Moon", "Sun"),
        ),
        (
            {"theme": {"kind": "eclipse", "planet": "Sun", "point": "Venus", "detail": "total conjunction"}},
            Fact("conjunction", "Sun", "Venus"),
        ),
        ({"theme": {"name": "Sun mahadasha"}}, Fact("dasha", "", "Sun")),
        ({"theme": {"name": "Jupiter return"}}, Fact("return", "Jupiter", "")),
        ({"theme": {"name": "Partial lunar eclipse"}}, Fact("mark", "", "eclipse")),
        ({"theme": {"name": "Diwali"}}, Fact("festival", "", "Diwali")),
        ({"panchanga": {"tithi": "Krishna Navami"}}, Fact("half", "", "Krishna")),
        ({"panchanga": {"tithi": "Purnima"}}, Fact("phase", "", "Full Moon")),
        ({"local_date": "2026-11-24"}, Fact("weekday", "", "Tuesday")),
        ({"dates": ["2026-11-27 interview"]}, Fact("occasion", "interview", "Friday")),
        ({"streak_days": 12}, Fact("streak", "days", "12")),
        ({"milestones": ["10 Conversations"]}, Fact("milestone", "", "10 Conversations")),
        ({"moon_sign": "Leo", "planets": {"Mars": {"sign": "Leo"}}}, Fact("conjunction", "Mars", "Moon")),
    ],
)
def test_a_field_gives_a_fact(task_input: dict[str, Any], fact: Fact) -> None:
    assert fact in facts_of(task_input)


def test_what_a_person_said_licenses_days_and_festivals_and_nothing_of_the_sky() -> None:
    said = ["A streak of 999 days in a row", "Saturn in Aries squares your Moon", "Party on Friday after Diwali"]
    found = facts_of({"recent_topics": said, "dates": ["2026-11-27 Moon in Leo"]})
    assert {Fact("weekday", "", "Friday"), Fact("festival", "", "Diwali")} <= found
    assert not {fact.kind for fact in found} & {"streak", "sign", "house", "square"}


def test_former_texts_license_nothing() -> None:
    assert facts_of({"recent_texts": ["The Moon in Leo; Mars trines your Sun"]}) == facts_of({})
