"""The reader's own life in a horoscope's input: topics with dates, people, near dates and plans. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from astra_pipeline.language.care import DAYS, Level
from astra_pipeline.language.composing import register_of
from astra_pipeline.language.speakable import is_speakable
from astra_pipeline.language.topics import tenor_of
from astra_pipeline.people.life import Life
from astra_pipeline.people.person import Person
from astra_pipeline.zones import local_date

_TOPICS, _PEOPLE, _DATES, _PLANS = 5, 4, 4, 3
# Dates are near from so many days before today to so many days after it.
_PAST, _AHEAD = dt.timedelta(days=2), dt.timedelta(days=10)
# A plan that is older was kept or dropped long ago.
_PLAN_LASTS = dt.timedelta(days=21)
_LONGEST = 60
# Days for which a topic of hardship weighs by itself: "Custody" says less than what was said of it.
_TOPIC_ALONE = 3


def topics(person: Person, zone: str, *, until: dt.datetime) -> list[tuple[str, str]]:
    """(topic, local date in ISO form, empty where unknown) of the last conversations until a moment (aware).

    The newest come first, each once. A topic of hardship or danger sets the register of a text. It is left out when
    its time is over: that of care where the person's words asked for care, a few days where only the topic does.
    """
    is_cared_for = person.care_at(local_date(until, zone)) != "none"
    found: dict[str, tuple[str, str]] = {}
    for conversation in reversed(person.recent_conversations):
        ended = conversation.ended_at
        if ended and ended > until:
            continue
        day = local_date(ended, zone).isoformat() if ended else ""
        for topic in conversation.topics:
            if is_speakable(topic) and not _weighed(topic, ended, until, is_cared_for=is_cared_for):
                found.setdefault(topic.strip().casefold(), (topic.strip(), day))
    return list(found.values())[:_TOPICS]


def _weighed(topic: str, ended: dt.datetime | None, until: dt.datetime, *, is_cared_for: bool) -> bool:
    """Whether a topic weighed once, and its time is over."""
    tenor = tenor_of([topic])
    if tenor == "usual" or (ended is None and (tenor == "crisis" or is_cared_for)):
        return False
    gentle = DAYS["tender"] if is_cared_for else _TOPIC_ALONE
    lasts = dt.timedelta(days=DAYS["crisis"] if tenor == "crisis" else gentle)
    return ended is None or until - ended > lasts


def people(life: Life) -> list[str]:
    """People as a sentence names them after "your", or alone: "sister Neha", "sister", "Neha"."""
    said = (" ".join(filter(None, (one.relation, one.name))) for one in life.people)
    return [one for one in said if is_speakable(one) and len(one) <= _LONGEST][:_PEOPLE]


def dates(life: Life, today: dt.date) -> list[str]:
    """Near dates, the next first, then those just past: "2026-12-03 sister's wedding"."""
    near = [
        one
        for one in life.dates
        if today - _PAST <= one.date <= today + _AHEAD and is_speakable(one.what) and len(one.what) <= _LONGEST
    ]
    ordered = sorted(near, key=lambda one: (one.date < today, one.date))
    return [f"{one.date.isoformat()} {one.what}" for one in ordered[:_DATES]]


def intentions(life: Life, until: dt.datetime) -> list[str]:
    """Plans of the last weeks until a moment (aware), the newest first, in the person's words."""
    recent = [one.text for one in life.intentions if one.at is None or until - _PLAN_LASTS <= one.at <= until]
    return recent[:_PLANS]


def is_in_danger(care: Level, topics: Sequence[str]) -> bool:
    """True where the text takes the crisis register."""
    return register_of(care, topics) == "crisis"
