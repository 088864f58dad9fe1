"""The bodies of the API's answers: those of the old routes, field for field, and what was added by name."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from astra_pipeline.api.dates import Moment

# Stored values that may be of another type in documents of the old system, and are then null.
Text = Annotated[str | None, BeforeValidator(lambda value: value if isinstance(value, str) else None)]
Object = Annotated[dict[str, Any] | None, BeforeValidator(lambda value: value if isinstance(value, dict) else None)]


class Answer(BaseModel):
    """An answer. A field that is not set is absent from it, as `undefined` is from JSON."""

    model_config = ConfigDict(frozen=True)


class Success(Answer):
    """An answer that says that it is one."""

    success: Literal[True] = True

    def model_post_init(self, _: Any, /) -> None:
        # Fields that are not set are left out, and this one is always told.
        self.__pydantic_fields_set__.add("success")


class FieldProblem(Answer):
    """A field of a request that cannot be used."""

    field: str
    problem: str


class Problem(Answer):
    """A refusal. Some have more fields."""

    model_config = ConfigDict(extra="allow")

    error: str
    message: str | None = None


class InvalidRequest(Problem):
    """A refusal of a request whose fields cannot be used; their values are never repeated."""

    fields: list[FieldProblem] = []


class TooManyRequests(Problem):
    """A refusal of a request above a rate."""

    retry_after: int


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": InvalidRequest, "description": "The request cannot be understood."},
    401: {"model": Problem, "description": "No credentials, or bad ones."},
    403: {"model": Problem, "description": "Another person, or another site's page."},
    404: {"model": Problem, "description": "Not there, or not yours: the two look the same."},
    413: {"model": Problem, "description": "The body has more than 64 KiB."},
    429: {"model": TooManyRequests, "description": "Above the rate of the caller."},
    500: {"model": Problem, "description": "An error that nobody foresaw."},
    503: {"model": Problem, "description": "MongoDB is away, or the request took longer than 30 s."},
}
# Of routes that write.
WRITE_PROBLEMS: dict[int | str, dict[str, Any]] = {
    409: {"model": Problem, "description": "The person was erased and has not talked since."},
    415: {"model": Problem, "description": "The body is not JSON."},
}


class MilestoneAnswer(Answer):
    """A milestone that a person has reached."""

    id: str
    title: str
    emoji: str
    unlocked_at: Moment | None
    """None for a milestone of the old system, which noted no moments."""
    celebrated: bool


class GamificationMetrics(Answer):
    """A person's metrics."""

    streak_days: int
    best_streak: int
    total_conversations: int
    milestones_unlocked: list[str]
    topics_explored: list[str]
    chart_completion_percent: int
    last_conversation_date: Moment | None
    last_updated: Moment | None
    milestones: list[MilestoneAnswer]


class GamificationAnswer(Success):
    """The answer of GET gamification."""

    gamification: GamificationMetrics | None
    has_gamification: bool


class ChartAnswer(Success):
    """The answer of GET chart: the stored birth chart (`people/chart.py` reads its fields)."""

    chart: dict[str, Any] | None
    has_chart: bool


class Horoscope(Answer):
    """A horoscope as it is stored. The old system's have fewer fields."""

    model_config = ConfigDict(frozen=True, extra="allow")

    date: Text = None
    content: Text = None
    sun_sign: Text = None
    moon_sign: Text = None
    generated_at: Text = None


class HoroscopeAnswer(Success):
    """The answer of GET horoscope."""

    horoscope: Horoscope | None
    has_horoscope: bool
    is_today: bool
    """Whether it is of the person's own date."""
    local_date: dt.date
    timezone: str


class WeeklyReport(Answer):
    """A weekly report as it is stored. The old system's have other extras."""

    model_config = ConfigDict(frozen=True, extra="allow")

    week_start: Text = None
    week_end: Text = None
    content: Text = None
    stats: Object = None
    generated_at: Text = None


class WeeklyReportAnswer(Success):
    """The answer of GET weekly-report."""

    latest_report: WeeklyReport | None
    all_reports: list[WeeklyReport]
    reports_count: int


class EvidenceAnswer(Answer):
    """One conversation's word on a claim."""

    conversation_id: str
    at: Moment
    polarity: Literal[-1, 1]
    quote: str | None = None


class ClaimAnswer(Answer):
    """A claim about how the person likes to be talked to. They may call it right or wrong, or delete it."""

    id: str
    kind: str
    value: str
    statement: str
    source: Literal["stated", "observed", "measured"]
    confidence: float
    status: Literal["candidate", "active", "contested", "retired"]
    evidence: list[EvidenceAnswer]
    first_seen: Moment
    last_seen: Moment
    superseded_by: str | None = None
    user_verdict: Literal["right", "wrong"] | None = None


class LearntPersona(Answer):
    """A persona as its person may see it."""

    computed_at: Moment
    conversations: int
    """From how many it was learnt."""
    claims: list[ClaimAnswer]


class PersonaAnswer(Success):
    """The answer of GET persona."""

    persona: LearntPersona | None
    """None where none was learnt, and where personalization is switched off."""

    preferences: dict[str, Any] | None
    has_preferences: bool
    conversation_count: int
    can_analyze: bool


class ContextAnswer(Success):
    """The answer of GET context: all that the agent is told before the first word of a call."""

    generated_at: Moment
    local_date: dt.date
    timezone: str
    variables: dict[str, str | int | bool]
    """The dynamic variables of ElevenLabs, every name of the table in docs/web-app.md, never null or empty."""
    first_message: str
    context: str
    bytes: int
    """The size of all values of `variables` in UTF-8, at most 8,192."""
    truncated: list[str]
    """The variables that were shortened to fit."""
