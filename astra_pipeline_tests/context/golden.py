"""Contexts of people as they are, written down: `python -m astra_pipeline_tests.context.golden` writes them anew.

Read what it wrote before it is committed: an agent will say it to somebody.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from astra_pipeline.context.table import DEFAULTS
from astra_pipeline_tests.context.documents import asha, context_of, days_ago, with_care

FILE = Path(__file__).parent / "golden.yaml"


def people() -> Mapping[str, dict[str, Any]]:
    """A document for each kind of person."""
    lapsed = asha(first_message="Hello {{user_name}}. Good luck for Friday!")
    lapsed["user_overview"]["recent_conversations"] = [
        {"conversation_id": "conv_60", "date": days_ago(60), "topics": ["Travel"], "summary": "She planned a trip."}
    ]
    lapsed["user_overview"]["gamification"] |= {
        "last_conversation_day": "2026-09-30",
        "last_conversation_date": days_ago(60),
    }
    hinglish = asha(preferences={"hinglish_level": 70, "communication_style": "casual"}, first_message=None)
    return {
        "new": {"id": "user_new", "name": "Dev Kapoor", "timezone": "Asia/Kolkata"},
        "without a name": {"id": "user_who", "name": "null"},
        "returning": asha(
            persona={
                "response_length": "concise",
                "styles": ["practical_step"],
                "hints": "Keep answers short. End with one small step. Do not bring up money.",
            }
        ),
        "personalization off": asha(
            preferences={"personalization": False},
            persona={"response_length": "concise", "hints": "Keep it short."},
        ),
        "lapsed": lapsed,
        "hinglish": hinglish,
        "western": asha(preferences={"astrology_system": "western"}),
        "erased": {
            "id": "user_gone",
            "name": "Asha Rao",
            "timezone": "Asia/Kolkata",
            "astra": {"erased_at": days_ago(3)},
        },
        "old system": _old(),
        "tender": with_care("tender", "grief"),
        "crisis": with_care("crisis", "self_harm"),
        "crisis at home, in Ireland": with_care("crisis", "violence") | {"timezone": "Europe/Dublin"},
        "crisis, in a country without a line": with_care("crisis", "self_harm") | {"timezone": "America/Lima"},
        "crisis that is over": with_care("crisis", "self_harm", since="2026-09-01")
        | {
            "astra": {
                "care": {"level": "crisis", "kind": "self_harm", "since": "2026-09-01", "until": "2026-10-01"}
            }
        },
    }


def _old() -> dict[str, Any]:
    return {
        "id": "user_old",
        "name": "MR. K. SIVAKUMAR",
        "birth_timezone": "Asia/Calcutta",
        "birth_time": "7:15 am",
        "user_overview": {
            "preferences": {"hinglish_level": "40", "communication_style": "chatty"},
            "recent_conversations": [
                {"date": "2026-11-20", "topics": ["Health", 7], "summary": "He slept badly."},
                "a text where an entry belongs",
            ],
            "birth_chart": {"vedic": {"sun_sign": "aries", "moon_sign": "PISCES", "ascendant": "Leo"}},
            "gamification": {"streak_days": "3", "last_conversation_date": "2026-11-20"},
            "latest_horoscope": {"date": "20/11/2026", "content": "Old news."},
        },
    }


def told(document: dict[str, Any]) -> dict[str, Any]:
    """The variables that the context has beyond the defaults."""
    found = context_of(document)
    return {name: value for name, value in found.variables.items() if value != DEFAULTS[name]}


if __name__ == "__main__":
    written = {name: told(document) for name, document in people().items()}
    FILE.write_text(yaml.safe_dump(written, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8")
