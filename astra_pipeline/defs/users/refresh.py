"""One person, by id, brought up to date."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.definitions.decorators.op_decorator import DecoratedOpFunction
from pydantic import Field

from astra_pipeline.conversations import backlog as waiting
from astra_pipeline.defs.astrology.assets import birth_charts
from astra_pipeline.defs.conversations.assets import conversation_insights, transcripts, user_overviews
from astra_pipeline.defs.gamification.assets import gamification_metrics
from astra_pipeline.defs.horoscopes.assets import daily_horoscopes
from astra_pipeline.defs.reports.assets import weekly_reports
from astra_pipeline.errors import AstraError, NotFound
from astra_pipeline.migration import sync as migration
from astra_pipeline.orchestration.metadata import table
from astra_pipeline.orchestration.resources import LlmResource
from astra_pipeline.orchestration.run_config import BatchConfig, PeopleConfig, step_retries
from astra_pipeline.people.cohorts import place, zones
from astra_pipeline.reports.rules import last_due
from astra_pipeline.store.mongo import MongoResource
from astra_pipeline.zones import local_date

_DAY = dt.timedelta(days=1)
_COUNTS = ("done", "unchanged", "waiting", "skipped", "failed")
_REASONS = {"failures": "message", "waiting_items": "reason", "skip_reasons": "reason"}
"""Tables of a batch's metadata -> the column that says why."""
_PACE = ("seconds", "items_per_second")


class UserConfig(dg.Config):
    """Whom the run is about."""

    user_id: str = Field(description="The user's `id`.", min_length=1)
    force: bool = Field(default=False, description="Do again, and pay again for, what exists.")


class _PartContext(dg.AssetExecutionContext):
    """The context an asset's function gets in this run, for partitions of our choice. What the asset tells of a
    partition is kept here: one person's share does not make a partition materialised."""

    def __init__(
        self, context: dg.OpExecutionContext, keys: Sequence[str], days: dg.TimeWindow | None = None
    ) -> None:
        super().__init__(context)
        self._keys = keys
        self._days = days
        self.told: dict[str, Any] = {}

    @property
    def partition_keys(self) -> Sequence[str]:
        return self._keys

    @property
    def partition_time_window(self) -> dg.TimeWindow:
        assert self._days is not None
        return self._days

    def add_asset_metadata(
        self, metadata: Mapping[str, Any], asset_key: object = None, partition_key: str | None = None
    ) -> None:
        self.told |= metadata


@dg.op(retry_policy=step_retries())
def refresh_user(
    context: dg.OpExecutionContext, config: UserConfig, mongo: MongoResource, task_runner: LlmResource
) -> None:
    """What the assets do for everybody, for this person alone and in this run: conversations from their oldest that
    waits until today, streaks, chart, today's horoscope, the report on the last week that is over.

    A part that fails does not keep the others from what they can do; the run fails at the end and says why. Killed
    and repeated, or beside a run that works on the same, nothing is paid for twice: leases are this run's.
    """
    if migration.unknown(mongo.db, [config.user_id]):
        raise NotFound(f"user has no {config.user_id!r}")
    refresh = _Refresh(context, config, mongo, task_runner)
    now = dt.datetime.now(dt.UTC)
    first = min(waiting.oldest_day(mongo.db, config.user_id) or now.date(), now.date())
    days = [(first + number * _DAY).isoformat() for number in range((now.date() - first).days + 1)]
    for asset in (transcripts, conversation_insights, user_overviews, gamification_metrics):
        refresh.part(asset, days, days=dg.TimeWindow(_midnight(first), _midnight(now.date() + _DAY)))
    # Not before: who was erased and has talked since is a person again only now.
    cohort = place(mongo.db, config.user_id)
    zone = zones(mongo.db)[cohort]
    refresh.part(birth_charts, [cohort])
    today, week = local_date(now, zone).isoformat(), last_due(now, zone).isoformat()
    refresh.part(daily_horoscopes, [dg.MultiPartitionKey({"date": today, "cohort": cohort})])
    refresh.part(weekly_reports, [dg.MultiPartitionKey({"week": week, "cohort": cohort})])
    metadata = {"parts": table(refresh.rows), **refresh.details}
    if refresh.troubles:
        raise dg.Failure("; ".join(refresh.troubles), metadata=metadata, allow_retries=False)
    context.add_output_metadata(metadata)


class _Refresh:
    """The parts done so far, and what each told."""

    def __init__(
        self,
        context: dg.OpExecutionContext,
        config: UserConfig,
        mongo: MongoResource,
        task_runner: LlmResource,
    ) -> None:
        self._context = context
        self._chosen = {"user_ids": [config.user_id], "force": config.force}
        self._resources = {"mongo": mongo, "task_runner": task_runner}
        self.rows: list[dict[str, str | int]] = []
        self.details: dict[str, Any] = {}
        self.troubles: list[str] = []

    def part(self, asset: dg.AssetsDefinition, keys: Sequence[str], *, days: dg.TimeWindow | None = None) -> None:
        """Do the person's share of an asset, by the asset's own function. What others could still do is not held
        up by what this one cannot, unless nothing can be done at all."""
        name = asset.key.to_user_string()
        context = _PartContext(self._context, keys, days)
        config = BatchConfig(**self._chosen) if days else PeopleConfig(**self._chosen)
        resources = {key: self._resources[key] for key in asset.required_resource_keys & self._resources.keys()}
        trouble = None
        try:
            result = _function(asset)(context=context, config=config, **resources)
            metadata = dict(result.metadata or {})
        except dg.Failure as failure:
            metadata, trouble = dict(failure.metadata), failure.description
        except AstraError as error:
            metadata, trouble = {}, str(error)
        told = context.told | metadata
        counts = {count: _number(told.get(count)) for count in _COUNTS}
        why = "; ".join(
            dict.fromkeys(reason for key in _REASONS for reason in _column(told.get(key), _REASONS[key]))
        )
        if trouble or counts["failed"]:
            self.troubles.append(f"{name}: {trouble or why}")
        self.rows.append({"part": name, **counts, "why": trouble or why})
        self.details |= {
            f"{name}/{key}": value
            for key, value in told.items()
            if key not in (*_COUNTS, *_PACE, "parked") and not key.startswith("day/")
        }
        self._context.log.info(f"{name}: " + ", ".join(f"{counts[count]} {count}" for count in _COUNTS))


def _function(asset: dg.AssetsDefinition) -> Callable[..., dg.MaterializeResult]:
    compute = asset.op.compute_fn
    assert isinstance(compute, DecoratedOpFunction)
    return compute.decorated_fn


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


def _number(value: object) -> int:
    # A failure's metadata is typed, a result's is plain.
    value = value.value if isinstance(value, dg.IntMetadataValue) else value
    return value if isinstance(value, int) else 0


def _column(rows: object, name: str) -> list[str]:
    return [str(row.data[name]) for row in rows.records] if isinstance(rows, dg.TableMetadataValue) else []


@dg.job(description="Everything about one person, by id: conversations, streaks, chart, horoscope, report.")
def user_refresh() -> None:
    refresh_user()
