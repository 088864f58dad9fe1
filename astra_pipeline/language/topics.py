"""Topics of conversations: the care that each needs in a text, and its form inside a sentence. Pure.

A topic is a few words from an LLM or the app, such as "Career Transition" or "Mother's health".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.language import vocabulary
from astra_pipeline.language.care.levels import Level
from astra_pipeline.language.word_lists import Terms, Vocabulary, Words, one_of
from astra_pipeline.names import isolated, plain

Kind = Literal["plain", "tender", "learned", "unspoken"]
# The register of a whole text: `gentle` for illness, loss and trouble, `crisis` for a person who spoke of an end to
# everything, or of violence.
Tenor = Literal["usual", "gentle", "crisis"]

_SIGN = f"(?:{'|'.join(SIGNS)})"
_PLANET = "(?:Mercury|Venus|Mars|Jupiter|Saturn|Uranus|Neptune|Pluto)"
_MARKS = (("*", r"\w*"), (" ", r"[\s-]*"), ("{sign}", _SIGN), ("{planet}", _PLANET))


def _pattern(listing: str) -> re.Pattern[str]:
    """The pattern of the words between commas: a star is any ending, a space may be a hyphen or nothing."""
    fragments = [" ".join(fragment.split()) for fragment in listing.split(",")]
    for mark, expression in _MARKS:
        fragments = [fragment.replace(mark, expression) for fragment in fragments]
    return re.compile(rf"(?<!\w)(?:{'|'.join(fragments)})(?!\w)", re.IGNORECASE)


def _can_be_sought(listing: str) -> str:
    if not all(fragment.strip() for fragment in listing.split(",")):
        raise ValueError("want words between commas, but nothing stands between two of them")
    try:
        _pattern(listing)
    except re.error as error:
        raise ValueError(f"no regular expression: {error.msg}") from None
    return listing


Listing = Annotated[str, AfterValidator(_can_be_sought)]


class Kinds(BaseModel):
    """The listings under `kinds` in topics.yaml, where each has a comment that says what it is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    harmless: Listing
    sky: Listing
    crisis: Listing
    unspoken: Listing
    tender: Listing
    learned: Listing


class TopicWords(Vocabulary):
    """The lists of topics.yaml, where each has a comment that says what it is for."""

    kinds: Kinds
    kin: Words
    parts_of_life: Words
    one_of_its_kind: Words
    names_of_two_words: Terms
    directions: Terms
    lands: Terms
    names: Words
    also_names: Words
    ordinary: Words


@functools.lru_cache(maxsize=4096)
def kind_of(topic: str) -> Kind:
    """The kind of a topic: plain, tender (illness, loss, trouble), learned (astrology) or unspoken."""
    read = _without_harmless(topic)
    if _kinds()["crisis"].search(read) or _kinds()["unspoken"].search(read):
        return "unspoken"
    if _kinds()["tender"].search(read):
        return "tender"
    return "learned" if _kinds()["learned"].search(read) else "plain"


def tenor_of(topics: Sequence[str]) -> Tenor:
    """The register of a text to a person who spoke of these topics."""
    if any(_kinds()["crisis"].search(_without_harmless(topic)) for topic in topics):
        return "crisis"
    return "gentle" if {"tender", "unspoken"} & {kind_of(topic) for topic in topics} else "usual"


def weightier(tenor: Tenor, care: Level) -> Tenor:
    """The register of a text whose topics ask for one, and whose reader for care."""
    if care == "crisis" or tenor == "crisis":
        return "crisis"
    return "gentle" if care == "tender" else tenor


def in_a_sentence(topic: str) -> str:
    """A topic in its form inside a sentence: ordinary words in lower case, names and abbreviations as they are."""
    names = [found.span() for found in _names_of_two_words().finditer(topic)]

    def written(word: re.Match[str]) -> str:
        if any(start <= word.start() < end for start, end in names):
            return word[0]
        return word[0].lower() if _is_ordinary(word[1], possessive=bool(word[2])) else word[0]

    return isolated(_WORD.sub(written, topic))


def as_yours(topic: str) -> str:
    """A topic inside a sentence to the person it belongs to: "your mother's health", "the job search"."""
    turned = _OWN.sub(lambda word: _YOURS[word[0].lower()], in_a_sentence(topic))
    if _kin().match(turned) or _parts_of_life().fullmatch(turned):
        return f"your {turned}"
    return f"the {turned}" if _one_of_its_kind().search(turned) and not _DETERMINED.search(turned) else turned


def is_nameable(topic: str) -> bool:
    """True for a topic that can be named ("Father's passing"), not for a sentence ("Dad passed away")."""
    return not _TELLS.match(plain(topic))


def _without_harmless(topic: str) -> str:
    read = _kinds()["sky"].sub(" zodiac ", plain(topic).strip())
    return _kinds()["harmless"].sub(" ", read).strip()


def _is_ordinary(word: str, *, possessive: bool) -> bool:
    """True for a word that is no name. Some are both ("Grace's wedding")."""
    lowered, words = word.lower(), _vocabulary()
    if word.isupper() and len(word) > 1:
        return len(word) >= _SHORTEST_IN_CAPITALS and lowered in _ordinary()
    if word[1:] != lowered[1:] or lowered in words.names or (possessive and lowered in words.also_names):
        return False
    known = (lowered, *(lowered.removesuffix(end) + start for end, start in _ENDINGS if lowered.endswith(end)))
    if any(form in _ordinary() for form in known) or _kinds()["tender"].fullmatch(lowered):
        return True
    return len(word) > _LONGER_THAN_NAMES and bool(_OF_ENGLISH.search(lowered))


@functools.cache
def _vocabulary() -> TopicWords:
    return vocabulary.load("astra_pipeline.language", "topics.yaml", TopicWords)


@functools.cache
def _kinds() -> dict[str, re.Pattern[str]]:
    return {kind: _pattern(listing) for kind, listing in _vocabulary().kinds.model_dump().items()}


@functools.cache
def _ordinary() -> frozenset[str]:
    """Words that are no names."""
    return frozenset(_vocabulary().ordinary).difference(_vocabulary().names)


@functools.cache
def _names_of_two_words() -> re.Pattern[str]:
    words = _vocabulary()
    lands = f"{one_of(words.directions)} {one_of(words.lands)}"
    return re.compile(rf"\b{one_of(words.names_of_two_words, lands)}\b")


@functools.cache
def _kin() -> re.Pattern[str]:
    return re.compile(rf"{one_of(_vocabulary().kin, _FORMER)}(?:'s\b|$| and\b)", re.IGNORECASE)


@functools.cache
def _parts_of_life() -> re.Pattern[str]:
    return re.compile(one_of(_vocabulary().parts_of_life), re.IGNORECASE)


@functools.cache
def _one_of_its_kind() -> re.Pattern[str]:
    return re.compile(rf"\b{one_of(_vocabulary().one_of_its_kind)}$", re.IGNORECASE)


_FORMER = r"ex(?:-\w+)?"
_WORD = re.compile(r"(?<!['’])\b([^\W\d_]+)(['’]s\b)?")
_SHORTEST_IN_CAPITALS = 5
_LONGER_THAN_NAMES = 5
# (ending of an English word, the ending of the word that it comes from).
_ENDINGS = (("ies", "y"), ("es", ""), ("s", ""), ("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e"), ("ly", ""))
_OF_ENGLISH = re.compile(
    r"(?:tion|sion|ment|ness|ship|ance|ence|ism|hood|ity|logy|graphy|ics|ing|ful|less|ous|ive|able|ible|ally)s?$"
)
_YOURS = {"my": "your", "myself": "yourself", "mine": "yours", "me": "you"}
_OWN = re.compile(rf"\b(?:{'|'.join(_YOURS)})\b", re.IGNORECASE)
_DETERMINED = re.compile(
    r"'s\b|’s\b|s'|^(?:the|a|an|your|this|that|being|having|getting|no|moving|losing|missing|my)\b", re.IGNORECASE
)
_TELLS = re.compile(
    r"(?!being\b|getting\b|having\b|not\b)\w+.*\b(?:passed away|died|is|are|was|were|has|have|had|got|cheated|left|"
    r"can't|won't|don't|didn't|doesn't)\b",
    re.IGNORECASE,
)
