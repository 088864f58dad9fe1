"""The verdict on the system's state: whether a person is needed, and for which reasons. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astra_pipeline.monitoring.dagster_state import Daemon, DagsterState, Trigger
    from astra_pipeline.monitoring.holdings import Holdings

# A sensor ticks at least twice a minute. One without a tick for so long is stuck.
_STUCK_AFTER = dt.timedelta(minutes=10)
# Somebody waits for what was requested; a run begins within half a minute.
_REQUESTS_WAIT_AT_MOST = dt.timedelta(minutes=10)


class Verdict(IntEnum):
    """The system's condition; the number is the exit code of `astra status`."""

    WELL = 0
    NEEDS_A_PERSON = 1
    CANNOT_TELL = 2

    @property
    def words(self) -> str:
        """The verdict in lower-case words, such as "needs a person"."""
        return self.name.lower().replace("_", " ")


def verdict_of(reasons: Sequence[str]) -> Verdict:
    """NEEDS_A_PERSON when there is a reason, else WELL."""
    return Verdict.NEEDS_A_PERSON if reasons else Verdict.WELL


def reasons_for_a_person(holdings: Holdings, dagster: DagsterState, *, now: dt.datetime) -> list[str]:
    """The problems a person should look at, each with the way there; empty when all is well."""
    return [
        *_of_the_daemon(dagster.daemon),
        *_of_conversations(holdings),
        *_of_triggers(dagster, now),
        *_of_runs(dagster),
        *_of_horoscopes(holdings),
        *_of_requests(holdings, now),
        *_of_money(holdings),
        *_of_indexes(holdings),
        *_of_zones(holdings),
        *_of_helplines(holdings, now),
    ]


def warnings_for_an_operator() -> list[str]:
    """Warnings that an operator must not miss, although they make nothing fail today."""
    from astra_pipeline.people.helplines import helplines

    if not (lines := helplines().unconfirmed):
        return []
    return [
        f"no person has confirmed {len(lines)} helplines at their operators' own pages ({', '.join(lines)}): do so "
        "before the first crisis text goes out, as people/helplines.yaml says"
    ]


def _of_the_daemon(daemon: Daemon) -> Iterator[str]:
    if daemon.alive:
        return
    heard = daemon.last_heartbeat
    since = f"its last heartbeat was at {heard:%Y-%m-%d %H:%M} UTC" if heard else "it never gave a heartbeat"
    yield f"the daemon is not alive ({since}): {', '.join(daemon.silent)}"


def _of_conversations(holdings: Holdings) -> Iterator[str]:
    if parked := sum(holdings.parked_items.values()):
        yield f"{'1 item is' if parked == 1 else f'{parked} items are'} parked: `astra failures list --parked`"
    for kind, items in holdings.away.items():
        yield f"a service has been away for over half an hour: {items} {kind} wait for it and heal by themselves"
    if holdings.overdue:
        yield f"conversations of the last two days that have waited for over an hour: {holdings.overdue}"


def _of_triggers(dagster: DagsterState, now: dt.datetime) -> Iterator[str]:
    triggers = (*dagster.schedules, *dagster.sensors)
    if off := [trigger.name for trigger in triggers if not trigger.on]:
        yield f"switched off: {', '.join(off)}"
    # A silent daemon explains why no sensor ticks.
    if dagster.daemon.alive and (stuck := [sensor.name for sensor in dagster.sensors if _is_stuck(sensor, now)]):
        yield f"{', '.join(stuck)}: no tick for over ten minutes"
    for trigger in triggers:
        if trigger.on and trigger.last_result == "failure":
            yield f"the last tick of {trigger.name} failed; its page in the UI says why"


def _is_stuck(sensor: Trigger, now: dt.datetime) -> bool:
    return sensor.on and sensor.last_tick is not None and now - sensor.last_tick > _STUCK_AFTER


def _of_runs(dagster: DagsterState) -> Iterator[str]:
    for job in dagster.jobs:
        if job.result == "failure":
            yield f"the last run of {job.title} failed: {job.run_id}"


def _of_horoscopes(holdings: Holdings) -> Iterator[str]:
    if holdings.without_horoscope:
        yield (
            f"users without today's horoscope an hour after it was due: {holdings.without_horoscope}; the check "
            "everyone_has_one names them"
        )


def _of_requests(holdings: Holdings, now: dt.datetime) -> Iterator[str]:
    oldest = holdings.requests.oldest_waiting
    if oldest is not None and now - oldest > _REQUESTS_WAIT_AT_MOST:
        yield f"requests of the API wait for a run since {oldest:%Y-%m-%d %H:%M} UTC: {holdings.requests.waiting}"


def _of_money(holdings: Holdings) -> Iterator[str]:
    spent = holdings.spent_today
    if spent.is_over:
        yield (
            f"the day's money is spent, {spent.cost_usd:.2f} of {spent.limit:.2f} US dollars "
            "(ASTRA_MAX_COST_PER_DAY): what needs the LLM waits for 00:00 UTC"
        )


def _of_indexes(holdings: Holdings) -> Iterator[str]:
    for missing in holdings.missing_indexes:
        yield f"an index is missing, reads are slow until it is built: {missing}"


def _of_zones(holdings: Holdings) -> Iterator[str]:
    for cohort, zone in holdings.unknown_zones.items():
        yield f"nobody in {cohort} gets a text: this machine does not know the zone {zone} (install newer tzdata)"


def _of_helplines(holdings: Holdings, now: dt.datetime) -> Iterator[str]:
    from astra_pipeline.people.helplines import helplines, review_is_due  # with a YAML file that nobody else reads

    if holdings.in_care.get("crisis") and (lines := helplines().unconfirmed):
        yield (
            f"somebody who called is in a crisis, and {len(lines)} helplines that texts name were never confirmed: "
            "compare people/helplines.yaml with the operators' pages now"
        )
    if review_is_due(now.date()):
        yield (
            f"the helplines that crisis texts name were last reviewed on {helplines().oldest_review}: compare "
            "people/helplines.yaml with the operators' pages"
        )
