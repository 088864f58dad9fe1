"""Streaks, milestones and topics of many people, computed at once. Pure, vectorised over the batch.

A streak is counted in local days: a call's day is the local date where it took place, in the person's own zone
where nobody knows the place. So moving never dates the past anew. Two days follow each other when no day lies
between them where the first call of the later one took place: neither daylight saving time nor a date that a zone
skipped breaks a streak. Today is in the person's own zone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.gamification.calendar import Calendar
from astra_pipeline.gamification.milestones import MILESTONES, Milestone
from astra_pipeline.gamification.stored import milestone_ids
from astra_pipeline.people import birth_date
from astra_pipeline.store.documents import count, moment, texts
from astra_pipeline.zones import day_before, local_date, person_zone, place_zone

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Ints = npt.NDArray[np.int64]

CHART_FIELDS = ("date_of_birth", "birth_time", "birth_location", "birth_timezone")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NEVER = -(2**62)


def lapsed(streak_days: object, last: object, zone: str, as_of: dt.datetime) -> bool:
    """True when a stored streak still has days although it ended.

    A streak has ended when its last day was before yesterday in `zone` as of `as_of`. `last` is that local date, or
    the moment (UTC) of the last conversation where earlier rules counted. A value that is no number, or no date,
    does not lapse.
    """
    if not _number(streak_days) or not isinstance(last, dt.date):
        return False
    day = local_date(last, zone) if isinstance(last, dt.datetime) else last
    return day < day_before(local_date(as_of, zone), zone)


def compute(
    conversations: pd.DataFrame,
    users: pd.DataFrame,
    topics: pd.DataFrame,
    *,
    as_of: dt.datetime,
    default_timezone: str,
) -> pd.DataFrame:
    """Compute the gamification metrics of `users` as of `as_of` (aware).

    conversations: `user_id`, `ended_at` (datetime64, UTC), and, where it is known, `timezone` (an IANA name, None
        for the user's own zone): every completed conversation of these users.
    users: `user_id` (unique), `timezone`, `birth_timezone`, the four chart fields, and the stored metrics:
        `stored_best_streak`, `stored_milestones` (ids), `stored_unlocked` (milestone entries), `stored_topics`.
        A value may be missing or of a wrong type; the part that can be read (stored.py: METRIC_RULES) counts.
    topics: `user_id`, `ended_at` (datetime64, UTC), `topics` (list of str): one row per insight.

    Returns a frame of plain Python values (as BSON takes them), indexed by `user_id` in the order of `users`:
    `streak_days`, `best_streak` (never below the stored one), `total_conversations`, `last_conversation_date`
    (UTC, None if none), `last_conversation_day` (text, the newest local date), `topics_explored`,
    `chart_completion_percent`, `milestones_unlocked` (ids in the order of unlocking, none ever lost), `milestones`
    ({id, title, emoji, unlocked_at}) and `newly_unlocked` (ids not stored yet).

    A milestone has the date of the conversation that reached it, whatever the order in which conversations are
    processed. A milestone that no conversation accounts for keeps its stored date, or gets `as_of` when it is new.
    """
    import pandas as pd

    position = pd.Index(users["user_id"].tolist())
    talks = _Talks(conversations, position, _zones(users, default_timezone), as_of)
    stored_topics = [texts(value)[0] for value in users["stored_topics"]]
    explored, topic_times = _topics(topics, position, stored_topics)
    counts = _counts(users, talks, explored)
    dated = [_dated(milestone, talks, topic_times) for milestone in MILESTONES]
    milestones = _unlocked(users, counts, dated, as_of)
    columns: dict[str, Any] = {
        "streak_days": talks.streak.tolist(),
        "best_streak": counts["best_streak"].tolist(),
        "total_conversations": talks.total.tolist(),
        "last_conversation_date": [None if ms == _NEVER else _moment(ms) for ms in talks.last.tolist()],
        "last_conversation_day": talks.last_day,
        "topics_explored": explored,
        "chart_completion_percent": counts["chart_completion_percent"].tolist(),
        "milestones_unlocked": [one.ids for one in milestones],
        "milestones": [one.entries for one in milestones],
        "newly_unlocked": [one.new_ids for one in milestones],
    }
    # dtype=object keeps Python's own ints, lists and datetimes: BSON cannot store numpy's.
    return pd.DataFrame({name: pd.Series(values, index=position, dtype=object) for name, values in columns.items()})


@dataclass(frozen=True)
class _Unlocked:
    """The milestones of one user, in the order of unlocking; those without a date come first."""

    entries: list[dict[str, Any]]
    ids: list[str]
    new_ids: list[str]
    """The milestones that were not stored yet."""


def _zones(users: pd.DataFrame, default: str) -> list[str]:
    """The IANA zone in which each user's days are counted."""
    stored = zip(users["timezone"], users["birth_timezone"], strict=True)
    return [person_zone({"timezone": here, "birth_timezone": born}, default) for here, born in stored]


def _counts(users: pd.DataFrame, talks: _Talks, explored: list[list[str]]) -> dict[str, Ints]:
    """Metric of a milestone -> its number for each user."""
    import numpy as np

    stored_best = np.array([_number(value) for value in users["stored_best_streak"]], dtype=np.int64)
    birth_data = list(zip(*(map(_IS_GIVEN[field], users[field]) for field in CHART_FIELDS), strict=True))
    return {
        "total_conversations": talks.total,
        "best_streak": np.maximum(talks.best_streak, stored_best),
        "chart_completion_percent": np.array([25 * sum(given) for given in birth_data], dtype=np.int64),
        "topics_explored": np.array([len(names) for names in explored], dtype=np.int64),
    }


def _unlocked(
    users: pd.DataFrame, counts: Mapping[str, Ints], dated: Sequence[Ints], as_of: dt.datetime
) -> list[_Unlocked]:
    """The milestones of each user. `dated` holds for each milestone the moment at which each user reached it."""
    import numpy as np

    reached = [counts[milestone.metric] >= milestone.threshold for milestone in MILESTONES]
    rows = zip(
        np.column_stack(reached).tolist(),
        np.column_stack(dated).tolist(),
        users["stored_milestones"],
        users["stored_unlocked"],
        strict=True,
    )
    return [
        _milestones(is_reached, moments, milestone_ids(ids)[0], _entries(entries), as_of)
        for is_reached, moments, ids, entries in rows
    ]


class _Talks:
    """Conversations reduced to one number per user; times are milliseconds since 1970, UTC."""

    def __init__(
        self, conversations: pd.DataFrame, position: pd.Index, zones: list[str], as_of: dt.datetime
    ) -> None:
        import numpy as np
        import pandas as pd

        self.users = len(position)
        users = position.get_indexer(pd.Index(conversations["user_id"])).astype(np.int64)
        ended = _milliseconds(conversations["ended_at"])[users >= 0]
        places = conversations["timezone"].to_numpy(object)[users >= 0] if "timezone" in conversations else None
        users = users[users >= 0]

        by_time = np.lexsort((ended, users))
        self._by_time = (users[by_time], ended[by_time])
        self.total = np.bincount(users, minlength=self.users).astype(np.int64)
        self._first_of = np.concatenate(([0], np.cumsum(self.total)))
        self.last = np.full(self.users, _NEVER, dtype=np.int64)
        talked = self.total > 0
        self.last[talked] = self._by_time[1][self._first_of[1:][talked] - 1]

        self._count_streaks(users, ended, Calendar.of(users, ended, zones, places, as_of))

    def _count_streaks(self, users: Ints, ended: Ints, calendar: Calendar) -> None:
        import numpy as np

        days, zone_of, today = calendar.days, calendar.zone_of, calendar.today
        # Sorted by day, not by time: a later moment can have an earlier date, where clocks are set back across
        # midnight, and after a journey westwards across the date line.
        order = np.lexsort((ended, days, users))
        users, days, ended, zone_of = users[order], days[order], ended[order], zone_of[order]
        first_on_day = np.ones(len(users), dtype=bool)
        first_on_day[1:] = (users[1:] != users[:-1]) | (days[1:] != days[:-1])
        users, days, ended, zone_of = (one[first_on_day] for one in (users, days, ended, zone_of))

        begins = np.ones(len(users), dtype=bool)
        follows = calendar.follow(days[:-1], days[1:], zone_of[1:])
        begins[1:] = (users[1:] != users[:-1]) | ~follows
        places = np.arange(len(users))
        lengths = places - np.maximum.accumulate(np.where(begins, places, 0)) + 1

        self.best_streak = np.zeros(self.users, dtype=np.int64)
        np.maximum.at(self.best_streak, users, lengths)
        self.streak = np.zeros(self.users, dtype=np.int64)
        is_last = np.ones(len(users), dtype=bool)
        is_last[:-1] = users[1:] != users[:-1]
        last_users, last_days = users[is_last], days[is_last]
        its_today = today[last_users]
        follows = calendar.follow(last_days, its_today, calendar.home_of[last_users])
        runs_on = (its_today <= last_days) | follows
        self.streak[last_users[runs_on]] = lengths[is_last][runs_on]
        # Everybody's newest local date as text, None for people who never talked.
        dates = np.full(self.users, None, dtype=object)
        dates[last_users] = np.datetime_as_string(last_days.astype("datetime64[D]")).astype(object)
        self.last_day: list[str | None] = dates.tolist()
        self._run = (users, lengths, ended)

    def nth(self, number: int) -> Ints:
        """The end of each user's `number`-th conversation; _NEVER for users with fewer."""
        import numpy as np

        times = np.full(self.users, _NEVER, dtype=np.int64)
        enough = self.total >= number
        times[enough] = self._by_time[1][self._first_of[:-1][enough] + number - 1]
        return times

    def streak_of(self, length: int) -> Ints:
        """The moment at which each user's streak first was `length` days long; _NEVER for users without one."""
        import numpy as np

        users, lengths, ended = self._run
        times = np.full(self.users, _NEVER, dtype=np.int64)
        so_long = np.flatnonzero(lengths == length)[::-1]  # the earliest is written last
        times[users[so_long]] = ended[so_long]
        return times


def _dated(milestone: Milestone, talks: _Talks, topic_times: list[list[int]]) -> Ints:
    """The moment at which each user reached the milestone; _NEVER where no conversation accounts for it."""
    import numpy as np

    match milestone.metric:
        case "total_conversations":
            return talks.nth(milestone.threshold)
        case "best_streak":
            return talks.streak_of(milestone.threshold)
        case "topics_explored":
            place = milestone.threshold - 1
            times = [times[place] if len(times) > place else _NEVER for times in topic_times]
            return np.array(times, dtype=np.int64)
        case "chart_completion_percent":
            return np.full(talks.users, _NEVER, dtype=np.int64)


def _milestones(
    met: list[bool],
    dated: list[int],
    stored_ids: list[str],
    stored: dict[str, dict[str, Any]],
    as_of: dt.datetime,
) -> _Unlocked:
    """The milestones of one user: those stored, and those that `met` says are reached."""
    had = dict.fromkeys([*stored_ids, *stored])
    unlocked: dict[str, dt.datetime | None] = {name: _date_of(stored.get(name)) for name in had}
    fresh: list[str] = []
    for milestone, is_met, when in zip(MILESTONES, met, dated, strict=True):
        if not is_met:
            continue
        if milestone.id not in had:
            fresh.append(milestone.id)
            unlocked[milestone.id] = as_of
        if when != _NEVER:
            unlocked[milestone.id] = _moment(when)
    # Milestones that one conversation reached are in the table's order, whichever became known first.
    ids = sorted(
        unlocked, key=lambda name: (unlocked[name] or _EPOCH, _PLACE.get(name, -1) if unlocked[name] else -1)
    )
    entries = [
        {
            "id": name,
            "title": _BY_ID[name].title if name in _BY_ID else str(stored.get(name, {}).get("title") or name),
            "emoji": _BY_ID[name].emoji if name in _BY_ID else str(stored.get(name, {}).get("emoji") or ""),
            "unlocked_at": unlocked[name],
        }
        for name in ids
    ]
    return _Unlocked(entries, ids, fresh)


_BY_ID = {milestone.id: milestone for milestone in MILESTONES}
_PLACE = {milestone.id: place for place, milestone in enumerate(MILESTONES)}


def _topics(
    topics: pd.DataFrame, position: pd.Index, stored: list[list[str]]
) -> tuple[list[list[str]], list[list[int]]]:
    """For each user: (topics in first-seen order and spelling, the moment (ms) at which each was first named).

    Stored topics that no insight names (the old system's) come first, at _NEVER.
    """
    import pandas as pd

    users = position.get_indexer(pd.Index(topics["user_id"]))
    ended = _milliseconds(topics["ended_at"])
    seen: list[dict[str, tuple[str, int]]] = [{} for _ in stored]
    # Conversations that ended at one moment are ordered by their topics, so the order of reading does not matter.
    for user, at, named in sorted(zip(users.tolist(), ended.tolist(), topics["topics"].tolist(), strict=True)):
        if user < 0:
            continue
        mine = seen[user]
        for topic in named:
            mine.setdefault(topic.casefold(), (topic, at))
    explored: list[list[str]] = []
    times: list[list[int]] = []
    for mine, before in zip(seen, stored, strict=True):
        old: dict[str, str] = {}
        for topic in before:
            if (key := topic.casefold()) not in mine:
                old.setdefault(key, topic)
        explored.append([*old.values(), *(topic for topic, _ in mine.values())])
        times.append([*(_NEVER for _ in old), *(when for _, when in mine.values())])
    return explored, times


def _milliseconds(times: pd.Series) -> Ints:
    import pandas as pd

    return pd.DatetimeIndex(times).as_unit("ms").asi8


def _moment(milliseconds: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(milliseconds=milliseconds)


def _number(value: object) -> int:
    """A stored count, of any BSON kind of number or as text; 0 for any other value."""
    return count(value) or 0


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_place(value: object) -> bool:
    return place_zone(value) is not None


# Field of a chart -> the rule by which it is given. What nothing can read counts as not said.
_IS_GIVEN = dict(zip(CHART_FIELDS, (birth_date.is_date, _is_text, _is_text, _is_place), strict=True))


def _entries(value: object) -> dict[str, dict[str, Any]]:
    entries = value if isinstance(value, list) else []
    return {
        entry["id"]: dict(entry)
        for entry in entries
        if isinstance(entry, Mapping) and isinstance(entry.get("id"), str)
    }


def _date_of(entry: Mapping[str, Any] | None) -> dt.datetime | None:
    return moment((entry or {}).get("unlocked_at"))
