"""Inputs of the task `horoscope-refresher`, and the texts composed of them."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from hypothesis import strategies as st

from astra_pipeline.astrology import transits
from astra_pipeline.astrology.aspects import NAMES as ASPECTS
from astra_pipeline.astrology.personal import NATURES
from astra_pipeline.astrology.signs import System
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
HELPLINE = {"name": "Tele MANAS", "number": "14416", "site": "", "emergency": "112"}
ELSEWHERE = {"name": "Find a Helpline", "number": "", "site": "findahelpline.com", "emergency": ""}


def fact(kind: str, **changes: Any) -> dict[str, Any]:
    """A fact of the day."""
    known = {"kind": kind, "key": f"{kind}:{changes}", "text": "A fact.", "name": "", "planet": "", "point": ""}
    return known | {"aspect": "", "nature": "", "sign": "", "house": 0, "stage": "", "detail": ""} | changes


def moon_in(house: int, sign: str = "Aries") -> dict[str, Any]:
    """The theme of a day on which nothing stands out."""
    return fact("house", planet="Moon", sign=sign, house=house)


def a_day(**changes: Any) -> dict[str, Any]:
    """An input of horoscope-refresher. In a crisis it has a helpline."""
    date = changes.pop("date", FIRST)
    given = {
        "reader": "a1b2c3",
        "name": "Asha",
        "local_date": date.isoformat(),
        "weekday": f"{date:%A}",
        "astrology_system": "western",
        "sun_sign": "Leo",
        "moon_sign": "Virgo",
        "rising_sign": "Libra",
        "theme": moon_in(7),
        "facts": [],
        "moon": {"sign": "Aries", "phase": "Full Moon", "house": 7},
        "panchanga": {},
        "planets": {"Jupiter": {"sign": "Cancer", "house": 10}, "Saturn": {"sign": "Pisces", "house": 6}},
        "natal": {},
        "transits": [],
        "glances": [],
        "events": [],
        "dasha": {},
        "recent_topics": [],
        "topic_dates": [],
        "people": [],
        "dates": [],
        "intentions": [],
        "place": "",
        "profession": "",
        "care": "none",
        "care_kind": "",
        "helpline": {},
        "streak_days": 0,
        "milestones": [],
        "communication_style": "balanced",
        "hinglish_level": 0,
        "recent_texts": [],
        "used_phrases": {},
    } | changes
    crisis = given["care"] == "crisis" or "Suicide" in given["recent_topics"]
    return given | {"helpline": given["helpline"] or (HELPLINE if crisis else {})}


def transit(planet: str, aspect: str, point: str, **changes: Any) -> dict[str, Any]:
    """A transit of the input."""
    known = {"planet": planet, "aspect": aspect, "point": point, "nature": NATURES[aspect], "orb": 0.8}
    return known | {"applying": True, "sign": "Aries", "house": 3, "exact_around": ""} | changes


def told(met: dict[str, Any]) -> dict[str, Any]:
    """The fact that tells a transit."""
    kept = ("planet", "aspect", "point", "nature", "sign", "house")
    return fact("transit", **{name: met[name] for name in kept})


def text_of(facts: dict[str, Any]) -> str:
    """The composed horoscope, which must keep its own contract and read cleanly."""
    answer = compose(HoroscopeInput.model_validate(facts))
    read_answer(HoroscopeText, answer, facts)
    return clean(answer["content"])


@st.composite
def landmark(draw: st.DrawFn, system: System) -> dict[str, Any]:
    """A landmark as one of the theme's kinds."""
    lasting = st.sampled_from(["begins", "peak", "ends"])
    planet = draw(
        st.sampled_from(["Saturn", "Jupiter", "Venus", "Sun", "Moon", "Rahu" if system == "vedic" else "Mars"])
    )
    house = draw(st.integers(1, 12))
    where = {"sign": draw(st.sampled_from(SIGNS)), "house": house}
    found = [
        fact("return", name=f"{planet} return", planet=planet, point=planet, stage=draw(lasting), **where),
        fact(
            "lunation", name=draw(st.sampled_from(["New Moon", "Full Moon"])), planet="Moon", stage="peak", **where
        ),
        fact(
            "station",
            name="Mercury turns direct",
            planet="Mercury",
            point="Venus",
            stage="peak",
            detail="direct",
            **where,
        ),
        fact(
            *("eclipse",),
            name="Partial lunar eclipse",
            planet="Moon",
            point="Sun",
            stage="peak",
            detail="partial opposition",
            **where,
        ),
    ]
    if system == "vedic":
        lord = draw(st.sampled_from(LORDS))
        phase = draw(st.sampled_from(["rising", "peak", "setting"]))
        found += [
            fact("dasha", name=f"{lord} mahadasha", stage="begins", detail=f"{lord}/{lord}"),
            fact("sade_sati", name="Sade sati", planet="Saturn", stage=draw(lasting), detail=phase, **where),
            fact("festival", name="Diwali", stage="peak", detail="diwali"),
        ]
    return draw(st.sampled_from(found))


@st.composite
def facts(draw: st.DrawFn, **fixed: Any) -> dict[str, Any]:
    """Facts of a day as they can really be."""
    system: System = draw(st.sampled_from(["vedic", "western"]))
    sign, house = st.sampled_from(SIGNS), st.integers(1, 12)
    point = draw(st.sampled_from([one for one in transits.NATAL_POINTS[system] if one not in ("Rahu", "Ketu")]))
    aspect, mover = draw(st.sampled_from(ASPECTS)), draw(st.sampled_from(["Saturn", "Venus", "Mars", "Jupiter"]))
    met = transit(mover, aspect, point, house=draw(house), sign=draw(sign), orb=draw(st.floats(0, 4)))
    where = moon_in(draw(house), draw(sign))
    if system == "western":
        aspects = told(met)
    else:
        glance = draw(st.sampled_from(["conjunction", "7th drishti"]))
        nature = "merge" if glance == "conjunction" else draw(st.sampled_from(["flow", "tension"]))
        aspects = fact("glance", planet=mover, point=point, aspect=glance, nature=nature, house=met["house"])
    theme = draw(st.sampled_from([where, aspects | {"stage": "peak"}, draw(landmark(system))]))
    others = [one for one in (draw(landmark(system)), where, aspects) if one["kind"] != theme["kind"]]
    star = {"nakshatra": draw(st.sampled_from(NAKSHATRAS)), "nature": "fixed", "tithi": "Shukla Tritiya"}
    vedic = star | {"tara": "Mitra", "tara_is": "good", "chandrashtama": False}
    tara = fact("tara", name=star["nakshatra"], detail="good", point="Mitra")
    others += [tara] if system == "vedic" else []
    care = draw(st.sampled_from(["none", "none", "tender", "crisis"]))
    kinds = {"none": [""], "tender": ["grief", "illness", "loss", ""], "crisis": ["self_harm", "violence", ""]}
    return (
        a_day(
            reader=draw(readers),
            date=FIRST + DAY * draw(st.integers(0, 60)),
            name=draw(st.sampled_from(NAMES)),
            astrology_system=system,
            sun_sign=draw(sign),
            moon_sign=draw(sign),
            rising_sign=draw(st.sampled_from(["", *SIGNS])),
            theme=theme,
            facts=draw(st.permutations(others))[:2],
            moon={"sign": where["sign"], "phase": "New Moon", "house": where["house"]},
            panchanga=vedic if system == "vedic" else {},
            planets={"Saturn": {"sign": draw(sign), "house": draw(house)}},
            transits=[met] if system == "western" else [],
            glances=[{"planet": mover, "point": point, "glance": aspects["aspect"]}] if system == "vedic" else [],
            recent_topics=draw(st.lists(st.sampled_from(TOPICS), max_size=4, unique=True)),
            people=draw(st.lists(st.sampled_from(["sister Neha", "Kojo", "mummy", "ex", "dog"]), max_size=3)),
            dates=draw(st.sampled_from([[], [f"{(FIRST + DAY * 2).isoformat()} sister's wedding"]])),
            intentions=draw(st.sampled_from([[], ["I'll call the bank."], ["main kal jaungi"]])),
            profession=draw(st.sampled_from(["", "nurse", "architect"])),
            care=care,
            care_kind=draw(st.sampled_from(kinds[care])),
            helpline=draw(st.sampled_from([HELPLINE, ELSEWHERE])) if care == "crisis" else {},
            streak_days=draw(st.sampled_from([0, 1, 7, 500])),
            milestones=draw(st.sampled_from([[], ["10 Conversations"], ["3-Day Streak", "Topic Explorer"]])),
            communication_style=draw(styles),
            hinglish_level=draw(hinglish_levels),
        )
        | fixed
    )
