"""The offline composers: true to their facts, never the same twice in a week, grammatical in every combination."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astra_pipeline.astrology import transits
from astra_pipeline.astrology.aspects import NAMES as ASPECTS
from astra_pipeline.astrology.personal import NATURES
from astra_pipeline.astrology.sky import tithi_name
from astra_pipeline.astrology.zodiac import NAKSHATRAS, SIGNS
from astra_pipeline.resources.runners import read_answer
from astra_pipeline.tasks.models import HoroscopeText, WeeklyReportText
from astra_pipeline.tasks.offline.horoscope_refresher import compose
from astra_pipeline.tasks.offline.voice import phrases
from astra_pipeline.tasks.offline.weekly_report_generator import compose as compose_report
from bench.samples import DATE, horoscopes_of, sample_people, samples

DAY = dt.timedelta(days=1)
FIRST = dt.date(2026, 11, 20)
LORDS = ("Sun", "Moon", "Mars", "Mercury", "Jupiter", "Venus", "Saturn", "Rahu", "Ketu")
PERIODS = [{"mahadasha": a, "antardasha": b, "until": "May 2027"} for a, b in itertools.pairwise(LORDS)]
TOPICS = ["Mother's health", "IVF", "cancer", "UPSC exam", "Love", "Career", "शादी"]
NAMES = ["", "Asha", "🌙✨", "مريم", "דוד", "Leo", "Zoë"]


def told(**changes: Any) -> dict[str, Any]:
    """An input of horoscope-refresher."""
    date = changes.pop("date", FIRST)
    return {
        "reader": "a1b2c3",
        "name": "Asha",
        "local_date": date.isoformat(),
        "weekday": f"{date:%A}",
        "astrology_system": "vedic",
        "sun_sign": "Leo",
        "moon_sign": "Virgo",
        "rising_sign": "Libra",
        "moon": {"sign": "Aries", "nakshatra": "Bharani", "phase": "Full Moon", "tithi": "Purnima", "house": 7},
        "planets": {"Jupiter": {"sign": "Cancer", "house": 10}, "Saturn": {"sign": "Pisces", "house": 6}},
        "transits": [],
        "events": [],
        "dasha": {},
        "recent_topics": [],
        "streak_days": 0,
        "milestones": [],
        "communication_style": "balanced",
        "hinglish_level": 0,
        "feedback": "",
    } | changes


def transit(planet: str, aspect: str, point: str, **changes: Any) -> dict[str, Any]:
    known = {"planet": planet, "aspect": aspect, "point": point, "nature": NATURES[aspect], "orb": 0.8}
    return known | {"applying": True, "sign": "Aries", "house": 3, "exact_around": ""} | changes


def report_told(**changes: Any) -> dict[str, Any]:
    """An input of weekly-report-generator."""
    return {
        "reader": "a1b2c3",
        "name": "Asha",
        "week_start": "2026-11-16",
        "week_end": "2026-11-22",
        "conversations": 3,
        "days": 2,
        "topics": ["Career", "Love"],
        "tones": ["anxious", "hopeful"],
        "key_insights": [],
        "questions": [],
        "follow_ups": [],
        "incidents": [],
        "streak_days": 0,
        "total_conversations": 9,
        "milestones": [],
        "next_week": [],
        "communication_style": "balanced",
        "hinglish_level": 0,
        "feedback": "",
    } | changes


def text_of(facts: dict[str, Any]) -> str:
    """The composed horoscope, which must keep its own contract and read cleanly."""
    answer = compose(facts)
    read_answer(HoroscopeText, answer, facts)
    return clean(answer["content"])


def report_of(facts: dict[str, Any]) -> str:
    answer = compose_report(facts)
    read_answer(WeeklyReportText, answer, facts)
    return clean(answer["content"])


def clean(text: str) -> str:
    assert not re.search(r"[{}]|  | [,.;!?]|,,|\.\.|,\.| None\b", text), text
    for sentence in sentences(text):
        assert sentence[0].isupper() or not sentence[0].isascii() or sentence[0] in "\"'0123456789", sentence
    return text


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+", text) if part]


readers = st.text("abcdef0123456789", min_size=4, max_size=8)
hinglish_levels = st.sampled_from([0, 20, 50, 100])
styles = st.sampled_from(["casual", "balanced", "formal"])


@st.composite
def facts(draw: st.DrawFn, **fixed: Any) -> dict[str, Any]:
    """Facts of a day as they can really be: at most five transits, no point twice."""
    system: transits.System = draw(st.sampled_from(["vedic", "western"]))
    sign = st.sampled_from(SIGNS)
    house = st.integers(1, 12)
    points = draw(st.lists(st.sampled_from(transits.NATAL_POINTS[system]), max_size=5, unique=True))
    met = [
        transit(
            draw(st.sampled_from(transits.MOVING[system])),
            draw(st.sampled_from(ASPECTS)),
            point,
            orb=draw(st.floats(0, 4)),
            applying=draw(st.booleans()),
            sign=draw(sign),
            house=draw(house),
            exact_around=draw(st.sampled_from(["", "2 pm", "9:30 am"])),
        )
        for point in points
    ]
    return (
        told(
            reader=draw(readers),
            name=draw(st.sampled_from(NAMES)),
            astrology_system=system,
            sun_sign=draw(sign),
            moon_sign=draw(sign),
            rising_sign=draw(st.sampled_from(["", *SIGNS])),
            moon={
                "sign": draw(sign),
                "nakshatra": draw(st.sampled_from(NAKSHATRAS)),
                "phase": "New Moon",
                "tithi": tithi_name(draw(st.integers(0, 29))),
                "house": draw(house),
            },
            planets={
                name: {"sign": draw(sign), "house": draw(house)}
                for name in transits.MOVING[system]
                if name != "Moon"
            },
            transits=met,
            events=draw(
                st.lists(
                    st.sampled_from(
                        [
                            {"what": what, "at": "14:20"}
                            for what in (
                                "Mercury turns retrograde",
                                "Saturn turns direct",
                                "Full Moon",
                                "Last Quarter",
                            )
                        ]
                    ),
                    max_size=1,
                )
            ),
            dasha=draw(st.sampled_from([{}, *PERIODS])),
            recent_topics=draw(st.lists(st.sampled_from(TOPICS), max_size=4, unique=True)),
            streak_days=draw(st.sampled_from([0, 1, 2, 500])),
            milestones=draw(st.sampled_from([[], ["10 Conversations"], ["3-Day Streak", "Topic Explorer"]])),
            communication_style=draw(styles),
            hinglish_level=draw(hinglish_levels),
        )
        | fixed
    )


@settings(max_examples=120)
@given(facts())
def test_every_text_keeps_its_contract_and_the_same_facts_give_the_same_text(day: dict[str, Any]) -> None:
    assert text_of(day) == text_of(day)


@settings(max_examples=60)
@given(facts())
def test_the_same_facts_all_week_give_seven_texts_without_a_repeated_sentence(day: dict[str, Any]) -> None:
    """Harder than life, where the Moon moves on: not even slow transits make a sentence return."""
    week = []
    for number in range(7):
        date = FIRST + DAY * number
        # The Moon changes her nakshatra and tithi, and the orbs and the streak move on, as they do.
        moon = day["moon"] | {
            "nakshatra": NAKSHATRAS[(NAKSHATRAS.index(day["moon"]["nakshatra"]) + number) % 27],
            "tithi": tithi_name(number),
        }
        week.append(day | {"local_date": date.isoformat(), "weekday": f"{date:%A}", "moon": moon, "milestones": []})
    said = [sentence for one in week for sentence in sentences(text_of(one | {"events": []}))]
    assert sorted(said) == sorted(set(said))


@pytest.mark.parametrize("system", ["vedic", "western"])
def test_there_are_words_for_every_transit(system: transits.System) -> None:
    for planet, aspect, point in itertools.product(transits.MOVING[system], ASPECTS, transits.NATAL_POINTS[system]):
        text = text_of(told(astrology_system=system, transits=[transit(planet, aspect, point, sign="Cancer")]))
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
            told(moon=moon, moon_sign=SIGNS[number % 12], planets={"Mars": {"sign": "Leo", "house": 12}})
        )
        assert nakshatra in text
        assert phrases("sky")["houses"][number % 12 + 1]["name"] in text
    spoken = [
        text_of(told(dasha={"mahadasha": lord, "antardasha": "Moon", "until": "May 2027"}, date=FIRST + DAY * day))
        for lord in LORDS
        for day in range(2)
    ]
    assert all(any(lord in text for text in spoken) for lord in LORDS)


def test_no_phrase_returns_within_a_week_because_there_are_enough_of_each() -> None:
    sky, transit_words, company, guidance = (phrases(name) for name in ("sky", "transits", "company", "guidance"))
    daily = [sky["moon_frames"], sky["moon_openers"], sky["identity"], sky["dwelling"], sky["dasha"]]
    daily += [company["topics"], company["streaks"], *company["greetings"].values(), *company["closings"].values()]
    deep = company["hinglish"]["deep"]
    daily += [company["hinglish"]["light"]["greetings"], deep["greetings"], deep["moons"], deep["closings"]]
    daily += deep["asides"].values()
    daily += [pool for part in ("relationships", "work", "growth") for pool in guidance[part].values()]
    assert min(len(pool) for pool in daily) >= 7
    acts = [pool for natures in transit_words["movers"].values() for pool in natures.values()]
    clauses = [pool for natures in transit_words["points"].values() for pool in natures.values()]
    # Used in three places of a text.
    assert len(transit_words["frames"]) * min(map(len, acts)) >= 21
    assert min(map(len, transit_words["openers"].values())) * min(map(len, clauses)) >= 21


def test_two_people_with_different_charts_never_read_the_same() -> None:
    texts = [text for _, _, text in horoscopes_of(sample_people(), DATE)]
    assert len(set(texts)) == len(texts) == 10
    said = [sentence for text in texts for sentence in set(sentences(text)) if len(sentence) > 40]
    assert len(set(said)) > 0.8 * len(said)


def test_a_week_of_real_days_of_real_charts_repeats_no_sentence() -> None:
    said: dict[str, list[str]] = {}
    for number in range(7):
        for person, _, text in horoscopes_of(sample_people()[:4], DATE + DAY * number):
            said.setdefault(person, []).extend(sentences(text))
    for person, spoken in said.items():
        assert sorted(spoken) == sorted(set(spoken)), person


@settings(max_examples=80)
@given(
    st.builds(
        report_told,
        reader=readers,
        name=st.sampled_from(NAMES),
        conversations=st.sampled_from([1, 2, 3, 30]),
        days=st.sampled_from([1, 2, 7]),
        topics=st.lists(st.sampled_from([*TOPICS, "Family", "Grief", "Money"]), max_size=5, unique=True),
        tones=st.lists(st.sampled_from(["sad", "joyful", "neutral", "anxious", "calm", "mixed"]), max_size=6),
        questions=st.sampled_from([[], ["Should I go?"], ["Kya main jaun aur kab tak?"], ["No mark"]]),
        incidents=st.sampled_from([[], ["Job offer"], ["Death of a loved one", "Trip to Lisbon"]]),
        streak_days=st.sampled_from([0, 1, 2, 7, 120]),
        milestones=st.sampled_from([[], ["10 Conversations"], ["3-Day Streak", "Topic Explorer"]]),
        next_week=st.sampled_from(
            [[], [{"what": "Full Moon", "day": "Tuesday"}, {"what": "Mercury turns direct", "day": "Friday"}]]
        ),
        communication_style=styles,
        hinglish_level=hinglish_levels,
    )
)
def test_every_report_keeps_its_contract_and_tells_the_inputs_numbers(week: dict[str, Any]) -> None:
    text = report_of(week)
    assert text == report_of(week)
    paragraphs = text.split("\n\n")
    if week["streak_days"] > 10:
        assert str(week["streak_days"]) in paragraphs[2]
    for milestone in week["milestones"]:
        assert milestone in paragraphs[2]
    for event in week["next_week"]:
        assert event["day"] in paragraphs[3]


def test_a_heavy_week_is_not_cheered() -> None:
    dark = phrases("week")
    text = report_of(report_told(tones=["sad", "grieving", "sad"], topics=["Grief"]))
    assert any(sentence in text for sentence in dark["moods"]["dark"])
    assert any(sentence in text for sentence in dark["praise"]["dark"])
    assert not any(sentence in text for sentence in dark["moods"]["bright"])


def test_the_samples_are_what_the_composer_writes_today() -> None:
    file = Path(__file__).parents[2] / "docs" / "samples.md"
    assert file.read_text(encoding="utf-8") == samples(), "run `make samples`"
