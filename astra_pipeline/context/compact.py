"""`user_overview` for prompts of the old app: a small JSON text in which nothing looks like a variable. Pure."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from astra_pipeline.context.caring import CareNow
from astra_pipeline.context.facts import Facts
from astra_pipeline.context.tidy import tidied
from astra_pipeline.people.person import Person

_MOST_BYTES = 4_096


def overview(person: Person, facts: Facts, care: CareNow, *, streak: int, today: dt.date) -> str:
    """Care where there is need of it, then preferences, signs, progress, the last conversations and the persona, in
    at most 4,096 bytes."""
    parts = _care(care) | _parts(person, facts, care, streak=streak, today=today)
    while len((text := written(parts)).encode()) > _MOST_BYTES:
        parts.popitem()
    return text


def smaller(text: str) -> str:
    """The same JSON without its last part; "" when nothing would be left."""
    parts = json.loads(text)
    parts.popitem()
    return written(parts) if parts else ""


def written(parts: dict[str, Any]) -> str:
    """JSON in which no two braces stand together."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    while "}}" in text or "{{" in text:
        text = text.replace("}}", "} }").replace("{{", "{ {")
    return text


def _care(care: CareNow) -> dict[str, Any]:
    """The register, first of all: a prompt of the old app reads nothing else."""
    if care.level == "none":
        return {}
    told = {"register": care.level, "caller": tidied(care.words, 160)}
    return {"care_first": told | ({"helpline": tidied(care.helpline, 200)} if care.helpline else {})}


def _parts(person: Person, facts: Facts, care: CareNow, *, streak: int, today: dt.date) -> dict[str, Any]:
    """The parts by name, the most wanted first."""
    wishes, chart, persona = person.preferences, person.chart, facts.persona
    parts: dict[str, Any] = {
        "preferences": {
            "communication_style": wishes.communication_style,
            "hinglish_level": wishes.hinglish_level,
            "astrology_system": wishes.astrology_system or "vedic",
        },
        "gamification": {"streak_days": streak, "total_conversations": person.gamification.total_conversations},
    }
    if chart:
        systems = {"vedic": chart.vedic, "western": chart.western}
        parts["birth_chart"] = {
            name: {"sun_sign": signs.sun, "moon_sign": signs.moon, "rising_sign": signs.rising}
            for name, signs in systems.items()
            if signs.sun or signs.moon
        }
    if persona and persona.hints and care.level != "crisis":
        parts["persona"] = {"hints": tidied(persona.hints, 300)}
    parts["recent_conversations"] = [
        {
            "date": min(talk.day, today).isoformat() if talk.day else "unknown",
            "topics": [tidied(topic, 40) for topic in talk.topics[:4]],
            "summary": tidied(talk.summary, 160),
        }
        for talk in facts.talks
    ]
    return parts
