"""The table of the agent's dynamic variables: every name, its type, its default and its bound.

A variable that a prompt uses and that is missing ends the call before a word is spoken, so all are always sent. The
names of the old web app are kept. docs/web-app.md shows this table, and a test holds it to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Value = str | int | bool
Type = Literal["text", "number", "yes or no"]


@dataclass(frozen=True)
class Variable:
    """One variable. `longest` is in characters, and 0 for numbers and truths."""

    name: str
    default: Value
    longest: int
    meaning: str

    @property
    def type(self) -> Type:
        """The type that ElevenLabs knows the value by."""
        if isinstance(self.default, bool):
            return "yes or no"
        return "number" if isinstance(self.default, int) else "text"


def _texts(**rows: tuple[str, int, str]) -> Iterator[Variable]:
    for name, (default, longest, meaning) in rows.items():
        yield Variable(name, default, longest, meaning)


def _flags(**rows: str) -> Iterator[Variable]:
    for name, meaning in rows.items():
        yield Variable(name, False, 0, meaning)


def _numbers(**rows: str) -> Iterator[Variable]:
    for name, meaning in rows.items():
        yield Variable(name, 0, 0, meaning)


VARIABLES: tuple[Variable, ...] = (
    *_texts(
        user_id=("unknown", 256, "The person's `user.id`. `unknown` for a caller nobody knows."),
        workflow_id=("astra-responder", 60, "The old app's workflow."),
        julep_session_id=("none", 60, "Of the old system; kept so that old prompts start."),
        user_name=("friend", 60, "The first name, as it is spoken."),
        local_date=("unknown", 40, "Today where the person is, in words."),
        date_of_birth=("unknown", 10, "ISO."),
        birth_time=("unknown", 20, "HH:MM, local; as it is stored."),
        birth_place=("unknown", 80, "In the person's words."),
    ),
    *_flags(
        has_birth_date="A date of birth is known.",
        has_birth_time="A time of birth is known.",
        has_birth_place="A place of birth is known.",
        has_birth_chart="A birth chart with signs is there.",
        has_vedic_chart="The same in the Vedic system.",
        has_western_chart="The same in the Western system.",
    ),
    *_texts(
        chart_status=("none", 8, "`none`, `pending`, `ready` or `unusable`."),
        vedic_sun=("unknown", 12, "Sign."),
        vedic_moon=("unknown", 12, "Sign."),
        vedic_ascendant=("unknown", 12, "Sign."),
        western_sun=("unknown", 12, "Sign."),
        western_moon=("unknown", 12, "Sign."),
        western_rising=("unknown", 12, "Sign."),
        sun_sign=("unknown", 12, "In the person's own system."),
        moon_sign=("unknown", 12, "In the person's own system."),
        ascendant=("unknown", 12, "In the person's own system."),
        current_dasha=("unknown", 60, "Mahadasha and antardasha, and until when."),
    ),
    *_numbers(
        streak_days="Days in a row with a conversation. A lapsed streak is 0.",
        best_streak="The longest streak.",
        total_conversations="Completed conversations.",
        milestones_count="Milestones unlocked.",
    ),
    *_texts(new_milestones=("none", 200, "Unlocked by the last conversation, and not celebrated yet.")),
    *_numbers(hinglish_level="The share of Hindi, 0 to 100."),
    *_flags(flirt_opt_in="Consent given in the app. Never inferred."),
    *_texts(
        communication_style=("balanced", 8, "`casual`, `balanced` or `formal`."),
        astrology_system=("vedic", 7, "`vedic`, `western` or `both`."),
        response_length=("moderate", 8, "`concise`, `moderate` or `detailed`: what they like to hear."),
        persona_hints=("none yet", 600, "How they like to be talked to, learnt from conversations."),
        care=("none", 6, "`crisis`, `tender` or `none`: the register of this call."),
        helpline=("none", 200, "In a crisis: the line of the person's country, and the emergency number."),
    ),
    *_flags(has_todays_horoscope="A horoscope of today, where the person is, is there."),
    *_texts(
        latest_horoscope=("none yet", 1500, "Today's horoscope."),
        recent_topics=("none yet", 200, "The newest first."),
        conversation_summary=("none yet", 1200, "The last three conversations, each dated in words."),
        last_conversation=("never", 40, "When, in words."),
        follow_ups=("none", 300, "What was left to follow up in the last three conversations."),
        people=("none yet", 300, "People in their life, as they named them."),
        upcoming_dates=("none", 300, "Dates of their life, of the last week and to come."),
        intentions=("none", 300, "What they said they mean to do."),
        birth_to_confirm=("none", 300, "Something said of their birth that differs from what is stored."),
        profile_summary=("new here", 600, "Who they are."),
        incidents=("none yet", 600, "The newest three events of their life."),
    ),
    *_numbers(
        incident_count="Events known.",
        insights_count="Insights known.",
        recent_conversations_count="Conversations in the overview.",
    ),
    *_flags(has_famous_people="Always no."),
    *_numbers(famous_people_count="Always 0."),
    *_flags(birth_time_in_recent_conversations="A time of birth was said that is not stored."),
    Variable("is_first_conversation", True, 0, "Nobody has talked with them yet."),
    *_texts(
        user_overview=("none yet", 4096, "Compact JSON for old prompts. Drop it when the prompt is rewritten."),
        first_message=("Hello friend. I'm Astra. How are you?", 300, "What the agent says first."),
        context=("Nobody knows who is calling.", 3000, "All of it as prose, the most urgent first."),
    ),
)
BY_NAME: Mapping[str, Variable] = {variable.name: variable for variable in VARIABLES}
DEFAULTS: Mapping[str, Value] = {variable.name: variable.default for variable in VARIABLES}


def markdown() -> str:
    """The table as Markdown, for docs/web-app.md."""
    rows = [
        f"| `{one.name}` | {one.type}{f' of {one.longest}' if one.longest else ''} | "
        f"`{str(one.default).lower() if isinstance(one.default, bool) else one.default}` | {one.meaning} |"
        for one in VARIABLES
    ]
    return "\n".join(["| variable | type | without it | what it says |", "|---|---|---|---|", *rows])
