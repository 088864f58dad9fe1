"""The input of the task `horoscope-refresher`: the facts for one person's horoscope of one date. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from astra_pipeline.charts.sky import SkyEvent as SkyEventOfDay
from astra_pipeline.horoscopes.rules import (
    MORNING,
    Reader,
    System,
    is_over,
    recent_topics,
)
from astra_pipeline.language.care import Level
from astra_pipeline.language.manner import Style
from astra_pipeline.llm.prompt import PersonsWords
from astra_pipeline.llm.task import Given
from astra_pipeline.people.person import Person
from astra_pipeline.zones import at_local

# A milestone is congratulated on within a day of its unlocking.
_FRESH = dt.timedelta(days=1)


class Moon(Given):
    """The Moon this morning: her sign, nakshatra, phase and tithi, and her house of the person's chart."""

    sign: str
    nakshatra: str
    phase: str
    tithi: str
    house: int


class PlanetToday(Given):
    """A planet's sign this morning, and its house of the person's chart."""

    sign: str
    house: int


class Transit(Given):
    """An aspect of a planet in the sky to a point of the person's chart."""

    planet: str
    point: str
    aspect: str
    nature: Literal["flow", "tension", "merge"]
    orb: float = Field(description="Degrees.")
    applying: bool
    sign: str = Field(description="The sign the planet is in.")
    house: int = Field(description="The house of the chart the planet is in.")
    exact_around: str = Field(description="The local hour at which it is exact, when that is soon; or empty.")


class SkyEvent(Given):
    """An event in the sky of the day: a station, a phase, an ingress."""

    what: str
    at: str = Field(description="Local HH:MM.")


class Dasha(Given):
    """The planetary period that runs, and the period inside it."""

    mahadasha: str
    antardasha: str
    until: str = Field(description="Month and year in which the inner period ends.")


class NoDasha(Given):
    """No period is known, or the person's tradition has none."""


class HoroscopeInput(Given):
    """All facts that one person's horoscope of one date may mention."""

    reader: str = Field(description="A pseudonym, always the same for one person.")
    name: Annotated[str, PersonsWords()] = Field(description="What to call the person. May be empty.")
    local_date: str = Field(description="YYYY-MM-DD, where the person is.")
    weekday: str
    astrology_system: System
    sun_sign: str = Field(description="At birth, in the system's zodiac; so are the other signs.")
    moon_sign: str
    rising_sign: str = Field(description="May be empty.")
    moon: Moon
    planets: dict[str, PlanetToday] = Field(description="Each planet's sign and house this morning, by its name.")
    transits: list[Transit] = Field(description="The weightiest first.")
    events: list[SkyEvent] = Field(description="Of the local date.")
    dasha: Dasha | NoDasha
    recent_topics: Annotated[list[str], PersonsWords()]
    care: Level = Field(description="The care of that day: crisis, tender or none.")
    streak_days: int
    milestones: Annotated[list[str], PersonsWords()] = Field(description="Unlocked since yesterday.")
    communication_style: Style
    hinglish_level: int = Field(ge=0, le=100, description="0 is English without Hindi.")


def horoscope_input(
    person: Person,
    reader: Reader,
    date: dt.date,
    zone: str,
    *,
    moon: Mapping[str, Any],
    planets: Mapping[str, Mapping[str, Any]],
    transits: Sequence[Mapping[str, Any]],
    events: Sequence[SkyEventOfDay],
    dasha: Mapping[str, Any] | None,
    now: dt.datetime,
) -> HoroscopeInput:
    """Build the input for the person's local date.

    `moon`, `planets`, `transits` and `dasha` are those of astrology.personal, `events` those of the daily skies.
    The input for a date that is over at `now` holds nothing that came after its morning.
    """
    morning = at_local(date, MORNING, zone)
    over = is_over(date, zone, now)
    return HoroscopeInput(
        reader=hashlib.sha256(person.id.encode()).hexdigest()[:16],
        name=person.first_name,
        local_date=date.isoformat(),
        weekday=f"{date:%A}",
        astrology_system=reader.system,
        sun_sign=reader.signs.sun,
        moon_sign=reader.signs.moon,
        rising_sign=reader.signs.rising,
        moon=Moon(**moon, house=planets["Moon"]["house"]),
        planets={name: PlanetToday(**where) for name, where in planets.items()},
        transits=[_transit(transit, zone) for transit in transits],
        events=events_of_day(events, date, zone, reader.system),
        dasha=_dasha(dasha, reader.system),
        recent_topics=recent_topics(person, until=morning if over else now),
        care=person.care_at(date),
        streak_days=0 if over else person.gamification.streak_days,
        milestones=person.gamification.titles_unlocked(morning - _FRESH, morning),
        communication_style=person.preferences.communication_style,
        hinglish_level=person.preferences.hinglish_level,
    )


def events_of_day(events: Sequence[SkyEventOfDay], date: dt.date, zone: str, system: System) -> list[SkyEvent]:
    """The events of the local date: stations, phases and, for the tropical zodiac to which they belong, ingresses.

    The Moon's ingresses are left out: her sign is in the input anyway.
    """
    kinds = ("station", "phase", "ingress") if system == "western" else ("station", "phase")
    local = [
        (event.at.astimezone(ZoneInfo(zone)), event)
        for event in events
        if event.type in kinds and not (event.type == "ingress" and event.body == "Moon")
    ]
    return [
        SkyEvent(what=event.detail, at=f"{at:%H:%M}")
        for at, event in sorted(local, key=lambda pair: (kinds.index(pair[1].type), pair[0]))
        if at.date() == date
    ]


def _transit(transit: Mapping[str, Any], zone: str) -> Transit:
    exact = transit["exact_at"]
    known = {field: value for field, value in transit.items() if field != "exact_at"}
    return Transit(**known, exact_around=_hour(exact.astimezone(ZoneInfo(zone))) if exact else "")


def _hour(at: dt.datetime) -> str:
    minutes = f":{at:%M}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'am' if at.hour < 12 else 'pm'}"


def _dasha(dasha: Mapping[str, Any] | None, system: System) -> Dasha | NoDasha:
    # Periods belong to the Vedic tradition; a Western reader has no use for them.
    if dasha is None or system != "vedic":
        return NoDasha()
    return Dasha(mahadasha=dasha["mahadasha"], antardasha=dasha["antardasha"], until=f"{dasha['until']:%B %Y}")
