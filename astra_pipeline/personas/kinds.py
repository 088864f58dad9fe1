"""The kinds of claims about how somebody likes to be talked to, their values, and how fast they grow old. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast, get_args

Kind = Literal[
    "response_style", "topic_preference", "engagement_trigger", "avoid", "time_pattern", "follow_through"
]
Source = Literal["stated", "observed", "measured"]

KINDS: tuple[Kind, ...] = get_args(Kind)
# Values of which one person has one: they are told to an agent that can do only one of them.
EXCLUSIVE: Mapping[str, tuple[str, ...]] = {
    "length": ("concise", "moderate", "detailed"),
    "language": ("english", "light_hinglish", "heavy_hinglish"),
}
FORMS = ("practical_step", "story", "question_back", "chart_detail", "reassurance_first", "humour")
STYLES = (*EXCLUSIVE["length"], *FORMS, *EXCLUSIVE["language"])
TIMES = ("early", "day", "evening", "night", "weekday", "weekend")
TRIGGERS = ("own_words_recalled", "date_ahead")
FOLLOW_THROUGH = ("takes_up", "rarely")
# Kinds whose values are a closed list. Those of the others are topics, in the spelling of the conversations.
CLOSED: Mapping[Kind, tuple[str, ...]] = {
    "response_style": STYLES,
    "time_pattern": TIMES,
    "follow_through": FOLLOW_THROUGH,
}
# The days after which an evidence weighs half.
HALF_LIFE_DAYS: Mapping[Kind, float] = {
    "response_style": 90,
    "topic_preference": 45,
    "engagement_trigger": 45,
    "avoid": 180,
    "time_pattern": 90,
    "follow_through": 90,
}
LONGEST_VALUE = 60
# Of one answer.
MOST_PROPOSALS = 24

_SENTENCES: Mapping[str, str] = {
    "concise": "Keep answers short",
    "moderate": "Answers of two or three sentences suit them",
    "detailed": "They like longer answers that go into detail",
    "practical_step": "End with one small step they can take",
    "story": "Stories and images reach them",
    "question_back": "Ask back; they like to think aloud",
    "chart_detail": "They enjoy the details of the chart",
    "reassurance_first": "Reassure first, then advise",
    "humour": "A light touch of humour is welcome",
    "english": "Speak plain English",
    "light_hinglish": "Mix a little Hindi into English",
    "heavy_hinglish": "Speak Hinglish with much Hindi",
    "own_words_recalled": "They open up when you recall their own words",
    "date_ahead": "They open up about a date they look forward to",
    "takes_up": "They take up suggestions and tell of it",
    "rarely": "They rarely take up suggestions; ask for one at a time",
    "early": "They call early in the morning",
    "day": "They call in the daytime",
    "evening": "They call in the evening",
    "night": "They call late at night",
    "weekday": "They call on weekdays",
    "weekend": "They call at the weekend",
}


def claim_id(kind: Kind, value: str) -> str:
    """The id of a claim: its kind and value in small letters, as a path of an URL takes it."""
    slug = "".join(letter if letter.isalnum() else "-" for letter in value.casefold())
    return f"{kind}.{'-'.join(filter(None, slug.split('-')))}"


def statement(kind: Kind, value: str) -> str:
    """The claim as a sentence without its full stop. The words are ours, whoever proposed the claim."""
    if kind == "topic_preference":
        return f"They like to talk of {value}"
    if kind == "avoid":
        return f"Do not bring up {value}"
    if kind == "engagement_trigger" and value not in TRIGGERS:
        return f"They open up about {value}"
    return _SENTENCES[value]


def group_of(kind: Kind, value: str) -> str | None:
    """The group of values of which one alone holds: `length`, `language` or None."""
    if kind != "response_style":
        return None
    return next((name for name, values in EXCLUSIVE.items() if value in values), None)


def as_kind(text: str) -> Kind | None:
    """The kind of this name."""
    return cast(Kind, text) if text in KINDS else None
