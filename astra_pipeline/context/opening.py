"""The first words of a call: the message that the last conversation left, or a greeting of our own. Pure.

A stored message is replaced when it is a month old, when a day it speaks of has passed, and in a crisis, in which
every call begins with the same quiet line. Greetings go by the streak, as those of the old app did, and in the
tender register by none.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from astra_pipeline.context.facts import Facts
from astra_pipeline.context.tidy import tidied
from astra_pipeline.language.care import Level
from astra_pipeline.names import isolated
from astra_pipeline.people.person import Person

LONGEST = 300
_KEPT_FOR = dt.timedelta(days=30)
# The name as the fold and the app write it, with the comma and the space that go with it where it is unknown.
_NAME = re.compile(r"(?P<before>,?\s*)(?:\{\{\s*user_name\s*\}\}|\[USERNAME\])", re.IGNORECASE)
# Words that mean a day by the date of the call they were written on, so they hold on that very date only.
_ON_THE_DAY = re.compile(
    r"\b(?:tomorrow|tonight|this (?:morning|afternoon|evening|weekend|week)|kal|parso|aaj (?:raat|shaam))\b",
    re.IGNORECASE,
)
_WEEKDAYS = [name.lower() for name in calendar.day_name]
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(_WEEKDAYS)})\b", re.IGNORECASE)
_MONTHS = [name.lower() for name in calendar.month_name[1:]]
_MONTH_DAY = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{'|'.join(_MONTHS)})"
    rf"|(?P<month_first>{'|'.join(_MONTHS)}) (?P<day_after>\d{{1,2}})(?:st|nd|rd|th)?)\b",
    re.IGNORECASE,
)
# A question about a day that is over holds after it, for a week: "How did the exam on Friday go?"
_ASKS_BACK = re.compile(r"\bhow (?:did|was|were)\b|\bkais[aie] (?:rah[aie]|gay[aie]|tha|thi)\b", re.IGNORECASE)
_ASKED_FOR = dt.timedelta(days=7)
_HINGLISH_FROM = 30


@dataclass(frozen=True)
class _Band:
    """The greetings from a number of days on."""

    days: int
    english: str
    hinglish: str


# Nobody knows the gender of a caller: Hindi is spoken so that it fits any.
_CRISIS = (
    "Hello{name}. I've been thinking of you. How are you today?",
    "Hello{name}. Main aapke baare mein soch rahi thi. Aaj kaisa lag raha hai?",
)
_TENDER = (
    "Hello{name}. It's good to hear you. How are you today?",
    "Hello{name}. Aapki awaaz sunke achha laga. Aaj kaisa lag raha hai?",
)
_FIRST = (
    "Hello{name}. I'm Astra. What would you like to talk about?",
    "Namaste{name}. Main Astra hoon. Aaj kis baare mein baat karein?",
)
_BANDS = (
    _Band(30, "Hello{name}. {days} days in a row, and here you are again. What's on your mind?",
          "Hello{name}. {days} din se roz baat ho rahi hai. Aaj mann mein kya hai?"),
    _Band(10, "Hello{name}. {days} days in a row now. What has today been like?",
          "Hello{name}. {days} din ho gaye lagataar. Aaj ka din kaisa raha?"),
    _Band(5, "Hello{name}. Day {days} of our talks. How are you?",
          "Hello{name}. Aaj {days} din hue lagataar. Kya haal hai?"),
    _Band(2, "Hello{name}. Good to hear you again. How has today been?",
          "Hello{name}. Phir se baat karke achha laga. Aaj kaisa raha?"),
    _Band(1, "Hello{name}. Nice that you're back. How are you?",
          "Hello{name}. Aapka aana achha laga. Kya haal hai?"),
    _Band(0, "Hello{name}. It's been a while, and it's good to hear you. How are you?",
          "Hello{name}. Bahut din baad baat ho rahi hai. Kya haal hai?"),
)  # fmt: skip


def first_message(person: Person, facts: Facts, *, today: dt.date, care: Level, streak: int) -> str:
    """The agent's first words, of at most 300 characters and without a placeholder."""
    if care == "crisis":
        return _greeting(_CRISIS, person)
    stored = named(facts.first_message, person)
    if stored and facts.last_talk and not _is_stale(stored, facts.last_talk, today):
        return stored
    if care == "tender":
        return _greeting(_TENDER, person)
    if facts.last_talk is None:
        return _greeting(_FIRST, person)
    band = next(one for one in _BANDS if streak >= one.days)
    return _greeting((band.english, band.hinglish), person, days=streak)


def named(message: str, person: Person) -> str:
    """A stored message with the first name in it, or without a name where nobody knows one; "" for no message."""
    name = tidied(person.first_name, 40)
    if name:
        filled = _NAME.sub(lambda found: found["before"] + isolated(name), message)
    else:
        filled = _NAME.sub("", message).lstrip(" ,!.")
    return tidied(filled, LONGEST)


def _is_stale(message: str, written: dt.date, today: dt.date) -> bool:
    """Whether a message that was written on a day is out of date."""
    if today - written > _KEPT_FOR or today < written:
        return today >= written
    if _ON_THE_DAY.search(message) and today != written:
        return True
    days = _days_named(message, written)
    if _ASKS_BACK.search(message):
        return any(day >= today or today - day > _ASKED_FOR for day in days)
    return any(day < today for day in days)


def _days_named(message: str, written: dt.date) -> list[dt.date]:
    """The days that a message names, each the next one from the day on which it was written."""
    days = []
    for found in _WEEKDAY.finditer(message):
        ahead = (_WEEKDAYS.index(found[0].lower()) - written.weekday()) % 7
        days.append(written + dt.timedelta(days=ahead))
    for found in _MONTH_DAY.finditer(message):
        month = _MONTHS.index((found["month"] or found["month_first"]).lower()) + 1
        day = int(found["day"] or found["day_after"])
        for year in (written.year, written.year + 1):
            if day <= calendar.monthrange(year, month)[1] and dt.date(year, month, max(day, 1)) >= written:
                days.append(dt.date(year, month, max(day, 1)))
                break
    return days


def _greeting(texts: tuple[str, str], person: Person, **fields: int) -> str:
    name = tidied(person.first_name, 40)
    text = texts[1] if person.preferences.hinglish_level >= _HINGLISH_FROM else texts[0]
    filled = text.format(name=f" {isolated(name)}" if name else "", **fields)
    return tidied(filled, LONGEST)
