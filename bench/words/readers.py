"""Readers of our own for the table of words: their charts, their lives, and sixty days of their horoscopes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from astra_pipeline.astrology.chart import charts
from astra_pipeline.astrology.landmarks import Landmark
from astra_pipeline.astrology.signs import System
from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.charts import birth_data
from astra_pipeline.charts.sky import Sky, computed
from astra_pipeline.horoscopes.composer import compose, first_sentence
from astra_pipeline.horoscopes.input import HoroscopeInput, horoscope_input
from astra_pipeline.horoscopes.recollection import Recollection, ToldText
from astra_pipeline.horoscopes.recollections import phrases_told
from astra_pipeline.horoscopes.rules import MORNING, Reader, reader_of
from astra_pipeline.horoscopes.sky_facts import SkyFacts, Wanted, sky_facts
from astra_pipeline.people.birth import BirthData
from astra_pipeline.people.person import Person
from astra_pipeline.zones import at_local

FIRST = dt.date(2026, 10, 5)
DAYS = 60
_DAY = dt.timedelta(days=1)
_NOW = dt.datetime(2026, 10, 4, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Life:
    """A made-up reader."""

    name: str
    born: str
    at: str
    city: str
    country: str
    zone: str
    system: System
    style: str = "balanced"
    hinglish: int = 0
    topics: tuple[str, ...] = ()
    people: tuple[tuple[str, str], ...] = ()
    """(name, relation)."""
    dates: tuple[tuple[str, int], ...] = ()
    """(what, days after FIRST)."""
    intentions: tuple[str, ...] = ()
    care: tuple[str, str] | None = None
    """(level, kind), for all the days."""
    where: str | None = None
    """The zone where they live; None: where they were born."""


READERS: tuple[Life, ...] = (
    Life("Tanvi", "1993-03-18", "04:52", "Nagpur", "India", "Asia/Kolkata", "vedic", "casual", 90,
         ("Office politics", "Thesis"), (("Mihir", "flatmate"), ("", "mummy")), (("viva", 9), ("cousin's wedding", 33)),
         ("Main roz ek page likhungi.",)),
    Life("Osei", "1984-11-02", "22:15", "Accra", "Ghana", "Africa/Accra", "western", "formal", 0,
         ("Choir", "New bakery"), (("Abena", "wife"), ("Kojo", "son")), (("opening", 12), ("anniversary", 40)),
         ("I will train the apprentice myself.", "I want to start running again.")),
    Life("Ilse", "1971-06-30", "13:08", "Antwerp", "Belgium", "Europe/Brussels", "western", "balanced", 0,
         ("Garden", "Retirement"), (("Marijke", "sister"),), (("exhibition", 20),), ("I'm going to paint on Tuesdays.",)),
    Life("Devendra", "1958-01-25", "06:40", "Varanasi", "India", "Asia/Kolkata", "vedic", "formal", 45,
         ("Saturn", "Pilgrimage"), (("Sudha", "patni"), ("Ankit", "beta")), (("puja", 16),), ()),
    Life("Mahi", "2001-09-09", "17:27", "Surat", "India", "Asia/Kolkata", "vedic", "casual", 72,
         ("Diamond trade", "Rent"), (("Jigar", "bhai"),), (("driving test", 6),), ("I'll call the landlord.",)),
    Life("Renske", "1989-12-21", "00:35", "Utrecht", "Netherlands", "Europe/Amsterdam", "western", "casual", 0,
         ("Sleep", "Second job"), (("Bram", "partner"), ("Fenna", "best friend")), (("presentation", 4),), (), None, "America/Toronto"),
    Life("Kabir", "1996-07-14", "11:11", "Pune", "India", "Asia/Kolkata", "vedic", "balanced", 20,
         ("Startup", "Visa"), (("Ritika", "co-founder"), ("", "papa")), (("visa interview", 27),), ("I plan to cook on Sundays.",), None, "Asia/Singapore"),
    Life("Siobhan", "1979-04-04", "08:20", "Galway", "Ireland", "Europe/Dublin", "western", "balanced", 0,
         ("Mother's illness",), (("Aoife", "sister"),), (("chemo", 3), ("scan", 31)), (), ("tender", "illness")),
    Life("Farhan", "1990-02-11", "19:45", "Lucknow", "India", "Asia/Kolkata", "vedic", "balanced", 85,
         ("Family",), (("", "ammi"),), (), (), ("tender", "grief")),
    Life("Leticia", "1968-08-19", "03:03", "Curitiba", "Brazil", "America/Sao_Paulo", "western", "formal", 0,
         ("Job loss",), (("Caio", "nephew"),), (), (), ("tender", "loss")),
    Life("Jyoti", "1999-10-28", "14:50", "Jaipur", "India", "Asia/Kolkata", "vedic", "casual", 80,
         (), (("Pari", "saheli"),), (), (), ("crisis", "self_harm")),
    Life("Wanda", "1986-05-05", "21:10", "Krakow", "Poland", "Europe/Warsaw", "western", "balanced", 0,
         (), (), (), (), ("crisis", "violence"), "Europe/London"),
    Life("Tendai", "1974-03-29", "05:55", "Harare", "Zimbabwe", "Africa/Harare", "vedic", "balanced", 0,
         (), (), (), (), ("crisis", "danger")),
    Life("Hemant", "1983-09-15", "23:30", "Indore", "India", "Asia/Kolkata", "vedic", "formal", 0,
         ("Teaching", "Back pain", "House"), (("Kavita", "colleague"),), (("parents' evening", 13),), ("I mean to learn the tabla.",), None, "Australia/Sydney"),
)  # fmt: skip
"""Fourteen readers, unlike those of the issue."""


@dataclass(frozen=True)
class Written:
    """A horoscope of one day."""

    life: Life
    date: dt.date
    day: HoroscopeInput
    content: str
    answer: Mapping[str, Any] = field(repr=False)
    landmarks: tuple[Landmark, ...] = ()
    """The landmarks that the day's sky has for the chart, whether or not the text chose them."""


@lru_cache(maxsize=128)
def _sky(date: dt.date) -> Sky:
    return computed(date)


class _Skies(dict[dt.date, Sky]):
    def __missing__(self, date: dt.date) -> Sky:
        return _sky(date)


@lru_cache(maxsize=1)
def _documents() -> tuple[dict[str, Any], ...]:
    users = [_document(life) for life in READERS]
    births = [birth_data.birth_of(BirthData.read(user), now=_NOW) for user in users]
    for user, chart in zip(users, charts(births, now=_NOW), strict=True):
        user["user_overview"]["birth_chart"] = chart
    return tuple(users)


def _document(life: Life) -> dict[str, Any]:
    year, month, day = map(int, life.born.split("-"))
    astra: dict[str, Any] = {
        "life": {
            "people": [{"name": name, "relation": relation} for name, relation in life.people],
            "dates": [{"what": what, "date": (FIRST + days * _DAY).isoformat()} for what, days in life.dates],
            "intentions": [{"text": text, "at": _NOW} for text in life.intentions],
        }
    }
    if life.care:
        level, kind = life.care
        until = (FIRST + (DAYS + 1) * _DAY).isoformat()
        astra["care"] = {
            "level": level,
            "kind": kind,
            "since": FIRST.isoformat(),
            "until": until,
            "conversation_id": "c",
        }
    return {
        "id": f"words_{life.name.lower()}",
        "name": life.name,
        "timezone": life.where or life.zone,
        "date_of_birth": dt.datetime(year, month, day, tzinfo=dt.UTC),
        "birth_time": life.at,
        "birth_city": life.city,
        "birth_country": life.country,
        "birth_location": f"{life.city}, {life.country}",
        "birth_timezone": life.zone,
        "user_overview": {
            "preferences": {
                "astrology_system": life.system,
                "communication_style": life.style,
                "hinglish_level": life.hinglish,
            },
            "recent_conversations": [{"topics": list(life.topics), "date": _NOW}],
        },
        "astra": astra,
    }


@lru_cache(maxsize=4)
def written(days: int = DAYS) -> tuple[tuple[Written, ...], ...]:
    """The horoscopes of the first days of each reader, each with the memory of those before it."""
    return tuple(
        tuple(_written(life, document, days)) for life, document in zip(READERS, _documents(), strict=True)
    )


def person_of(life: Life) -> Person:
    """A reader, as the assets read them."""
    return Person.read(_documents()[READERS.index(life)])


def every_text() -> list[Written]:
    """All horoscopes of all readers."""
    return [one for texts in written() for one in texts]


def _written(life: Life, document: Mapping[str, Any], days: int) -> list[Written]:
    person = Person.read(document)
    known, found = Recollection(), []
    for number in range(days):
        date = FIRST + number * _DAY
        day, sky = day_of(person, date, known)
        answer = compose(day)
        told = ToldText(date, day.theme.text, first_sentence(answer["content"]), tuple(answer["suggestions"]))
        known = known.with_text(told, phrases_told(answer["content"], day))
        stands_out = (sky.theme.subject, *sky.theme.others)
        landmarks = tuple(one for one in stands_out if isinstance(one, Landmark))
        found.append(Written(life, date, day, answer["content"], answer, landmarks))
    return found


def day_of(person: Person, date: dt.date, known: Recollection | None = None) -> tuple[HoroscopeInput, SkyFacts]:
    """The input of a person's horoscope of a date, as the asset makes it, and the sky it was made from."""
    reader, zone = reader_of(person), person.zone("Asia/Kolkata")
    assert isinstance(reader, Reader)
    wanted = Wanted(CohortDate(date, "words", zone), person, reader)
    (sky,) = sky_facts({"one": wanted}, _Skies()).values()
    now = at_local(date, MORNING, zone)
    return horoscope_input(person, reader, date, zone, sky, now=now, recollection=known), sky
