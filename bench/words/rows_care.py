"""Care said in a call, on its way to the horoscope, the letter and the greeting. Each sentence is a call."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.language.care import KINDS, Level
from astra_pipeline.language.composing import register_of
from astra_pipeline.llm.helpline import Helpline
from astra_pipeline.overview.fold import fold
from astra_pipeline.people.person import Person
from astra_pipeline.reports import rules
from astra_pipeline.reports.composer import compose
from astra_pipeline.reports.input import ReportInput, report_input
from astra_pipeline.reports.rules import Talk
from astra_pipeline.store.documents import at_path, with_changes
from bench.words.calls import MONDAY, fact_of
from bench.words.registry import Figure, at_least, at_most, row, share

_ZONE = "Asia/Kolkata"
_TUESDAY = dt.datetime.combine(MONDAY + dt.timedelta(days=1), dt.time(12), tzinfo=dt.UTC)
# A light call on the day after: what was said before it still counts.
_LIGHT = ("My balcony is full of tomatoes.", "I'll practise the guitar tonight.")
_LEVELS: dict[str, Level] = {kind: level for level, kinds in KINDS.items() for kind in kinds}


@dataclass(frozen=True)
class Heard:
    """One sentence of the set on its way."""

    words: str
    kind: str
    fact: Fact
    person: Person
    week: ReportInput

    @property
    def level(self) -> Level:
        """The care that the set says it asks for."""
        return _LEVELS.get(self.kind, "none")

    @property
    def has_arrived(self) -> bool:
        """Whether horoscope, letter and greeting all have the register, two days later and after a lighter call."""
        horoscope = self.person.care_at(MONDAY + dt.timedelta(days=3))
        return horoscope == self.week.care == self.level and self._is_greeted_so

    @property
    def _is_greeted_so(self) -> bool:
        opening = str(at_path(self.person.document, "user_overview.first_message"))
        takes_up = any(word in opening.casefold() for word in ("balcony", "tomato", "guitar"))
        return takes_up == (self.level == "none")


@functools.cache
def heard() -> tuple[Heard, ...]:
    """Every sentence of care_spoken.yaml, taken from the transcript to the inputs of the texts."""
    file = Path(__file__).with_name("care_spoken.yaml")
    sets: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    none = sets.pop("none")
    said = [(kind, words) for kinds in sets.values() for kind, listed in kinds.items() for words in listed]
    return tuple(
        _heard(kind, words, number) for number, (kind, words) in enumerate([*said, *(("", one) for one in none)])
    )


def _heard(kind: str, words: str, number: int) -> Heard:
    fact = fact_of(f"heavy-{number}", [words], _TUESDAY, _ZONE)
    light = fact_of(f"light-{number}", _LIGHT, _TUESDAY + dt.timedelta(days=1), _ZONE)
    user: Any = {"id": f"user-{number}", "name": "Asha", "timezone": _ZONE}
    person = Person.read(with_changes(user, fold(user, [fact, light])))
    talks = [Talk(one.conversation_id, one.ended_at, one.insights.model_dump()) for one in (fact, light)]
    stats = rules.stats(person, talks, MONDAY, _ZONE, streak=2)
    week = report_input(person, talks, MONDAY, _ZONE, week=stats, total=2, events=[])
    return Heard(words, kind, fact, person, week)


def _with_care() -> list[Heard]:
    return [one for one in heard() if one.kind]


@row("crisis or grief said in a call that reaches horoscope, letter and greeting", "at least 95 %", at_least(0.95))
def arrived() -> Figure:
    found = _with_care()
    missed = [one for one in found if not one.has_arrived]
    return share(len(found) - len(missed), len(found), tuple(one.words for one in missed))


@row("harmless look-alikes that are taken for care", "at most 2 %", at_most(0.02))
def look_alikes() -> Figure:
    found = [one for one in heard() if not one.kind]
    false = [one for one in found if one.week.care != "none" or not one.has_arrived]
    return share(len(false), len(found), tuple(one.words for one in false))


@row("words of a crisis stored as goal, wish or follow-up", "0", at_most(0))
def stored() -> Figure:
    found = [one for one in _with_care() if one.level == "crisis"]

    def is_kept(one: Heard) -> bool:
        insights = one.fact.insights
        goals = [part for part in insights.insights if part.type in ("goal", "life_event", "habit")]
        return bool(
            goals or insights.intentions or insights.follow_up_actions or insights.incidents or insights.dates
        ) or any(word in " ".join(insights.key_insights) for word in ("Wishes", "Means to"))

    kept = [one for one in found if is_kept(one)]
    return share(len(kept), len(found), tuple(one.words for one in kept))


@row("crisis letters that name the helpline of the country", "100 %", at_least(1.0))
def helplines() -> Figure:
    found = [one for one in heard() if register_of(one.week.care, ()) == "crisis"]

    def is_named(one: Heard) -> bool:
        line = one.week.helpline
        content = compose(one.week)["content"]
        return isinstance(line, Helpline) and (line.number or line.site) in content and line.emergency in content

    missed = [one for one in found if not is_named(one)]
    return share(len(found) - len(missed), len(found), tuple(one.words for one in missed))
