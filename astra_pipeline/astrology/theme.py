"""The one theme of a day or a week, by rank.

A landmark goes before a date in the person's life, that before the peak of a slow transit, and that before the
house of the Moon, which there always is. Pure: no text is composed here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from astra_pipeline.astrology import gochara
from astra_pipeline.astrology.daylight import NEW_DELHI, Observer
from astra_pipeline.astrology.landmarks import Landmark, LocalDay, landmarks
from astra_pipeline.astrology.natal import Natal
from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.astrology.sky_table import table_for
from astra_pipeline.astrology.slow_transits import SlowTransit, slow_transits
from astra_pipeline.astrology.timescales import julian_date
from astra_pipeline.astrology.zodiac import NAKSHATRAS, nakshatra_index

ThemeKind = Literal["landmark", "life_date", "transit", "house"]
RANKS: tuple[ThemeKind, ...] = ("landmark", "life_date", "transit", "house")
"""The kinds of themes, the weightiest first."""


@dataclass(frozen=True)
class LifeDate:
    """A date in the person's life: what they said of it, and the local date."""

    what: str = field(repr=False)
    date: dt.date


@dataclass(frozen=True)
class MoonDay:
    """The Moon of a morning as the chart's system reads it. A western one has no field of the Vedic method."""

    sign: str
    house: int
    """From the natal Moon when vedic, of the chart when western."""
    nakshatra: str | None = None
    nature: str | None = None
    """The nature of the nakshatra, by gochara.NATURES."""
    tara: gochara.Tara | None = None
    chandrashtama: bool = False
    favourable: bool | None = None


@dataclass(frozen=True)
class Standing:
    """A body in a house of the chart: the theme where nothing stands out."""

    body: str
    sign: str
    house: int

    @property
    def key(self) -> str:
        """The same while the body is in the house: text memory holds it."""
        return f"house:{self.body}:{self.house}"


Subject = Landmark | LifeDate | SlowTransit | Standing


@dataclass(frozen=True)
class Theme:
    """The theme of a day, or the theme of a week and the day of the week that it falls on."""

    kind: ThemeKind
    subject: Subject
    date: dt.date
    others: tuple[Subject, ...] = ()
    """The rest that stands out, the weightiest first: material for the other facts of the text."""
    under_way: tuple[Landmark, ...] = ()
    """Landmarks that last and are at no stage to be told: what colours these days."""

    @property
    def key(self) -> str:
        """The same on all days of one theme: what a text's memory holds."""
        return f"life_date:{self.date.isoformat()}" if isinstance(self.subject, LifeDate) else self.subject.key


def moon_of_day(natal: Natal, day: LocalDay, *, node: str = "mean") -> MoonDay:
    """The Moon of the day's morning. The Vedic method's readings are in it for vedic charts only.

    The nakshatra of a day is that of its morning: a panchang names the one of the sunrise.
    """
    jd_ut = float(julian_date([day.morning])[0])
    longitude = table_for(day.start, node=node).at("Moon", jd_ut, natal.system)
    sign, house = int(longitude // 30), natal.house(longitude)
    if natal.system != "vedic":
        return MoonDay(SIGNS[sign], house)
    nakshatra = int(nakshatra_index(np.array(longitude)))
    return MoonDay(
        sign=SIGNS[sign],
        house=house,
        nakshatra=NAKSHATRAS[nakshatra],
        nature=gochara.nature_of(nakshatra),
        tara=None if natal.nakshatra is None else gochara.tara_bala(nakshatra, natal.nakshatra),
        chandrashtama=gochara.is_chandrashtama(sign, natal.moon_sign),
        favourable=gochara.is_favourable("Moon", house),
    )


def theme_of_day(
    natal: Natal,
    day: LocalDay,
    life: Sequence[LifeDate] = (),
    *,
    node: str = "mean",
    observer: Observer = NEW_DELHI,
) -> Theme:
    """The theme of a local day for a chart. `life` may hold dates of other days; they are passed over.

    Raises UnusableBirth for a day outside of 1900-2053.
    """
    told, under_way = _landmarks(natal, day, node, observer)
    outstanding = [*told, *(one for one in life if one.date == day.date), *slow_transits(natal, day, node=node)]
    moon = moon_of_day(natal, day, node=node)
    first, *others = [*outstanding, Standing("Moon", moon.sign, moon.house)]
    return Theme(_kind(first), first, day.date, tuple(others), under_way)


def theme_of_week(
    natal: Natal,
    days: Sequence[LocalDay],
    life: Sequence[LifeDate] = (),
    *,
    node: str = "mean",
    observer: Observer = NEW_DELHI,
) -> Theme:
    """The theme of some days in a row for a chart: the weightiest of all, and the first of equals.

    A week's quiet theme is the house of the Sun, because the Moon passes three. Raises ValueError for no days.
    """
    if not days:
        raise ValueError("a week wants at least one day")
    found: list[tuple[int, tuple[int, ...], int, Subject]] = []
    under_way: dict[str, Landmark] = {}
    for place, day in enumerate(days):
        told, lasting = _landmarks(natal, day, node, observer)
        under_way |= {one.key: one for one in lasting}
        found += [(0, one.rank, place, one) for one in told]
        found += [(1, (), place, one) for one in life if one.date == day.date]
        found += [(2, one.rank, place, one) for one in slow_transits(natal, day, node=node)]
    found.append((3, (), 0, _sun(natal, days[0], node)))
    _, _, place, first = min(found, key=lambda one: one[:3])
    others = [one for _, _, _, one in sorted(found, key=lambda one: one[:3]) if one is not first]
    told_keys = {one.key for _, _, _, one in found if isinstance(one, Landmark)}
    lasting = tuple(one for key, one in under_way.items() if key not in told_keys)
    return Theme(_kind(first), first, days[place].date, tuple(others), lasting)


def glances(natal: Natal, day: LocalDay, *, node: str = "mean") -> Iterator[tuple[str, str, int]]:
    """(planet, natal planet or Ascendant, number of the glance; 1 where they share a sign) of the morning.

    By whole signs, as the Vedic method reads drishti; nothing for a western chart.
    """
    if natal.system != "vedic":
        return
    jd_ut = float(julian_date([day.morning])[0])
    table = table_for(day.start, node=node)
    for planet in ("Saturn", "Jupiter", "Mars", "Sun", "Venus", "Mercury", "Rahu"):
        sign = int(table.at(planet, jd_ut, "vedic") // 30)
        for point, degree in natal.points.items():
            number = 1 if int(degree // 30) == sign else gochara.glance(planet, sign, int(degree // 30))
            if number is not None:
                yield planet, point, number


def _landmarks(
    natal: Natal, day: LocalDay, node: str, observer: Observer
) -> tuple[list[Landmark], tuple[Landmark, ...]]:
    """(those to be told, those under way), each the weightiest first."""
    found = landmarks(natal, day, node=node, observer=observer)
    told = [one for one in found if one.stage != "under way"]
    return told, tuple(one for one in found if one.stage == "under way")


def _kind(subject: Subject) -> ThemeKind:
    if isinstance(subject, Landmark):
        return "landmark"
    if isinstance(subject, LifeDate):
        return "life_date"
    return "transit" if isinstance(subject, SlowTransit) else "house"


def _sun(natal: Natal, day: LocalDay, node: str) -> Standing:
    jd_ut = float(julian_date([day.morning])[0])
    longitude = table_for(day.start, node=node).at("Sun", jd_ut, natal.system)
    return Standing("Sun", SIGNS[int(longitude // 30)], natal.house(longitude))
