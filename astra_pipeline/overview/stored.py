"""A user document as a fold reads it. Pure.

A fold compares stored values with the values that facts call for, path by path. So this is the border of
`overview/`: the one module that asks a user document by dotted path.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline.people.field_rules import is_read
from astra_pipeline.people.person import Person
from astra_pipeline.store.documents import Document, at_path, listed, moment, texts

OLD_KNOWLEDGE = "astra.old_knowledge"


@dataclass(frozen=True)
class StoredOverview:
    """A user document with the notes that earlier folds left in it."""

    document: Document
    person: Person
    applied: Document
    """Kind of statement -> the last statement of that kind that set a value (`astra.applied`)."""
    rejected: Document
    """Kind of statement -> the last statement about a birth that could not be used (`astra.birth_rejected`)."""
    pending: Document
    """Kind of statement -> the statement that disagrees with complete data, and waits (`astra.birth_pending`)."""
    old_knowledge: Document
    """The memory of the first fold (`astra.old_knowledge`); empty before it."""
    last_updated: dt.datetime | None
    synced_at: dt.datetime | None
    """The moment a migration took the person in."""

    @classmethod
    def read(cls, document: Document) -> StoredOverview:
        """Read a user document. A note of another type than ours counts as absent."""
        return cls(
            document=document,
            person=Person.read(document),
            applied=_document_at(document, "astra.applied"),
            rejected=_document_at(document, "astra.birth_rejected"),
            pending=_document_at(document, "astra.birth_pending"),
            old_knowledge=_document_at(document, OLD_KNOWLEDGE),
            last_updated=moment(at_path(document, "user_overview.last_updated")),
            synced_at=moment(at_path(document, "astra.migration.synced_at")),
        )

    @property
    def is_stamped(self) -> bool:
        """True when `last_updated` and `updated_by` may be ours although no fold wrote them.

        Our charts, horoscopes and reports write them too.
        """
        marks, chart = self.person.marks, self.person.chart
        wrote = marks.chart_key or marks.horoscope_date or marks.report_week
        return wrote is not None or (chart is not None and chart.is_ours)

    def at(self, path: str) -> Any:
        """The value at a dotted path of the user document; None where there is none."""
        return at_path(self.document, path)

    def entries(self, name: str) -> list[Any]:
        """The entries of a list of the overview, also those that are no documents."""
        return listed(self.at(f"user_overview.{name}")) or []

    def documents(self, name: str) -> list[Document]:
        """The entries of a list of the overview that are documents."""
        return [entry for entry in self.entries(name) if isinstance(entry, Mapping)]

    def texts(self, path: str) -> list[str]:
        """The texts of a stored list."""
        return texts(self.at(path))[0]

    def has_more_than_texts(self, path: str) -> bool:
        """True when a stored list of texts holds something that is not read."""
        return not texts(self.at(path))[1]

    def knows_any(self, paths: Iterable[str]) -> bool:
        """True when one of the fields holds something that its rule reads."""
        return any(is_read(path, self.at(path)) for path in paths)


def guards(document: Document, paths: Iterable[str]) -> dict[str, Any]:
    """A filter that matches only while every path still holds what it held in `document`."""
    return {path: {"$eq": at_path(document, path)} for path in paths}


def _document_at(document: Document, path: str) -> Document:
    value = at_path(document, path)
    return value if isinstance(value, Mapping) else {}
