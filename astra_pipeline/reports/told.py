"""The week's conversations as a letter may take them up: what was said on which day, people, dates, plans. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from astra_pipeline.conversations.news import is_told_in_the_first_person
from astra_pipeline.conversations.sentences import Sentence
from astra_pipeline.language import devanagari
from astra_pipeline.language.care.hearing import is_of_a_crisis
from astra_pipeline.language.questions import is_a_question
from astra_pipeline.language.speakable import is_speakable
from astra_pipeline.llm.task import Given
from astra_pipeline.people.relations import without_doubles
from astra_pipeline.reports.material import small_words
from astra_pipeline.reports.rules import Talk, listed
from astra_pipeline.store.documents import iso_date
from astra_pipeline.zones import local_date

_LONGEST = 160
_PEOPLE, _DATES, _SENTENCES = 6, 6, 4
_SHORTEST_STEM, _STEM = 4, 5
_LEAST_CONTENT = 2
# "Wishes: ..." and "Lost a job: ..." are labels of the rules' own.
_LABEL = re.compile(r"^[A-Z][^.!?]{0,40}: ")
_WORD = re.compile(r"[^\W\d_]+")
# Two plans that share only such a word are not the same.
_IN_MANY_PLANS = frozenset(
    (
        "call", "meet", "start", "week", "month", "tomorrow", "tonight", "today", "next", "send", "write", "first",
        "decided", "promise", "really", "finally", "again", "before", "every", "little", "maybe", "subah", "agle",
        "hafte", "mahine", "karunga", "karungi", "jaunga", "jaungi", "shuru", "wala", "wali",
    )
)  # fmt: skip

Words = Annotated[str, Field(max_length=_LONGEST)]


class TalkOfWeek(Given):
    """One conversation of the week. All words are the person's own, or about them."""

    day: str = Field(description="The weekday.")
    topics: list[str]
    tone: str
    intentions: list[Words]
    events: list[Words] = Field(description="What happened, as they told it.")
    questions: list[Words]
    key_insights: list[Words]
    follow_ups: list[Words]


class DateTold(Given):
    """A date in the person's life."""

    what: str
    date: str = Field(description="YYYY-MM-DD.")
    day: str = Field(description="The weekday.")
    until: str = Field(description="The last date of a stretch of days; or empty.")


class Intention(Given):
    """A plan that the person spoke of."""

    intention: str = Field(description="In their words; empty for none.")
    day: str = Field(description="The weekday on which they said it.")


NO_INTENTION = Intention(intention="", day="")


def talks_of_week(talks: Sequence[Talk], zone: str) -> list[TalkOfWeek]:
    """The conversations in their order, without words that cannot be said in a sentence."""
    return [
        TalkOfWeek(
            day=f"{local_date(talk.ended_at, talk.place or zone):%A}",
            topics=[topic for topic in listed(output, "topics") if is_speakable(topic)],
            tone=str(output["emotional_tone"]) if is_speakable(output.get("emotional_tone")) else "",
            intentions=_said(listed(output, "intentions")),
            events=_told(output),
            questions=_said(listed(output, "questions_asked")),
            key_insights=_said(listed(output, "key_insights")),
            follow_ups=_said(listed(output, "follow_up_actions")),
        )
        for talk in talks
        if (output := talk.output) is not None
    ]


def people_of_week(talks: Sequence[Talk]) -> list[str]:
    """The people of the week as they were named: "sister Neha", "sister", "Neha"; each once."""
    people: list[Mapping[str, Any]] = [
        one for talk in talks for one in listed(talk.output or {}, "people") if isinstance(one, Mapping)
    ]
    known = [(_string(one.get("name")), _string(one.get("relation"))) for one in people]
    named: dict[str, None] = {}
    for name, relation in without_doubles(known, lambda one: one):
        text = " ".join(filter(None, (relation, name)))
        if is_speakable(text):
            named.setdefault(text)
    return list(named)[:_PEOPLE]


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def dates_of_week(talks: Sequence[Talk]) -> list[DateTold]:
    """The dates that were told in the week, the earliest first, each once."""
    found: dict[tuple[str, str], DateTold] = {}
    for talk in talks:
        for one in listed(talk.output or {}, "dates"):
            if not isinstance(one, Mapping) or not is_speakable(one.get("what")):
                continue
            if (date := iso_date(one.get("date"))) is not None:
                until = iso_date(one.get("until"))
                found[one["what"].casefold(), date.isoformat()] = DateTold(
                    what=one["what"],
                    date=date.isoformat(),
                    day=f"{date:%A}",
                    until=until.isoformat() if until else "",
                )
    return sorted(found.values(), key=lambda one: one.date)[:_DATES]


def intention_of_week(talks: Sequence[TalkOfWeek]) -> Intention:
    """The plan of the week that a letter names and the next one takes up: the last that says something."""
    for talk in reversed(talks):
        for words in reversed(talk.intentions):
            if says_something(words) and not is_of_a_crisis(words):
                return Intention(intention=words, day=talk.day)
    return NO_INTENTION


def taken_up(intention: str, talks: Sequence[TalkOfWeek]) -> list[Intention]:
    """The words of the week that come back to an earlier plan, the last ones last."""
    plan = _stems(intention)
    return [
        Intention(intention=words, day=talk.day)
        for talk in talks
        for words in dict.fromkeys((*talk.intentions, *talk.events, *talk.questions, *talk.follow_ups))
        if plan & _stems(words) and not is_of_a_crisis(words)
    ]


def says_something(words: str) -> bool:
    """True for words that can be understood a week later: not "I'll take it" nor "Is that good?"."""
    content = {word for word in _WORD.findall(words.casefold()) if len(word) > 1} - small_words()
    return len(content) >= _LEAST_CONTENT


@functools.lru_cache(maxsize=1024)
def _stems(words: str) -> frozenset[str]:
    """The beginnings of the longer words that say what a plan is about."""
    found = {word for word in _WORD.findall(words.casefold()) if len(word) >= _SHORTEST_STEM}
    return frozenset(word[:_STEM] for word in found - small_words() - _IN_MANY_PLANS)


def _told(output: Mapping[str, Any]) -> list[str]:
    """Events in the person's own words, without questions. A model that reports about them says "I" nowhere."""
    incidents = [one.get("description") for one in listed(output, "incidents") if isinstance(one, Mapping)]
    words = _said([*listed(output, "key_insights"), *incidents])
    asked = {_words(one) for one in listed(output, "questions_asked") if isinstance(one, str)}
    told = [one for one in words if is_told_in_the_first_person(one) and not _LABEL.match(one)]
    return [one for one in told if not is_a_question(one) and _words(one) not in asked]


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))


def _said(texts: Iterable[object]) -> list[str]:
    """The texts that can be said, in Latin letters."""
    spoken = [_latin(text) for text in texts if is_speakable(text, _LONGEST)]
    return [text for text in spoken if is_speakable(text, _LONGEST)][-_SENTENCES:]


def _latin(text: Any) -> str:
    return Sentence.of(text).latin.replace("।", ".") if devanagari.has_devanagari(text) else text
