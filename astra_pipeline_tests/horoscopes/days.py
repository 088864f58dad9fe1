"""Inputs of the task `horoscope-refresher`, and the texts composed of them."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from hypothesis import strategies as st

from astra_pipeline.astrology import transits
from astra_pipeline.astrology.aspects import NAMES as ASPECTS
from astra_pipeline.astrology.personal import NATURES
from astra_pipeline.astrology.sky import tithi_name
from astra_pipeline.astrology.zodiac import NAKSHATRAS, SIGNS
from astra_pipeline.horoscopes.composer import compose
from astra_pipeline.horoscopes.input import HoroscopeInput
from astra_pipeline.horoscopes.task import HoroscopeText
from astra_pipeline.llm.runner import read_answer
from astra_pipeline_tests.composed import NAMES, clean, hinglish_levels, readers, styles

DAY = dt.timedelta(days=1)
FIRST = dt.date(2026, 11, 20)
LORDS = ("Sun", "Moon", "Mars", "Mercury", "Jupiter", "Venus", "Saturn", "Rahu", "Ketu")
PERIODS = [{"mahadasha": a, "antardasha": b, "until": "May 2027"} for a, b in itertools.pairwise(LORDS)]
TOPICS = ["Mother's health", "IVF", "cancer", "UPSC exam", "Love", "Career", "शादी"]


def a_day(**changes: Any) -> dict[str, Any]:
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
        "care": "none",
        "streak_days": 0,
        "milestones": [],
        "communication_style": "balanced",
        "hinglish_level": 0,
    } | changes


def transit(planet: str, aspect: str, point: str, **changes: Any) -> dict[str, Any]:
    known = {"planet": planet, "aspect": aspect, "point": point, "nature": NATURES[aspect], "orb": 0.8}
    return known | {"applying": True, "sign": "Aries", "house": 3, "exact_around": ""} | changes


def text_of(facts: dict[str, Any]) -> str:
    """The composed horoscope, which must keep its own contract and read cleanly."""
    answer = compose(HoroscopeInput.model_validate(facts))
    read_answer(HoroscopeText, answer, facts)
    return clean(answer["content"])


EVENTS = ("Mercury turns retrograde", "Saturn turns direct", "Full Moon", "Last Quarter")


@st.composite
def facts(draw: st.DrawFn, **fixed: Any) -> dict[str, Any]:
    """Facts of a day as they can really be: at most five transits, no point twice, no planet more than twice."""
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
    met = [one for at, one in enumerate(met) if sum(one["planet"] == other["planet"] for other in met[:at]) < 2]
    events = [{"what": what, "at": "14:20"} for what in EVENTS]
    return (
        a_day(
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
            events=draw(st.lists(st.sampled_from(events), max_size=1)),
            dasha=draw(st.sampled_from([{}, *PERIODS])),
            recent_topics=draw(st.lists(st.sampled_from(TOPICS), max_size=4, unique=True)),
            streak_days=draw(st.sampled_from([0, 1, 2, 500])),
            milestones=draw(st.sampled_from([[], ["10 Conversations"], ["3-Day Streak", "Topic Explorer"]])),
            communication_style=draw(styles),
            hinglish_level=draw(hinglish_levels),
        )
        | fixed
    )
