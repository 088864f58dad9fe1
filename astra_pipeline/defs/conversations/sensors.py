"""New conversations become batched runs, and conversations that nobody closed are closed."""

import datetime as dt
import time

import dagster as dg

from astra_pipeline.batches import budget, money
from astra_pipeline.batches.work import Work, open_work
from astra_pipeline.conversations import asked, backlog, reconcile, reopened
from astra_pipeline.conversations.arrivals import Arrivals, arrivals
from astra_pipeline.conversations.planning import Past, RunPlan, Underway, plan_runs
from astra_pipeline.defs.conversations.jobs import conversation_pipeline
from astra_pipeline.orchestration.dead_runs import free_what_dead_runs_hold
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.requested_runs import days_underway, ended_well
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tags import LANE_TAG, PAST, REQUEST_TAG, REQUESTED_BY_TAG, range_tags
from astra_pipeline.requests.store import left_to_the_sensor
from astra_pipeline.settings import settings
from astra_pipeline.shift import turn
from astra_pipeline.store import clock

WAIT_AT_MOST = 20.0
"""The seconds that a tick may wait. Dagster gives a tick up after 60, those that read among them."""

_NAME = "new_conversations"
# While a tick waits, it looks so often for runs that were killed.
_SLICE_SECONDS = 2.0
_DAY = dt.timedelta(days=1)


@dg.sensor(
    name=_NAME,
    job=conversation_pipeline,
    # A tick that finds nothing waits for most of the interval, so this bounds only those that find something.
    minimum_interval_seconds=max(settings().astra_sensor_interval_seconds // 2, 1),
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="One run for all conversations of today and yesterday that wait, retries that are due among them; "
    "it stays for those that end meanwhile (a shift), and no other is asked for. Older ones go in runs of their "
    "own, a backlog of months in one over its range of days. Its cursor is the time of its last look at "
    "conversations that the app changed after they were processed.",
)
@patient
def new_conversations(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    seconds = min(settings().astra_sensor_interval_seconds - 1, WAIT_AT_MOST)
    with (
        open_work(mongo, run_id=_NAME) as work,
        work.opened(arrivals(work.db, seconds, slice_seconds=_SLICE_SECONDS)) as ended,
    ):
        result = _look(context, mongo, work)
        if result.run_requests or not _is_called(context, work, ended):
            return result
        work.now = clock.now()
        return _look(context, mongo, work)


def _is_called(context: dg.SensorEvaluationContext, work: Work, ended: Arrivals) -> bool:
    """Whether something is to be done before the tick has waited for as long as it may: a conversation ended and
    no run is on shift, or a run was killed and what it held is free."""
    looked = time.monotonic()
    while ended.can_be_followed:
        if work.run(ended.next()) and not work.run(turn.is_on(work.db)):
            return True
        if time.monotonic() - looked >= _SLICE_SECONDS:
            looked = time.monotonic()
            if free_what_dead_runs_hold(work, context.instance):
                return True
    return False


def _look(context: dg.SensorEvaluationContext, mongo: MongoResource, work: Work) -> dg.SensorResult:
    limit = settings().astra_batch_limit
    now = work.now
    free_what_dead_runs_hold(work, context.instance)
    work.run(reopened.reopen_recent(work.db, now=now, last_look=reopened.last_look(context.cursor)))
    found = work.run(backlog.waiting_conversations(work.db, now=now, at_most=limit * backlog.SCAN_FACTOR))
    found = work.run(left_to_the_sensor(work.db, found))
    requests = {one.asked.request for one in found if one.asked}
    ended = ended_well(
        context.instance,
        requests,
        is_spent=lambda at: budget.is_spent(mongo.db, now=at),
        is_over=lambda at: money.is_over(mongo.db, now=at),
    )
    waiting = work.run(asked.without_idle(work.db, found, ended))
    waiting = work.run(left_to_the_sensor(work.db, waiting))
    past = _past(mongo, now)
    if waiting and money.is_over(mongo.db, now=now):
        why = f"{len(waiting)} left waiting: ASTRA_MAX_COST_PER_DAY is spent"
        return dg.SensorResult(skip_reason=why, cursor=now.isoformat())
    underway = days_underway(context.instance, _NAME, now) if waiting else []
    if is_on_shift := work.run(turn.is_on(work.db)):
        underway.append(Underway(now.date() - _DAY, now.date()))
    plans = plan_runs(waiting, underway, batch_limit=limit, now=now, past=past)
    work.run(asked.note(work.db, plans))
    if not waiting:
        return dg.SensorResult(skip_reason="nothing waits", cursor=now.isoformat())
    if not plans:
        why = "a run is on shift" if is_on_shift else "a run was just requested"
        why = "the hour's LLM calls for the past are spent" if past == "halted" else why
        return dg.SensorResult(skip_reason=f"{len(waiting)} left waiting: {why}", cursor=now.isoformat())
    return dg.SensorResult(run_requests=[_request(plan, now) for plan in plans], cursor=now.isoformat())


def _past(mongo: MongoResource, now: dt.datetime) -> Past:
    return "halted" if budget.is_spent(mongo.db, now=now) else "apart"


def _request(plan: RunPlan, now: dt.datetime) -> dg.RunRequest:
    tags = {LANE_TAG: plan.lane, REQUESTED_BY_TAG: _NAME, "astra/conversations": str(plan.conversations)}
    tags |= {REQUEST_TAG: plan.run_key}
    if plan.lane == "backlog":
        tags |= PAST
    is_shift = plan.lane == "live" and not plan.limit
    first, last = _days_of_a_shift(now) if is_shift else (plan.first_day.isoformat(), plan.last_day.isoformat())
    config = dg.RunConfig(ops={"conversations": {"config": {"stay": is_shift, "limit": plan.limit}}})
    if first == last:
        return dg.RunRequest(run_key=plan.run_key, partition_key=first, tags=tags, run_config=config)
    return dg.RunRequest(run_key=plan.run_key, tags=tags | range_tags(first, last), run_config=config)


def _days_of_a_shift(now: dt.datetime) -> tuple[str, str]:
    """Yesterday and today (UTC). A conversation that ends today may have been due since yesterday."""
    return max(now.date() - _DAY, settings().astra_start_date).isoformat(), now.date().isoformat()


@dg.sensor(
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Closes conversations of which neither the app nor ElevenLabs' webhook told that they are over: "
    "lists the calls of ASTRA_WEBHOOK_AGENT_IDS, and asks for documents that have been open for half an hour. Its "
    "cursor is a watermark; without one it looks three days back. It requests no run: new_conversations does.",
)
@patient
def reconciler(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    with open_work(mongo, run_id="reconciler") as work:
        done = work.run(reconcile.reconcile(work.db, context.cursor, now=clock.now()))
    return dg.SensorResult(skip_reason=done.in_words, cursor=done.watermark.as_json())
