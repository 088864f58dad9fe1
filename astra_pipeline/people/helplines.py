"""Helplines by country, out of the reviewed table helplines.yaml, and the country of a person. Pure."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from astra_pipeline.language import vocabulary
from astra_pipeline.people.person import Person
from astra_pipeline.zones import country_of_zone

Need = Literal["despair", "violence"]

REVIEWED_AT_MOST = dt.timedelta(days=365)
"""Older than this, a number may have changed hands and must be reviewed."""

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Code = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
# Digits, and the blanks and hyphens between them by which they are read aloud.
_Number = Annotated[str, StringConstraints(pattern=r"^\d[\d -]*\d$")]
_Source = Annotated[str, StringConstraints(pattern=r"^https://")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Helpline(_Entry):
    """One helpline; the head of helplines.yaml says what each field means."""

    name: _Text
    number: _Number
    need: Need = Field(alias="for")
    hours: _Text
    operator: _Text
    source: _Source
    reviewed: dt.date
    confirmed: dt.date | None = None
    """The date on which a person confirmed it at the operator's; None until somebody does."""
    second_look: _Text | None = None


class Elsewhere(_Entry):
    """The directory in which a person of any other country finds a helpline."""

    name: _Text
    site: _Text
    source: _Source
    reviewed: dt.date
    confirmed: dt.date | None = None


class CountryHelp(_Entry):
    """The helplines and the emergency number of one country."""

    name: _Text
    also: tuple[_Code, ...] = ()
    names: tuple[_Text, ...]
    emergency: _Number
    lines: Annotated[tuple[Helpline, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _begins_with_despair(self) -> CountryHelp:
        if self.lines[0].need != "despair":
            raise ValueError("the first line is the one for despair")
        return self

    def line_for(self, need: Need) -> Helpline:
        """The first line for a need; the first of all where the country has none for it."""
        return next((line for line in self.lines if line.need == need), self.lines[0])


class HelplineTable(_Entry):
    """The whole of helplines.yaml."""

    elsewhere: Elsewhere
    countries: dict[_Code, CountryHelp]

    @property
    def oldest_review(self) -> dt.date:
        """The date of the review that lies longest back."""
        lines = (line.reviewed for country in self.countries.values() for line in country.lines)
        return min(self.elsewhere.reviewed, *lines)

    @property
    def unconfirmed(self) -> list[str]:
        """The lines that no person has confirmed at their operator's, as "IN Tele MANAS"."""
        lines = [(f"{code} {line.name}", line) for code, one in self.countries.items() for line in one.lines]
        return [name for name, line in [*lines, (self.elsewhere.name, self.elsewhere)] if line.confirmed is None]

    def of(self, country: str | None) -> CountryHelp | None:
        """The help of a country by its ISO 3166 code; None where people are sent to `elsewhere`."""
        if country is None:
            return None
        served = (help for code, help in self.countries.items() if country == code or country in help.also)
        return next(served, None)

    def code_of_name(self, name: str) -> str | None:
        """The code of a country in the table by a name that people write; None for any other."""
        wanted = " ".join(name.casefold().replace(".", "").split())
        return next((code for code, country in self.countries.items() if wanted in country.names), None)


@lru_cache(maxsize=1)
def helplines() -> HelplineTable:
    """Read helplines.yaml. Raises BadVocabulary naming the line and the problem."""
    return vocabulary.load("astra_pipeline.people", "helplines.yaml", HelplineTable)


def country_of(person: Person) -> str | None:
    """The country where a person is, as an ISO 3166 code; None when nothing says it.

    The zone where they are says it best, since they may have moved; then the zone where they were born, then the
    country of birth in words. The default zone of the deployment says nothing about anybody.
    """
    for zone in (person.timezone, person.birth_timezone):
        if zone and (country := country_of_zone(zone)):
            return country
    stored = person.birth.birth_country
    return helplines().code_of_name(stored) if isinstance(stored, str) else None


class NamedHelp(NamedTuple):
    """The help that a text for somebody in danger names: a line of their country, or where to find one."""

    name: str
    number: str
    """Empty where the name is that of a directory."""
    site: str
    """The directory's site; empty where there is a number."""
    emergency: str
    """The number for danger to life; empty where it is not known."""
    hours: str
    """The hours in which it answers, as one says them; empty for always."""


def named_help(person: Person, kind: str) -> NamedHelp:
    """The help that a crisis text names for a person, whose crisis is of this kind: violence, self_harm."""
    country = help_for(person)
    if country is None:
        elsewhere = helplines().elsewhere
        return NamedHelp(elsewhere.name, "", elsewhere.site, "", "")
    line = country.line_for("violence" if kind == "violence" else "despair")
    hours = "" if line.hours == "always" else line.hours
    return NamedHelp(line.name, line.number, "", country.emergency, hours)


def help_for(person: Person) -> CountryHelp | None:
    """The helplines of the person's country; None where they are sent to `helplines().elsewhere`."""
    return helplines().of(country_of(person))


def review_is_due(today: dt.date) -> bool:
    """True when a number in the table was last reviewed more than a year before a date."""
    return today - helplines().oldest_review > REVIEWED_AT_MOST
