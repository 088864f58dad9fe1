"""A request: somebody asks for one item now. The document of `astra_task_requests`, read into a typed value. Pure.

A request is no work of its own. It points at an item of the ledger (`item`, of the asset that its kind stands for),
asks the sensor `task_requests` for a run that names this item, and is told what became of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from astra_pipeline.batches.failures import Kind as Asset

Kind = Literal["transcript", "chart", "horoscope", "weekly-report", "persona"]
Status = Literal["queued", "running", "succeeded", "failed", "cancelled", "skipped"]

KINDS: tuple[Kind, ...] = ("transcript", "chart", "horoscope", "weekly-report", "persona")
OPEN: tuple[Status, ...] = ("queued", "running")
# Kind -> the asset whose failures are those of its items.
ASSETS: Mapping[Kind, Asset] = {
    "transcript": "transcripts",
    "chart": "birth_charts",
    "horoscope": "daily_horoscopes",
    "weekly-report": "weekly_reports",
    "persona": "personas",
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Requester(_Part):
    """The caller who asked: a person, a service or an admin, with their id (of a service: its name)."""

    kind: Literal["person", "service", "admin"]
    id: str | None
    """None: the admin who asked was erased."""


class Pointer(_Part):
    """The place of what was asked for; the content itself is there and not here."""

    collection: str
    id: str


class Problem(_Part):
    """The reason for which there is no result, in words that quote nobody."""

    error_class: str = Field(alias="class")
    message: str

    @classmethod
    def of(cls, error_class: str, message: str) -> Problem:
        """The problem with this class and message."""
        return cls.model_validate({"class": error_class, "message": message})


class Asked(_Part):
    """The run that was asked for, which several requests share."""

    key: str
    """The run's key. It follows from the requests, so the same run is never asked for twice."""
    at: dt.datetime
    times: int
    """The number of runs asked for so far on behalf of this request."""


class Trace(_Part):
    """The way back to the HTTP request: its id in the log, and its W3C `traceparent` where traces are on."""

    request_id: str | None = None
    traceparent: str | None = None


class TaskRequest(_Part):
    """A request as it is stored. Moments are UTC, by the server's clock."""

    id: str = Field(alias="_id")
    kind: Kind
    user_id: str
    conversation_id: str | None = None
    item: str
    """The item asked for, by the id it has in leases and failures."""
    force: bool = False
    requested_by: Requester
    requested_at: dt.datetime
    status: Status
    run_id: str | None = None
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    result: Pointer | None = None
    error: Problem | None = None
    asked: Asked | None = None
    trace: Trace = Field(default_factory=Trace)
    dedupe: str
    expires_at: dt.datetime

    @property
    def is_open(self) -> bool:
        """True while the request waits, or a run works on it."""
        return self.status in OPEN

    @property
    def asset(self) -> Asset:
        """The asset whose item is asked for."""
        return ASSETS[self.kind]

    @property
    def times_asked(self) -> int:
        """The number of runs asked for so far."""
        return self.asked.times if self.asked else 0

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> TaskRequest:
        """The request in a stored document."""
        return cls.model_validate(document)


@dataclass(frozen=True)
class Wish:
    """A caller's request before it is written down."""

    kind: Kind
    user_id: str
    item: str
    conversation_id: str | None = None
    force: bool = False

    @property
    def dedupe(self) -> str:
        """The key that two requests for the same share while one of them is open."""
        return f"{self.kind}:{self.item}{':force' if self.force else ''}"
