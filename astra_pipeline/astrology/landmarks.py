"""Landmarks of one person's day: the events of the sky that mean this chart, or this date, and few others.

A landmark that lasts is told on its first day, at its peaks and on its last day; between them it is under way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Literal

from astra_pipeline.astrology import eclipses, sade_sati
from astra_pipeline.astrology.daylight import NEW_DELHI, Observer
from astra_pipeline.astrology.festivals import festivals_on
from astra_pipeline.astrology.natal import NORTH_NODE, Natal
from astra_pipeline.astrology.signs import SIGNS, System
from astra_pipeline.astrology.sky import PHASES, events
from astra_pipeline.astrology.sky_table import SkyTable, table_for, utc
from astra_pipeline.astrology.timescales import julian_date
from astra_pipeline.astrology.zodiac import signed

Kind = Literal["return", "sade_sati", "dasha", "eclipse", "station", "festival", "lunation"]
Stage = Literal["begins", "peak", "ends", "under way"]

ORDER: tuple[Kind, ...] = ("return", "sade_sati", "dasha", "eclipse", "station", "festival", "lunation")
"""The kinds by rank, the weightiest first. The Moon's own return, which comes every month, goes last of all."""

RETURN_ORBS: Mapping[str, float] = {
    "Saturn": 1.0,
    "Rahu": 1.0,
    "Jupiter": 1.0,
    "Mars": 1.0,
    "Sun": 0.0,
    "Venus": 1.0,
    "Moon": 0.0,
}
"""Planet -> degrees within which it is back at its natal place, in the system's zodiac; in the order of weight.

0: the day of exactness only. One degree is the orb of R. Hand, "Planets in Transit" (1976), for slow transits. The
Sun's return in the sidereal zodiac begins the Tajika year (varshaphala: Tajika Neelakanthi); in the tropical one it
is the birthday's. Rahu's is that of both nodes.
"""
_RETURNS = (*RETURN_ORBS, NORTH_NODE)

ECLIPSE_ORB = 3.0
"""Degrees from a natal point, or from the point opposite to it, within which an eclipse is on it.

Three degrees: B. Brady, "The Eagle and the Lark" (1992), on eclipses and natal points.
"""
STATION_ORB = 1.0
"""Degrees from a natal point within which a planet that stands still is on it.

One degree: E. Sullivan, "Retrograde Planets" (1992).
"""
# The points that an eclipse or a station on them is told of. Slow planets share theirs with everybody of their age.
_TOUCHED: dict[System, tuple[str, ...]] = {
    "vedic": ("Moon", "Ascendant", "Sun", "Venus", "Mars", "Mercury", "Jupiter", "Saturn"),
    "western": ("Sun", "Moon", "Ascendant", "Midheaven", "Venus", "Mars", "Mercury", "Jupiter", "Saturn"),
}
_STATIONARY: dict[System, tuple[str, ...]] = {
    "vedic": ("Saturn", "Jupiter", "Mars", "Venus", "Mercury"),
    "western": ("Saturn", "Jupiter", "Mars", "Venus", "Mercury", "Pluto", "Neptune", "Uranus"),
}
# The greatest eclipse and the New or Full Moon are within so much of each other.
_HOURS = dt.timedelta(hours=2)


@dataclass(frozen=True)
class LocalDay:
    """A date where somebody is: its first moment, the first of the next day, and its morning; UTC."""

    date: dt.date
    start: dt.datetime
    end: dt.datetime
    morning: dt.datetime

    @cached_property
    def span(self) -> tuple[float, float]:
        """The day's bounds as Julian dates (UT). Raises UnusableBirth outside of 1900-2053."""
        low, high = julian_date([self.start, self.end])
        return float(low), float(high)

    def holds(self, at: dt.datetime | None) -> bool:
        """True for a moment of the day."""
        return at is not None and self.start <= at < self.end


@dataclass(frozen=True)
class Landmark:
    """One landmark on one day. Moments are UTC, to the minute."""

    kind: Kind
    stage: Stage
    body: str
    """The planet, "Moon" or "Sun"; "" for a dasha and a festival."""
    name: str
    """The landmark in words: "Saturn return", "Sade sati, rising phase", "Diwali", "Partial lunar eclipse"."""
    point: str = ""
    """The natal point that it is on; "" for one that is on none."""
    sign: str = ""
    """The sign it is in, in the system's zodiac."""
    house: int | None = None
    """From the natal Moon when vedic, of the chart when western."""
    at: dt.datetime | None = None
    """The moment of the stage on this day; None while it is under way, and for a festival."""
    begins: dt.datetime | None = None
    ends: dt.datetime | None = None
    """The bounds of one that lasts, where they are known."""
    detail: str = ""
    """A machine's word about it.

    The phase of sade sati that runs or is over, or "pause"; the lords of a dasha ("Jupiter/Venus"); a festival's
    id; an eclipse's kind and aspect ("total conjunction"); "retrograde" or "direct" of a station; "total eclipse"
    of a New or Full Moon that is one.
    """

    @property
    def key(self) -> str:
        """The same on all days of one landmark: what a text's memory holds."""
        return ":".join(filter(None, (self.kind, self.body, self.point, self.detail)))

    @property
    def rank(self) -> tuple[int, int, int]:
        """For sorting, the weightiest first: by kind, then by what it is, then by stage."""
        kind = len(ORDER) if (self.kind, self.body) == ("return", "Moon") else ORDER.index(self.kind)
        within = 0
        if self.kind == "return":
            within = _RETURNS.index(self.body)
        elif self.kind in ("eclipse", "station"):
            within = _TOUCHED["western"].index(self.point)
        elif self.kind == "dasha":
            within = 0 if self.name.endswith("mahadasha") else 1
        return kind, within, ("peak", "begins", "ends", "under way").index(self.stage)


def landmarks(natal: Natal, day: LocalDay, *, node: str = "mean", observer: Observer = NEW_DELHI) -> list[Landmark]:
    """The landmarks of a chart on a day, the weightiest first; those under way at the end.

    Sade sati, dashas and festivals are for vedic charts only. `node` is "mean" or "true"; festivals have the dates
    of `observer`. Raises UnusableBirth for a day outside of 1900-2053.
    """
    table = table_for(day.start, node=node)
    found = [
        *_returns(natal, day, table),
        *_eclipses(natal, day),
        *_stations(natal, day, table),
    ]
    # The eclipse is the New or Full Moon, told with more.
    if not any(one.kind == "eclipse" for one in found):
        found += _lunations(natal, day, table)
    if natal.system == "vedic":
        found += [*_sade_sati(natal, day, table), *_dashas(natal, day), *_festivals(day, observer)]
    return sorted(found, key=lambda one: (one.stage == "under way", one.rank, one.name))


def _returns(natal: Natal, day: LocalDay, table: SkyTable) -> Iterator[Landmark]:
    low, high = day.span
    for planet, orb in RETURN_ORBS.items():
        # The West names the node for what it is.
        body = NORTH_NODE if planet == "Rahu" and natal.system == "western" else planet
        degree = natal.points.get(body)
        if degree is None:
            continue
        found = Landmark(
            "return",
            "peak",
            body=body,
            name="Return of the nodes" if planet == "Rahu" else f"{planet} return",
            point=body,
            sign=SIGNS[int(degree // 30)],
            house=natal.house(degree),
        )
        if orb == 0:
            for jd in table.crossings(planet, degree, low, high, natal.system):
                yield replace(found, at=utc(jd))
            continue
        contact = table.contact(planet, degree, orb, low, high, natal.system)
        if contact is not None:
            begins, ends = (None if jd is None else utc(jd) for jd in (contact.begins, contact.ends))
            stage, at = _stage(day, [utc(jd) for jd in contact.peaks], begins, ends)
            yield replace(found, stage=stage, at=at, begins=begins, ends=ends)


def _stage(
    day: LocalDay, peaks: list[dt.datetime], begins: dt.datetime | None, ends: dt.datetime | None
) -> tuple[Stage, dt.datetime | None]:
    peak = next((at for at in peaks if day.holds(at)), None)
    if peak is not None:
        return "peak", peak
    if day.holds(begins):
        return "begins", begins
    return ("ends", ends) if day.holds(ends) else ("under way", None)


def _sade_sati(natal: Natal, day: LocalDay, table: SkyTable) -> Iterator[Landmark]:
    """A phase that begins or the end of the whole; the peak is Saturn on the degree of the natal Moon."""
    before, after = sade_sati.spell_at(day.start), sade_sati.spell_at(day.end)
    was, becomes = (sade_sati.phase_in(spell.sign, natal.moon_sign) for spell in (before, after))
    if was is None and becomes is None:
        return
    begins, ends = _minute(after.begins), _minute(after.ends)
    found = Landmark(
        "sade_sati",
        "under way",
        body="Saturn",
        name=f"Sade sati, {becomes} phase",
        point="Moon",
        sign=SIGNS[after.sign],
        house=natal.house(after.sign * 30.0),
        begins=begins,
        ends=ends,
        detail=becomes or "",
    )
    if becomes is None:
        # Saturn has left the last of the three signs, for good or until it turns back.
        paused = sade_sati.comes_back(after.begins, natal.moon_sign)
        name, detail = ("Sade sati, a pause", "pause") if paused else ("Sade sati", was or "")
        yield replace(found, stage="ends", name=name, at=begins, begins=None, ends=begins, detail=detail)
    elif was != becomes:
        yield replace(found, stage="begins", at=begins)
    else:
        low, high = day.span
        moon = natal.points.get("Moon") if becomes == "peak" else None
        exact = [] if moon is None else table.crossings("Saturn", moon, low, high, "vedic")
        yield replace(found, stage="peak", at=utc(exact[0])) if exact else found


def _dashas(natal: Natal, day: LocalDay) -> Iterator[Landmark]:
    """Vimshottari periods that begin on the day. The antardasha that opens a mahadasha is told as the mahadasha."""
    for period in natal.periods:
        for place, inner in enumerate(period["antardashas"]):
            if day.holds(inner["start"]):
                level = "antardasha" if place else "mahadasha"
                lord = inner["lord"] if place else period["lord"]
                ends = inner["end"] if place else period["antardashas"][-1]["end"]
                yield Landmark(
                    "dasha",
                    "begins",
                    body="",
                    name=f"{lord} {level}",
                    at=_minute(inner["start"]),
                    begins=_minute(inner["start"]),
                    ends=_minute(ends),
                    detail=f"{period['lord']}/{inner['lord']}",
                )


def _eclipses(natal: Natal, day: LocalDay) -> Iterator[Landmark]:
    """Eclipses on natal points, or opposite to them; in a vedic chart only such as are seen."""
    for eclipse in eclipses.eclipses(day.start, day.end):
        if natal.system == "vedic" and not eclipse.is_seen:
            continue
        longitude = eclipse.sidereal if natal.system == "vedic" else eclipse.longitude
        for point in _TOUCHED[natal.system]:
            if point not in natal.points:
                continue
            apart = abs(float(signed(longitude - natal.points[point])))
            aspect = "conjunction" if apart <= ECLIPSE_ORB else "opposition" if apart >= 180 - ECLIPSE_ORB else ""
            if aspect:
                yield Landmark(
                    "eclipse",
                    "peak",
                    body=eclipse.body,
                    name=eclipse.name,
                    point=point,
                    sign=SIGNS[int(longitude // 30)],
                    house=natal.house(longitude),
                    at=_minute(eclipse.at),
                    detail=f"{eclipse.kind} {aspect}",
                )


def _stations(natal: Natal, day: LocalDay, table: SkyTable) -> Iterator[Landmark]:
    for planet, jd, backwards in _stations_in(table, *day.span):
        if planet not in _STATIONARY[natal.system]:
            continue
        longitude = table.at(planet, jd, natal.system)
        turned = "retrograde" if backwards else "direct"
        for point in _TOUCHED[natal.system]:
            if point in natal.points and abs(float(signed(longitude - natal.points[point]))) <= STATION_ORB:
                yield Landmark(
                    "station",
                    "peak",
                    body=planet,
                    name=f"{planet} turns {turned}",
                    point=point,
                    sign=SIGNS[int(longitude // 30)],
                    house=natal.house(longitude),
                    at=utc(jd),
                    detail=turned,
                )


@lru_cache(maxsize=64)
def _stations_in(table: SkyTable, low: float, high: float) -> list[tuple[str, float, bool]]:
    # All readers of a day share these.
    return [(planet, *turn) for planet in _STATIONARY["western"] for turn in table.stations(planet, low, high)]


def _lunations(natal: Natal, day: LocalDay, table: SkyTable) -> Iterator[Landmark]:
    """New and Full Moon in the house in which they fall. One that is an eclipse has the eclipse's name."""
    low, _ = day.span
    apart = table.at("Moon", low, "western") - table.at("Sun", low, "western")
    # The Moon gains at most 14.5 degrees a day on the Sun, and a day lasts 25 hours at the most.
    if min(-apart % 180, apart % 180) > 17:
        return
    eclipsed = {one.body: one for one in eclipses.eclipses(day.start - _HOURS, day.end + _HOURS)}
    for event in _phases_in(day.start, day.end):
        if event["detail"] not in (PHASES[0], PHASES[2]):
            continue
        longitude = table.at("Moon", float(julian_date([event["at"]])[0]), natal.system)
        eclipse = eclipsed.get("Sun" if event["detail"] == PHASES[0] else "Moon")
        seen = eclipse is not None and (eclipse.is_seen or natal.system == "western")
        yield Landmark(
            "lunation",
            "peak",
            body="Moon",
            name=event["detail"],
            sign=SIGNS[int(longitude // 30)],
            house=natal.house(longitude),
            at=event["at"],
            detail=f"{eclipse.kind} eclipse" if eclipse is not None and seen else "",
        )


@lru_cache(maxsize=64)
def _phases_in(start: dt.datetime, end: dt.datetime) -> list[dict[str, Any]]:
    return events(start, end, kinds=("phase",))


def _festivals(day: LocalDay, observer: Observer) -> Iterator[Landmark]:
    for festival in festivals_on(day.date, observer):
        yield Landmark("festival", "peak", body="", name=festival.name, detail=festival.id)


def _minute(at: dt.datetime) -> dt.datetime:
    return (at + dt.timedelta(seconds=30)).replace(second=0, microsecond=0)
