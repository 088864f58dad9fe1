"""The tables beside GeoNames' list of cities, checked: lands and islands, divisions, and names in Hindi script.

They are read when the index of places is built, and by the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from astra_pipeline.places.devanagari import is_devanagari
from astra_pipeline.places.spelling import normalised

FOLDER = Path(__file__).parent
# The safe loader written in C, ten times as fast, where PyYAML was built with it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CODES = re.compile(r"[A-Z]{2}(?:\.[0-9A-Z]{1,3})?")

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2)]
Names = Annotated[list[Name], Field(min_length=1)]
_Model = TypeVar("_Model", bound=BaseModel)
Codes = Annotated[str, StringConstraints(pattern=rf"^{_CODES.pattern}(?: {_CODES.pattern})*$")]


class BadTable(ValueError):
    """A table of places cannot be read. The message names the file and the problem."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lands(_Table):
    """lands.yaml: "country.division" codes -> the names of islands and lands that lie there."""

    islands: dict[Codes, Names]
    lands: dict[Codes, Names]


class HindiNames(_Table):
    """devanagari.yaml: the spellings, in Hindi script, of countries, divisions, lands and cities.

    Lands are keyed by their name in Latin letters; cities by country, then by "name" or "name, division code".
    """

    countries: dict[Country, Names]
    divisions: dict[Country, dict[str, Names]]
    lands: dict[Name, Names]
    cities: dict[Country, dict[Name, Names]]


@dataclass(frozen=True)
class NamedRegion:
    """A region by its names: a land or an island of lands.yaml, or a first-level division of divisions.tsv."""

    kind: Literal["island", "land", "admin"]
    country: str
    division: str | None
    names: tuple[str, ...]


def hindi_names() -> HindiNames:
    """The names in Hindi script. Raises BadTable."""
    table = _checked("devanagari.yaml", HindiNames)
    for name in _spellings(table):
        if not is_devanagari(name):
            raise BadTable(f"devanagari.yaml: {name!r} has no letter of Hindi script")
    return table


def _spellings(table: HindiNames) -> Iterator[str]:
    by_place = [table.countries, table.lands, *table.divisions.values(), *table.cities.values()]
    for places in by_place:
        for names in places.values():
            yield from names


def lands() -> Iterator[NamedRegion]:
    """The islands and lands of lands.yaml, one for each code. Raises BadTable."""
    table = _checked("lands.yaml", Lands)
    kinds: tuple[tuple[Literal["island", "land"], dict[str, list[str]]], ...]
    kinds = (("island", table.islands), ("land", table.lands))
    for kind, coded in kinds:
        for codes, names in coded.items():
            for name in names:
                if name != normalised(name):
                    raise BadTable(f"lands.yaml: {name!r} is compared as {normalised(name)!r}; write it so")
            for code in codes.split(" "):
                country, _, division = code.partition(".")
                yield NamedRegion(kind, country, division or None, tuple(names))


def divisions() -> Iterator[NamedRegion]:
    """The first-level divisions of divisions.tsv. Raises BadTable."""
    for number, line in enumerate((FOLDER / "divisions.tsv").read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            continue
        match line.split("\t"):
            case [country, division, names] if _CODES.fullmatch(country) and division and names:
                yield NamedRegion("admin", country, division, tuple(names.split("|")))
            case _:
                raise BadTable(f"divisions.tsv: line {number} is not a country, a code and names between tabs")


def _checked(name: str, model: type[_Model]) -> _Model:
    try:
        data: Any = yaml.load((FOLDER / name).read_text(encoding="utf-8"), Loader=_Loader)
        return TypeAdapter(model).validate_python(data)
    except yaml.YAMLError as error:
        raise BadTable(f"{name}: no YAML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = " > ".join(map(str, first["loc"]))
        raise BadTable(f"{name}: {where}: {first['msg']}") from None
