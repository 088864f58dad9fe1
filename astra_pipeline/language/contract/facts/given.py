"""The facts that any input gives: the dump of a task's input model as a set of facts. Pure.

A field is read by its name, at whatever depth it stands, and of the body that it stands beside: {"planet": "Mars",
"sign": "Leo"} and {"planets": {"Mars": {"sign": "Leo"}}} both give ("sign", "Mars", "Leo"). So a new field of an input
needs nothing here when its name and form are known already. Otherwise:

- a sentence or a name in our own words ("Mercury turns direct", "Saturn return") is read like a text: what it claims
  is a fact;
- a value of its own form wants a reader in `_READERS`: name of the field -> the facts of its value;
- words of a person want their field's name in OF_A_PERSON: of them only days, dates, festivals and names count, so
  that a topic such as "streak of 999 days" licenses nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from astra_pipeline.language.contract.facts.fact import Claim, Fact, named
from astra_pipeline.language.contract.facts.implied import implied, seen_from
from astra_pipeline.language.contract.facts.reading import claims_of
from astra_pipeline.language.contract.facts.words import words

OF_A_PERSON = frozenset(
    (
        "recent_topics", "topics", "tones", "key_insights", "questions", "follow_ups", "incidents", "people",
        "person", "intentions", "intention", "profession", "occupation", "place", "home", "transcript",
        "known_topics", "user_name", "dates", "talks", "last_letter", "life", "life_dates",
    )
)  # fmt: skip
"""Fields with words of a person, at whatever depth."""
_SAID_BY_ANYBODY = frozenset(("weekday", "date", "festival", "time", "body"))
# Texts of former days are no facts of this one.
_PASSED_OVER = frozenset(
    (
        "feedback",
        "reader",
        "communication_style",
        "memory",
        "images",
        "recent_texts",
        "used_phrases",
        "key",
        "helpline",
    )
)
_ISO_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_WORD = re.compile(r"[a-z]{4,}")
_GLANCE = re.compile(r"(\d+)(?:st|nd|rd|th) drishti")
_ACROSS = {"Rahu": "Ketu", "Ketu": "Rahu"}
# The nodes stand opposite each other: a trine of Rahu's is a sextile of Ketu's.
_FROM_ACROSS = {
    "conjunction": "opposition",
    "sextile": "trine",
    "square": "square",
    "trine": "sextile",
    "opposition": "conjunction",
}
_OWN_SIGNS = {"sun_sign": "Sun", "moon_sign": "Moon", "rising_sign": "Ascendant"}
_BOUNDS_OF_ORBS = (0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0)


@dataclass(frozen=True)
class _Place:
    """The place of a value in an input."""

    body: str = ""
    natal: str = ""
    """"natal " inside a field about the birth chart."""
    of_a_person: bool = False


def facts_of(task_input: Mapping[str, Any]) -> frozenset[Fact]:
    """All facts that an input gives, the implied ones among them."""
    told = {field: value for field, value in task_input.items() if field not in ("name", "user_name")}
    found: set[Fact] = set()
    _walk(told, "", _Place(), found)
    found |= set(implied(found)) | set(seen_from(str(told.get("local_date")), found))
    return frozenset(found | {named(fact.kind, fact.object) for fact in found if fact.kind in ("sign", "house")})


def _walk(value: Any, field: str, place: _Place, found: set[Fact]) -> None:
    """Add the facts of a field's value to those that were found."""
    if field in _PASSED_OVER or value is None:
        return
    if field in OF_A_PERSON:
        place = replace(place, of_a_person=True)
    if isinstance(value, list | tuple):
        for inner in value:
            _walk(inner, field, place, found)
    elif isinstance(value, Mapping):
        natal = "natal " if field in ("natal", "birth_chart", "natal_planets") else place.natal
        said = _body(value.get("planet") or value.get("body"))
        if said and not natal:
            found.add(named("body", said))
        found.update(_object(value, place))
        body = said or _body(field) or place.body
        inside = replace(place, body=body, natal=natal) if (body, natal) != (place.body, place.natal) else place
        for name, part in value.items():
            _walk(part, str(name), inside, found)
    elif not place.of_a_person and field in _READERS:
        found.update(_READERS[field](value, place))
    elif isinstance(value, dt.date):
        found.update(_date(value.isoformat(), place))
    elif isinstance(value, str) and value:
        found.update(_told(value, field, place))


def _object(value: Mapping[str, Any], place: _Place) -> Iterator[Fact]:
    """The facts of an object's fields together."""
    if value.get("aspect") and value.get("point"):
        yield from _aspect(value)
    if value.get("glance") and value.get("point"):
        yield from _aspect({**value, "aspect": value["glance"]})
    if isinstance(value.get("what"), str) and _ISO_DATE.match(str(value.get("date"))):
        yield from _occasion(value["what"], str(value["date"])[:10], str(value.get("day") or ""))
    if "day" in value:
        yield from _on_a_day(value, place)
    if value.get("point"):
        yield Fact("on", "", str(value["point"]))
    if value.get("detail"):
        yield from _landmark(value)


def _landmark(value: Mapping[str, Any]) -> Iterator[Fact]:
    """The side on which an eclipse meets a natal point; the phase of sade sati, at whose peak Saturn is on the Moon."""
    kind, detail, point = value.get("kind"), str(value["detail"]), str(value.get("point") or "")
    if kind == "sade_sati":
        yield Fact("stage", "", detail)
        if value.get("stage") == "peak":
            yield from _aspect({"planet": "Saturn", "aspect": "conjunction", "point": "Moon"})
            yield Fact("on", "", "Moon")
    elif kind == "eclipse" and point:
        aspect = "opposition" if "opposition" in detail else "conjunction"
        yield from _aspect({"planet": value.get("planet", ""), "aspect": aspect, "point": point})


def _body(value: object) -> str:
    text = str(value).title() if isinstance(value, str) else ""
    return text if text in words().bodies else ""


def _told(text: str, field: str, place: _Place) -> Iterator[Fact]:
    """The facts of a string that is read like a text."""
    for date in _ISO_DATE.findall(text):
        yield from _date(date, place)
        yield from _occasion(text.replace(date, ""), date)
    for claim in _claims(text if text[:1].isupper() else text[:1].upper() + text[1:]):
        if place.of_a_person or (field in ("what", "quote") and claim.kind in ("streak", "count")):
            if claim.kind in _SAID_BY_ANYBODY:
                yield from claim.readings
            continue
        yield from (reading for reading in claim.readings if not reading.kind.startswith("natal"))


@lru_cache(maxsize=4096)
def _claims(text: str) -> tuple[Claim, ...]:
    """The claims of a string of an input. Most strings are the same for all readers of a morning."""
    return tuple(claims_of(text))


def _occasion(what: str, date: str, day: str = "") -> Iterator[Fact]:
    """The words for a date in the person's life, with its weekday and its day: ("occasion", "interview", "Friday")."""
    for fact in _date(date, _Place()):
        for word in set(_WORD.findall(what.lower())) - words().everywhere:
            yield from (Fact("occasion", word, said) for said in (fact.object, day) if said)


def _on_a_day(event: Mapping[str, Any], place: _Place) -> Iterator[Fact]:
    """An event and its weekday, ("weekday", "Full Moon", "Tuesday"), or the day of a talk, ("weekday", "talk", ...)."""
    day = event["day"]
    what = event.get("what") or event.get("name") or ""
    if not isinstance(day, str) or not isinstance(what, str) or day not in words().weekdays:
        return
    if place.of_a_person:
        yield Fact("weekday", "" if "date" in event else "talk", day)
        return
    yield Fact("weekday", "sky", day)
    for claim in _claims(what):
        for reading in claim.readings:
            if reading.kind == "motion":
                yield Fact("weekday", f"{reading.subject} {reading.object}", day)
            elif reading.kind in ("phase", "festival", "eclipse"):
                yield Fact("weekday", reading.object, day)
            elif reading.kind == "return":
                yield Fact("weekday", reading.subject, day)


def _aspect(transit: Mapping[str, Any]) -> Iterator[Fact]:
    orb = transit.get("orb")
    orb = float(orb) if isinstance(orb, int | float) else None
    yield from _aspect_with(str(transit["planet"]), str(transit["aspect"]), str(transit["point"]), orb)


@lru_cache(maxsize=4096)
def _aspect_with(planet: str, aspect: str, point: str, orb: float | None) -> tuple[Fact, ...]:
    return tuple(_told_of_aspect(planet, aspect, point, orb))


def _told_of_aspect(planet: str, aspect: str, point: str, orb: float | None) -> Iterator[Fact]:
    if number := _GLANCE.match(aspect):
        yield Fact(f"drishti {number[1]}", planet, point)
        yield Fact("drishti", planet, number[1])
    aspect = "glance" if "drishti" in aspect else aspect
    across = _FROM_ACROSS.get(aspect, aspect)
    met = {(planet, aspect, point)}
    # A glance at one node falls on no other place where the opposite one is.
    if planet in _ACROSS and aspect != "glance":
        met.add((_ACROSS[planet], across, point))
    if point in _ACROSS and aspect != "glance":
        met.add((planet, across, _ACROSS[point]))
    if planet in _ACROSS and point in _ACROSS:
        met.add((_ACROSS[planet], aspect, _ACROSS[point]))
    for one, how, other in met:
        yield from (Fact(how, one, other), Fact(how, one, ""), Fact(how, "", other))
        yield named("body", one)
        yield named("point", other)
        yield named("aspect", how)
        if orb is not None:
            for said in _orb(orb):
                for subject in (f"{one} {other}", one, other):
                    yield Fact("orb", subject, said)
                yield named("orb", said)


def _orb(orb: float) -> Iterator[str]:
    yield from {f"{orb:.1f}", f"{orb:.2f}", f"{round(orb, 1):g}", f"{round(orb, 2):g}", f"{round(orb)}"}
    yield from (f"<{bound:g}" for bound in _BOUNDS_OF_ORBS if orb < bound)


def _named_place(kind: str) -> Callable[[Any, _Place], Iterator[Fact]]:
    def read(value: Any, place: _Place) -> Iterator[Fact]:
        if place.body and value:
            yield Fact(f"{place.natal}{kind}", place.body, str(value))
        elif value:
            yield named(kind, str(value))

    return read


def _own_sign(field: str) -> Callable[[Any, _Place], Iterator[Fact]]:
    def read(value: Any, _: _Place) -> Iterator[Fact]:
        if value:
            yield Fact("natal sign", _OWN_SIGNS[field], str(value))
            yield named("sign", str(value))

    return read


def _star(value: Any, place: _Place) -> Iterator[Fact]:
    yield Fact(f"{place.natal}nakshatra", place.body or "Moon", str(value))


def _tithi(value: Any, _: _Place) -> Iterator[Fact]:
    yield Fact("tithi", "", str(value))
    half = {"Purnima": "Shukla", "Amavasya": "Krishna"}.get(str(value), str(value).split(" ")[0])
    yield Fact("half", "", half)


def _tara(value: Any, _: _Place) -> Iterator[Fact]:
    if value:
        yield Fact("tara", "", str(value))


def _mark(mark: str) -> Callable[[Any, _Place], Iterator[Fact]]:
    def read(value: Any, _: _Place) -> Iterator[Fact]:
        if value:
            yield Fact("mark", "", mark)

    return read


def _phase(value: Any, _: _Place) -> Iterator[Fact]:
    phase = str(value)
    yield Fact("phase", "", phase)
    halves = {"Waxing": "Shukla", "Waning": "Krishna", "First": "Shukla", "Last": "Krishna"}
    if half := halves.get(phase.split(" ")[0]):
        yield Fact("half", "", half)
    if phase in ("New Moon", "Full Moon"):
        yield from (Fact("half", "", half) for half in ("Shukla", "Krishna"))


def _motion(value: Any, place: _Place) -> Iterator[Fact]:
    if place.body:
        yield Fact(f"{place.natal}motion", place.body, "retrograde" if value else "direct")


def _number(kind: str, what: str) -> Callable[[Any, _Place], Iterator[Fact]]:
    def read(value: Any, _: _Place) -> Iterator[Fact]:
        if isinstance(value, int | float):
            yield Fact(kind, what, f"{value:g}")

    return read


def _milestone(value: Any, _: _Place) -> Iterator[Fact]:
    yield Fact("milestone", "", str(value))
    number = re.match(r"\d+", str(value))
    if number:
        yield (
            Fact("streak of a milestone", "days", number.group())
            if "Day" in str(value)
            else Fact("count", "conversations", number.group())
        )


def _date(value: Any, _: _Place) -> Iterator[Fact]:
    try:
        date = dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        yield from _told(str(value), "date", _Place())
        return
    yield from _of_date(date)


@lru_cache(maxsize=1024)
def _of_date(date: dt.date) -> tuple[Fact, ...]:
    """A date, its weekday and its month. Most dates are the same for all readers of a morning."""
    months = (Fact("month", "", said) for said in (f"{date:%B}", f"{date:%Y-%m}"))
    return (Fact("date", "", f"{date:%m-%d}"), Fact("weekday", "", f"{date:%A}"), *months)


def _end_of_week(value: Any, place: _Place) -> Iterator[Fact]:
    """The last day of a letter's week; behind it the next week comes."""
    yield from _date(value, place)
    if _ISO_DATE.match(str(value)):
        following = dt.date.fromisoformat(str(value)[:10]) + dt.timedelta(days=1)
        yield Fact("weekday", "to come", f"{following:%A}")
        yield Fact("weekday", "today", f"{following - dt.timedelta(days=1):%A}")


def _day_of_the_year(value: Any, place: _Place) -> Iterator[Fact]:
    """A date whose weekday says nothing: every week begins on a Monday."""
    yield from (fact for fact in _date(value, place) if fact.kind != "weekday")


def _time(value: Any, _: _Place) -> Iterator[Fact]:
    """A moment of the local day: "14:20", "2 pm"."""
    for claim in _claims(f"The Moon at {value}"):
        for reading in claim.readings:
            if reading.kind == "time":
                hour, minute = map(int, reading.object.split(":"))
                yield reading
                yield Fact("hour", "", f"{(hour + (minute >= 30)) % 24:02}")


def _weekday(value: Any, _: _Place) -> Iterator[Fact]:
    yield Fact("weekday", "", str(value))


def _weekday_of_today(value: Any, _: _Place) -> Iterator[Fact]:
    yield from (Fact("weekday", about, str(value)) for about in ("", "today"))


def _lord(level: str) -> Callable[[Any, _Place], Iterator[Fact]]:
    def read(value: Any, _: _Place) -> Iterator[Fact]:
        yield Fact(level, "", str(value))
        yield Fact("dasha", "", str(value))
        yield named("body", str(value))
        yield named("dasha", "")

    return read


_READERS: Mapping[str, Callable[[Any, _Place], Iterator[Fact]]] = {
    "sign": _named_place("sign"),
    "house": _named_place("house"),
    **{field: _own_sign(field) for field in _OWN_SIGNS},
    "nakshatra": _star,
    "tithi": _tithi,
    "phase": _phase,
    "tara": _tara,
    "chandrashtama": _mark("chandrashtama"),
    "retrograde": _motion,
    "streak_days": _number("streak", "days"),
    "conversations": _number("count", "conversations"),
    "total_conversations": _number("count", "conversations"),
    "days": _number("count", "days"),
    "milestones": _milestone,
    "local_date": _date,
    "date": _date,
    "topic_dates": _date,
    # A letter comes on its week's Sunday, before a Monday.
    "week_start": _date,
    "week_end": _end_of_week,
    "care_since": _day_of_the_year,
    "at": _time,
    "exact_around": _time,
    "weekday": _weekday_of_today,
    "day": _weekday,
    "mahadasha": _lord("mahadasha"),
    "antardasha": _lord("antardasha"),
}
