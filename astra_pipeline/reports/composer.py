"""The task `weekly-report-generator` without an LLM: four paragraphs about one person's week. Pure.

The same input always gives the same text. Every fact of a text is one of the input's; its register comes from the care
that the person needs, and from nothing else.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from astra_pipeline.conversations.happenings import tells
from astra_pipeline.language import contract
from astra_pipeline.language.composing import (
    Book,
    Choice,
    Memory,
    Pool,
    Register,
    Skeleton,
    assembled,
    capitalised,
    contracted,
    filled,
    grade_of,
    hindi_slots,
    sentence,
)
from astra_pipeline.language.composing.tongue import SHARES
from astra_pipeline.language.giving_up import is_to_stop
from astra_pipeline.language.second_person import plan_of
from astra_pipeline.language.topics import is_nameable, kind_of
from astra_pipeline.language.voice import badges
from astra_pipeline.llm.helpline import Helpline
from astra_pipeline.reports import naming, sky_words
from astra_pipeline.reports.details import Detail, details
from astra_pipeline.reports.input import ReportInput
from astra_pipeline.reports.last_letter import LastLetter
from astra_pipeline.reports.limits import LIMITS
from astra_pipeline.reports.sky import SkyOfWeek
from astra_pipeline.reports.told import DateTold

FIELDS = frozenset(
    (
        "called", "times", "talks", "on", "day", "plan", "quote", "people", "topic", "other", "event", "date", "ago",
        "before", "asked", "streak", "total", "badges", "help", "emergency", "planet", "point", "aspect", "landmark",
        "turns", "house", "matter",
    )
)  # fmt: skip
_SKELETONS: Mapping[Register, tuple[Skeleton, ...]] = {
    "usual": (
        (
            ("greeting", "shape", "held", "passed"),
            ("people", "before", "also", "thought"),
            ("celebrate", "badges", "close"),
            ("sky", "worth", "ahead", "rest", "question"),
        ),
        (
            ("greeting", "shape", "people", "held"),
            ("also", "passed", "before", "thought"),
            ("celebrate", "badges", "close"),
            ("ahead", "sky", "worth", "rest", "question"),
        ),
        (
            ("greeting", "shape", "held", "also"),
            ("people", "before", "passed", "thought"),
            ("celebrate", "badges", "close"),
            ("sky", "worth", "rest", "ahead", "question"),
        ),
    ),
    "tender": (
        (
            ("greeting", "shape", "people", "said"),
            ("heavy", "before", "comfort"),
            ("celebrate",),
            ("ahead", "sky", "worth", "rest", "question"),
        ),
        (
            ("greeting", "heavy", "shape"),
            ("people", "said", "comfort", "before"),
            ("celebrate",),
            ("rest", "ahead", "sky", "worth", "question"),
        ),
    ),
    "crisis": ((("greeting", "heard"), ("help", "emergency", "someone"), ("celebrate",), ("ahead", "question")),),
}
# Left out first while a letter is too long.
_SPARE = ("close", "also", "rest", "passed", "comfort", "thought")
_AHEAD = dt.timedelta(days=21)
_TOPICS = 2
_STREAK, _TOTAL = 3, 10
_SUBJECTS: Mapping[str, str] = {
    "career": "work",
    "work": "work",
    "job": "work",
    "money": "work",
    "education": "study",
    "studies": "study",
    "exams": "study",
    "love": "love",
    "marriage": "love",
    "relationship": "love",
    "relationships": "love",
    "home": "home",
    "family": "people",
    "friendship": "people",
    "children": "people",
}


def compose(week: ReportInput) -> dict[str, Any]:
    """{content, phrases}: the four paragraphs, and the ids of the phrases in them one after the other."""
    letter = _Letter(week)
    content = letter.written()
    return {"content": content, "phrases": "".join(letter.choice.picked)}


class _Letter:
    """One letter while it is written."""

    def __init__(self, week: ReportInput) -> None:
        self.week = week
        self.register: Register = week.register
        self.details = details(week)
        monday = dt.date.fromisoformat(week.week_start)
        self.choice = Choice(week.reader, monday.toordinal() // 7, Memory.read(week.used_phrases))
        self.file = {"usual": "letter", "tender": "tender", "crisis": "crisis"}[self.register]
        self.polite = week.communication_style == "formal"
        self.hindi: frozenset[str] = frozenset()

    def written(self) -> str:
        wanted = _wanted(self.week, self.register, self.details)
        skeleton = self.choice.of("skeleton", _SKELETONS[self.register])
        slots = [slot for paragraph in skeleton for slot in paragraph if slot in wanted]
        able = [slot for slot in slots if self._pool(wanted[slot], hindi=True)]
        share = SHARES[grade_of(self.week.hinglish_level)]
        self.hindi = hindi_slots(share, slots, able, self.choice)
        sentences = {slot: self._said(slot, wanted[slot]) for slot in slots}
        return assembled(skeleton, sentences, LIMITS[self.register], spare=_SPARE)

    def _pool(self, path: Sequence[object], *, hindi: bool) -> Pool:
        if path[0] == "sky" and path[1] == "fact":
            sky = self.week.sky
            known = sky_words.fact_pool(book(), sky) if isinstance(sky, SkyOfWeek) else ()
            return () if hindi else known or book().pool("sky", "fact", "everybody")
        if path[0] == "sky":
            return book().pool(*path, hindi=hindi)
        return book().pool(self.file, *path, hindi=hindi)

    def _said(self, slot: str, path: Sequence[object]) -> str:
        hindi = slot in self.hindi
        text = self.choice.pick(self._pool(path, hindi=hindi)).text
        text = filled(text, self._fields(slot, hindi=hindi), polite=self.polite)
        # A quotation has its mark inside.
        text = capitalised(text) if text.endswith('"') else sentence(text)
        return contracted(text) if self.week.communication_style == "casual" and '"' not in text else text

    def _fields(self, slot: str, *, hindi: bool) -> Mapping[str, str]:
        week = self.week
        fields = {
            "called": f", {week.name}" if week.name else "",
            "times": naming.times_named(week.conversations, hindi=hindi),
            "talks": f"{naming.number_named(week.conversations, hindi=hindi)} talk{'s' * (week.conversations != 1)}",
            "on": naming.days_named(_days(week) or ["Sunday"], hindi=hindi),
            "streak": naming.number_named(week.streak_days, hindi=hindi),
            "total": naming.number_named(week.total_conversations, hindi=hindi),
            "people": naming.people_named(people, hindi=hindi) if (people := _people(week)) else "",
            "badges": badges(week.milestones) if week.milestones else "",
        }
        if isinstance(week.helpline, Helpline):
            fields |= {
                "help": _help(week.helpline, hindi=hindi, polite=self.polite),
                "emergency": week.helpline.emergency,
            }
        if slot in ("held", "also"):
            fields |= _of_detail(self._or_topics()[slot == "also"], hindi=hindi)
        if slot == "said":
            event = next(detail for detail in self.details if detail.kind == "event")
            fields |= {"day": event.day, "quote": event.quote}
        if slot == "passed" and (event := _passed(week)):
            fields |= {"event": naming.event_named(event.what, hindi=hindi), "day": event.day}
            fields["quote"] = naming.sentence_of(event.what)
        if slot == "ahead" and (event := _coming(week)):
            fields |= {
                "event": naming.event_named(event.what, hindi=hindi),
                "date": naming.date_named(event.date),
                "quote": naming.sentence_of(event.what),
            }
        if slot == "before" and isinstance(week.last_letter, LastLetter):
            fields |= _of_letter(week.last_letter, hindi=hindi)
        if slot in ("sky", "worth"):
            fields |= self._of_the_sky()
        return fields

    def _or_topics(self) -> list[Detail]:
        return self.details or [_of_topics(self.week)]

    def _of_the_sky(self) -> dict[str, str]:
        sky = self.week.sky
        if isinstance(sky, SkyOfWeek) and sky_words.fact_pool(book(), sky):
            return sky_words.sky_fields(
                book(), sky, vedic=self.week.astrology_system == "vedic", pick=lambda pool: pool[0].text
            )
        event = self.week.next_week[0]
        return {"landmark": event.what, "day": event.day}


def _wanted(week: ReportInput, register: Register, told: Sequence[Detail]) -> dict[str, Sequence[object]]:
    """Slot -> the path of its pool, for the slots that this letter has."""
    if register == "crisis":
        return _of_a_crisis(week)
    wanted: dict[str, Sequence[object]] = {
        "greeting": ("greeting",),
        "shape": ("shape", "once" if week.conversations == 1 else "many"),
        "question": ("question",),
        "rest": ("ahead", "rest"),
    }
    if _people(week):
        wanted["people"] = ("people",) if register == "tender" else ("held", "people")
    if before := _before(week, register):
        wanted["before"] = ("before", before)
    if coming := _coming(week):
        wanted["ahead"] = ("ahead", _kind_of_date(coming))
    wanted |= _sky(week, register)
    if register == "tender":
        kind = week.care_kind if book().pool("tender", "heavy", week.care_kind) else "any"
        if any(detail.kind == "event" for detail in told):
            wanted["said"] = ("said",)
        return wanted | {"heavy": ("heavy", kind), "comfort": ("comfort",), "celebrate": ("celebrate",)}
    for slot, detail in zip(("held", "also"), told or [_of_topics(week)], strict=False):
        wanted[slot] = ("held", detail.kind)
    if passed := _passed(week):
        wanted["passed"] = ("held", _kind_of_date(passed))
    subject = _subject(week, told)
    wanted |= {"thought": ("thought", subject), "question": ("question", _asked(week, subject))}
    wanted["close"] = ("celebrate", "close")
    wanted["celebrate"] = ("celebrate", _celebrated(week))
    if week.milestones:
        wanted["badges"] = ("celebrate", "badges")
    return wanted


def _of_a_crisis(week: ReportInput) -> dict[str, Sequence[object]]:
    need = "violence" if week.care_kind == "violence" else "despair"
    slots = ("greeting", "heard", "someone", "celebrate", "ahead", "question")
    wanted: dict[str, Sequence[object]] = {slot: (slot,) for slot in slots}
    wanted["help"] = ("help", need)
    if isinstance(week.helpline, Helpline) and week.helpline.emergency:
        wanted["emergency"] = ("emergency",)
    return wanted


def _sky(week: ReportInput, register: Register) -> dict[str, Sequence[object]]:
    sky = week.sky if isinstance(week.sky, SkyOfWeek) and sky_words.fact_pool(book(), week.sky) else None
    if sky is None and not week.next_week:
        return {}
    worth = sky_words.worth(sky) if sky else "everybody"
    return {"sky": ("sky", "fact"), "worth": ("sky", "tender") if register == "tender" else ("sky", "usual", worth)}


def _of_topics(week: ReportInput) -> Detail:
    topics = [topic for topic in week.topics if kind_of(topic) != "unspoken" and is_nameable(topic)]
    named = [naming.topic_named(topic) for topic in topics][:_TOPICS]
    if not named:
        return Detail("nothing")
    return Detail("topics", topic=named[0], other=named[1]) if len(named) > 1 else Detail("topic", topic=named[0])


def _of_detail(detail: Detail, *, hindi: bool) -> dict[str, str]:
    topic, other = detail.topic, detail.other
    if hindi:
        topic, other = topic.removeprefix("your "), other.removeprefix("your ")
    return {
        "day": detail.day,
        "plan": detail.plan,
        "quote": detail.quote,
        "topic": topic,
        "other": other,
    }


def _of_letter(letter: LastLetter, *, hindi: bool) -> dict[str, str]:
    told = letter.follow_ups[-1] if letter.follow_ups else None
    return {
        "ago": naming.ago_named(letter.weeks_ago, hindi=hindi),
        "plan": plan_of(letter.last_intention) or "",
        "before": naming.ended(letter.last_intention),
        "asked": letter.question,
        "quote": naming.ended(told.intention) if told else "",
        "day": told.day if told else "",
    }


def _before(week: ReportInput, register: Register) -> str:
    """The kind of sentence that takes up the last letter; empty where there is nothing to take up."""
    letter = week.last_letter
    if not isinstance(letter, LastLetter):
        return ""
    plan = letter.last_intention and plan_of(letter.last_intention)
    quotable = bool(letter.last_intention) and contract.is_quotable(letter.last_intention, week.hinglish_level)
    told = [one for one in letter.follow_ups if contract.is_quotable(one.intention, week.hinglish_level)]
    is_told = bool(told) and told[-1] == letter.follow_ups[-1]
    if (plan or quotable) and is_to_stop(letter.last_intention):
        kind = f"stop_{'plan' if plan else 'quote'}"
        return kind if register == "tender" else f"{kind}_{'told' if is_told else 'open'}"
    if register == "tender":
        return "plan" if plan else "quote" if quotable else "question" if letter.question else ""
    if plan or quotable:
        return f"{'plan' if plan else 'quote'}_{'told' if is_told else 'open'}"
    return "question" if letter.question else ""


def _days(week: ReportInput) -> list[str]:
    return list(dict.fromkeys(talk.day for talk in week.talks))


def _people(week: ReportInput) -> list[str]:
    """The people to name: those with a name first, two of them."""
    named = sorted(week.people, key=lambda one: not one.split()[-1][:1].isupper())
    return [one for one in named if contract.is_quotable(one, 100)][:2]


def _passed(week: ReportInput) -> DateTold | None:
    """A date of the week that is over."""
    return next((one for one in _sayable(week) if week.week_start <= one.date <= week.week_end), None)


def _coming(week: ReportInput) -> DateTold | None:
    """The next date after the week, within three weeks."""
    last = (dt.date.fromisoformat(week.week_end) + _AHEAD).isoformat()
    return next((one for one in _sayable(week) if week.week_end < one.date <= last), None)


def _kind_of_date(date: DateTold) -> str:
    """The kind of sentence that names a date: an event that was told with a verb is quoted."""
    return "date_told" if tells(date.what) else "date"


def _sayable(week: ReportInput) -> list[DateTold]:
    """The dates of one day whose event can be named to the reader."""
    return [one for one in week.dates if not one.until and contract.is_quotable(one.what, week.hinglish_level)]


def _celebrated(week: ReportInput) -> str:
    if week.streak_days >= _STREAK:
        return "streak"
    return (
        "total" if week.total_conversations >= _TOTAL and week.total_conversations > week.conversations else "came"
    )


def _subject(week: ReportInput, told: Sequence[Detail]) -> str:
    """The subject of the thought in the middle."""
    if any(detail.kind in ("plan", "quoted_plan") for detail in told[:1]):
        return "stopping" if is_to_stop(week.intention.intention) else "plan"
    found = next((_SUBJECTS[topic.casefold()] for topic in week.topics if topic.casefold() in _SUBJECTS), None)
    return found or ("people" if _people(week) else "any")


def _asked(week: ReportInput, subject: str) -> str:
    """The subject of the closing question: a date ahead, the plan, then what the week was about."""
    return "date" if _coming(week) else subject


def _help(line: Helpline, *, hindi: bool, polite: bool) -> str:
    if not line.number:
        if hindi:
            return f"{line.site} pe apne desh ki helpline {'dekhiye' if polite else 'dekho'}"
        return f"find a line near you at {line.site}"
    if hindi:
        hours = f" ({line.hours})" if line.hours else ""
        return f"{line.name} ko {line.number}{hours} pe call {'kijiye' if polite else 'karo'}"
    return f"call {line.named} at {line.number}{f' ({line.hours})' if line.hours else ''}"


@functools.cache
def book() -> Book:
    """Read the phrases, once a process. Raises BadPhrases."""
    return Book.of("astra_pipeline.reports", fields=FIELDS)
