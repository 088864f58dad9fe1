"""Times of day out of spoken English, Hinglish and Hindi: "saadhe saat baje subah" is 07:30.

A time is a clock face ("quarter past seven") and the parts of the day said with it ("in the evening"). Each leaves
some minutes of the day possible. When all is put together, a single minute is an answer, and anything else is none.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.clauses import is_about_nothing_else, is_of_another_event
from astra_pipeline.language.spoken_birth.clock_context import glue, problem_around, times
from astra_pipeline.language.spoken_birth.clock_faces import HALF_OPEN, NO_TIME, SEVERAL, Face
from astra_pipeline.language.spoken_birth.clock_spelling import spoken
from astra_pipeline.language.spoken_birth.corrections import correction
from astra_pipeline.language.spoken_birth.day_parts import part
from astra_pipeline.language.spoken_birth.mapped_text import LONGEST_TURN, MappedText
from astra_pipeline.language.spoken_birth.numerals import hindi_number

_IN_FIGURES = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?", re.ASCII)
_SPARE_NUMBER = re.compile(r"\b\d{1,2}\b")
# The most words added on each side, and the most characters kept, of words that leave a time open.
_WIDEST = 6
_LONGEST = 120


@dataclass(frozen=True)
class Clock:
    """The time of day in some words: `time` is "HH:MM", or else `problem` says why not ("is no time of day")."""

    time: str | None
    problem: str = ""


@dataclass(frozen=True)
class Reading:
    """All times of a text together, which stand from `start` to `end` of it.

    `minutes` are the minutes of the day (0 to 1439) that stay possible: one is an answer. `face` is the last time
    with a part of the day, or else the first one: an answer to "morning or evening?" completes it.
    """

    minutes: frozenset[int]
    problem: str
    face: Face
    start: int
    end: int

    @property
    def clock(self) -> Clock:
        """The time, where a single minute is possible, or the problem."""
        if len(self.minutes) == 1:
            (minute,) = self.minutes
            return Clock(f"{minute // 60:02d}:{minute % 60:02d}")
        return Clock(None, HALF_OPEN if self.minutes else self.problem or SEVERAL)


def time_of(said: str) -> Clock:
    """07:15 for "7:15 in the morning", "saat baj kar 15 minute subah" or "0715 hours"."""
    if _IN_FIGURES.fullmatch(said.strip()):
        return Clock(said.strip()[:5])
    if len(said) > LONGEST_TURN:
        return Clock(None, NO_TIME)
    text = spoken(said)
    plain, faces = times(text.plain)
    reading = together(plain, faces, None)
    if not reading:
        return Clock(None, HALF_OPEN if _numbers_only().fullmatch(text.plain) else NO_TIME)
    for face in faces:
        plain = plain[: face.start] + " " * (face.end - face.start) + plain[face.end :]
    # Said as a birth time, and with a number in it that was not understood: better asked again.
    return Clock(None, SEVERAL) if reading.clock.time and _SPARE_NUMBER.search(plain) else reading.clock


def together(plain: str, faces: Sequence[Face], earlier: Reading | None) -> Reading | None:
    """The times of a text in one reading; None when no time is in it.

    A time said twice has to agree, a corrected time gives way, anything else stays open. `earlier` is the reading
    of an earlier turn: its half of the day counts for a time that leaves the half open.
    """
    reading: Reading | None = None
    faces = [face for face in faces if not is_of_another_event(plain, face)]
    # "20 minutes after my twin, who came at 7 am"
    since_another = SEVERAL if _since_another().search(plain) else ""
    for number, face in enumerate(faces):
        lower = faces[number - 1].last if number else 0
        upper = faces[number + 1].first if number + 1 < len(faces) else len(plain)
        problem = since_another or problem_around(plain, face, lower, upper)
        known = face.broken(problem) if problem else face
        reading = _joined(reading, earlier, known, plain[lower : face.first])
    return reading and _with_afterthought(plain, reading)


def with_half(reading: Reading, text: MappedText) -> Reading | None:
    """The reading completed by the answer to "morning or evening?"; None when the answer does not settle it."""
    parts = tuple(part().finditer(text.plain))
    if len(reading.minutes) != 2 or not parts:
        return None
    face = replace(reading.face, parts=parts)
    completed = replace(reading, face=face, minutes=reading.minutes & face.minutes)
    return completed if len(completed.minutes) == 1 else None


def with_other_half(reading: Reading, text: MappedText) -> Reading | None:
    """A time corrected by a part of the day alone: "no, in the evening", "not am, pm"; None without one."""
    plain = denied_part().sub(" ", text.plain)
    parts = tuple(part().finditer(plain))
    if not parts or not reading.face.possible or not is_about_nothing_else(part().sub(" ", plain)):
        return None
    face = replace(reading.face, parts=parts)
    return replace(reading, face=face, minutes=face.minutes) if face.minutes else None


def open_words(text: MappedText, reading: Reading) -> str | None:
    """The speaker's words that leave the time open, with as few others as are needed to see that they do."""
    texts = [text.words(start, end) for start, end in _widening_spans(text.plain, reading)]
    clocks = [(said, time_of(said)) for said in texts if len(said) <= _LONGEST]
    open_ones = [(said, clock.problem) for said, clock in clocks if clock.time is None]
    same = (said for said, problem in open_ones if problem == reading.clock.problem)
    return next(same, open_ones[0][0] if open_ones else None)


def _widening_spans(plain: str, reading: Reading) -> list[tuple[int, int]]:
    """The span of the reading, then spans with more and more words around it."""
    tokens = [token.span() for token in re.finditer(r"\S+", plain)]
    first = next((number for number, (_, end) in enumerate(tokens) if end > reading.start), 0)
    last = next((number for number, (_, end) in enumerate(tokens) if end >= reading.end), len(tokens) - 1)
    steps = range(_WIDEST + 1)
    wider = sorted(itertools.product(steps, steps), key=lambda more: (sum(more), more[1]))
    spans = [
        (tokens[max(0, first - left)][0], tokens[min(len(tokens) - 1, last + right)][1]) for left, right in wider
    ]
    return list(dict.fromkeys([(reading.start, reading.end), *spans]))


def _joined(reading: Reading | None, earlier: Reading | None, face: Face, gap: str) -> Reading:
    """The reading after one more time of the same text, with the words in the `gap` before it."""
    corrects = bool(correction().search(gap)) and not _unsure().search(gap)
    before = reading or earlier
    minutes = face.minutes
    if before and len(minutes) == 2 and (corrects or not reading):
        minutes = _same_half(face, before) if corrects else minutes & before.minutes or minutes
    if not reading or corrects:
        return Reading(minutes, face.problem or HALF_OPEN, face, face.first, face.last)
    # In "19:15 or 7:15" the second is the other 7:15; in "ten to five in the morning, so 4:50" the same.
    is_another = _unsure().search(gap) or _range().match(gap)
    agreed = frozenset[int]() if is_another and reading.minutes != minutes else reading.minutes & minutes
    problem = reading.problem if reading.problem == face.problem else SEVERAL
    kept = face if face.parts or not reading.face.parts else reading.face
    return Reading(agreed, problem, kept, reading.start, face.last)


def _same_half(face: Face, earlier: Reading) -> frozenset[int]:
    """The minutes in the half of the day of an earlier time: "7:15 in the morning, no wait, 8:15".

    Around twelve nobody can tell the half, and all minutes stay possible.
    """
    hours = earlier.face.hours
    halves = {minute // 720 for minute in earlier.minutes}
    same = frozenset(minute for minute in face.minutes if minute // 60 in hours and minute // 720 in halves)
    around_twelve = any(minute // 60 % 12 == 0 for minute in face.minutes)
    return same if earlier.face.parts and len(halves) == 1 and not around_twelve else face.minutes


def _with_afterthought(plain: str, reading: Reading) -> Reading:
    """The reading after the words behind the last time: "no, in the evening"; "scratch that"; "but dad says eight"."""
    rest = plain[reading.end :]
    if _taken_back().search(rest) or _another_says().search(rest):
        return replace(reading, minutes=frozenset(), problem=SEVERAL, end=len(plain))
    later = part().search(plain, reading.end)
    if later and reading.face.possible and _only_corrects().fullmatch(plain, reading.end, later.start()):
        face = replace(reading.face, parts=(later,))
        return Reading(face.minutes, HALF_OPEN, face, reading.start, later.end())
    return reading


@cache
def denied_part() -> re.Pattern[str]:
    """A part of the day that is denied: "not in the morning", "subah nahi"."""
    return re.compile(
        rf"\b(?:not|isn't|wasn't)(?: (?:in|at|the))* {part().pattern}|{part().pattern}(?: (?:mein|ko|ke|hi|toh))* nahi+n?\b"
    )


@cache
def _numbers_only() -> re.Pattern[str]:
    """ "Seven fifteen", with nothing else around it."""
    leads = words.any_of(words.clock_context().leads_in, ["DATE"])
    return re.compile(rf"(?:[^\w]|{leads}\b)*\d{{1,2}}(?:[ .][0-5]\d)?[^\w]*")


@cache
def _unsure() -> re.Pattern[str]:
    return re.compile(rf"\b(?:or(?! rather)|{words.any_of(words.clock_context().unsure)})\b")


@cache
def _range() -> re.Pattern[str]:
    return re.compile(rf"\s*(?:[/&–-]|{words.any_of(words.clock_context().ranges)}\b)")


@cache
def _since_another() -> re.Pattern[str]:
    another = words.any_of(words.clock_context().of_another_event)
    return re.compile(rf"\b(?:minutes?|mins?|hours?) (?:after|before|later than|earlier than) {another}\b")


@cache
def _taken_back() -> re.Pattern[str]:
    known = words.clock_context()
    return re.compile(
        rf"\b(?:{words.any_of(known.taken_back)}"
        rf"|(?:no|wait|actually|sorry|nahi)\b[^.!?]{{0,20}}\b{words.any_of(known.not_known)})\b"
    )


@cache
def _only_corrects() -> re.Pattern[str]:
    return re.compile(rf"(?:[.!?…]|[\s,;–—-])*(?:(?:{correction().pattern}|\b(?:no|wait)\b)[.!?…]*{glue()})+")


@cache
def _another_says() -> re.Pattern[str]:
    known = words.clock_context()
    return re.compile(
        rf"\b{words.any_of(known.says)}(?: {words.any_of(known.after_says)})* "
        rf"(?:\d{{1,2}}(?!\d|st\b|nd\b|rd\b|th\b)|half|quarter|{hindi_number()})\b"
    )
