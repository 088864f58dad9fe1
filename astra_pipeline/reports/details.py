"""The concrete things of a week that its letter tells: a plan, an event, a question, with its day. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from astra_pipeline.language import contract
from astra_pipeline.language.care.hearing import heard
from astra_pipeline.language.questions import is_a_question
from astra_pipeline.language.second_person import plan_of
from astra_pipeline.language.topics import kind_of
from astra_pipeline.reports.input import ReportInput
from astra_pipeline.reports.naming import ended
from astra_pipeline.reports.told import TalkOfWeek, says_something

Kind = Literal["plan", "quoted_plan", "event", "question", "topics", "topic", "nothing"]
_LONGEST_QUESTION = 110
# "Can you imagine?" asks nothing that a letter could come back to.
_OF_THE_LISTENER = re.compile(r"\b(?:you\w*|astra|tu|tum\w*|tujh\w*|aap\w*)\b", re.IGNORECASE)
_OF_LIFE_AND_DEATH = re.compile(
    r"\b(?:surviv\w*|alive|die|dies|treatments?|doctors?|mar(?:na|ne|unga|ungi| ja\w*)|"
    r"bach(?:na|ne|enge|ega|egi|unga|ungi)|ilaaj|dawai?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Detail:
    """One thing of the week. Fields that do not apply are empty."""

    kind: Kind
    day: str = ""
    plan: str = ""
    quote: str = ""
    topic: str = ""
    other: str = ""


def details(week: ReportInput) -> list[Detail]:
    """At most two things that they said in the week: the plan that the letter carries, news, or a question."""
    found = [*_plan(week), *_events(week), *_questions(week)]
    kinds: dict[str, Detail] = {}
    for detail in found:
        kinds.setdefault(detail.kind, detail)
    return list(kinds.values())[:2]


def _plan(week: ReportInput) -> Iterator[Detail]:
    words, day = week.intention.intention, week.intention.day
    if not words:
        return
    if plan := plan_of(words):
        yield Detail("plan", day=day, plan=plan)
    elif _quotable(words, week):
        yield Detail("quoted_plan", day=day, quote=ended(words))


def _events(week: ReportInput) -> Iterator[Detail]:
    before = week.last_letter
    # What came of the last plan is told beside it.
    told = {week.intention.intention, *(one.intention for one in getattr(before, "follow_ups", ())[-1:])}
    for talk, words in _newest(week, "events"):
        if words not in told and not is_a_question(words) and _quotable(words, week):
            yield Detail("event", day=talk.day, quote=ended(words))


def _questions(week: ReportInput) -> Iterator[Detail]:
    for talk, said in _newest(week, "questions"):
        words = said if said.endswith("?") or not is_a_question(said) else f"{said.rstrip('.! ')}?"
        fits = words.endswith("?") and len(words) <= _LONGEST_QUESTION and says_something(words)
        is_no_question = _OF_THE_LISTENER.search(words) or _OF_LIFE_AND_DEATH.search(words)
        if fits and not is_no_question and kind_of(words) not in ("tender", "unspoken") and _quotable(words, week):
            yield Detail("question", day=talk.day, quote=words)


def _newest(week: ReportInput, field: Literal["events", "questions"]) -> Iterator[tuple[TalkOfWeek, str]]:
    for talk in reversed(week.talks):
        for words in reversed(talk.events if field == "events" else talk.questions):
            yield talk, words


def _quotable(words: str, week: ReportInput) -> bool:
    return '"' not in words and contract.is_quotable(words, week.hinglish_level) and heard([words]).level == "none"
