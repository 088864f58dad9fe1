"""The rules of reports: the weeks that get one, the hour it is due, its figures and its place in the list. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from astra_pipeline.language.speakable import is_speakable
from astra_pipeline.overview.entries import SAME_CALL
from astra_pipeline.people.person import Person, report_start
from astra_pipeline.zones import at_local, local_date, week_of

# The local time on Sunday from which a week's report is due.
EVENING = dt.time(18)
# The time after that in which a missed report is still written without being asked for.
CAUGHT_UP_FOR = dt.timedelta(days=2)
KEPT_IN_OVERVIEW = 4
# The fields of a stored report that people see.
SHOWN = ("week_start", "week_end", "content", "stats", "generated_at")
NO_CONVERSATION = "no completed conversation in the week"
ALL_PARKED = "every conversation of the week is parked"

_WEEK = dt.timedelta(days=7)
_HALF_A_WEEK = dt.timedelta(days=3)


@dataclass(frozen=True)
class Talk:
    """A completed conversation of the week.

    `output` is the answer of `transcript-processor` to it, if there is one.
    """

    conversation_id: str
    ended_at: dt.datetime
    output: Mapping[str, Any] | None
    parked: bool = False
    late: bool = False
    """True for a conversation of the Sunday evening before, which came after that week's report was written."""
    place: str | None = None
    """The IANA zone where it took place; None where nobody knows."""


def due_week(now: dt.datetime, zone: str) -> dt.date | None:
    """The Monday of the week whose report is due at `now` (aware); None between two reports."""
    local = local_date(now, zone)
    for monday in (week_of(local), week_of(local) - _WEEK):
        due = due_at(monday, zone)
        if due <= now < due + CAUGHT_UP_FOR:
            return monday
    return None


def last_due(now: dt.datetime, zone: str) -> dt.date:
    """The Monday of the last week whose report was due by `now` (aware)."""
    monday = week_of(local_date(now, zone))
    return monday if due_at(monday, zone) <= now else monday - _WEEK


def due_at(monday: dt.date, zone: str) -> dt.datetime:
    """The moment (UTC) from which the week's report is due."""
    return at_local(monday + dt.timedelta(days=6), EVENING, zone)


def evening_before(monday: dt.date, zone: str) -> tuple[dt.datetime, dt.datetime]:
    """Sunday evening of the week before as moments (UTC), the end excluded.

    That week's report may have been written already.
    """
    return due_at(monday - _WEEK, zone), at_local(monday, dt.time(), zone)


def week_of_call(ended_at: dt.datetime, place: str | None, zone: str) -> dt.date:
    """The Monday of the week in which a call ended, by the clock of its `place` (an IANA zone), else of `zone`."""
    return week_of(local_date(ended_at, place or zone))


def window(monday: dt.date, zone: str) -> tuple[dt.datetime, dt.datetime]:
    """The local week as moments (UTC), the end excluded."""
    return at_local(monday, dt.time(), zone), at_local(monday + _WEEK, dt.time(), zone)


def unready(talks: Sequence[Talk]) -> str | None:
    """The reason for which a report must wait: conversations to be processed. Parked ones delay nothing."""
    waiting = [talk for talk in talks if talk.output is None and not talk.parked]
    return f"{len(waiting)} of {len(talks)} conversations are not processed yet" if waiting else None


def why_not(talks: Sequence[Talk]) -> str | None:
    """The reason for which there is nothing to report; None when there is something."""
    if all(talk.late for talk in talks):
        return NO_CONVERSATION
    return ALL_PARKED if all(talk.parked and talk.output is None for talk in talks) else None


def noted_before(person: Person, conversation_id: str, ended_at: dt.datetime) -> Mapping[str, Any]:
    """The old system's entry of a conversation that it processed, from the overview's list or from quarantine.

    The entry is found by id, or it is the nearest in time, or the only one of the local day. Empty when there is
    none.
    """
    entries = [*person.recent_conversations, *person.marks.quarantined_conversations]
    for conversation in entries:
        if conversation.conversation_id == conversation_id:
            return conversation.entry
    nameless = [conversation for conversation in entries if conversation.conversation_id is None]
    dated = [(abs(reading.at - ended_at), one.entry) for one in nameless for reading in one.dates]
    apart, nearest = min(dated, key=lambda pair: pair[0], default=(None, {}))
    if apart is not None and apart <= SAME_CALL:
        return nearest
    day = local_date(ended_at, person.zone("UTC"))
    of_day = [one.entry for one in nameless if [reading.day for reading in one.dates] == [day]]
    return of_day[0] if len(of_day) == 1 else {}


def stats(person: Person, talks: Sequence[Talk], monday: dt.date, zone: str, *, streak: int) -> dict[str, Any]:
    """{conversations, topics, streak, milestones} of the week; `streak` is as of its end."""
    return {
        "conversations": len(talks),
        "topics": _topics(talks),
        "streak": streak,
        "milestones": person.gamification.titles_unlocked(*window(monday, zone)),
    }


def shown(report: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a stored report that the overview shows."""
    return {field: report[field] for field in SHOWN}


def listed_weeks(person: Person) -> set[dt.date]:
    """The Mondays of weeks with a report in the overview, of either system.

    A report of the old system may begin on any day of the week: it is of the week that most of its days are in.
    """
    return {_monday(start) for start in (*person.report_starts, person.latest_report_start) if start}


def listed_on(monday: dt.date, listed: object, latest: object) -> Mapping[str, Any] | None:
    """The overview's report on a week, of either system. `listed` and `latest` are the values in the overview."""
    entries = [*_entries(listed), *_entries([latest])]
    dated = [(entry, start) for entry in entries if (start := report_start(entry))]
    return next((entry for entry, start in dated if _monday(start) == monday), None)


def newest(
    reports: Sequence[Mapping[str, Any]], listed: object, latest: object
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """(`weekly_reports`, `latest_weekly_report`): the newest four, newest first, one a week; and the newest.

    `reports` are ours, at least one. `listed` and `latest` are the values in the overview. Reports of the old
    system on other weeks are kept as they are, and entries without a usable week stay behind the others.
    """
    held = _entries(listed)
    if isinstance(latest, Mapping) and latest not in held:
        held = [latest, *held]
    by_week = {_monday(start): dict(entry) for entry in reversed(held) if (start := report_start(entry))}
    by_week |= {_monday(dt.date.fromisoformat(report["week_start"])): dict(report) for report in reports}
    dated = [by_week[week] for week in sorted(by_week, reverse=True)]
    undated = [dict(entry) for entry in held if not report_start(entry)]
    return (dated + undated)[:KEPT_IN_OVERVIEW], dated[0]


def _monday(start: dt.date) -> dt.date:
    """The Monday of the week that holds most days of a report, which may begin on any day in the old system."""
    return week_of(start + _HALF_A_WEEK)


def _entries(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _topics(talks: Sequence[Talk]) -> list[str]:
    """The topics, the most frequent first, then in their order; each once, however it is spelt."""
    spelling: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for talk in sorted(talks, key=lambda talk: talk.ended_at):
        for topic in listed(talk.output or {}, "topics"):
            if is_speakable(topic):
                spelling.setdefault(topic.casefold(), topic)
                counts[topic.casefold()] += 1
    return [spelling[topic] for topic, _ in counts.most_common()]


def listed(output: Mapping[str, Any], field: str) -> list[Any]:
    """The field if it is a list, else an empty list: entries of the old system have fields of any type."""
    value = output.get(field)
    return value if isinstance(value, list) else []
