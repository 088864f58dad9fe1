"""The bodies of answers to POSTs: the result, why there is none, or where to ask for it later."""

from __future__ import annotations

from typing import Any, Literal

from astra_pipeline.api.answers import Answer, Horoscope, WeeklyReport
from astra_pipeline.api.dates import Moment
from astra_pipeline.requests.request import Kind, Status


class Done(Answer):
    """The end of what was asked for. Fields that do not apply are absent.

    `skipped`: it was there already, or cannot be had. With `success` false, `error` says why there is no result.
    """

    success: bool
    message: str | None = None
    request_id: str | None = None
    task_id: str | None = None
    execution_id: str | None = None
    skipped: bool | None = None
    status: Status | None = None
    error: str | None = None


class TranscriptDone(Done):
    """The end of POST transcript."""

    conversation_id: str | None = None
    overview_updates: dict[str, Any] | None = None
    conversation_summary: dict[str, Any] | None = None
    memories_count: int | None = None


class ChartDone(Done):
    """The end of POST chart."""

    chart: dict[str, Any] | None = None


class HoroscopeDone(Done):
    """The end of POST horoscope."""

    horoscope: Horoscope | None = None


class WeeklyReportDone(Done):
    """The end of POST weekly-report."""

    weekly_report: WeeklyReport | None = None


class PersonaDone(Done):
    """The end of POST persona. `preferences_update` is what was learnt; the person's own wishes are not changed."""

    preferences_update: dict[str, Any] | None = None
    conversations_analyzed: int | None = None


class GamificationDone(Answer):
    """The end of POST gamification: the metrics, and the milestones that this very count unlocked."""

    success: Literal[True] = True
    message: str
    gamification: dict[str, Any]
    new_milestones: list[str]
    milestone_celebration: str | None


class Accepted(Answer):
    """A run will do it. The request's address is in `Location`."""

    success: Literal[True] = True
    status: Literal["queued", "running"]
    request_id: str
    task_id: str
    execution_id: str
    message: str
    conversation_id: str | None = None
    deduplicated: bool | None = None
    """The same was asked for before, and this is that request."""


class RequestState(Answer):
    """A request, as GET tells of it."""

    execution_id: str
    request_id: str
    kind: Kind
    status: Status
    output: dict[str, Any] | None
    """The old result object, once it is there."""
    error: str | None
    requested_at: Moment
    finished_at: Moment | None


ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "model": Accepted,
        "description": "Written down; a run does it.",
        "headers": {
            "Location": {"description": "The address of the request.", "schema": {"type": "string"}},
            "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}},
        },
    }
}
