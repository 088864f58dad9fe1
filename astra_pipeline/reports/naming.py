"""Topics, people, events and numbers as a letter names them: "your visa", "your sister Neha". Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from astra_pipeline.language.topics import as_yours, in_a_sentence
from astra_pipeline.language.voice import listed, numbered

# Subjects that stand without an article: nobody owns them, or everybody does.
_BARE = frozenset(
    (
        "career", "love", "marriage", "family", "children", "health", "money", "travel", "education", "home",
        "spirituality", "friendship", "grief", "sleep", "loneliness", "dreams", "creativity", "confidence", "work",
        "compatibility", "astrology", "music", "yoga", "cricket", "football", "chess", "stress",
        "faith", "religion", "food", "art", "motherhood", "fatherhood", "burnout", "weather", "politics", "poetry",
        "dance", "anxiety",
    )
)  # fmt: skip
_BARE_ENDING = re.compile(r"(?:ing|ness|ship|ity|ism|ics|ance|ence|logy|graphy|tion|ment)$")
_OF_THE_CHART = re.compile(
    r"(?:birth|natal) chart|(?:sun|moon|rising) sign|ascendant|daily horoscope", re.IGNORECASE
)
_HINDI_NUMBERS = ("", "ek", "do", "teen", "chaar", "paanch", "chhe", "saat", "aath", "nau", "das")


def topic_named(topic: str) -> str:
    """A topic inside a sentence: "your visa", "the job interview", "love", "your mother's health"."""
    plain = in_a_sentence(topic)
    if plain in _BARE:
        return plain
    said = as_yours(topic)
    alone = " " not in said and said.islower() and not _BARE_ENDING.search(said)
    return f"your {said}" if alone or _OF_THE_CHART.fullmatch(said) else said


def people_named(people: Sequence[str], *, hindi: bool) -> str:
    """People as a sentence to their own person names them: "your sister Neha and Dev"."""
    named = [one if hindi or not one[:1].islower() else f"your {one}" for one in people]
    return both(named) if hindi else listed(named)


def event_named(what: str, *, hindi: bool) -> str:
    """An event of the person's own: "your sister's wedding", "Isha's wedding"."""
    text = re.sub(r"^(?:my|our|meri|mera|mere) ", "", what)
    return text if hindi or not text[:1].islower() else f"your {text}"


def sentence_of(words: str) -> str:
    """The person's own words as a sentence: "We fly."."""
    said = ended(words)
    return said[:1].upper() + said[1:]


def both(items: Sequence[str]) -> str:
    """a, b aur c."""
    *head, last = items
    return f"{', '.join(head)} aur {last}" if head else last


def days_named(days: Sequence[str], *, hindi: bool) -> str:
    """Weekdays: "on Tuesday and Friday", "Tuesday aur Friday ko"."""
    return f"{both(days)} ko" if hindi else f"on {listed(days)}"


def date_named(date: str) -> str:
    """A date as it is said: "Saturday 12 December"."""
    return f"{dt.date.fromisoformat(date):%A %-d %B}"


def times_named(count: int, *, hindi: bool) -> str:
    """A number of times: "twice", "three times", "teen baar"."""
    if hindi:
        return f"{number_named(count, hindi=True)} baar"
    return {1: "once", 2: "twice"}.get(count) or f"{numbered(count)} times"


def number_named(count: int, *, hindi: bool) -> str:
    """A number in words: "three", "teen"; in figures from eleven on."""
    if hindi:
        return _HINDI_NUMBERS[count] if 0 < count < len(_HINDI_NUMBERS) else str(count)
    return numbered(count)


def ago_named(weeks: int, *, hindi: bool) -> str:
    """The time since a letter: "last week", "two weeks ago"."""
    if hindi:
        return "pichhle hafte" if weeks == 1 else f"{number_named(weeks, hindi=True)} hafte pehle"
    return "last week" if weeks == 1 else f"{numbered(weeks)} weeks ago"


def ended(words: str) -> str:
    """Quoted words with a mark at their end."""
    words = words.strip()
    return words if words.endswith((".", "?", "!", "…")) else f"{words}."
