"""The birth that the agent asked for in the turn just before the caller's: whose, and which of its details."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.clauses import sentences
from astra_pipeline.language.spoken_birth.numerals import counted, latin
from astra_pipeline.language.spoken_birth.owners import (
    asks_of_whom_was_brought_forth,
    is_of_another,
    names_a_birth,
    names_another,
)

_CLAUSE = re.compile(r",\s+(?!(?:time|date|place|and (?:the )?(?:time|date|place))\b)|;\s+|\s[–—-]+\s|:\s+")


class Whose(Enum):
    """The person whose birth a question asks for."""

    CALLER = "the caller"
    OTHER = "somebody else"
    UNSAID = "left unsaid"
    NOBODY = "no birth is asked for"


@dataclass(frozen=True)
class Question:
    """A question of the agent. It may ask for several details of a birth, or for none."""

    whose: Whose = Whose.NOBODY
    about_the_date: bool = False
    about_the_time: bool = False
    about_the_place: bool = False
    # The one part of the date that is asked for: "day", "month" or "year".
    part_of_the_date: str | None = None
    # "In the morning, or in the evening?"
    about_the_half_of_the_day: bool = False
    # The question goes on with the one before: "And the year?"
    goes_on: bool = False
    # The agent asks nothing at all: "Take your time."
    is_silent: bool = False
    # The agent asks, and not for a birth.
    asks_something_else: bool = False
    # The agent speaks of somebody else's birth or chart.
    names_another: bool = False
    # The agent asks about somebody else, and not for a birth.
    asks_about_another: bool = False

    @property
    def of_the_caller(self) -> bool:
        """True when the caller's own birth is asked for."""
        return self.whose is Whose.CALLER


def question_in(asked: str) -> Question:
    """The question in a turn of the agent, by itself. A turn that merely states something asks for nothing."""
    plain = _told_by_parents().sub("tell me ", latin(asked).plain.strip())
    known = words.questions()
    asking = [sentence for sentence in sentences(plain) if _may_ask(sentence)]
    if _has(known.missing, plain):
        asking = sentences(plain)
    half = re.compile(rf"\b{words.any_of(known.halves_of_the_day)}\b.*\b(?:or|ya)\b")
    question = Question(
        about_the_half_of_the_day=any(
            half.search(sentence) for sentence in asking if sentence.rstrip().endswith("?")
        ),
        is_silent=not asking and "?" not in plain and len(plain) <= 80 and not names_a_birth(plain),
        asks_about_another=any(names_another(sentence) or is_of_another(sentence) for sentence in asking),
        names_another=any(_is_of_another_birth(sentence) for sentence in sentences(plain)),
    )
    for sentence in reversed(asking):
        found = _birth_asked(sentence, plain)
        if found is not Whose.NOBODY:
            return _with_details(replace(question, whose=found), sentence, plain)
        if sentence.rstrip().endswith("?") and not _only_goes_on(sentence) and not names_another(sentence):
            # The last thing that is asked is what the caller answers.
            return replace(question, asks_something_else=True)
    if _has(known.missing, plain) and _has(["date, time", "no time", "no birth time", "date, the time"], plain):
        return _with_details(replace(question, whose=_whose("", plain, plain)), plain, plain)
    if _has(known.makes_sure, plain):
        return replace(question, whose=Whose.UNSAID, about_the_time=True, goes_on=True)
    return _going_on(question, asking)


def _going_on(question: Question, asking: list[str]) -> Question:
    """The question as one that goes on: "And the year?", "And your wife's?", "And you?"."""
    if not asking:
        return question
    last = asking[-1]
    tokens = re.findall(r"[\w']+", last)
    if names_another(last) and len(tokens) <= 8 and last.rstrip().endswith("?"):
        return replace(question, whose=Whose.OTHER, goes_on=True)
    if any(re.search(r"[\w']+", sentence) and not _only_goes_on(sentence) for sentence in asking):
        return replace(question, asks_something_else="?" in "".join(asking))
    said = _pattern(tuple(words.questions().asks_for_knowledge)).sub(" ", last)
    whose = Whose.CALLER if _has(words.questions().the_caller, said) else Whose.UNSAID
    return _with_details(replace(question, whose=whose, goes_on=True), last, last)


def only_repeats(asked: str, place: Sequence[str]) -> bool:
    """True for words of the agent that ask nothing but whether a value is right: "Kota, right?", "14 June, noted.".

    `place` has the names of the place that was told.
    """
    sentence = sentences(asked.strip())[-1] if asked.strip() else ""
    plain = latin(sentence).plain
    if names_another(plain):
        return False
    capitals = re.findall(r"[^\W\d_a-z]\w*", sentence.strip()[1:])
    names = {word for name in (*capitals, *place) for word in latin(name).plain.split()}
    known = {*_goes_on(), *names, *words.questions().repeats, *words.day_parts().english, *words.day_parts().hindi}
    tokens = re.findall(r"[\w']+", counted(sentence).plain)
    beside = [token for token in tokens if token not in known and not token[0].isdigit()]
    asks_birth = names_a_birth(plain) and not is_of_another(plain) and not _something_else(plain)
    return asks_birth or len(beside) <= (0 if sentence.endswith("?") else 1)


def _only_goes_on(sentence: str) -> bool:
    return all(word in _goes_on() or word.isdigit() for word in re.findall(r"[\w']+", counted(sentence).plain))


def _may_ask(sentence: str) -> bool:
    """True for a sentence that asks: with a question mark, as a request, or by a detail's mere name."""
    if sentence.rstrip().endswith("?"):
        return True
    requests = r"\b(?:tell|share|give|need|provide|let me know|please|batao|bataiye|bataye|batayein|bata|chahiye|send|confirm|dijiye|boliye)\b"
    return bool(re.search(requests, sentence)) or (names_a_birth(sentence) and _only_goes_on(sentence))


def _birth_asked(sentence: str, turn: str) -> Whose:
    """The person whose birth a sentence asks for."""
    if asks_of_whom_was_brought_forth(sentence):
        return Whose.CALLER
    if not names_a_birth(sentence) or _something_else(sentence):
        return Whose.NOBODY
    clauses = [clause for clause in _CLAUSE.split(sentence) if names_a_birth(clause)]
    for clause in reversed(clauses):
        confirms = re.search(r"\byou(?:'re| were| are) (?:\w+ )?born\b|\baap(?:ka|ki)? .*(?:paida|janam)", clause)
        if not (_has(words.questions().asks, clause) or confirms or _only_goes_on(clause)):
            continue
        if re.match(r"when you were born|jab aap", clause.strip()):
            continue
        return _whose(clause, sentence, turn)
    return Whose.NOBODY


def _whose(clause: str, sentence: str, turn: str) -> Whose:
    known = words.questions()
    if not _has(known.both, sentence) and asks_of_whom_was_brought_forth(sentence):
        return Whose.CALLER
    if _has(known.both, sentence) or is_of_another(clause):
        return Whose.OTHER
    if _has(known.the_caller, clause) and not (
        names_another(sentence) and not re.search(r"\byou (?:\w+ )?born|your\b|aapk|\bborn\b", clause)
    ):
        return Whose.CALLER
    if is_of_another(sentence) or names_another(turn):
        return Whose.OTHER
    return Whose.CALLER if _has(known.the_caller, sentence) else Whose.UNSAID


def _is_of_another_birth(sentence: str) -> bool:
    return names_another(sentence) and (
        names_a_birth(sentence) or bool(re.search(r"chart|kundli|match|compatib", sentence))
    )


def _something_else(sentence: str) -> bool:
    return _has(words.questions().asks_something_else, sentence)


def _with_details(question: Question, sentence: str, turn: str) -> Question:
    known = words.questions()
    text = sentence if question.goes_on else f"{sentence} {turn}" if _has(known.missing, turn) else sentence
    date, time, place = (
        _has(details, text) for details in (known.about_the_date, known.about_the_time, known.about_the_place)
    )
    if not (date or time or place):
        date = time = place = True
    parts = [
        part
        for part, named in (
            ("day", known.about_the_day),
            ("month", known.about_the_month),
            ("year", known.about_the_year),
        )
        if _has(named, sentence)
    ]
    part = parts[0] if len(parts) == 1 else None
    return replace(question, about_the_date=date, about_the_time=time, about_the_place=place, part_of_the_date=part)


def _has(phrases: list[str], text: str) -> bool:
    return bool(_pattern(tuple(phrases)).search(text))


@cache
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w']){words.any_of(phrases)}(?![\w'])")


@cache
def _told_by_parents() -> re.Pattern[str]:
    """ "Did your mother tell you", before the caller's own birth."""
    known = words.owners()
    return re.compile(
        rf"\b(?:did|does|do|has|have|what did|what does) (?:your|anyone|anybody)? ?{words.any_of(known.parents, ['anyone', 'family'])}"
        rf" (?:ever |still |always )?{words.any_of(known.reports)}(?: you)?(?: about)? (?=(?:when|where|what time|at what|which|the time|the date|the place|that|how)\b.*\byou(?:r|)\b|you (?:were|are)\b)"
    )


@cache
def _goes_on() -> frozenset[str]:
    nouns = (word for noun in words.owners().birth_nouns for word in noun.split())
    return frozenset(words.questions().goes_on).union(nouns, *words.dates().months.values())
