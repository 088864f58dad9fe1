"""People's readiness for a horoscope, the hour it is due, and what of a person it may speak of. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.astrology.signs import System as System
from astra_pipeline.store.documents import Document, at_path, count, moment
from astra_pipeline.zones import at_local

MORNING = dt.time(6)
"""Local time from which a date's horoscope is due, and of which its sky is: near sunrise, whose tithi and
nakshatra are the day's in the Indian calendar."""
NO_CHART = "no birth chart"
NO_SIGNS = "birth chart without Sun and Moon sign"

_A_LOT = 1_000_000_000
_TOPICS = 5
_TOPIC_LENGTH = 40
_A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Reader:
    """What of a chart a horoscope is written for. `chart` is None when it knows signs only (the old system's)."""

    system: System
    sun_sign: str
    moon_sign: str
    rising_sign: str
    chart: Mapping[str, Any] | None


def due_date(now: dt.datetime, zone: str) -> dt.date | None:
    """The local date whose horoscope should be there at `now` (aware); None before the morning."""
    local = now.astimezone(ZoneInfo(zone))
    return local.date() if local.time() >= MORNING else None


def has_begun(date: dt.date, zone: str, now: dt.datetime) -> bool:
    """Whether the date has come where the person is."""
    return now >= at_local(date, dt.time(), zone)


def is_over(date: dt.date, zone: str, now: dt.datetime) -> bool:
    """Whether the date has ended where the person is."""
    return now >= at_local(date + _A_DAY, dt.time(), zone)


def reader_of(user: Document) -> Reader | str:
    """The reader a user is, in their preferred system (Vedic unless they chose Western, or the one their chart
    knows); or why there is none."""
    chart = at_path(user, "user_overview.birth_chart")
    if not isinstance(chart, Mapping):
        return NO_CHART
    western = at_path(user, "user_overview.preferences.astrology_system") == "western"
    order: tuple[System, System] = ("western", "vedic") if western else ("vedic", "western")
    for system in order:
        sun, moon, rising = (
            _sign(at_path(chart, f"{system}.{part}")) for part in ("sun_sign", "moon_sign", "rising_sign")
        )
        if sun and moon:
            rising = rising or _sign(at_path(chart, f"{system}.ascendant"))
            return Reader(system, sun, moon, rising, chart if "engine" in chart else None)
    return NO_SIGNS


def manner(user: Document) -> dict[str, Any]:
    """{communication_style, hinglish_level} as they can be used, whatever is stored."""
    preferences = at_path(user, "user_overview.preferences")
    style = at_path(preferences or {}, "communication_style") if isinstance(preferences, Mapping) else None
    level = at_path(preferences or {}, "hinglish_level") if isinstance(preferences, Mapping) else None
    return {
        "communication_style": style if style in ("casual", "balanced", "formal") else "balanced",
        "hinglish_level": min(number(level), 100),
    }


def recent_topics(user: Document, *, until: dt.datetime) -> list[str]:
    """What the last conversations until then were about, the newest first, each once."""
    entries = at_path(user, "user_overview.recent_conversations")
    found: dict[str, str] = {}
    for entry in reversed(entries if isinstance(entries, list) else []):
        if not isinstance(entry, Mapping) or ((ended := moment(entry.get("date"))) and ended > until):
            continue
        topics = entry.get("topics")
        for topic in topics if isinstance(topics, list) else []:
            if is_speakable(topic):
                found.setdefault(topic.strip().casefold(), topic.strip())
    return list(found.values())[:_TOPICS]


def is_speakable(text: object, longest: int = _TOPIC_LENGTH) -> bool:
    """Whether a stored text can stand in a sentence: short, one line, no markup."""
    return (
        isinstance(text, str) and 0 < len(text.strip()) <= longest and not any(c in text for c in "\n\r{}[]<>`*#|")
    )


def fresh_milestones(user: Document, since: dt.datetime, until: dt.datetime) -> list[str]:
    """Titles of milestones unlocked from `since` up to but not including `until` (UTC)."""
    entries = at_path(user, "user_overview.gamification.milestones")
    return [
        entry["title"]
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, Mapping)
        and isinstance(entry.get("unlocked_at"), dt.datetime)
        and since <= entry["unlocked_at"] < until
        and isinstance(entry.get("title"), str)
    ]


def highlights(transits: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Transits as they are stored for the app: {planet, aspect, point, orb, applying, sign, house, description}."""
    kept = ("planet", "aspect", "point", "orb", "applying", "sign", "house")
    return [
        {field: transit[field] for field in kept} | {"description": _described(transit)} for transit in transits
    ]


def _described(transit: Mapping[str, Any]) -> str:
    phase = "applying" if transit["applying"] else "separating"
    return f"{transit['planet']} {transit['aspect']} natal {transit['point']}, orb {transit['orb']:.2f}°, {phase}"


def number(value: object) -> int:
    """A stored count: a whole number not below 0, also when it was stored as text; else 0."""
    return min(count(value) or 0, _A_LOT)


def _sign(value: object) -> str:
    sign = value.strip().title() if isinstance(value, str) else ""
    return sign if sign in SIGNS else ""
