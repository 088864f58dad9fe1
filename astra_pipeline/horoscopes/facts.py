"""The theme of a person's day and at most two further facts: what their text may tell of the sky. Pure.

The theme is the weightiest by `astra_pipeline.astrology.theme`; the others are the landmarks of the day, then what
the remembered texts told longest ago.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from astra_pipeline.language.composing import Choice
from astra_pipeline.llm.task import Given

if TYPE_CHECKING:
    from astra_pipeline.astrology.landmarks import Landmark
    from astra_pipeline.astrology.slow_transits import SlowTransit
    from astra_pipeline.astrology.theme import Subject
    from astra_pipeline.horoscopes.sky_facts import SkyFacts

Kind = Literal[
    "return",
    "sade_sati",
    "dasha",
    "eclipse",
    "station",
    "festival",
    "lunation",
    "life_date",
    "transit",
    "glance",
    "house",
    "tara",
    "chandrashtama",
]
LANDMARKS: tuple[Kind, ...] = ("return", "sade_sati", "dasha", "eclipse", "station", "festival", "lunation")
"""The kinds of facts that are landmarks."""
MOST = 3
"""The facts of the sky that one text may tell, the theme among them."""

_ORDINALS = ("", "1st", "2nd", "3rd", *(f"{number}th" for number in range(4, 13)))
_STAGES = {"begins": "it begins today", "peak": "it is exact today", "ends": "it ends today", "under way": ""}
_BENEFIC = ("Jupiter", "Venus", "Mercury", "Moon")
# The Moon's own return comes every month; nobody waits for it.
_MONTHLY = ("return", "Moon")


class Fact(Given):
    """One thing that is true of the day and this chart. Fields that do not apply are empty, a house is 0."""

    kind: Kind
    key: str = Field(description="The same on all days of one matter.")
    text: str = Field(description="The fact in plain words.")
    name: str = ""
    planet: str = ""
    point: str = Field(default="", description="A point of the birth chart.")
    aspect: str = Field(default="", description="One of the five aspects, or a drishti when vedic.")
    nature: Literal["flow", "tension", "merge", ""] = ""
    sign: str = ""
    house: int = Field(default=0, description="From the natal Moon when vedic, of the chart when western.")
    stage: str = ""
    detail: str = ""


def ordinal(house: int) -> str:
    """The house in figures: 7th."""
    return _ORDINALS[house]


def facts_of_day(
    sky: SkyFacts, *, vedic: bool, transits: Sequence[Mapping[str, Any]], choice: Choice
) -> list[Fact]:
    """The theme and up to two further facts, the weightiest first. The first is the theme.

    `transits` are the aspects of a western day, without those of the theme. The choice has the reader's memory.
    """
    theme = _fact(sky.theme.subject, vedic)
    others = [_fact(other, vedic) for other in sky.theme.others]
    moon = house_of_moon(sky)
    told = [one for one in others if one.kind in LANDMARKS and (one.kind, one.planet) != _MONTHLY]
    rest = [one for one in others if one.kind in ("transit", "glance")]
    found = [theme, *told]
    if sky.moon_day.chandrashtama:
        found.append(_chandrashtama(sky))
    found += rest
    if theme.kind not in ("house", "lunation"):
        found.append(moon)
    fresh: list[Fact] = [*_glances(sky)] if vedic else [*_transits(transits)]
    if vedic and sky.moon_day.tara is not None:
        fresh.append(_tara(sky))
    if fresh := [one for one in fresh if (one.planet, one.point) != (theme.planet, theme.point)]:
        found.append(choice.pick_fact(fresh, [one.key for one in fresh]))
    return list({one.key: one for one in reversed(found[:MOST])}.values())[::-1]


def house_of_moon(sky: SkyFacts) -> Fact:
    """The house that the Moon walks through."""
    moon = sky.moon_day
    return _standing("Moon", moon.sign, moon.house)


def _fact(subject: Subject, vedic: bool) -> Fact:
    from astra_pipeline.astrology.landmarks import Landmark
    from astra_pipeline.astrology.slow_transits import SlowTransit
    from astra_pipeline.astrology.theme import LifeDate

    if isinstance(subject, Landmark):
        return _landmark(subject)
    if isinstance(subject, SlowTransit):
        return _slow(subject, vedic)
    if isinstance(subject, LifeDate):
        # The person's words stay among the dates, where a prompt fences them.
        key = f"life_date:{subject.date.isoformat()}"
        return Fact(kind="life_date", key=key, text="Today is a date of the person's own; it is among their dates.")
    return _standing(subject.body, subject.sign, subject.house)


def _landmark(one: Landmark) -> Fact:
    where = f", in the {ordinal(one.house)} house" if one.house else ""
    on = f" on the natal {one.point}" if one.point and one.kind in ("eclipse", "station") else ""
    lasts = one.kind in ("return", "sade_sati", "dasha")
    stage = f"; {_STAGES[one.stage]}" if lasts and _STAGES[one.stage] else ""
    return Fact(
        kind=one.kind,
        key=f"{one.key}:{one.stage}",
        text=f"{one.name}{on}{where}{stage}.",
        name=one.name,
        planet=one.body,
        point=one.point,
        sign=one.sign,
        house=one.house or 0,
        stage=one.stage,
        detail=one.detail,
    )


def _slow(one: SlowTransit, vedic: bool) -> Fact:
    return Fact(
        kind="glance" if vedic else "transit",
        key=one.key,
        text=f"{one.planet} makes an exact {one.aspect} to the natal {one.point}; {ordinal(one.house)} house.",
        planet=one.planet,
        point=one.point,
        aspect=one.aspect,
        nature=_nature(one.planet, one.aspect),
        sign=one.sign,
        house=one.house,
        stage="peak",
    )


def _standing(body: str, sign: str, house: int) -> Fact:
    text = f"The {body} is in {sign}, in the {ordinal(house)} house."
    return Fact(kind="house", key=f"house:{body}:{house}", text=text, planet=body, sign=sign, house=house)


def _chandrashtama(sky: SkyFacts) -> Fact:
    text = "Chandrashtama: the Moon is in the eighth sign from the natal Moon; tradition begins nothing new."
    sign = sky.moon_day.sign
    return Fact(kind="chandrashtama", key="chandrashtama", text=text, planet="Moon", sign=sign, house=8)


def _tara(sky: SkyFacts) -> Fact:
    tara, name = sky.moon_day.tara, sky.moon_day.nakshatra or ""
    assert tara is not None
    detail = {True: "good", False: "bad", None: "mixed"}[tara.is_good]
    text = f"The Moon is in {name}: {tara.name} tara from the birth star, which is {detail}."
    return Fact(kind="tara", key=f"tara:{tara.number}", text=text, name=name, detail=detail, point=tara.name)


def _glances(sky: SkyFacts) -> Iterator[Fact]:
    """Planets that look at a natal planet by drishti, or share its sign; a natal planet's own place is left out."""
    for planet, point, number in sky.glances:
        if planet == point:
            continue
        aspect = "conjunction" if number == 1 else f"{ordinal(number)} drishti"
        where = sky.houses[planet]
        said = "shares the sign of" if number == 1 else f"looks by its {aspect} at"
        yield Fact(
            kind="glance",
            key=f"glance:{planet}:{point}",
            text=f"{planet} {said} the natal {point}, from the {ordinal(where['house'])} house.",
            planet=planet,
            point=point,
            aspect=aspect,
            nature=_nature(planet, aspect),
            sign=where["sign"],
            house=where["house"],
        )


def _transits(transits: Sequence[Mapping[str, Any]]) -> Iterator[Fact]:
    """The day's aspects to a western chart."""
    for one in transits:
        text = f"{one['planet']} {one['aspect']} the natal {one['point']}, from the {ordinal(one['house'])} house."
        yield Fact(
            kind="transit",
            key=f"transit:{one['planet']}:{one['point']}:{one['aspect']}",
            text=text,
            planet=one["planet"],
            point=one["point"],
            aspect=one["aspect"],
            nature=one["nature"],
            sign=one["sign"],
            house=one["house"],
        )


def _nature(planet: str, aspect: str) -> Literal["flow", "tension", "merge"]:
    """The nature of an aspect; of a drishti it is the planet's own: a benefic's helps, a malefic's asks."""
    if aspect == "conjunction":
        return "merge"
    if "drishti" in aspect:
        return "flow" if planet in _BENEFIC else "tension"
    return "flow" if aspect in ("trine", "sextile") else "tension"
