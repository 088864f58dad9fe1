"""The input of the task `horoscope-refresher`: the facts for one person's horoscope of one date. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from astra_pipeline.charts.sky import SkyEvent as SkyEventOfDay
from astra_pipeline.horoscopes import reader_life
from astra_pipeline.horoscopes.facts import Fact, facts_of_day
from astra_pipeline.horoscopes.recollection import Recollection
from astra_pipeline.horoscopes.rules import MORNING, Reader, System, is_over
from astra_pipeline.horoscopes.sky_facts import SkyFacts
from astra_pipeline.language.care import Level
from astra_pipeline.language.composing import Choice, register_of
from astra_pipeline.language.manner import Style
from astra_pipeline.llm.helpline import Helpline, NoHelpline
from astra_pipeline.llm.prompt import PersonsWords
from astra_pipeline.llm.task import Given
from astra_pipeline.people.helplines import named_help
from astra_pipeline.people.person import Person
from astra_pipeline.zones import at_local

# A milestone is congratulated on within a day of its unlocking.
_FRESH = dt.timedelta(days=1)


class Moon(Given):
    """The Moon this morning: her sign and phase, and her house (from the natal Moon when vedic)."""

    sign: str
    phase: str
    house: int


class Panchanga(Given):
    """The day as the Vedic tradition reads it for one birth star."""

    nakshatra: str
    nature: str = Field(description="Of the nakshatra: fixed, movable, fierce, mixed, swift, gentle or sharp.")
    tithi: str
    tara: str = Field(description="The relation of the day's star to the birth star; empty when that is not known.")
    tara_is: Literal["good", "bad", "mixed", ""]
    chandrashtama: bool = Field(description="The Moon is in the eighth sign from the natal Moon.")


class NotVedic(Given):
    """The person reads by the Western tradition, which has no panchanga."""


class PlanetToday(Given):
    """A planet's sign this morning, its house (from the natal Moon when vedic), and whether it goes backwards."""

    sign: str
    house: int
    retrograde: bool = False


class NatalPlanet(Given):
    """A planet's sign and house at birth."""

    sign: str
    house: int
    retrograde: bool


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


class Glance(Given):
    """A planet that looks at a natal planet by drishti, or shares its sign ("conjunction")."""

    planet: str
    point: str
    glance: str = Field(description='"conjunction", or the drishti: "7th drishti".')


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
    theme: Fact = Field(description="The one theme of the text.")
    facts: list[Fact] = Field(description="Up to two further facts that the text may tell.")
    moon: Moon
    panchanga: Panchanga | NotVedic
    planets: dict[str, PlanetToday] = Field(description="Each planet this morning, by its name.")
    natal: dict[str, NatalPlanet] = Field(description="Each planet at birth, by its name; empty when unknown.")
    transits: list[Transit] = Field(description="The weightiest first; none when vedic.")
    glances: list[Glance] = Field(description="None when western.")
    events: list[SkyEvent] = Field(description="Of the local date.")
    dasha: Dasha | NoDasha
    recent_topics: Annotated[list[str], PersonsWords()] = Field(description="The newest first.")
    topic_dates: list[str] = Field(description="The local date (ISO) of each recent topic; empty where unknown.")
    people: Annotated[list[str], PersonsWords()] = Field(description='As the person names them: "sister Neha".')
    dates: Annotated[list[str], PersonsWords()] = Field(description='Near ones: "2026-12-03 sister\'s wedding".')
    intentions: Annotated[list[str], PersonsWords(joined_by="\n")] = Field(description="In the person's words.")
    place: Annotated[str, PersonsWords()] = Field(description="Where they live, if they said it; or empty.")
    profession: Annotated[str, PersonsWords()] = Field(description="Their work, if they said it; or empty.")
    care: Level = Field(
        description="The care of that day, by what was said or by the topics: crisis, tender or none."
    )
    care_kind: str = Field(description="Its kind, such as grief or violence; or empty.")
    helpline: Helpline | NoHelpline
    streak_days: int
    milestones: Annotated[list[str], PersonsWords()] = Field(description="Unlocked since yesterday.")
    communication_style: Style
    hinglish_level: int = Field(ge=0, le=100, description="0 is English without Hindi.")
    recent_texts: Annotated[list[str], PersonsWords(joined_by="\n")] = Field(
        description="Theme, first sentence and suggestion of each of the last 14 texts, the newest first."
    )
    used_phrases: dict[str, str] = Field(description="Date -> ids of phrases that the composer used then.")


def horoscope_input(
    person: Person,
    reader: Reader,
    date: dt.date,
    zone: str,
    sky: SkyFacts,
    *,
    now: dt.datetime,
    recollection: Recollection | None = None,
) -> HoroscopeInput:
    """Build the input from the sky of the date's morning for the person's chart, and from their last texts.

    The input for a date that is over at `now` holds nothing that came after its morning.
    """
    morning = at_local(date, MORNING, zone)
    over = is_over(date, zone, now)
    until = morning if over else now
    known = (recollection or Recollection()).before(date)
    pseudonym = hashlib.sha256(person.id.encode()).hexdigest()[:16]
    vedic, choice = reader.system == "vedic", Choice(pseudonym, date.toordinal(), known.memory)
    theme, *others = facts_of_day(sky, vedic=vedic, transits=sky.transits, choice=choice)
    topics = reader_life.topics(person, zone, until=until)
    level, kind = _care(person, date, topics)
    gamification, preferences = person.gamification, person.preferences
    return HoroscopeInput(
        reader=pseudonym,
        name=person.first_name,
        local_date=date.isoformat(),
        weekday=f"{date:%A}",
        astrology_system=reader.system,
        sun_sign=reader.signs.sun,
        moon_sign=reader.signs.moon,
        rising_sign=reader.signs.rising,
        theme=theme,
        facts=others,
        moon=Moon(sign=sky.moon["sign"], phase=sky.moon["phase"], house=sky.moon_day.house),
        panchanga=_panchanga(sky) if vedic else NotVedic(),
        planets=_planets(sky),
        natal=_natal(reader),
        transits=[] if vedic else [_transit(transit, zone) for transit in sky.transits],
        glances=[_glance(*glance) for glance in sky.glances],
        events=events_of_day(sky.events, date, zone, reader.system),
        dasha=_dasha(sky.dasha, reader.system),
        recent_topics=[topic for topic, _ in topics],
        topic_dates=[day for _, day in topics],
        people=reader_life.people(person.life),
        dates=reader_life.dates(person.life, date),
        intentions=reader_life.intentions(person.life, until),
        place=person.life.place,
        profession=person.life.profession,
        care=level,
        care_kind=kind,
        helpline=_helpline(person, level, kind, topics),
        streak_days=0 if over else gamification.streak_days,
        milestones=gamification.titles_unlocked(morning - _FRESH, morning),
        communication_style=preferences.communication_style,
        hinglish_level=preferences.hinglish_level,
        recent_texts=known.told(),
        used_phrases=known.memory.as_stored(),
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


def _panchanga(sky: SkyFacts) -> Panchanga:
    moon, tara = sky.moon_day, sky.moon_day.tara
    return Panchanga(
        nakshatra=moon.nakshatra or sky.moon["nakshatra"],
        nature=moon.nature or "",
        tithi=sky.moon["tithi"],
        tara=tara.name if tara else "",
        tara_is="" if tara is None else "mixed" if tara.is_good is None else "good" if tara.is_good else "bad",
        chandrashtama=moon.chandrashtama,
    )


def _care(person: Person, date: dt.date, topics: Sequence[tuple[str, str]]) -> tuple[Level, str]:
    """(level, kind) as it was said; where nobody said it, topics may ask for it."""
    spell = person.care.spell_at(date)
    level, kind = (spell.level, spell.kind) if spell else ("none", "")
    register = register_of(level, [topic for topic, _ in topics])
    return (level if register == "usual" else register), kind


def _planets(sky: SkyFacts) -> dict[str, PlanetToday]:
    return {name: PlanetToday(**where, retrograde=name in sky.retrogrades) for name, where in sky.houses.items()}


def _natal(reader: Reader) -> dict[str, NatalPlanet]:
    """The planets of a chart of ours, which knows their signs and houses."""
    part = (reader.chart or {}).get(reader.system) or {}
    return {
        planet["name"]: NatalPlanet(
            sign=planet["sign"], house=planet["house"], retrograde=bool(planet.get("retrograde"))
        )
        for planet in part.get("planets") or []
        if isinstance(planet.get("house"), int) and isinstance(planet.get("sign"), str)
    }


def _transit(transit: Mapping[str, Any], zone: str) -> Transit:
    exact = transit["exact_at"]
    known = {field: value for field, value in transit.items() if field != "exact_at"}
    return Transit(**known, exact_around=_hour(exact.astimezone(ZoneInfo(zone))) if exact else "")


def _glance(planet: str, point: str, number: int) -> Glance:
    from astra_pipeline.horoscopes.facts import ordinal

    return Glance(planet=planet, point=point, glance="conjunction" if number == 1 else f"{ordinal(number)} drishti")


def _hour(at: dt.datetime) -> str:
    minutes = f":{at:%M}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'am' if at.hour < 12 else 'pm'}"


def _dasha(dasha: Mapping[str, Any] | None, system: System) -> Dasha | NoDasha:
    # Periods belong to the Vedic tradition; a Western reader has no use for them.
    if dasha is None or system != "vedic":
        return NoDasha()
    return Dasha(mahadasha=dasha["mahadasha"], antardasha=dasha["antardasha"], until=f"{dasha['until']:%B %Y}")


def _helpline(person: Person, level: Level, kind: str, topics: Sequence[tuple[str, str]]) -> Helpline | NoHelpline:
    """The helpline of the person's country where care or topics call for one."""
    if not reader_life.is_in_danger(level, [topic for topic, _ in topics]):
        return NoHelpline()
    return Helpline(**named_help(person, kind)._asdict())
