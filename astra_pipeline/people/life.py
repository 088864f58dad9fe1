"""A person's life as they told of it: people, dates and plans, as the fold left them under `astra.life`. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from astra_pipeline.people.relations import without_doubles
from astra_pipeline.store.documents import iso_date, moment


@dataclass(frozen=True)
class KnownPerson:
    """Somebody in the person's life, by the words they used: "Neha", "sister"; one of the two may be empty."""

    name: str = ""
    relation: str = ""


@dataclass(frozen=True)
class KnownDate:
    """A date in the person's life, or the first and last day of a week or month that they named."""

    what: str
    date: dt.date
    until: dt.date | None = None


@dataclass(frozen=True)
class Plan:
    """Something the person said they mean to do, in their words, and the end (UTC) of that conversation."""

    text: str
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Life:
    """The people, dates and plans of a person; those named last first, the dates by date."""

    people: tuple[KnownPerson, ...] = field(default=(), repr=False)
    dates: tuple[KnownDate, ...] = field(default=(), repr=False)
    intentions: tuple[Plan, ...] = field(default=(), repr=False)
    place: str = field(default="", repr=False)
    """The place where they live, if they said it."""
    profession: str = field(default="", repr=False)
    """Their work, if they said it."""

    @classmethod
    def read(cls, value: object) -> Life:
        """The life in a stored value; an empty one for a value that is no document. Unusable parts are left out."""
        stored = value if isinstance(value, Mapping) else {}
        people = (KnownPerson(_text(one.get("name")), _text(one.get("relation"))) for one in _all(stored, "people"))
        plans = (Plan(_text(one.get("text")), moment(one.get("at"))) for one in _all(stored, "intentions"))
        return cls(
            people=tuple(
                without_doubles(
                    [one for one in people if one.name or one.relation], lambda one: (one.name, one.relation)
                )
            ),
            dates=tuple(_dates(stored)),
            intentions=tuple(one for one in plans if one.text),
            place=_text(stored.get("place")),
            profession=_text(stored.get("profession")),
        )


def _dates(stored: Mapping[str, Any]) -> Iterator[KnownDate]:
    for one in _all(stored, "dates"):
        what, date = _text(one.get("what")), iso_date(one.get("date"))
        if what and date:
            yield KnownDate(what, date, iso_date(one.get("until")))


def _all(stored: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    listed = stored.get(name)
    yield from (one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, Mapping))


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
