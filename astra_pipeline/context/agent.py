"""`agent_context`: all that the voice agent is told before the first word of a call. Pure.

The laws of the answer, for whatever documents: every variable of the table is there, none is null, empty or longer
than its bound, none has a control character or a brace (`user_overview` is JSON, and has no two braces together),
and all values together have at most 8,192 bytes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from astra_pipeline.astrology.personal import running_dasha
from astra_pipeline.astrology.signs import System
from astra_pipeline.context import compact
from astra_pipeline.context.caring import CareNow
from astra_pipeline.context.days import from_today, spoken
from astra_pipeline.context.facts import Facts
from astra_pipeline.context.opening import first_message
from astra_pipeline.context.prose import Told, dates_told, follow_ups_told, prose
from astra_pipeline.context.sizes import MOST_BYTES, fitted, size_of
from astra_pipeline.context.table import BY_NAME, DEFAULTS, Value
from astra_pipeline.context.tidy import tidied
from astra_pipeline.people.chart import Signs
from astra_pipeline.people.person import Person
from astra_pipeline.zones import day_before, local_date

__all__ = ["MOST_BYTES", "AgentContext", "agent_context", "of_nobody"]

_UNKNOWN = "unknown"


@dataclass(frozen=True)
class AgentContext:
    """The context of one call."""

    generated_at: dt.datetime
    local_date: dt.date
    timezone: str
    variables: dict[str, Value] = field(repr=False)
    truncated: tuple[str, ...] = ()
    """The variables that were shortened so that all fit, sorted."""

    @property
    def first_message(self) -> str:
        """The agent's first words."""
        return str(self.variables["first_message"])

    @property
    def text(self) -> str:
        """The context as prose."""
        return str(self.variables["context"])

    @property
    def bytes(self) -> int:
        """The size of all values in UTF-8."""
        return size_of(self.variables)


def agent_context(person: Person, facts: Facts, now: dt.datetime) -> AgentContext:
    """The context of a call that begins at `now` (aware). No document makes it raise."""
    today = local_date(now, facts.zone)
    care = CareNow.of(person, today)
    streak = _streak(person, facts, today)
    values = _identity(person, facts, today) | _chart(person, facts, now) | _progress(person, facts, streak, care)
    values |= _manner(person, facts, care) | _knowledge(facts, care, today)
    greeting = first_message(person, facts, today=today, care=care.level, streak=streak)
    told = Told(
        name=tidied(person.first_name, 60),
        today=today,
        streak=streak,
        chart_status=str(values["chart_status"]),
        signs=_signs_said(person),
        dasha=str(values.get("current_dasha") or ""),
        milestones=", ".join(tidied(title, 60) for title in facts.new_milestones),
    )
    values |= {
        "first_message": greeting,
        "context": prose(person, facts, care, told),
        "user_overview": compact.overview(person, facts, care, streak=streak, today=today),
    }
    variables, truncated = fitted(_complete(values))
    return AgentContext(now, today, facts.zone, variables, truncated)


def of_nobody(now: dt.datetime, *, default_zone: str) -> AgentContext:
    """The context of a caller whom nobody knows: every variable with its default."""
    return AgentContext(now, local_date(now, default_zone), default_zone, dict(DEFAULTS))


def _complete(values: dict[str, Value]) -> dict[str, Value]:
    """Every variable of the table, in its order: the value, or the default where nothing is to be said."""
    found: dict[str, Value] = {}
    for name, variable in BY_NAME.items():
        value = values.get(name, variable.default)
        if isinstance(value, str) and name != "user_overview":
            value = tidied(value, variable.longest)
        found[name] = variable.default if value == "" else value
    return found


def _identity(person: Person, facts: Facts, today: dt.date) -> dict[str, Value]:
    birth = person.birth
    return {
        "user_id": person.id,
        "user_name": person.first_name,
        "local_date": spoken(today),
        "date_of_birth": _date_of_birth(person, facts),
        "birth_time": birth.birth_time if isinstance(birth.birth_time, str) else "",
        "birth_place": facts.birth_place,
        "has_birth_date": bool(birth.date_of_birth),
        "has_birth_time": bool(birth.birth_time),
        "has_birth_place": bool(birth.place_texts),
        "is_first_conversation": facts.last_talk is None and not person.gamification.total_conversations,
    }


def _date_of_birth(person: Person, facts: Facts) -> str:
    try:
        return person.birth.date(facts.zone).date.isoformat()
    except (ValueError, TypeError, OverflowError):
        return ""


def _chart(person: Person, facts: Facts, now: dt.datetime) -> dict[str, Value]:
    chart = person.chart
    vedic, western = (chart.vedic, chart.western) if chart else (Signs(), Signs())
    own = western if _system(person) == "western" else vedic
    dasha = running_dasha(chart.periods, now) if chart else None
    said = f"{dasha['mahadasha']}-{dasha['antardasha']} until {dasha['until']:%Y-%m}" if dasha else ""
    return {
        "has_birth_chart": vedic.are_enough or western.are_enough,
        "has_vedic_chart": vedic.are_enough,
        "has_western_chart": western.are_enough,
        "chart_status": _chart_status(person, vedic.are_enough or western.are_enough),
        "vedic_sun": vedic.sun,
        "vedic_moon": vedic.moon,
        "vedic_ascendant": vedic.rising,
        "western_sun": western.sun,
        "western_moon": western.moon,
        "western_rising": western.rising,
        "sun_sign": own.sun,
        "moon_sign": own.moon,
        "ascendant": own.rising,
        # Western readers are told of no dasha.
        "current_dasha": "" if person.preferences.astrology_system == "western" else said,
    }


def _chart_status(person: Person, has_signs: bool) -> str:
    if has_signs:
        return "ready"
    if not person.birth.is_complete:
        return "none"
    return "unusable" if person.marks.chartless_key else "pending"


def _system(person: Person) -> System:
    return "western" if person.preferences.astrology_system == "western" else "vedic"


def _signs_said(person: Person) -> str:
    signs = person.chart.signs(_system(person)) if person.chart else Signs()
    named = (("Sun", signs.sun), ("Moon", signs.moon), ("rising", signs.rising))
    return ", ".join(f"{body} in {sign}" if body != "rising" else f"{sign} rising" for body, sign in named if sign)


def _streak(person: Person, facts: Facts, today: dt.date) -> int:
    """The running streak. One that lapsed is 0, whether or not a rollover has noticed it yet."""
    last = person.gamification.last_conversation_day or facts.last_talk
    if last is None or last < day_before(today, facts.zone):
        return 0
    return person.gamification.streak_days


def _progress(person: Person, facts: Facts, streak: int, care: CareNow) -> dict[str, Value]:
    metrics = person.gamification
    return {
        "streak_days": streak,
        "best_streak": max(metrics.best_streak, streak),
        "total_conversations": metrics.total_conversations,
        "milestones_count": len(metrics.milestones),
        "new_milestones": ", ".join(facts.new_milestones) if care.level == "none" else "",
    }


def _manner(person: Person, facts: Facts, care: CareNow) -> dict[str, Value]:
    wishes, persona = person.preferences, facts.persona
    # In a crisis the register says how to talk, whatever somebody liked on other days.
    hints = persona.hints if persona and care.level != "crisis" else ""
    return {
        "hinglish_level": wishes.hinglish_level,
        "flirt_opt_in": facts.flirt_opt_in and care.level == "none",
        "communication_style": wishes.communication_style,
        "astrology_system": wishes.astrology_system or "",
        "response_length": persona.response_length if persona else "",
        "persona_hints": hints,
        "care": care.level,
        "helpline": care.helpline,
    }


def _knowledge(facts: Facts, care: CareNow, today: dt.date) -> dict[str, Value]:
    is_todays = facts.horoscope_day == today and bool(tidied(facts.horoscope, 1500))
    # In a crisis nobody is asked about a time of birth, as in the prose.
    pending = facts.pending if care.level != "crisis" else ()
    topics = dict.fromkeys(tidied(topic, 60) for talk in facts.talks for topic in talk.topics)
    return {
        "has_todays_horoscope": is_todays,
        "latest_horoscope": facts.horoscope if is_todays else "",
        "recent_topics": ", ".join(filter(None, topics)),
        "conversation_summary": _summaries(facts, today),
        "last_conversation": from_today(min(facts.last_talk, today), today) if facts.last_talk else "",
        "follow_ups": "; ".join(follow_ups_told(facts)),
        "people": ", ".join(tidied(one, 60) for one in facts.people),
        "upcoming_dates": "; ".join(dates_told(facts, today)),
        "intentions": "; ".join(tidied(text, 120) for text in facts.intentions),
        "birth_to_confirm": "; ".join(f"{one.field}: {tidied(one.value, 120)}" for one in pending),
        "profile_summary": facts.profile,
        "incidents": "; ".join(tidied(text, 200) for text in facts.incidents),
        "incident_count": facts.incident_count,
        "insights_count": facts.insights_count,
        "recent_conversations_count": facts.talks_listed,
        "birth_time_in_recent_conversations": facts.birth_time_differs,
    }


def _summaries(facts: Facts, today: dt.date) -> str:
    said = []
    for talk in facts.talks:
        if summary := tidied(talk.summary, 390):
            when = from_today(min(talk.day, today), today) if talk.day else "some time ago"
            said.append(f"{when}: {summary}")
    return " ".join(said)
