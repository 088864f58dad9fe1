"""People, dates and plans in the caller's life, as far as the caller told of them: by rules, pure.

The same rules are the gate behind every runner (`gated`): a person must be named in the caller's words, a date must be
what the caller's words say it is, a plan must be made of words that the caller said.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from astra_pipeline.conversations import happenings, spoken_dates
from astra_pipeline.conversations.exchanges import exchanges_of
from astra_pipeline.conversations.lexicon import words_of
from astra_pipeline.conversations.life_words import life_words
from astra_pipeline.conversations.sentences import Sentence, quote, said, unique
from astra_pipeline.people.relations import without_doubles

MOST_PEOPLE, MOST_DATES, MOST_INTENTIONS = 12, 10, 6
# A date further away than this is a slip of the tongue, or of the model.
_FURTHEST = dt.timedelta(days=3 * 366)
# "We fly on 3 November", said on the 20th, tells of a year that nobody knows.
_SURELY_TO_COME = dt.timedelta(days=270)
_DATE_ALONE = re.compile(r"(?:\S+ ){0,4}\S+")
_LONGEST_PLAN = 200
_SHORTEST_WORD = 4
_NAME = re.compile(r"(?:'s name is|,| named| called|)\s+(?:is )?([A-Z][a-zà-ÿ]+)")
_HYPOTHETICAL = re.compile(r"\b(?:if|what if|imagine|suppose|agar|kaash)\b", re.IGNORECASE)
# "I'll call her tomorrow" names no event.
_VERBS_TOO = frozenset("call train move date test review pitch launch match party transfer scan demo visit".split())
_TO_DO = re.compile(
    r"(?:'ll|\bwill|\bto|\bcan|\bshould|\bmust|\bwould|'d|\bcould|\bI|\bwe) (?:[\w']+ )?$", re.IGNORECASE
)
_BIRTH = re.compile(r"\b(?:born|birth date|date of birth|janam|janm|paida)\b", re.IGNORECASE)


def spoken(sentences: Sequence[Sentence], today: dt.date | None) -> dict[str, Any]:
    """{people, dates, intentions} of the caller's sentences. Without the date of the call no date is read."""
    return {
        "people": people_of(sentences)[:MOST_PEOPLE],
        "dates": _dates(sentences, today)[:MOST_DATES] if today else [],
        "intentions": _intentions(sentences)[:MOST_INTENTIONS],
    }


def gated(answer: Mapping[str, Any], context: Mapping[str, Any], today: dt.date | None) -> dict[str, Any]:
    """{people, dates, intentions} of a runner's answer, without what the caller's words do not bear out."""
    sentences = said(exchanges_of(context["transcript"]))
    told = " ".join(_flat(one.text) for one in sentences)
    words = {word for one in sentences for word in (*words_of(one.text), *words_of(one.latin))}
    people = [
        found
        for one in answer["people"]
        if any(
            (
                found := {
                    field: value if value and _stands_in(value, told) else None for field, value in one.items()
                }
            ).values()
        )
    ]
    return {
        "people": _each_once(people)[:MOST_PEOPLE],
        "dates": [date for one in answer["dates"] if (date := _borne_out(one, told, today))][:MOST_DATES],
        "intentions": unique(text[:_LONGEST_PLAN] for text in answer["intentions"] if _is_made_of(text, words))[
            :MOST_INTENTIONS
        ],
    }


def people_of(sentences: Sequence[Sentence]) -> list[dict[str, Any]]:
    """The people {name, relation} whom the caller's sentences name."""
    found: list[dict[str, Any]] = []
    for sentence in sentences:
        for match in _relation().finditer(sentence.latin):
            named = _NAME.match(sentence.latin, match.end())
            name = named[1] if named and named[1].lower() not in _no_names() else None
            found.append({"name": name, "relation": match[1].lower()})
    return _each_once(found)


def _each_once(people: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each person once; somebody who has a name is not listed by the relation alone as well."""
    kept: dict[tuple[Any, Any], dict[str, Any]] = {}
    for one in people:
        kept.setdefault((one.get("name"), one.get("relation")), dict(one))
    return without_doubles([*kept.values()], lambda one: (one.get("name") or "", one.get("relation") or ""))


def _dates(sentences: Sequence[Sentence], today: dt.date) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for sentence in sentences:
        if _HYPOTHETICAL.search(sentence.latin) or _BIRTH.search(sentence.latin):
            continue
        for part in _parts(sentence):
            event = _event(part.latin)
            day = spoken_dates.day_of(part.latin, today, whole=sentence.latin) if event else None
            if event is None:
                event, day = _told_with_a_verb(part, sentence, today)
            if event and day:
                one = {"what": event, "date": day.first.isoformat(), "until": None, "quote": quote(part.text)}
                if day.last != day.first:
                    one["until"] = day.last.isoformat()
                found.setdefault((event, one["date"]), one)
    return list(found.values())


def _told_with_a_verb(
    part: Sentence, whole: Sentence, today: dt.date
) -> tuple[str | None, spoken_dates.Span | None]:
    """(event, date to come) of a clause such as "we fly on 5 December"."""
    place = spoken_dates.place_of(part.latin)
    if place is None:
        return None, None
    dated = place.first, place.last
    event = happenings.happening(part, whole, dated, of_the_calendar=place.of_the_calendar)
    day = spoken_dates.day_of(part.latin, today, whole=whole.latin, tense=1) if event else None
    is_to_come = day is not None and today <= day.first <= today + _SURELY_TO_COME
    return (event, day) if is_to_come else (None, None)


def _parts(sentence: Sentence) -> list[Sentence]:
    """The clauses of a sentence that may each have a date; a sentence in Devanagari is one."""
    if sentence.text != sentence.latin:
        return [sentence]
    parts = re.split(
        r"[,;]\s+(?=\w+ \w+)|\s+(?:and|but|aur|lekin)\s+(?=(?:my|the|then|on|i|we|they|his|her|main|hum|meri|mera|mere)\b)",
        sentence.text,
        flags=re.IGNORECASE,
    )
    found: list[str] = []
    for part in parts:
        # "On 5 December, we fly": a date alone belongs to what follows.
        if found and _DATE_ALONE.fullmatch(found[-1].strip()) and spoken_dates.place_of(found[-1]):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return [Sentence(part, part) for part in found if part.strip()]


def _event(latin: str) -> str | None:
    """The event that a clause names, with the words that say whose or which: "sister's wedding"."""
    match = _event_name().search(latin)
    if match is None or (match[0].lower() in _VERBS_TOO and _TO_DO.search(latin[: match.start()])):
        return None
    words = " ".join(match[0].split())
    # "Court ki date" began a sentence; "GMAT" and "Rohan's wedding" are names.
    is_a_name = not words[1:2].islower() or "'s" in words.partition(" ")[0]
    return words if is_a_name else words[:1].lower() + words[1:]


def _borne_out(one: Mapping[str, Any], told: str, today: dt.date | None) -> dict[str, Any] | None:
    """A date of an answer, if its quote is the caller's and the rules read no other date in it."""
    spoken_words = one.get("quote") or ""
    if today is None or not spoken_words or not _stands_in(spoken_words, told):
        return None
    try:
        date = dt.date.fromisoformat(one["date"])
    except ValueError:
        return None
    sentence = Sentence.of(spoken_words)
    read = spoken_dates.day_of(sentence.latin, today, whole=sentence.latin)
    if abs(date - today) > _FURTHEST or _BIRTH.search(sentence.latin):
        return None
    if read is None:
        return None if spoken_dates.is_open(sentence.latin) else {**one, "until": None}
    if not read.first <= date <= read.last:
        return None
    return {
        **one,
        "date": read.first.isoformat(),
        "until": read.last.isoformat() if read.last != read.first else None,
    }


def _intentions(sentences: Sequence[Sentence]) -> list[str]:
    plans = [
        quote(one.text)[:_LONGEST_PLAN]
        for one in sentences
        if not one.is_question
        and (_intends().search(one.latin) or _intends_in_hindi().search(one.latin))
        and not _intends_nothing().search(one.latin)
        and not _HYPOTHETICAL.search(one.latin)
        and not _is_denied(one)
    ]
    return unique(plans)


def _is_denied(sentence: Sentence) -> bool:
    """Whether a plan of Hindi is said not to be made; "I'll not smoke" is a plan, too."""
    match = _intends_in_hindi().search(sentence.latin)
    return match is not None and sentence.denies(min(sentence.words_before(match.start()), len(sentence.words) - 1))


def _stands_in(text: str, told: str) -> bool:
    return f" {_flat(text)} " in f" {told} "


def _flat(text: str) -> str:
    return " ".join(
        re.findall(r"[^\W_]+|[\u0900-\u0963\u0970-\u097f]+", text.casefold().replace("’", "'").replace("'s", " s"))
    )


def _is_made_of(text: str, words: set[str]) -> bool:
    """Whether at least half of a text's longer words were said."""
    longer = [word for word in {*words_of(text), *words_of(Sentence.of(text).latin)} if len(word) >= _SHORTEST_WORD]
    stems = {word[:5] for word in words}
    return bool(longer) and 2 * sum(word[:5] in stems for word in longer) >= len(longer)


@functools.cache
def _no_names() -> frozenset[str]:
    return frozenset("is was has had and will the i who he she they we our my aur ki ka ke ko ne se hai".split())


@functools.cache
def _relation() -> re.Pattern[str]:
    return re.compile(
        rf"\b{_any(life_words().owners)} ((?:\w+ )?{_any(life_words().relations)})\b(?!-)", re.IGNORECASE
    )


@functools.cache
def _event_name() -> re.Pattern[str]:
    owner = r"(?:(?:[\w]+'s|job|visa|final|first|second|board|driving|medical|heart|knee|court|doctor's|behen ki|bhai ki|beti ki|bete ki|didi ki|dost ki|saheli ki)\s+)?"
    return re.compile(rf"\b{owner}{_any(life_words().events)}\b", re.IGNORECASE)


@functools.cache
def _intends() -> re.Pattern[str]:
    return re.compile(rf"\b{_any(life_words().intentions)}\b", re.IGNORECASE)


@functools.cache
def _intends_in_hindi() -> re.Pattern[str]:
    return re.compile(rf"\b{_any(life_words().hindi_intentions)}\b", re.IGNORECASE)


@functools.cache
def _intends_nothing() -> re.Pattern[str]:
    return re.compile(rf"\b{_any(life_words().no_intentions)}\b", re.IGNORECASE)


def _any(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"
