"""Everything about one person, brought up to date by the services that serve everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Days, Scope
from astra_pipeline.batches.work import Work
from astra_pipeline.charts import write as charts
from astra_pipeline.charts.preview import preview as charts_preview
from astra_pipeline.conversations import backlog, insights, transcripts
from astra_pipeline.errors import AstraError, NotFound
from astra_pipeline.gamification import write as gamification
from astra_pipeline.horoscopes import write as horoscopes
from astra_pipeline.migration.people import unknown
from astra_pipeline.overview import write as overview
from astra_pipeline.people.cohorts import place, zones
from astra_pipeline.personas import write as personas
from astra_pipeline.reports import write as reports
from astra_pipeline.reports.rules import last_due
from astra_pipeline.zones import local_date

_DAY = dt.timedelta(days=1)
PreviewOf = Callable[[Work, Sequence[str]], Coroutine[Any, Any, Preview]]


@dataclass(frozen=True)
class Part:
    """The person's share of one asset."""

    asset: str
    result: BatchResult
    preview: Preview = field(default_factory=Preview)
    trouble: str | None = None
    """The reason for which nothing could be done."""

    @property
    def reasons(self) -> str:
        """The reasons for which items were not done, in words."""
        messages = [failure.message for failure in self.result.failed]
        return "; ".join(dict.fromkeys([*messages, *self.result.waiting.values(), *self.result.skipped.values()]))


@dataclass
class Refresh:
    """The parts done so far."""

    work: Work
    parts: list[Part] = field(default_factory=list)

    def run(self, asset: str, batch: Coroutine[Any, Any, BatchResult], preview: PreviewOf) -> None:
        """Do one part. A part that fails does not keep the others from what they can do."""
        try:
            result = self.work.run(batch)
        except AstraError as error:
            self.parts.append(Part(asset, BatchResult(), trouble=str(error)))
        else:
            shown = self.work.run(preview(self.work, result.done))
            self.parts.append(Part(asset, result, shown, result.nothing_could_be_done()))

    @property
    def troubles(self) -> list[str]:
        """A line for each part in which something failed."""
        return [
            f"{part.asset}: {part.trouble or part.reasons}"
            for part in self.parts
            if part.trouble or part.result.failed
        ]


def refresh_person(
    work: Work, user_id: str, *, force: bool = False, log: Callable[[str], None] = lambda line: None
) -> Refresh:
    """Bring one person up to date: their conversations from the oldest that waits until today, streaks, chart,
    today's horoscope, and the report on the last week that is over.

    Killed and repeated, or beside a run that works on the same, nothing is paid for twice: leases are this run's.
    Raises NotFound for an unknown person.
    """
    if unknown(work.sync, [user_id]):
        raise NotFound(f"user has no {user_id!r}")
    refresh = Refresh(work)
    chosen = Scope(user_ids=(user_id,), force=force, days=_days(work, user_id))
    refresh.run("transcripts", transcripts.fetch(work, chosen), transcripts.preview)
    refresh.run("conversation_insights", insights.extract(work, chosen), insights.preview)
    refresh.run("user_overviews", overview.fold(work, chosen), overview.preview)
    counted = gamification.refresh(work, chosen, whole_days=True)
    refresh.parts.append(
        Part("gamification_metrics", counted.result, work.run(counted.preview(work, counted.result.done)))
    )
    # Not before: a person who was erased and has talked since is a person again only now.
    cohort = place(work.sync, user_id)
    zone = zones(work.sync)[cohort]
    of_person = Scope((user_id,), force=force, cohorts=(cohort,))
    refresh.run("birth_charts", charts.compute(work, of_person), charts_preview)
    today = replace(of_person, cohort_dates=(CohortDate(local_date(work.now, zone), cohort, zone),))
    refresh.run("daily_horoscopes", horoscopes.write(work, today), horoscopes.preview)
    week = replace(of_person, cohort_dates=(CohortDate(last_due(work.now, zone), cohort, zone),))
    refresh.run("weekly_reports", reports.write(work, week), reports.preview)
    refresh.run("personas", personas.enrich(work, of_person), personas.preview)
    for part in refresh.parts:
        log(f"{part.asset}: {len(part.result.done)} done, {len(part.result.failed)} failed")
    return refresh


def _days(work: Work, user_id: str) -> Days:
    """The UTC days from the person's oldest conversation that waits until today."""
    today = work.now.date()
    first = min(work.run(backlog.oldest_day(work.db, user_id)) or today, today)
    return Days(_midnight(first), _midnight(today + _DAY))


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
