"""The name of a birth place out of spoken English, Hinglish and Hindi: "in Guadalajara, Mexico", "Delhi mein"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.corrections import correction
from astra_pipeline.language.spoken_birth.hindi_places import (
    as_said,
    hindi_alone,
    hindi_in,
    hindi_of,
    hindi_of_alone,
)

# "I'll", "That's": a sentence that goes on, not a town.
_SHORT_FORM = re.compile(r"['’](?:ll|s|m|ve|d|re|t)$")
_IN_SMALL_LETTERS = re.compile(
    r"\bborn in (?P<place>[a-z]{3,20})(?=[,.!?]|$| on\b| at\b)(?:, (?:in )?(?P<region>[a-z]{3,20}))?"
)


def place_in(
    sentence: str, latin: str, *, of_birth: bool, asked_where: bool, corrects: bool = False
) -> tuple[str, ...]:
    """The names of the place in a sentence, the narrowest first: ("Guadalajara", "Mexico"); () without a place.

    `latin` is the sentence in Latin letters. `of_birth` tells that the sentence is about a birth, so that "in Lima"
    is a birth place; `asked_where` that the agent asked for the place, so that "Lima." alone is one; `corrects` that
    the sentence corrects a place, so that "sorry, Lima" is one.
    """
    matches = _matches(sentence, latin, of_birth=of_birth, asked_where=asked_where, corrects=corrects)
    for match in reversed(matches):
        if is_denied(match):
            continue
        if names := _names_of(match, sentence):
            return names
    return ()


def _names_of(match: re.Match[str], sentence: str = "") -> tuple[str, ...]:
    """The names of a match, the narrowest first; the region alone for "in May in Pune"."""
    said = match["place"] or match["hindi"]
    names = [re.sub(r"^in ", "", name.strip()) for name in said.split(",")]
    names[0] = _without_what_leads(names[0])
    region = match.groupdict().get("region")
    regions = [name.strip() for name in region.split(",")] if region else []
    names = [*names, *regions] if _is_place(names[0]) else regions
    if not names or not _is_place(names[0]):
        return ()
    said = (as_said(name, sentence) for name in names if _is_place(name))
    return tuple(name.title() if name.islower() else name for name in said)


def is_denied(match: re.Match[str]) -> bool:
    """True for a name that the words around it deny: "not in Delhi", "Delhi mein nahi"."""
    text, (start, end) = match.string, match.span("place" if match["place"] else "hindi")
    before = _denied_before().search(text, max(0, start - 40), start)
    return bool(before or _denied_after().match(text, end))


def capitals(text: str) -> list[str]:
    """The names in a text that are neither months nor words that only begin a sentence."""
    found = (re.sub(r"^in ", "", match[0]) for match in re.finditer(_name(), text))
    return [name for name in found if _is_place(name) and name.split()[0].casefold() not in _common()]


@cache
def _common() -> frozenset[str]:
    """Words that may begin a sentence with a capital letter."""
    owners, corrections, places = words.owners(), words.corrections(), words.places()
    lists = (
        owners.relations, owners.third_person, owners.fillers, owners.documents, owners.reports, owners.auxiliaries,
        corrections.corrections, corrections.takes_back, corrections.asks_first, corrections.says_no,
        corrections.names_the_date, corrections.names_the_time, corrections.names_the_place, corrections.confirms,
        places.never_in_a_name, places.before_an_answer, words.questions().goes_on, words.questions().asks,
    )  # fmt: skip
    return frozenset(word for phrases in lists for phrase in phrases for word in phrase.split())


def leaves_open(text: str) -> bool:
    """True for two places of which only one is right: "Jaipur ya Ajmer", "either Pune or Mumbai"."""
    return any(
        match["one_hindi"]
        or (
            _is_place(match["one"])
            and _is_place(match["other"])
            and match["one"].casefold() != match["other"].casefold()
        )
        for match in _alternatives().finditer(text)
    )


def denies(text: str, names: Iterable[str]) -> re.Match[str] | None:
    """One of the names where a text denies it: "not Surat", "Surat mein nahi"."""
    found = (
        found
        for name in names
        for found in re.finditer(rf"(?<!\w){re.escape(name.strip())}(?!\w)", text)
        if name.strip()
    )
    return next((one for one in found if _denied_here(text, one)), None)


def _denied_here(text: str, found: re.Match[str]) -> bool:
    return bool(
        _denied_before().search(text, max(0, found.start() - 40), found.start())
        or _denied_after().match(text, found.end())
    )


def _matches(
    sentence: str, latin: str, *, of_birth: bool, asked_where: bool, corrects: bool
) -> list[re.Match[str]]:
    """The matches of the first form that the sentence has."""
    if (of_birth or corrects) and (matches := list(_instead().finditer(sentence))):
        return matches
    if corrects and (matches := list(_corrected().finditer(sentence))):
        return matches
    if corrects and (matches := list(_corrected_behind().finditer(sentence))):
        return matches
    if corrects and sentence.islower() and (matches := list(_small_corrected().finditer(sentence))):
        return matches
    if asked_where and (match := _bare().match(sentence)) and _is_place(match["place"]):
        return [match]
    if of_birth and (matches := _first_found([(_near(), sentence), (_called(), sentence)])):
        return matches[:1]
    if matches := _places_first_found(
        [(_birth_place_is(), sentence), (_after_born("in"), sentence), (_after_born("in|at|is|was|from"), sentence)]
    ):
        return matches
    if of_birth:
        # What is said first is of the birth: "Lucknow mein paida hua, bada Delhi mein hua".
        if matches := _places_first_found([(hindi_of(), latin), (hindi_in(), latin), (_hindi_in(), sentence)]):
            return matches if corrects else matches[:1]
        if matches := _first_found([(_english_in(), sentence)]):
            return matches
    if asked_where:
        forms = ((_bare(), sentence), (hindi_of_alone(), latin), (hindi_alone(), latin))
        if matches := [match for form, text in forms for match in form.finditer(text) if _is_place(match["place"])]:
            return matches[:1]
    if of_birth and (matches := _first_found([(_listed(), sentence)])):
        return matches
    if sentence.islower() and (matches := _in_small_letters(sentence, of_birth=of_birth, asked_where=asked_where)):
        return matches
    return list(_IN_SMALL_LETTERS.finditer(sentence.lower()))


def _without_what_leads(name: str) -> str:
    """The name without words before it that are none: "Kanpur" for "Main Kanpur"."""
    first, _, rest = name.partition(" ")
    return _without_what_leads(rest) if rest and first.casefold() in _no_place() else name


def _in_small_letters(sentence: str, *, of_birth: bool, asked_where: bool) -> list[re.Match[str]]:
    """The names of a sentence without a capital: "born in new delhi", and "delhi" as an answer."""
    forms = [(_small_in(), sentence)] if of_birth else []
    if asked_where:
        forms.append((_small_bare(), sentence))
    return [match for form, text in forms for match in form.finditer(text)]


def _first_found(forms: Iterable[tuple[re.Pattern[str], str]]) -> list[re.Match[str]]:
    found = (list(form.finditer(text)) for form, text in forms)
    return next((matches for matches in found if matches), [])


def _places_first_found(forms: Iterable[tuple[re.Pattern[str], str]]) -> list[re.Match[str]]:
    found = ([match for match in form.finditer(text) if _leads_to_a_place(match)] for form, text in forms)
    return next((matches for matches in found if matches), [])


def _leads_to_a_place(match: re.Match[str]) -> bool:
    return bool(_names_of(match))


def _is_place(name: str) -> bool:
    first = name.split()[0].casefold() if name else ""
    shortest = 2 if "\u0900" <= first[:1] <= "\u097f" else 3
    return len(first) >= shortest and first not in _no_place() and not _SHORT_FORM.search(first)


@cache
def _no_place() -> frozenset[str]:
    return frozenset(words.places().no_place).union(
        words.owners().fillers,
        words.corrections().not_as_repeated,
        words.corrections().says_no,
        *words.dates().months.values(),
    )


@cache
def _name() -> str:
    """The regular expression of a name: words with capital letters, and small words between them."""
    inside = words.any_of(words.places().inside_a_name)
    return rf"[^\W\d_a-z][\w'’]*(?:[- ](?:{inside}|[^\W\d_a-z][\w'’]*))*"


@cache
def _names() -> str:
    return rf"(?P<place>{_name()}(?:, (?:in )?{_name()}){{0,2}})"


@cache
def _region() -> str:
    """ "..., the one in Alabama" and "... in Haryana" behind a name."""
    return rf"(?:,? (?:(?:the|not the) one )?(?:in|of|from) (?P<region>{_name()}(?:, {_name()})?))?"


@cache
def _after_born(prepositions: str) -> re.Pattern[str]:
    births = r"\b(?:born|birth ?place|place of birth|place|janam|paida)\b"
    return re.compile(rf"{births}(?:[^.?!]{{0,80}}?)\b(?:{prepositions}) {_names()}{_region()}")


@cache
def _birth_place_is() -> re.Pattern[str]:
    return re.compile(
        rf"(?i:\b(?:jana?m ?sthan|birth ?place|place of birth|p\.?o\.?b\.?)|(?:^|(?<=[,.;] )|(?<=\d )|(?<=[ap]m )|(?<=baje ))(?:and |aur )?(?:place|jagah|city))(?![\w])(?: is| was| hai|:|,| -)? {_names()}"
    )


@cache
def _english_in() -> re.Pattern[str]:
    return re.compile(rf"\b(?i:in|from) {_names()}{_region()}")


@cache
def _near() -> re.Pattern[str]:
    near = words.any_of(words.places().near)
    return re.compile(rf"\b{near} {_names()}{_region()}")


@cache
def _called() -> re.Pattern[str]:
    called = words.any_of(words.places().called)
    return re.compile(rf"\b{called} {_names()}{_region()}")


@cache
def _corrected() -> re.Pattern[str]:
    """ "Bhopal, I mean Indore", "sorry, in Nashik", "nahi, Vadodara mein"."""
    lead = words.any_of(words.places().before_an_answer)
    return re.compile(
        rf"(?i:{correction().pattern}|\bno\b)[,.:\s—-]*(?i:(?:{lead})[,\s]+)*{_names()}(?=\W|$)(?! (?:was|is|has|said|says)\b)"
    )


@cache
def _corrected_behind() -> re.Pattern[str]:
    """ "Thane, Kalyan actually": the second of two names."""
    behind = words.any_of(words.places().corrects_behind)
    return re.compile(rf"{_name()},? (?P<place>{_name()})(?= (?i:{behind})\W*$)(?P<hindi>)?")


@cache
def _instead() -> re.Pattern[str]:
    """ "Not Surat, Navsari", "not in Surat but in Navsari", "Surat nahi, Navsari"."""
    one = rf"{_name()}"
    return re.compile(
        rf"\b(?i:not|isn't|wasn't)(?: (?:in|at|from|born in))? {one}(?:,? but|,|\.|;| -)(?: (?:in|at|it's|it was|it is|rather|actually|but))* {_names()}(?=\W|$)"
        rf"|{one}(?: mein| me)?,? (?i:nahi+n?),? (?P<hindi>{_name()})(?=\W|$)"
    )


@cache
def _small_corrected() -> re.Pattern[str]:
    """The same in small letters: "born in bhopal no wait indore"."""
    lead = words.any_of(words.places().before_an_answer)
    return re.compile(
        rf"(?:{correction().pattern})[,:\s]*(?:{lead}[,\s]+)*{_small_names()}\s*(?:mein|me)?(?=\W*$|,? (?:on|at|in the|in \d|main|aur|and) )"
    )


@cache
def _denied_before() -> re.Pattern[str]:
    known = words.places()
    return re.compile(rf"(?i:\b{words.any_of(known.denials)}(?: {words.any_of(known.after_a_denial)})*[ ,]*)\Z")


@cache
def _denied_after() -> re.Pattern[str]:
    known = words.places()
    return re.compile(
        rf"(?i:(?: mein| me| में)?(?: toh| to| bhi| hi)?,? (?:nahi+n?|नहीं|bilkul nahi)\b(?!,? {words.any_of(known.after_no_denial)}\b)(?! (?:mein|me)\b)(?! nahi))"
    )


@cache
def _alternatives() -> re.Pattern[str]:
    joins = words.any_of(words.places().between_two_places)
    word = r"[^\W\d_a-z][\w'’]*(?: [^\W\d_a-z][\w'’]*)*"
    if_hindi = r"[\u0900-\u0963\u0970-\u097f]{2,}"
    return re.compile(
        rf"(?P<one>{word})(?: mein| me)?,? (?i:{joins})(?: in| at| it was| was| it's| it is)* (?P<other>{word})"
        rf"|(?P<one_hindi>{if_hindi})(?: में)?,? या(?: फिर)? (?P<other_hindi>{if_hindi})"
    )


@cache
def _listed() -> re.Pattern[str]:
    """A name that ends a list of a date or a time: "3 May 1990, 6 am, Patna"."""
    months = words.any_of(*words.dates().months.values())
    parts = words.any_of(
        words.day_parts().english, words.day_parts().hindi, ["baje", "noon", "midnight", "o'clock"]
    )
    return re.compile(rf"(?i:\d|\d(?:st|nd|rd|th)|[ap]\.?m\.?|\b{months}|\b{parts}),? {_names()}[.!]?\s*$")


@cache
def _bare() -> re.Pattern[str]:
    lead = words.any_of(words.places().before_an_answer)
    return re.compile(
        rf"(?:^|(?<=, )|(?<=\bbut )|(?<=\bpar )|(?<=\blekin ))\W*(?i:{lead}[,\s]+)*{_names()}(?=[.,!]|\s*$|\s+(?:{words.any_of(words.places().after_an_answer)})\b){_region()}"
    )


@cache
def _small_names() -> str:
    """One to three words in small letters that may be a name, as speech recognition writes them."""
    word = rf"(?!{words.any_of(words.places().never_in_a_name, words.places().no_place, *words.dates().months.values(), *_number_words())}\b)[a-z]{{2,20}}"
    return rf"(?P<place>{word}(?: {word}){{0,2}})(?:, (?:in )?(?P<region>{word}(?: {word})?))?"


def _number_words() -> list[list[str]]:
    known = words.numerals()
    lists = (known.english_below_twenty, known.english_tens, known.english_ordinals)
    return [spellings for numbers in lists for spellings in numbers.values()]


@cache
def _small_in() -> re.Pattern[str]:
    return re.compile(rf"\b(?:in|near) {_small_names()}(?=$|[\s,.!?])")


@cache
def _small_bare() -> re.Pattern[str]:
    lead = words.any_of(words.places().before_an_answer)
    return re.compile(rf"^\W*(?:{lead}[,\s]+)*{_small_names()}(?: mein| me)?\W*$")


@cache
def _hindi_in() -> re.Pattern[str]:
    return re.compile(rf"(?P<place>{_name()}) (?:mein|me|main)\b(?:, ?(?P<region>{_name()}(?:, {_name()})?))?")
