"""The promises of the product: the seed's success metrics, each with its target and where it is measured. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["share", "seconds", "number"]


@dataclass(frozen=True)
class Promise:
    """A figure that is measured, and the target that it should reach.

    better: whether a higher or a lower figure is the better one
    days: the days that are looked back on, the measured one included
    of: what the figure counts, as a person reads it
    """

    name: str
    title: str
    target: float
    better: Literal["higher", "lower"]
    unit: Unit
    days: int
    of: str

    def is_kept(self, value: float) -> bool:
        """Whether the figure reaches the target."""
        return value >= self.target if self.better == "higher" else value <= self.target

    def words(self, value: float | None) -> str:
        """The figure as a person reads it, such as "99.2 %", "2.4 s"; "-" when there is none."""
        if value is None:
            return "-"
        return {"share": f"{value * 100:.1f} %", "seconds": f"{value:.2f} s", "number": f"{value:.1f}"}[self.unit]

    @property
    def target_words(self) -> str:
        """The target as a person reads it, such as "at least 99.0 %"."""
        return f"at {'least' if self.better == 'higher' else 'most'} {self.words(self.target)}"


def _share(name: str, title: str, target: float, of: str, *, days: int = 7, lower: bool = False) -> Promise:
    return Promise(name, title, target, "lower" if lower else "higher", "share", days, of)


def _seconds(name: str, title: str, target: float, of: str) -> Promise:
    return Promise(name, title, target, "lower", "seconds", 7, of)


PROMISES: tuple[Promise, ...] = (
    _share("task_success", "Tasks that succeed", 0.99, "items done or parked"),
    _share("failed_transcripts", "Transcripts that fail", 0.05, "completed conversations", lower=True),
    _seconds("execution_mean", "Time of a task, mean", 30, "LLM executions"),
    _seconds("overview_p50", "End of a call to overview, p50", 30, "conversations folded within a day"),
    _seconds("overview_p95", "End of a call to overview, p95", 30, "conversations folded within a day"),
    _share("sync", "Writes to MongoDB that land", 0.99, "conditional writes tried"),
    _seconds("api_p95", "API, p95", 1, "reads below /api"),
    _seconds("webhook_p95", "Webhook, p95", 1, "ElevenLabs' deliveries"),
    _share(
        "return_7d",
        "People who return within 7 days",
        0.70,
        "people whose first call was 7 to 35 days ago",
        days=35,
    ),
    _share("streak_3", "People with a streak of 3 days", 0.50, "people with a conversation"),
    _share("feedback_positive", "Horoscopes that were liked", 0.80, "opinions", days=28),
    _share("weekly_reports_on", "People who take weekly reports", 0.60, "people active in 28 days", days=28),
    _share("chart_complete", "People with a complete chart", 0.80, "people with a conversation"),
    Promise(
        "conversations_a_month",
        "Conversations a month",
        5,
        "higher",
        "number",
        30,
        "conversations of each active person, mean",
    ),
    _share("churn", "People who left", 0.05, "people active 31 to 60 days ago", days=60, lower=True),
)
BY_NAME: Mapping[str, Promise] = {one.name: one for one in PROMISES}
# Promise -> the label of `astra_engagement_ratio`.
RATIOS: Mapping[str, str] = {
    "return_7d": "return_7d",
    "streak_3": "streak_3",
    "feedback_positive": "feedback_positive",
    "weekly_reports_on": "weekly_reports_on",
    "chart_complete": "chart_complete",
}


@dataclass(frozen=True)
class Figure:
    """A measured figure: its value, and how many it is of; no value of nothing."""

    value: float | None
    of: int


@dataclass(frozen=True)
class Measured:
    """The figures of one day (UTC): the promises, and the share of tasks that succeed of each asset."""

    day: str
    computed_at: dt.datetime
    figures: Mapping[str, Figure] = field(default_factory=dict)
    assets: Mapping[str, Figure] = field(default_factory=dict)


def share(part: float, whole: float) -> Figure:
    """A share of the whole; no value of nothing."""
    return Figure(part / whole if whole else None, int(whole))


def quantile(limits: tuple[float, ...], buckets: Mapping[int, int], q: float) -> Figure:
    """A quantile out of a histogram, interpolated inside its bucket as Prometheus' `histogram_quantile` does.

    Beyond the last limit nothing is known: the last limit is told.
    """
    total = sum(buckets.values())
    if not total:
        return Figure(None, 0)
    rank, seen = q * total, 0
    for position, limit in enumerate(limits):
        inside = buckets.get(position, 0)
        if inside and seen + inside >= rank:
            below = limits[position - 1] if position else 0.0
            return Figure(below + (limit - below) * (rank - seen) / inside, total)
        seen += inside
    return Figure(limits[-1], total)
