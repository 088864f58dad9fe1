"""The word lists behind spoken birth details: YAML files in this folder, which a support person can extend.

The files hold plain words and phrases. How these stand together in a sentence is in the modules, as regular
expressions. Each file is read and checked once, at its first use. A file that is not as its model wants it raises
`vocabulary.BadVocabulary`, which names the file, the line and the problem.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from astra_pipeline.language import vocabulary
from astra_pipeline.language.spoken_birth.mapped_text import small

_PACKAGE = "astra_pipeline.language.spoken_birth"


def any_of(*lists: Iterable[str]) -> str:
    """The regular expression of any of the words and phrases, each once, the longest first."""
    words = dict.fromkeys(itertools.chain.from_iterable(lists))
    return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"


def by_spelling(spellings: Mapping[int, Iterable[str]]) -> dict[str, int]:
    """The number of each spelling, from the spellings of each number."""
    return {word: number for number, words in spellings.items() for word in words}


def plain_devanagari(word: str) -> str:
    """A Devanagari word without nukta and joiners, with anusvara for chandrabindu, so that its spellings agree."""
    word = unicodedata.normalize("NFC", word)
    for sign, plainer in (("\u093c", ""), ("\u0901", "\u0902"), ("\u200c", ""), ("\u200d", "")):
        word = word.replace(sign, plainer)
    return word


def _plain_word(word: str) -> str:
    if not word or word != small(word).strip():
        raise ValueError("must be in small letters, with plain apostrophes and no space around it")
    return word


def _each_once(spellings: dict[int, list[str]]) -> dict[int, list[str]]:
    seen: dict[str, int] = {}
    for number, words in spellings.items():
        for word in words:
            if seen.setdefault(word, number) != number:
                raise ValueError(f"has one word both under {seen[word]} and under {number}")
    return spellings


Word = Annotated[str, AfterValidator(_plain_word)]
# An empty list would match everywhere.
Words = Annotated[list[Word], Field(min_length=1)]
Spellings = Annotated[dict[int, Words], Field(min_length=1), AfterValidator(_each_once)]
Hour = Annotated[int, Field(ge=0, le=23)]
ClockTime = Annotated[str, StringConstraints(pattern=r"^([1-9]|1[0-2]):[0-5][0-9]$")]


class _Words(BaseModel):
    # A model is built when its file is first read, so that importing this module stays cheap.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Numerals(_Words):
    """numerals.yaml: number words in English, in Hindi in Latin letters, and in Devanagari."""

    english_below_twenty: Spellings
    english_tens: Spellings
    english_ordinals: Spellings
    hindi: Spellings
    hindi_of_years: Spellings
    hindi_ordinals: Spellings
    labels_of_a_day: Words
    labels_of_a_month: Words
    zeros: Words
    hindi_also_english: Words
    devanagari: Spellings


class Devanagari(_Words):
    """devanagari.yaml: Hindi words, under the Latin spelling that the rules know."""

    months: dict[Word, Words]
    day_parts: dict[Word, Words]
    clock: dict[Word, Words]
    numbers: dict[Word, Words]
    uncertainty: dict[Word, Words]
    birth: dict[Word, Words]
    grammar: dict[Word, Words]
    people: dict[Word, Words]
    events: dict[Word, Words]
    places: dict[Word, Words]

    def latin(self) -> dict[str, str]:
        """The Latin spelling of each Devanagari word in its plain spelling."""
        groups: Iterable[dict[str, list[str]]] = dict(self).values()
        pairs = itertools.chain.from_iterable(group.items() for group in groups)
        return {plain_devanagari(word): latin for latin, words in pairs for word in words}


class DateWords(_Words):
    """dates.yaml: months, and the words around days and years."""

    months: Annotated[dict[Annotated[int, Field(ge=1, le=12)], Words], AfterValidator(_each_once)]
    months_also_words: Words
    after_other_ordinals: Words
    before_a_year: Words
    between_two_days: Words
    before_the_second_day: Words
    pauses: Words
    before_its_year: Words
    after_no_year: Words
    beside_a_number: Words
    limits_a_year: Words
    before_a_day: Words
    after_a_day: Words


class DayPart(_Words):
    """A part of the day: its words, and the hours in which a time said with it may lie."""

    first_hour: Hour
    last_hour: Hour
    words: Words
    phrases: list[Word] = []

    @property
    def hours(self) -> frozenset[int]:
        """The hours from the first to the last, past midnight where the last is the smaller one."""
        count = (self.last_hour - self.first_hour) % 24 + 1
        return frozenset((self.first_hour + step) % 24 for step in range(count))


class DayParts(_Words):
    """day_parts.yaml: the parts of the day and their hours."""

    parts: dict[str, DayPart]
    english: Words
    hindi: Words
    moments: Words
    of_another_day: Words
    nights: Words


class ClockWords(_Words):
    """clock.yaml: words that times are said with."""

    hour_fractions: Spellings
    times_of_their_own: dict[ClockTime, Words]
    numbered_things: Words
    measures: Words
    about: Words
    nearly: Words
    after_a_time: Words


class ClockContext(_Words):
    """clock_context.yaml: words around a time that limit it, doubt it or give it to another event."""

    between: Words
    between_parts: Words
    never_a_place: Words
    leads_in: Words
    announces: Words
    joins: Words
    after_a_join: Words
    parts_of_a_time: Words
    parts_before_a_time: Words
    limits_before: Words
    softens_a_limit: Words
    limits_after: Words
    close_to_it: Words
    almost: Words
    unsure: Words
    ranges: Words
    of_another_event: Words
    taken_back: Words
    not_known: Words
    says: Words
    after_says: Words
    other_events: Words
    starts_a_clause: Words
    neutral: Words


class CorrectionWords(_Words):
    """corrections.yaml: words that correct or deny a value."""

    corrections: Words
    denials: Words
    after_a_denial: Words
    denied_afterwards: Words
    denies_something_else: Words
    not_as_repeated: Words
    confirms: Words
    offers_another: Words
    takes_back: Words
    asks_first: Words
    says_no: Words
    names_the_date: Words
    names_the_time: Words
    names_the_place: Words


class OwnerWords(_Words):
    """owners.yaml: words that tell whose birth a clause is about."""

    first_person: Words
    first_person_objects: Words
    between_subject_and_born: Words
    first_person_hindi: Words
    of_mine_hindi: Words
    of_mine: Words
    am_hindi: Words
    birth_nouns: Words
    no_birth_nouns: Words
    before_a_birth_noun: Words
    of_somebody: Words
    denies_the_birth: Words
    hypothetical: Words
    taken_back: Words
    another_birth: Words
    figurative: Words
    into_the_world: Words
    brings_forth: Words
    mothers: Words
    brings_forth_hindi: Words
    houses: Words
    other_topics: Words
    unreal_hindi: Words
    relations: Words
    third_person: Words
    about_somebody: Words
    other_charts: Words
    about_or_for: Words
    reports: Words
    parents: Words
    quotes: Words
    quotes_hindi: Words
    documents: Words
    events: Words
    begins_an_event: Words
    subjects_of_a_birth: Words
    fillers: Words
    question_words: Words
    question_words_before_a_verb: Words
    auxiliaries: Words
    asked_subjects: Words
    subordinators: Words
    joins: Words
    keeps_the_pronoun: Words
    keeps_the_possessive: Words


class QuestionWords(_Words):
    """questions.yaml: words that tell which detail of whose birth the agent asks for."""

    asks: Words
    asks_something_else: Words
    about_the_date: Words
    about_the_day: Words
    about_the_month: Words
    about_the_year: Words
    about_the_time: Words
    about_the_place: Words
    goes_on: Words
    repeats: Words
    halves_of_the_day: Words
    missing: Words
    makes_sure: Words
    the_caller: Words
    asks_for_knowledge: Words
    both: Words


class ReplyWords(_Words):
    """replies.yaml: words that say yes or no to a value."""

    confirms: Words
    denies: Words
    takes_it_back: Words
    asks_about: Words


class PlaceWords(_Words):
    """place_words.yaml: words around the name of a birth place."""

    no_place: Words
    inside_a_name: Words
    first_words_in_devanagari: Words
    near: Words
    called: Words
    before_an_answer: Words
    never_in_a_name: Words
    denials: Words
    after_a_denial: Words
    after_no_denial: Words
    between_two_places: Words
    after_an_answer: Words
    corrects_behind: Words
    also_words: Words


@cache
def numerals() -> Numerals:
    """The words of numerals.yaml. Raises BadVocabulary, as all these functions do."""
    return vocabulary.load(_PACKAGE, "numerals.yaml", Numerals)


@cache
def devanagari() -> Devanagari:
    """The words of devanagari.yaml."""
    return vocabulary.load(_PACKAGE, "devanagari.yaml", Devanagari)


@cache
def dates() -> DateWords:
    """The words of dates.yaml."""
    return vocabulary.load(_PACKAGE, "dates.yaml", DateWords)


@cache
def day_parts() -> DayParts:
    """The words of day_parts.yaml."""
    return vocabulary.load(_PACKAGE, "day_parts.yaml", DayParts)


@cache
def clock() -> ClockWords:
    """The words of clock.yaml."""
    return vocabulary.load(_PACKAGE, "clock.yaml", ClockWords)


@cache
def clock_context() -> ClockContext:
    """The words of clock_context.yaml."""
    return vocabulary.load(_PACKAGE, "clock_context.yaml", ClockContext)


@cache
def corrections() -> CorrectionWords:
    """The words of corrections.yaml."""
    return vocabulary.load(_PACKAGE, "corrections.yaml", CorrectionWords)


@cache
def owners() -> OwnerWords:
    """The words of owners.yaml."""
    return vocabulary.load(_PACKAGE, "owners.yaml", OwnerWords)


@cache
def questions() -> QuestionWords:
    """The words of questions.yaml."""
    return vocabulary.load(_PACKAGE, "questions.yaml", QuestionWords)


@cache
def places() -> PlaceWords:
    """The words of place_words.yaml."""
    return vocabulary.load(_PACKAGE, "place_words.yaml", PlaceWords)


@cache
def replies() -> ReplyWords:
    """The words of replies.yaml."""
    return vocabulary.load(_PACKAGE, "replies.yaml", ReplyWords)
