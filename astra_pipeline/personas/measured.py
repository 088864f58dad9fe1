"""Clocks and counts of a person's conversations, without an LLM: figures, and the claims that follow. Pure."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from astra_pipeline.personas.claims import KEPT, Evidence
from astra_pipeline.personas.excluded import excluded_subject
from astra_pipeline.personas.input import Talk
from astra_pipeline.personas.kinds import HALF_LIFE_DAYS

_HOURS = {"early": range(4, 9), "day": range(9, 17), "evening": range(17, 22), "night": (22, 23, 0, 1, 2, 3)}
_ENOUGH, _SHARE, _WEEKEND_SHARE, _WEEKDAY_SHARE = 5, 0.6, 0.6, 0.9
_DAY = dt.timedelta(days=1)
_MOST_TOPICS = 12
# A topic is preferred that is in so many of the newest conversations, and in such a share of them.
_NEWEST, _TOPIC_IN, _TOPIC_SHARE = 20, 3, 0.4


def measured(talks: Sequence[Talk], now: dt.datetime) -> dict[str, Any]:
    """The figures of a person's conversations, as they are stored. Shares are 0 to 1, days are local."""
    figures = [talk.figures for talk in talks]
    agent_turns = sum(one.agent_turns for one in figures)
    user_turns = sum(one.user_turns for one in figures)
    minutes = [talk.minutes for talk in talks if talk.minutes is not None]
    after: dict[str, list[float]] = defaultdict(list)
    for one in figures:
        for size, words in one.words_after.items():
            after[size].append(words)
    days = sorted({talk.day for talk in talks})
    return {
        "conversations": len(talks),
        "topics": {topic: round(weight, 2) for topic, weight in _weights(talks, now)},
        "hours": {str(hour): count for hour, count in sorted(Counter(talk.hour for talk in talks).items())},
        "session_minutes": round(statistics.median(minutes), 1) if minutes else None,
        "words_per_turn": round(sum(one.user_words for one in figures) / user_turns, 1) if user_turns else None,
        "words_after": {size: round(statistics.mean(words), 1) for size, words in sorted(after.items())},
        "interrupted_share": round(sum(one.interrupted for one in figures) / agent_turns, 3)
        if agent_turns
        else None,
        "questions_per_session": round(sum(one.questions for one in figures) / len(talks), 2) if talks else None,
        "hinglish_share": _hinglish(talks),
        "tones": dict(sorted(Counter(tone for talk in talks if (tone := _plain_tone(talk))).items())),
        "days_between": _gap(days),
    }


def measured_evidence(talks: Sequence[Talk]) -> list[Evidence]:
    """The evidence of counts: topics that come back, and the time of day and week of the calls."""
    usual = [talk for talk in talks if talk.care is None]
    return [*_of_topics(usual), *_of_times(usual)]


def _of_topics(talks: Sequence[Talk]) -> Iterator[Evidence]:
    spelled: dict[str, str] = {}
    counts: Counter[str] = Counter()
    newest = sorted(talks, key=_order)[-_NEWEST:]
    for talk in newest:
        counts.update({topic.casefold() for topic in talk.topics})
        for topic in talk.topics:
            spelled.setdefault(topic.casefold(), topic)
    for topic, count in sorted(counts.items()):
        if count < max(_TOPIC_IN, _TOPIC_SHARE * len(newest)) or excluded_subject(topic):
            continue
        mine = [talk for talk in newest if topic in {one.casefold() for one in talk.topics}]
        for talk in sorted(mine, key=_order)[-KEPT:]:
            yield _evidence("topic_preference", spelled[topic], talk, 1)


def _of_times(talks: Sequence[Talk]) -> Iterator[Evidence]:
    newest = sorted(talks, key=_order)[-4 * KEPT :]
    if len(newest) < _ENOUGH:
        return
    for name, hours in _HOURS.items():
        if sum(talk.hour in hours for talk in newest) >= _SHARE * len(newest):
            yield from (
                _evidence("time_pattern", name, talk, 1 if talk.hour in hours else -1) for talk in newest[-KEPT:]
            )
    weekend = sum(talk.day.weekday() >= 5 for talk in newest)
    if weekend >= _WEEKEND_SHARE * len(newest):
        yield from (
            _evidence("time_pattern", "weekend", talk, 1 if talk.day.weekday() >= 5 else -1)
            for talk in newest[-KEPT:]
        )
    elif len(newest) - weekend >= _WEEKDAY_SHARE * len(newest) and len(newest) >= 2 * _ENOUGH:
        yield from (
            _evidence("time_pattern", "weekday", talk, 1 if talk.day.weekday() < 5 else -1)
            for talk in newest[-KEPT:]
        )


def _evidence(kind: Any, value: str, talk: Talk, polarity: int) -> Evidence:
    return Evidence(kind, value, "measured", talk.conversation_id, talk.ended_at, talk.day, polarity)


def _weights(talks: Sequence[Talk], now: dt.datetime) -> list[tuple[str, float]]:
    """(topic, weight), the weightiest first: each conversation counts the less, the longer it is over."""
    weights: dict[str, float] = defaultdict(float)
    half = HALF_LIFE_DAYS["topic_preference"]
    for talk in sorted(talks, key=_order):
        for topic in dict.fromkeys(talk.topics):
            if excluded_subject(topic) is None and "." not in topic and not topic.startswith("$"):
                weights[topic] += 0.5 ** (max((now - talk.ended_at) / _DAY, 0) / half)
    return sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_TOPICS]


def _plain_tone(talk: Talk) -> str:
    """The mood of a conversation as a key of a document; "" for none, and for what is no mood but a label."""
    tone = talk.tone.strip().casefold()
    return tone if tone and excluded_subject(tone) is None and tone.replace(" ", "").isalpha() else ""


def _hinglish(talks: Sequence[Talk]) -> float | None:
    words = sum(talk.figures.user_words for talk in talks)
    hindi = sum(talk.figures.user_words * talk.figures.hinglish for talk in talks)
    return round(hindi / words / 100, 3) if words else None


def _gap(days: Sequence[dt.date]) -> float | None:
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return round(statistics.median(gaps), 1) if gaps else None


def _order(talk: Talk) -> tuple[dt.datetime, str]:
    return talk.ended_at, talk.conversation_id
