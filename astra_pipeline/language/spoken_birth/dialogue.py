"""The caller's birth details out of a conversation, turn by turn.

A turn is read when the caller speaks of their own birth in it, answers a question about it, or corrects a value soon
after. In such a turn a value counts only in a sentence that may be the caller's own (owners.py). A value said later
replaces an earlier one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from astra_pipeline.language.spoken_birth.clauses import is_about_nothing_else, sentence_spans, sentences
from astra_pipeline.language.spoken_birth.clock import Reading, open_words, together, with_half
from astra_pipeline.language.spoken_birth.clock_context import times
from astra_pipeline.language.spoken_birth.clock_faces import Face
from astra_pipeline.language.spoken_birth.clock_spelling import spoken
from astra_pipeline.language.spoken_birth.corrections import correction
from astra_pipeline.language.spoken_birth.dates import SpokenDate, later_date
from astra_pipeline.language.spoken_birth.mapped_text import LONGEST_TURN, MappedText
from astra_pipeline.language.spoken_birth.numerals import counted, latin
from astra_pipeline.language.spoken_birth.owners import may_be_the_callers, speaks_of_own_birth
from astra_pipeline.language.spoken_birth.place_words import place_in
from astra_pipeline.language.spoken_birth.questions import Question, question_in

# The turns after a birth in which "sorry, the 15th" still corrects it.
_CORRECTABLE = 2
# The most characters of a value that is kept, and of a sentence in which a place is looked for.
_LONGEST = 120
_LONGEST_SENTENCE = 600


@dataclass(frozen=True)
class _Birth:
    """The birth as far as it was said. A turn that says nothing of it leaves the same object."""

    date: SpokenDate = field(default_factory=SpokenDate)
    # "HH:MM", or the words that leave the time open, and the reading that it came from.
    time: str | None = None
    reading: Reading | None = None
    place: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Turn:
    """A turn of the caller, and the reasons to read it."""

    words: str
    question: Question
    # The caller speaks of their own birth.
    own: bool
    # The turn says nothing of whose birth it is, and the agent asked for the caller's.
    answers: bool
    # The turn corrects a birth that was said just before.
    corrects: bool


def read(
    exchanges: Sequence[tuple[str, str]], countries: frozenset[str], today: dt.date | None
) -> dict[str, str | None]:
    """The caller's birth details out of pairs of the agent's words and the caller's words right after them.

    Returns date_of_birth (ISO), birth_time (HH:MM), city, country and place_text. A value that was left unsaid is
    None; a date or time that the words do not settle is those words. `countries` are case-folded names; a date after
    `today` (the caller's date) stays in words.
    """
    birth = _Birth()
    turns_since_birth = _CORRECTABLE + 1
    for asked, said in exchanges:
        turn = _turn(asked, said, correctable=turns_since_birth <= _CORRECTABLE)
        later = _after(birth, turn)
        turns_since_birth = 0 if turn.own or later is not birth else turns_since_birth + 1
        birth = later
    return _details(birth, countries, today)


def _turn(asked: str, said: str, *, correctable: bool) -> _Turn:
    plain, question = latin(said).plain, question_in(asked)
    own = speaks_of_own_birth(plain)
    return _Turn(
        words=said[:LONGEST_TURN],
        question=question,
        own=own,
        answers=not own and question.about_the_birth,
        corrects=correctable and bool(correction().search(plain)),
    )


def _after(birth: _Birth, turn: _Turn) -> _Birth:
    """The birth after one more turn."""
    if turn.question.about_the_half_of_the_day and (completed := _with_half(birth, turn)):
        return completed
    if not (turn.own or turn.answers or turn.corrects):
        return birth
    birth = _with_time(birth, turn)
    for sentence in sentences(turn.words):
        birth = _with_sentence(birth, turn, sentence)
    return birth


def _with_half(birth: _Birth, turn: _Turn) -> _Birth | None:
    """The birth whose time is completed by the answer to "morning or evening?"; None when it is not."""
    text = spoken(turn.words)
    if not birth.reading or not is_about_nothing_else(text.plain):
        return None
    reading = with_half(birth.reading, text)
    return _with_reading(birth, text, reading) if reading else None


def _with_time(birth: _Birth, turn: _Turn) -> _Birth:
    text = spoken(turn.words)
    plain, faces = times(text.plain)
    reading = together(plain, _of_own_birth(plain, faces, answers=turn.answers), birth.reading)
    return _with_reading(birth, text, reading) if reading else birth


def _with_reading(birth: _Birth, text: MappedText, reading: Reading) -> _Birth:
    return replace(birth, reading=reading, time=reading.clock.time or open_words(text, reading))


def _of_own_birth(plain: str, faces: Sequence[Face], *, answers: bool) -> list[Face]:
    """The times in sentences about the caller's birth, or about nothing else.

    "It was 7 am." is about nothing else, "My bus left at 7." is not.
    """
    kept: list[Face] = []
    for start, end in sentence_spans(plain):
        inside = [face for face in faces if start <= face.start < end]
        sentence = around = plain[start:end]
        for face in reversed(inside):
            around = around[: max(0, face.first - start)] + " " + around[face.last - start :]
        about_birth = answers or speaks_of_own_birth(sentence) or is_about_nothing_else(around)
        if may_be_the_callers(sentence) and about_birth:
            kept += inside
    return kept


def _with_sentence(birth: _Birth, turn: _Turn, sentence: str) -> _Birth:
    """The birth after the date and the place in a sentence of the turn."""
    plain = latin(sentence).plain
    if not may_be_the_callers(plain):
        return birth
    corrected = bool(correction().search(plain))
    date = later_date(birth.date, counted(sentence), correcting=turn.corrects or corrected)
    place = place_in(
        sentence[:_LONGEST_SENTENCE],
        plain[:_LONGEST_SENTENCE],
        of_birth=turn.answers or corrected or speaks_of_own_birth(plain),
        asked_where=turn.question.about_the_place,
    )
    if date is birth.date and not place:
        return birth
    return replace(birth, date=date, place=place or birth.place)


def _details(birth: _Birth, countries: frozenset[str], today: dt.date | None) -> dict[str, str | None]:
    names = list(birth.place)
    country = names.pop() if names and names[-1].casefold() in countries else None
    return {
        "date_of_birth": birth.date.text(today),
        "birth_time": birth.time[:_LONGEST] if birth.time else None,
        "city": names[0][:_LONGEST] if names else None,
        "country": country[:_LONGEST] if country else None,
        "place_text": ", ".join(birth.place)[:_LONGEST].strip() if birth.place else None,
    }
