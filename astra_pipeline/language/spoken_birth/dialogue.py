"""The caller's birth details out of a conversation, turn by turn.

A turn is read when the caller speaks of their own birth in it, answers a question about it, or corrects a value soon
after. Of such a turn only the clauses about the caller's own birth are read (ownership.py). A value said later
replaces an earlier one when it corrects it, answers a question, or is said of the birth again.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from astra_pipeline.language.spoken_birth.clauses import is_about_nothing_else, sentence_spans
from astra_pipeline.language.spoken_birth.clock import Reading, open_words, together, with_half, with_other_half
from astra_pipeline.language.spoken_birth.clock_context import times
from astra_pipeline.language.spoken_birth.clock_faces import Face
from astra_pipeline.language.spoken_birth.clock_spelling import spoken
from astra_pipeline.language.spoken_birth.corrections import correction, ends_in_a_correction
from astra_pipeline.language.spoken_birth.dates import date_words, later_date
from astra_pipeline.language.spoken_birth.mapped_text import LONGEST_TURN, MappedText
from astra_pipeline.language.spoken_birth.nights import is_of_a_night
from astra_pipeline.language.spoken_birth.numerals import latin
from astra_pipeline.language.spoken_birth.owners import names_a_birth
from astra_pipeline.language.spoken_birth.place_words import denies, place_in
from astra_pipeline.language.spoken_birth.retractions import open_fields, reads_back
from astra_pipeline.language.spoken_birth.talk import Talk, Turn
from astra_pipeline.language.spoken_birth.told import DATE, FIELDS, PLACE, TIME, Birth, Evidence

# The turns after a birth in which "sorry, the 15th" still corrects it.
_CORRECTABLE = 2
# The most characters of a value that is kept, and of a sentence in which a place is looked for.
_LONGEST = 120
_LONGEST_SENTENCE = 600

_SHORT_MONTH = re.compile(r"\b(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.(?=\s)", re.IGNORECASE)


@dataclass(frozen=True)
class Heard:
    """A birth as far as it was said, and the words of the caller's own birth in each turn that was read.

    `own` maps the number of a turn, from 0, to the turn with everything else blanked out.
    """

    birth: Birth
    own: Mapping[int, str]


def read(
    exchanges: Sequence[tuple[str, str]], countries: frozenset[str], today: dt.date | None
) -> dict[str, str | None]:
    """The caller's birth details out of pairs of the agent's words and the caller's words right after them.

    Returns date_of_birth (ISO), birth_time (HH:MM), city, country and place_text. A value that was left unsaid is
    None; a date or time that the words do not settle is those words. `countries` are case-folded names; a date after
    `today` (the caller's date) stays in words.
    """
    return details(hear(exchanges, today).birth, countries, today)


def hear(exchanges: Sequence[tuple[str, str]], today: dt.date | None) -> Heard:
    """The caller's birth as far as it was said, with the evidence of each value."""
    birth, talk = Birth(), Talk()
    own: dict[int, str] = {}
    turns_since_birth = _CORRECTABLE + 1
    for number, (asked, said) in enumerate(exchanges):
        words = _without_dots(said[:LONGEST_TURN])
        correctable = turns_since_birth <= _CORRECTABLE
        talk, turn = talk.next(
            asked,
            words,
            number,
            correctable=correctable,
            repeated=reads_back(asked, birth) if correctable else frozenset(),
        )
        if turn.answers and _is_settled(birth, turn):
            turn = replace(turn, answers=False)
        later = _guarded(birth, turn, today)
        if turn.own or turn.answers or turn.corrects or later is not birth:
            own[number] = turn.words if later.reading is birth.reading else _all_read(turn, later)
        turns_since_birth = 0 if turn.own or later is not birth else turns_since_birth + 1
        talk = replace(talk, is_answered=talk.is_answered or later is not birth)
        birth = later
    return Heard(birth, own)


def _is_settled(birth: Birth, turn: Turn) -> bool:
    """True where the question goes on with one about a birth, and all that it could ask for was answered before.

    "Where next?" after the place of birth asks for another place.
    """
    question = turn.question
    if not question.goes_on or question.is_silent or turn.own or turn.corrects or question.about_the_time:
        return False
    return (not question.about_the_date or birth.date.is_complete) and (
        not question.about_the_place or bool(birth.place)
    )


def _guarded(birth: Birth, turn: Turn, today: dt.date | None) -> Birth:
    """The birth after one more turn, with the fields open that the turn takes back without another value."""
    later = _after(birth, turn, today)
    if not (turn.own or turn.answers or turn.corrects or turn.correctable):
        return later

    def read_up_to(end: int) -> Birth:
        return _after(birth, replace(turn, said=turn.said[:end], words=turn.words[:end]), today)

    if later.value(DATE) != birth.value(DATE) or later.value(TIME) != birth.value(TIME):
        later = replace(later, of_a_night=is_of_a_night(turn.words))
    opened = open_fields(birth, later, turn, read_up_to, today)
    settled = {field for field in FIELDS if later.value(field) and later.value(field) != birth.value(field)}
    later = replace(later, left_open=later.left_open - settled) if later.left_open & settled else later
    return later.without(opened) if opened else later


def _all_read(turn: Turn, birth: Birth) -> str:
    """The words of a turn that were read: all of them where the turn answers "morning or evening?"."""
    return turn.said if turn.question.about_the_half_of_the_day and birth.reading else turn.words


def _without_dots(said: str) -> str:
    """The words without dots that end no sentence ("December... um... the 25th", "25 Dec. 1988"), each in its place."""
    said = said.replace("...", ",  ").replace("…", ",")
    return _SHORT_MONTH.sub(lambda found: f"{found[1]} ", said)


def _after(birth: Birth, turn: Turn, today: dt.date | None) -> Birth:
    """The birth after one more turn."""
    if turn.question.about_the_half_of_the_day and (completed := _with_half(birth, turn)):
        return completed
    if not (turn.own or turn.answers or turn.corrects):
        return birth
    birth = _with_time(birth, turn)
    corrects = turn.corrects
    for start, end in sentence_spans(turn.words):
        sentence = turn.words[start:end]
        if any(sign.isalnum() for sign in sentence):
            anew = turn.denies or (corrects and not turn.corrects and bool(birth.place))
            birth = _with_sentence(birth, replace(turn, corrects=corrects, denies=anew), sentence, today)
            # "Wait, no." corrects what follows.
            corrects = turn.corrects or ends_in_a_correction(latin(sentence).plain)
    return birth


def _with_half(birth: Birth, turn: Turn) -> Birth | None:
    """The birth whose time is completed by the answer to "morning or evening?"; None when it is not."""
    text = spoken(turn.said)
    if not birth.reading or not is_about_nothing_else(text.plain):
        return None
    reading = with_half(birth.reading, text)
    return _with_reading(birth, turn, text, reading, text.source.strip()) if reading else None


def _with_time(birth: Birth, turn: Turn) -> Birth:
    text = spoken(turn.words)
    plain, faces = times(text.plain)
    reading = together(plain, _of_own_birth(plain, faces, answers=turn.answers or turn.corrects), birth.reading)
    if not faces and not reading and birth.reading and (turn.corrects or TIME in turn.repeated):
        reading = with_other_half(birth.reading, text)
        return _with_reading(birth, turn, text, reading, text.source.strip()) if reading else birth
    return _with_reading(birth, turn, text, reading, text.words(reading.start, reading.end)) if reading else birth


def _with_reading(birth: Birth, turn: Turn, text: MappedText, reading: Reading, quote: str) -> Birth:
    evidence = Evidence(turn.number, quote, turn.corrects or bool(correction().search(text.plain)))
    return replace(
        birth,
        reading=reading,
        time=reading.clock.time or open_words(text, reading),
        evidence=birth.heard(TIME, evidence),
    )


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
        if answers or names_a_birth(sentence) or is_about_nothing_else(around):
            kept += inside
    return kept


def _with_sentence(birth: Birth, turn: Turn, sentence: str, today: dt.date | None) -> Birth:
    """The birth after the date and the place in a sentence of the turn."""
    plain = latin(sentence).plain
    corrects = turn.corrects or bool(correction().search(plain))
    again = corrects or names_a_birth(plain)
    asked_date = turn.answers and turn.question.about_the_date
    text = date_words(sentence)
    date = later_date(
        birth.date,
        text,
        correcting=corrects,
        asked=asked_date,
        again=again or (asked_date and _last_said(birth, DATE) != turn.number),
        part=turn.question.part_of_the_date if asked_date else None,
        today=today,
    )
    if date is not birth.date:
        evidence = Evidence(turn.number, date.words or "", corrects)
        birth = replace(birth, date=date, evidence=birth.heard(DATE, evidence))
    asked_where = (turn.answers and turn.question.about_the_place) or turn.denies or PLACE in turn.repeated
    place = place_in(
        sentence[:_LONGEST_SENTENCE],
        plain[:_LONGEST_SENTENCE],
        of_birth=turn.answers or again or turn.own,
        asked_where=asked_where,
        corrects=corrects and bool(birth.place or asked_where or names_a_birth(plain)),
    )
    asked_anew = asked_where and _last_said(birth, PLACE) != turn.number
    replaces = again or asked_anew or bool(denies(sentence, birth.place[:1]))
    if not place or (birth.place and not replaces):
        return birth
    evidence = Evidence(turn.number, place[0].lower(), corrects)
    return replace(birth, place=place, evidence=birth.heard(PLACE, evidence))


def _last_said(birth: Birth, field: str) -> int | None:
    """The number of the turn in which a field was said last."""
    found = dict(birth.evidence).get(field)
    return found.turn if found else None


def details(birth: Birth, countries: frozenset[str], today: dt.date | None) -> dict[str, str | None]:
    """A birth in the fields of an answer, as `read` returns them."""
    names = list(birth.place)
    country = names.pop() if names and names[-1].casefold() in countries else None
    return {
        "date_of_birth": birth.date.text(today),
        "birth_time": birth.time[:_LONGEST] if birth.time else None,
        "city": names[0][:_LONGEST] if names else None,
        "country": country[:_LONGEST] if country else None,
        "place_text": ", ".join(birth.place)[:_LONGEST].strip() if birth.place else None,
    }
