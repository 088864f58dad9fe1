"""The name of a birth place out of spoken English, Hinglish and Hindi: "in Guadalajara, Mexico", "Delhi mein"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from astra_pipeline.language.spoken_birth import words

# "I'll", "That's": a sentence that goes on, not a town.
_SHORT_FORM = re.compile(r"['’](?:ll|s|m|ve|d|re|t)$")
_IN_SMALL_LETTERS = re.compile(
    r"\bborn in (?P<place>[a-z]{3,20})(?=[,.!?]|$| on\b| at\b)(?:, (?:in )?(?P<region>[a-z]{3,20}))?"
)


def place_in(sentence: str, latin: str, *, of_birth: bool, asked_where: bool) -> tuple[str, ...]:
    """The names of the place in a sentence, the narrowest first: ("Guadalajara", "Mexico"); () without a place.

    `latin` is the sentence in Latin letters. `of_birth` tells that the sentence is about a birth, so that "in Lima"
    is a birth place; `asked_where` that the agent asked for the place, so that "Lima." alone is one.
    """
    for match in reversed(_matches(sentence, latin, of_birth=of_birth, asked_where=asked_where)):
        names = [re.sub(r"^in ", "", name.strip()) for name in match["place"].split(",")]
        if (region := match.groupdict().get("region")) is not None:
            names += [name.strip() for name in region.split(",")]
        if _is_place(names[0]):
            return tuple(name.title() if name.islower() else name for name in names if _is_place(name))
    return ()


def _matches(sentence: str, latin: str, *, of_birth: bool, asked_where: bool) -> list[re.Match[str]]:
    """The matches of the first form that the sentence has."""
    if matches := list(_after_born().finditer(sentence)):
        return matches
    if of_birth:
        forms = ((_devanagari_in(), latin), (_hindi_in(), sentence), (_english_in(), sentence))
        if matches := _first_found(forms):
            return matches
    if asked_where:
        forms = ((_bare(), sentence), (_devanagari_bare(), latin))
        if matches := _first_found(forms):
            return matches
    return list(_IN_SMALL_LETTERS.finditer(sentence.lower()))


def _first_found(forms: Iterable[tuple[re.Pattern[str], str]]) -> list[re.Match[str]]:
    found = (list(form.finditer(text)) for form, text in forms)
    return next((matches for matches in found if matches), [])


def _is_place(name: str) -> bool:
    first = name.split()[0].casefold() if name else ""
    shortest = 2 if "\u0900" <= first[:1] <= "\u097f" else 3
    return len(first) >= shortest and first not in _no_place() and not _SHORT_FORM.search(first)


@cache
def _no_place() -> frozenset[str]:
    return frozenset(words.places().no_place).union(*words.dates().months.values())


@cache
def _name() -> str:
    """The regular expression of a name: words with capital letters, and small words between them."""
    inside = words.any_of(words.places().inside_a_name)
    return rf"[^\W\d_a-z][\w'’]*(?:[- ](?:{inside}|[^\W\d_a-z][\w'’]*))*"


@cache
def _names() -> str:
    return rf"(?P<place>{_name()}(?:, (?:in )?{_name()}){{0,2}})"


@cache
def _after_born() -> re.Pattern[str]:
    return re.compile(
        r"\b(?:born|birth ?place|place of birth|place|janam)\b(?:[^.?!]{0,80}?)\b(?:in|at|is|was|from) " + _names()
    )


@cache
def _english_in() -> re.Pattern[str]:
    return re.compile(rf"\b(?:in|from) {_names()}")


@cache
def _bare() -> re.Pattern[str]:
    return re.compile(rf"^{_names()}(?=[.,!]|$)")


@cache
def _hindi_in() -> re.Pattern[str]:
    return re.compile(rf"(?P<place>{_name()}) (?:mein|me|main)\b(?:, ?(?P<region>{_name()}(?:, {_name()})?))?")


@cache
def _devanagari_name() -> str:
    """The regular expression of a name: words that are left in Devanagari when the common ones are not."""
    first_words = words.any_of(words.places().first_words_in_devanagari)
    return rf"(?P<place>(?:{first_words} )?[\u0900-\u0963\u0970-\u097f]{{2,}})"


@cache
def _devanagari_in() -> re.Pattern[str]:
    return re.compile(rf"{_devanagari_name()} mein\b")


@cache
def _devanagari_bare() -> re.Pattern[str]:
    return re.compile(rf"^\W*{_devanagari_name()}(?: mein)?\W*$")
