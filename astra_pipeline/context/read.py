"""Reading what the context of a call needs: one indexed read of one document, a part of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from astra_pipeline.context.agent import AgentContext, agent_context, of_nobody
from astra_pipeline.context.facts import COUNTS, Facts
from astra_pipeline.people.birth import DECIDING, FIELDS
from astra_pipeline.people.person import Person
from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

PHONE_NUMBERS = "astra.phone_numbers"
"""The list of a person's numbers (E.164), which the web app writes."""
# E.164: a plus and at most 15 digits.
_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_OVERVIEW = (
    "profile_summary",
    "first_message",
    "preferences",
    "gamification",
    "recent_conversations.conversation_id",
    "recent_conversations.date",
    "recent_conversations.topics",
    "recent_conversations.summary",
    "recent_conversations.follow_up_actions",
    "latest_horoscope.date",
    "latest_horoscope.content",
    "persona",
    "incident_map.title",
    "incident_map.description",
    *(f"birth_chart.{system}.{sign}" for system in ("vedic", "western") for sign in ("sun_sign", "moon_sign")),
    *(f"birth_chart.{system}.{sign}" for system in ("vedic", "western") for sign in ("rising_sign", "ascendant")),
    "birth_chart.engine",
    "birth_chart.vedic.dasha.periods",
)
_ASTRA = (
    "care",
    "life",
    "birth_pending",
    "birth_rejected.birth_time",
    "birth_flags.night",
    "chartless_key",
    "erased_at",
)
PROJECTION: Mapping[str, Any] = {
    **dict.fromkeys(("id", "name", "timezone", "birth_timezone", *FIELDS, *DECIDING), 1),
    **dict.fromkeys((f"user_overview.{name}" for name in _OVERVIEW), 1),
    **dict.fromkeys((f"astra.{name}" for name in _ASTRA), 1),
    # The longest lists are counted where they are.
    COUNTS: {
        "insights": {"$cond": [{"$isArray": ["$user_overview.insights"]}, {"$size": "$user_overview.insights"}, 0]},
        "incidents": {
            "$cond": [{"$isArray": ["$user_overview.incident_map"]}, {"$size": "$user_overview.incident_map"}, 0]
        },
    },
}
"""The parts of a user document that a context is made of."""


async def context_of(
    db: AsyncDatabase[Document], user_id: str, *, now: dt.datetime, default_zone: str
) -> AgentContext | None:
    """The context of a person's next call; None for an unknown one."""
    found = await db[USERS].find_one({"id": user_id}, PROJECTION)
    if found is None and ObjectId.is_valid(user_id):
        # Somebody whose sign-up set no `id` yet.
        found = await db[USERS].find_one({"_id": ObjectId(user_id), "id": None}, PROJECTION)
    return None if found is None else _made({**found, "id": user_id}, now, default_zone)


def context_now(
    db: Database[Document], user_id: str, *, now: dt.datetime, default_zone: str
) -> AgentContext | None:
    """The same without an event loop."""
    found = db[USERS].find_one({"id": user_id}, PROJECTION)
    return None if found is None else _made(found, now, default_zone)


async def context_of_caller(
    db: AsyncDatabase[Document], number: object, *, now: dt.datetime, default_zone: str
) -> tuple[str | None, AgentContext]:
    """(the id of the person who calls from a number or None, the context of the call).

    A number that nobody has, that two people have, or that was suppressed, is nobody's.
    """
    wanted = phone_number(number)
    people = []
    if wanted:
        people = await db[USERS].find({PHONE_NUMBERS: wanted}, PROJECTION).limit(2).to_list()
    if len(people) != 1 or not isinstance(people[0].get("id"), str) or not people[0]["id"]:
        return None, of_nobody(now, default_zone=default_zone)
    (person,) = people
    return person["id"], _made(person, now, default_zone)


def phone_number(said: object) -> str | None:
    """A caller's number in E.164; None for what is none, such as "anonymous"."""
    text = re.sub(r"[\s().-]", "", said) if isinstance(said, str) and len(said) <= 40 else ""
    if text.startswith("00"):
        text = f"+{text[2:]}"
    elif text[:1].isdigit():
        text = f"+{text}"
    return text if _NUMBER.fullmatch(text) else None


def _made(document: Mapping[str, Any], now: dt.datetime, default_zone: str) -> AgentContext:
    person = Person.read(document)
    return agent_context(person, Facts.read(person, default_zone=default_zone), now)
