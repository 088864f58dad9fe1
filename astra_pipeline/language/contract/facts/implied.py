"""The facts that follow from those that an input gives. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from astra_pipeline.language.contract.facts.fact import Fact, named
from astra_pipeline.language.contract.facts.words import words

_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# A date without a year is the one that is nearest to the text's day.
_HALF_A_YEAR = 182


@lru_cache(maxsize=64)
def _away(today: str) -> Mapping[str, int]:
    """Month and day -> the days from a text of today to it, fewer than none for the past."""
    day = dt.date.fromisoformat(today)
    return {f"{day + dt.timedelta(days=away):%m-%d}": away for away in range(-_HALF_A_YEAR, _HALF_A_YEAR + 1)}


_CALLED = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def seen_from(today: str, facts: set[Fact]) -> Iterator[Fact]:
    """The dates of the person's life as a text of today calls them: ("occasion", "exam", "tomorrow"), and the days
    to them, ("occasion", "exam", "+1")."""
    if not _ISO_DATE.fullmatch(today):
        return
    tomorrow = dt.date.fromisoformat(today) + dt.timedelta(days=1)
    yield Fact("weekday", "any", f"{tomorrow:%A}")
    away = _away(today)
    for fact in facts:
        if fact.kind == "occasion" and fact.object in away:
            days = away[fact.object]
            yield Fact("occasion", fact.subject, _CALLED.get(days, "another day"))
            yield Fact("occasion", fact.subject, f"{days:+d}")


def implied(facts: set[Fact]) -> Iterator[Fact]:
    """The facts that follow from others: planets of one sign are joined, and events of today are on today's weekday."""
    own = {fact.subject: fact.object for fact in facts if fact.kind == "natal sign"}
    for fact in facts:
        if fact.kind == "sign":
            for point, sign in own.items():
                if sign == fact.object:
                    yield Fact("conjunction", fact.subject, point)
            for other in facts:
                if other.kind == "sign" and other.object == fact.object and other.subject != fact.subject:
                    yield Fact("with", fact.subject, other.subject)
        if fact.kind == "phase" and fact.object in ("New Moon", "Full Moon"):
            yield from (Fact("half", "", half) for half in ("Shukla", "Krishna"))
        if fact.kind == "motion" and fact.object.startswith("turns "):
            yield Fact("motion", fact.subject, fact.object.removeprefix("turns "))
        if fact.kind == "eclipse":
            yield Fact("mark", "", "eclipse")
        if fact.kind in ("mahadasha", "antardasha"):
            yield Fact("dasha", "", fact.object)
        if fact.kind == "tithi" and fact.object in ("Purnima", "Amavasya"):
            yield Fact("phase", "", {"Purnima": "Full Moon", "Amavasya": "New Moon"}[fact.object])
    if not any(fact.kind in words().aspects for fact in facts):
        # Without a transit, the planets in their houses are what there is to tell.
        yield from (named("body", fact.subject) for fact in facts if fact.kind == "sign")
    if not any(fact.kind == "streak" for fact in facts):
        # Who is told no streak may be told the one of their milestone.
        of_milestones = (fact for fact in facts if fact.kind == "streak of a milestone")
        yield from (Fact("streak", fact.subject, fact.object) for fact in of_milestones)
    # Sade sati is Saturn's, around the Moon.
    yield from (Fact("of", "sade sati", body) for body in ("Saturn", "Moon"))
    # Gochara counts from the natal Moon.
    yield Fact("counted from", "", "Moon")
    if own.get("Ascendant"):
        yield Fact("natal house", "Ascendant", "1")
    days = [fact for fact in facts if fact.kind == "weekday"]
    for about in ("sky", "talk", "to come", "today"):
        if not any(fact.subject == about for fact in days):
            yield from (Fact("weekday", about, fact.object) for fact in days if not fact.subject)
    given = {fact.object for fact in days} or words().weekdays
    yield from (Fact("weekday", "any", day) for day in given)
    yield from _glances(facts)
    today = [fact.object for fact in facts if fact.kind == "weekday" and not fact.subject]
    if len(today) == 1:
        yield from _events_of_today(facts, today[0])


def _glances(facts: set[Fact]) -> Iterator[Fact]:
    """The numbers of glances that an input leaves open: all that a planet has by tradition."""
    from astra_pipeline.astrology.gochara import DRISHTI  # with numpy, which the definitions load without

    numbered = {fact.subject for fact in facts if fact.kind == "drishti"}
    met = {(fact.subject, fact.object) for fact in facts if fact.kind.startswith("drishti ")}
    for planet, numbers in DRISHTI.items():
        if planet not in numbered:
            yield from (Fact("drishti", planet, str(number)) for number in numbers)
    for fact in facts:
        if fact.kind == "glance" and (fact.subject, fact.object) not in met:
            numbers = DRISHTI.get(fact.subject, ())
            yield from (Fact(f"drishti {number}", fact.subject, fact.object) for number in numbers)


def _events_of_today(facts: set[Fact], weekday: str) -> Iterator[Fact]:
    for fact in facts:
        if fact.kind in ("phase", "festival", "eclipse"):
            yield Fact("weekday", fact.object, weekday)
        elif fact.kind == "motion":
            yield Fact("weekday", f"{fact.subject} {fact.object}", weekday)
