"""The gate for statements about a birth, whoever extracted them: an LLM, or the rules of this folder.

A statement passes when its owner is the caller, its quote stands in words of the caller's own birth (ownership.py),
its value can be read in that quote, and the reading of the whole conversation does not settle on another value. So a
quote of the agent, of somebody else's birth, or of another event gives nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.clock import time_of
from astra_pipeline.language.spoken_birth.dates import SpokenDate, date_words, full_year, later_date
from astra_pipeline.language.spoken_birth.dialogue import Heard, hear
from astra_pipeline.language.spoken_birth.mapped_text import small
from astra_pipeline.language.spoken_birth.place_words import denies
from astra_pipeline.language.spoken_birth.told import DATE, FIELDS, PLACE, TIME

CALLER = "caller"
_CALLERS = frozenset({CALLER, "user", "self", "me", "myself", "speaker", "the caller", "the user"})
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK = re.compile(r"\d\d:\d\d", re.ASCII)
_EARLIEST = 1900
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Statement:
    """A value of a birth, with the words that it was said in.

    `turn` counts the caller's turns from 1. `value` is an ISO date, "HH:MM", the names of a place, or the words that
    leave a value open. `corrects` tells that the caller corrected themselves with it, `of_a_night` that a time after
    midnight was said as of a date's night, so that the next date may be meant.
    """

    owner: str
    field: str
    value: str
    quote: str
    turn: int | None = None
    corrects: bool = False
    of_a_night: bool = False


def spoken(exchanges: Sequence[tuple[str, str]], today: dt.date | None) -> list[Statement]:
    """The statements that the rules read in a conversation: at most one a field."""
    heard = hear(exchanges, today)
    return [
        Statement(
            CALLER,
            field,
            value,
            _as_said(exchanges[found.turn][1], found.quote),
            found.turn + 1,
            found.corrects,
            _of_a_night(heard, field),
        )
        for field, found in heard.birth.evidence
        if (value := _value_heard(heard, field, today)) is not None
    ]


def accepted(
    statements: Iterable[Statement], exchanges: Sequence[tuple[str, str]], today: dt.date | None
) -> list[Statement]:
    """The statements that are of the caller's own birth, each with the number of the turn that its quote stands in.

    Of several statements of a field the last one counts. `corrects` is what the turn says, not what was claimed.
    """
    of_the_caller = [one for one in statements if small(one.owner).strip() in _CALLERS and one.field in FIELDS]
    if not of_the_caller:
        return []  # most calls: what nobody states needs no hearing
    heard = hear(exchanges, today)
    passed: dict[str, Statement] = {}
    for statement in of_the_caller:
        if statement.field in heard.birth.left_open:
            continue
        turn = _turn_of(statement, heard)
        if (
            turn is not None
            and statement.field == PLACE
            and denies(heard.own[turn], statement.value.split(",")[:1])
        ):
            continue
        value = _value(statement, heard, today) if turn is not None else None
        if turn is None or not value:
            continue
        evidence = dict(heard.birth.evidence).get(statement.field)
        passed[statement.field] = replace(
            statement,
            owner=CALLER,
            value=value,
            turn=turn + 1,
            corrects=bool(evidence and evidence.corrects),
            of_a_night=_of_a_night(heard, statement.field),
        )
    return list(passed.values())


def _of_a_night(heard: Heard, field: str) -> bool:
    return heard.birth.of_a_night and field != PLACE


def _turn_of(statement: Statement, heard: Heard) -> int | None:
    """The caller's turn (from 0) in whose own words the quote stands; None for a quote that stands in none."""
    quote = _folded(statement.quote)
    if not any(sign.isalnum() for sign in quote):
        return None
    pattern = re.compile(rf"(?<!\w){re.escape(quote)}(?!\w)")
    turns = [turn for turn, own in heard.own.items() if pattern.search(_folded(own))]
    named = (statement.turn or 0) - 1
    return named if named in turns else turns[-1] if turns else None


def _value(statement: Statement, heard: Heard, today: dt.date | None) -> str | None:
    """The value of a statement whose quote is the caller's; None when the quote or the conversation denies it."""
    known = _value_heard(heard, statement.field, today)
    if statement.field == DATE:
        return _date(statement, heard.birth.date, known, today)
    if statement.field == TIME:
        return _time(statement, known)
    return _place(statement, known)


def _value_heard(heard: Heard, field: str, today: dt.date | None) -> str | None:
    birth = heard.birth
    if field == DATE:
        return birth.date.text(today)
    return birth.time if field == TIME else ", ".join(birth.place) or None


def _date(statement: Statement, heard: SpokenDate, known: str | None, today: dt.date | None) -> str | None:
    value = statement.value.strip()
    said = later_date(SpokenDate(), date_words(statement.quote), correcting=True, asked=True, today=today)
    names = [name for names in words.dates().months.values() for name in names]
    numbers = [*words.by_spelling(words.numerals().hindi_of_years), *words.by_spelling(words.numerals().hindi)]
    if not said.words and not _date_numbers(statement.quote) and not _has_word([*names, *numbers], statement.quote):
        return None
    if known is not None and (_ISO.fullmatch(known) or not _ISO.fullmatch(value)):
        return known if value == known or not _ISO.fullmatch(known) else None
    if not _ISO.fullmatch(value):
        return value if _folded(value) in _folded(statement.quote) else None
    try:
        date = dt.date.fromisoformat(value)
    except ValueError:
        return known
    parts = [(heard.day, date.day), (heard.month, date.month), (heard.year, date.year)]
    goes_on = known is None or any(part for part, _ in parts)
    agrees = goes_on and all(part in (None, whole) for part, whole in parts)
    in_past = date.year >= _EARLIEST and (today is None or date <= today)
    # A date that the conversation leaves open ("14 or 15 August") stays open.
    return value if agrees and in_past and _is_all_of(date, statement.quote, today) else known


def _is_all_of(date: dt.date, quote: str, today: dt.date | None) -> bool:
    """True when day, month and year stand in a quote, and no number of it could be day or month."""
    numbers = _date_numbers(quote)
    named = {month for month, names in words.dates().months.items() if _has_word(names, quote)}
    years = {full_year(f"{number:02d}", today) for number in numbers if number < 100} | numbers
    is_sure = bool(named) or date.day > 12 or date.day == date.month
    return is_sure and date.day in numbers and date.month in (named or numbers) and date.year in years


def _date_numbers(quote: str) -> set[int]:
    return {int(number) for number in re.findall(r"(?<![\d:.])\d{1,4}(?![\d:])", date_words(quote).plain)}


def _time(statement: Statement, known: str | None) -> str | None:
    value = statement.value.strip()
    read = time_of(statement.quote)
    if known is not None:
        quoted = value if _CLOCK.fullmatch(value) else None
        if not _CLOCK.fullmatch(known):
            return known if read.time is None else None
        return known if quoted in (known, None) and _speaks_of_time(statement.quote) else None
    if read.time is None:
        is_open = not _CLOCK.fullmatch(value) and _folded(value) in _folded(statement.quote)
        return value if is_open and not _is_a_date(value) else None
    return value if value == read.time else None


def _is_a_date(text: str) -> bool:
    """Whether a text names a day of a month, and no time beside it."""
    date = later_date(SpokenDate(), date_words(text), correcting=True, asked=False, today=None)
    return date.month is not None and not _speaks_of_time(_NUMBERS.sub("", date_words(text).plain))


def _speaks_of_time(quote: str) -> bool:
    plain = date_words(quote).plain
    parts = words.any_of(words.day_parts().english, words.day_parts().hindi, words.day_parts().moments)
    return bool(
        re.search(rf"\d|\b{parts}\b|\b(?:half|quarter|saadhe|sava|paune|dedh|dhai|baje|noon|midnight)\b", plain)
    )


def _place(statement: Statement, known: str | None) -> str | None:
    names = [name.strip() for name in statement.value.split(",") if name.strip()]
    quote = _folded(statement.quote)
    if not names or re.search(r"\d", statement.value):
        return None
    if known is not None:
        first = _folded(known.split(",")[0])
        return known if first in quote and (first in _folded(names[0]) or _folded(names[0]) in first) else None
    if not _stands_in(names[0], quote) or _has_word(words.owners().relations, names[0]):
        return None
    return ", ".join(name for name in names if _stands_in(name, quote))


def _stands_in(name: str, quote: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(_folded(name))}(?!\w)", quote))


def _has_word(names: Iterable[str], text: str) -> bool:
    return bool(re.search(rf"(?<!\w){words.any_of(names)}(?!\w)", date_words(text).plain))


def _folded(text: str) -> str:
    """The text in small letters, with single spaces, commas for pauses, and without the marks around it."""
    text = small(text).replace("...", ",").replace("…", ",")
    return re.sub(r"\s+", " ", re.sub(r"[\s,]*,[\s,]*", ", ", text)).strip(" .,;:!?\"'।-")


def _as_said(turn: str, quote: str) -> str:
    """The words of a quote in small letters as they stand in the turn."""
    at = small(turn.replace("...", ",  ").replace("…", ",")).find(small(quote))
    return turn[at : at + len(quote)] if at >= 0 else quote


def details(statements: Iterable[Statement], countries: frozenset[str]) -> Mapping[str, str | None]:
    """The fields of an answer's birth details that statements give: date_of_birth, birth_time, city, ..."""
    values = {statement.field: statement.value for statement in statements}
    names = [name.strip() for name in values.get(PLACE, "").split(",") if name.strip()]
    place_text = ", ".join(names) or None
    country = names.pop() if names and names[-1].casefold() in countries else None
    return {
        "date_of_birth": values.get(DATE),
        "birth_time": values.get(TIME),
        "city": names[0] if names else None,
        "country": country,
        "place_text": place_text,
    }
