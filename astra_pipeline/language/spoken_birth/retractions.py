"""The fields of a birth that a turn takes back, or puts in doubt, without a value that replaces the old one.

A wrong value is far worse than a missing one. So where words of correction stand behind a value, and what they
correct was not understood, the field is left open.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.clauses import sentence_spans
from astra_pipeline.language.spoken_birth.clock import Reading, denied_part, time_of
from astra_pipeline.language.spoken_birth.clock_context import times
from astra_pipeline.language.spoken_birth.clock_spelling import spoken
from astra_pipeline.language.spoken_birth.corrections import (
    confirms,
    correction,
    not_as_repeated,
    offers_another,
    refuses,
    says_no,
    takes_back,
)
from astra_pipeline.language.spoken_birth.dates import (
    SpokenDate,
    date_words,
    has_rivals,
    later_date,
    names_a_late_day,
)
from astra_pipeline.language.spoken_birth.day_parts import part_hours
from astra_pipeline.language.spoken_birth.mapped_text import MappedText
from astra_pipeline.language.spoken_birth.numerals import counted, latin
from astra_pipeline.language.spoken_birth.owner_patterns import belongs_to_another
from astra_pipeline.language.spoken_birth.place_words import capitals, denies, leaves_open
from astra_pipeline.language.spoken_birth.questions import only_repeats
from astra_pipeline.language.spoken_birth.talk import Turn
from astra_pipeline.language.spoken_birth.told import DATE, FIELDS, PLACE, TIME, Birth

# A turn with more words of correction than this settles on nothing.
_MOST_MARKS = 15


def reads_back(asked: str, birth: Birth) -> frozenset[str]:
    """The fields whose values the agent's words repeat."""
    if not asked or not birth.evidence or not only_repeats(asked, birth.place):
        return frozenset()
    plain = latin(asked).plain
    named = later_date(SpokenDate(), date_words(asked), correcting=False)
    date = named.words is not None and _agrees(named, birth.date)
    time = bool(birth.time) and time_of(asked).time == birth.time
    place = bool(birth.place) and bool(re.search(rf"(?<!\w){re.escape(latin(birth.place[0]).plain)}(?!\w)", plain))
    return frozenset(
        field for field, named in ((DATE, date and birth.date.words), (TIME, time), (PLACE, place)) if named
    )


def open_fields(
    before: Birth, after: Birth, turn: Turn, read_up_to: Callable[[int], Birth], today: dt.date | None
) -> frozenset[str]:
    """The fields that have to be left open after a turn.

    `before` and `after` are the births around it; `read_up_to` gives the birth after the words up to a position.
    """
    text = latin(turn.said)
    cached = cache(read_up_to)
    marks = [mark for pattern in _marks() for mark in pattern.finditer(text.plain)]
    if len(marks) > _MOST_MARKS:
        return frozenset(field for field in FIELDS if after.has(field) and not _same(before, after, field))
    found = set[str]()
    for mark in marks:
        found |= _opened_by(mark, before, after, turn, text, cached(text.at[mark.start()]), today)
    found |= {field for field in _not_heard(before, after, turn, text.plain, today) if _same(before, after, field)}
    if before.time == after.time and denied_part().search(latin(turn.near).plain):
        found.add(TIME)
    if after.reading and not _same(before, after, TIME) and _has_another_time(turn.words, after.reading):
        found.add(TIME)
    if (denied := denies(turn.near, after.place[:1])) and _same(cached(denied.start()), after, PLACE):
        found.add(PLACE)
    if belongs_to_another().search(text.plain):
        found |= set(turn.repeated or _told_last(turn, before))
    if turn.reported:
        found |= set(_put_in_doubt(turn.reported, after, after, today)) & set(_said_in(before, after, turn))
    if has_rivals(date_words(turn.words), today):
        found.add(DATE)
    found |= _of_a_late_day(before, after, turn, today)
    undecided = {PLACE} if leaves_open(turn.words) else set[str]()
    return frozenset(field for field in found if after.has(field)) | undecided


def _marks() -> tuple[re.Pattern[str], ...]:
    return takes_back(), refuses(), says_no(), correction(), offers_another()


def _opened_by(
    mark: re.Match[str],
    before: Birth,
    after: Birth,
    turn: Turn,
    text: MappedText,
    earlier: Birth,
    today: dt.date | None,
) -> set[str]:
    """The fields that one mark of a correction opens; `earlier` is the birth after the words before it."""
    start, end = next(span for span in sentence_spans(text.plain) if span[0] <= mark.start() < span[1])
    said_here = _said_in(before, earlier, turn)
    opened: Iterable[str] = ()
    if mark.re is takes_back():
        opened = _targets(before, earlier, turn, text.plain, mark)
    elif mark.re in (refuses(), says_no()):
        opened = (
            (said_here and named_fields(text.plain[start:end]))
            or said_here[-1:]
            or (turn.repeated if not_as_repeated().match(text.plain) else ())
        )
    elif mark.re is offers_another():
        offered = turn.said[text.at[mark.end()] : text.at[end]]
        opened = set(_put_in_doubt(offered, earlier, after, today)) & set(said_here[-1:])
    elif not any(earlier.value(field) and not _same(earlier, after, field) for field in FIELDS):
        words_read = turn.near if turn.own or turn.answers else turn.words
        opened = _put_in_doubt(words_read[text.at[mark.end()] :], earlier, after, today)
    return {field for field in opened if _same(earlier, after, field)}


def _not_heard(before: Birth, after: Birth, turn: Turn, plain: str, today: dt.date | None) -> set[str]:
    """The fields of which a correction, or the answer to a repeated value, has words that changed nothing."""
    found: set[str] = set()
    if turn.corrects and not turn.answers:
        found |= _in_doubt_anywhere(turn.words, before, after, today)
    if turn.repeated:
        found |= _in_doubt_anywhere(turn.near, before, after, today) & turn.repeated
        unchanged = all(_same(before, after, field) for field in FIELDS)
        if unchanged and not_as_repeated().match(plain) and not confirms().search(plain):
            found |= turn.repeated
    return found


def _in_doubt_anywhere(words_read: str, before: Birth, after: Birth, today: dt.date | None) -> set[str]:
    return {
        field
        for start, end in sentence_spans(words_read)
        for field in _put_in_doubt(words_read[start:end], before, after, today)
    }


def _of_a_late_day(before: Birth, after: Birth, turn: Turn, today: dt.date | None) -> set[str]:
    """The time and the place that a turn said beside a date that is nobody's birth who can call, and no other date."""
    said_here = set(_said_in(before, after, turn))
    if DATE in said_here and not after.date.is_to_come(today):
        return set()
    sentences = [turn.words[start:end] for start, end in sentence_spans(turn.words)]
    late = " ".join(one.lower() for one in sentences if names_a_late_day(date_words(one), today))
    heard = {field: evidence.quote for field, evidence in after.evidence}
    # A quote in other letters than the turn's is found nowhere in it.
    return {
        field for field in said_here if late and (heard[field] in late or heard[field] not in turn.words.lower())
    }


def _has_another_time(own: str, reading: Reading) -> bool:
    """True when the caller's own words have a time that cannot be the one that was read, and no word corrects."""
    plain, faces = times(spoken(own).plain)
    rivals = [face for face in faces if face.minutes and face.minutes.isdisjoint(reading.minutes)]
    return bool(rivals) and not correction().search(plain)


def _agrees(said: SpokenDate, known: SpokenDate) -> bool:
    """True when every part of a date that was said is the known one."""
    pairs = ((said.day, known.day), (said.month, known.month), (said.year, known.year))
    return all(part in (None, whole) for part, whole in pairs)


def _same(earlier: Birth, after: Birth, field: str) -> bool:
    return earlier.value(field) == after.value(field)


def _said_in(before: Birth, earlier: Birth, turn: Turn) -> list[str]:
    """The fields that a turn said, in the order in which it did."""
    said = turn.said.lower()
    heard = [pair for pair in earlier.evidence if earlier.value(pair[0]) != before.value(pair[0])]
    return [field for field, _ in sorted(heard, key=lambda pair: said.rfind(pair[1].quote))]


def _targets(before: Birth, earlier: Birth, turn: Turn, plain: str, match: re.Match[str]) -> Iterable[str]:
    """The fields that a "forget that" takes back: those it names, else what was said last."""
    start, end = next(span for span in sentence_spans(plain) if span[0] <= match.start() < span[1])
    if named := [*named_fields(plain[start:end]), *_named_by_value(plain[start:end], earlier)]:
        return named
    if said_here := _said_in(before, earlier, turn):
        return said_here if _everything().search(plain[start:end]) else said_here[-1:]
    if turn.repeated:
        return turn.repeated
    if not turn.correctable:
        return ()
    return _told_last(turn, earlier)


def _told_last(turn: Turn, earlier: Birth) -> list[str]:
    """The fields that were said in the caller's turn just before."""
    return [field for field, evidence in earlier.evidence if turn.correctable and evidence.turn == turn.number - 1]


def _named_by_value(plain: str, birth: Birth) -> list[str]:
    """The fields whose values stand in a text."""
    place = birth.place and re.search(rf"(?<!\w){re.escape(latin(birth.place[0]).plain)}(?!\w)", plain)
    said = later_date(SpokenDate(), date_words(plain), correcting=False)
    date = said.words and birth.date.words and _agrees(said, birth.date)
    return [field for field, named in ((PLACE, place), (DATE, date)) if named]


def named_fields(plain: str) -> list[str]:
    """The fields that a text names by a noun: "the time", "saal"."""
    return [field for field, pattern in _nouns() if pattern.search(plain)]


def _put_in_doubt(behind: str, earlier: Birth, after: Birth, today: dt.date | None) -> Iterable[str]:
    """The fields of which the words behind a correction hold something that was not understood as a value."""
    start, end = sentence_spans(behind)[0] if behind.strip() else (0, 0)
    rest = behind[start:end]
    if not any(sign.isalnum() for sign in rest) and len(sentence_spans(behind)) > 1:
        start, end = sentence_spans(behind)[1]
        rest = behind[start:end]
    plain = counted(rest).plain
    new = [field for field in FIELDS if not _same(earlier, after, field)]
    if DATE not in new and TIME not in new:
        date = later_date(SpokenDate(), date_words(rest), correcting=True, asked=True)
        if date.words:
            if not date.is_to_come(today) and not _agrees(date, after.date):
                yield DATE
        elif _part().search(plain) and time_of(rest).time != after.time:
            yield TIME
        elif not _limited().search(plain) and set(_year().findall(plain)) - {str(after.date.year)}:
            yield DATE
        elif not _limited().search(plain) and (numbers := set(_number().findall(plain))):
            known_numbers = {after.date.day, after.date.month, after.date.year, (after.date.year or 0) % 100}
            if not {int(number.split(":")[0]) for number in numbers} <= known_numbers:
                yield DATE
            if time_of(rest).time != after.time:
                yield TIME
    if PLACE not in new and after.place:
        known = {latin(name).plain for name in after.place}
        if any(latin(name).plain not in " ".join(known) for name in capitals(rest) if not denies(rest, [name])):
            yield PLACE


@cache
def _nouns() -> list[tuple[str, re.Pattern[str]]]:
    known = words.corrections()
    lists = ((DATE, known.names_the_date), (TIME, known.names_the_time), (PLACE, known.names_the_place))
    return [(field, re.compile(rf"\b{words.any_of(nouns)}\b")) for field, nouns in lists]


@cache
def _everything() -> re.Pattern[str]:
    return re.compile(r"\b(?:all|everything|sab|sab kuch|sabhi)\b")


@cache
def _limited() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.dates().limits_a_year)} \d")


@cache
def _part() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words.any_of(part_hours())}|baje|oclock|[ap]\.?m\b\.?)")


@cache
def _year() -> re.Pattern[str]:
    return re.compile(r"(?<![\w.])(?:19|20)\d\d(?=\s*(?:$|[.,!?;]| (?:hai|or|ya|not|no|nahi|ko|mein)\b))")


@cache
def _number() -> re.Pattern[str]:
    return re.compile(r"(?<![\w.])\d{1,2}(?::\d\d)?(?=\s*(?:$|[.,!?;]| (?:hai|or|ya|not|no|nahi|ko|mein)\b))")
