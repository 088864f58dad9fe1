"""The words the offline runner knows: topics, tones, incidents, occupations and countries of lexicon.yaml. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from astra_pipeline.language import devanagari, hinglish, vocabulary

_WORD = re.compile(r"[\w']+")


def _listed(text: object) -> object:
    """The entries of a text between commas. Any other value is left for the model to refuse."""
    return [entry.strip() for entry in text.split(",")] if isinstance(text, str) else text


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"no regular expression: {error.msg}") from None
    return pattern


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Listing = Annotated[list[Line], BeforeValidator(_listed), Field(min_length=1)]
Pattern = Annotated[Line, AfterValidator(_compiles)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TopicEntry(_Entry):
    """A topic: of life or of astrology, and the phrases that name it."""

    kind: Literal["life", "astro"]
    words: Listing


class ToneEntry(_Entry):
    """A tone of voice: dark or bright, and the phrases that express it."""

    mood: Literal["dark", "bright"]
    words: Listing


class IncidentEntry(_Entry):
    """Something that happened to the caller.

    A sentence reports the incident if it has one of the cues and one of the patterns matches. The pattern's group
    takes the place of {} in the title.
    """

    title: Line
    tags: list[Line]
    cues: Listing
    patterns: Annotated[list[Pattern], Field(min_length=1)]
    whose: Literal["caller", "anybody"] = "caller"
    """The one to whom it must have happened."""


class LexiconFile(_Entry):
    """The lists of lexicon.yaml, where each has a comment that says what it is for."""

    topics: dict[Line, TopicEntry]
    tones: dict[Line, ToneEntry]
    incidents: list[IncidentEntry]
    occupations: Listing
    countries: Listing


@dataclass(frozen=True)
class Incident:
    """An incident, with the patterns that find it in a sentence."""

    title: str
    tags: list[str]
    cues: frozenset[str]
    patterns: list[re.Pattern[str]]
    is_of_relatives: bool
    """Whether it may have happened to somebody else, whom the patterns name."""


@dataclass(frozen=True)
class Lexicon:
    """The lists of lexicon.yaml, in the form in which a transcript is searched for them.

    `phrases` maps tuples of words to topics, `feelings` to tones.
    """

    phrases: Mapping[tuple[str, ...], str]
    astro: frozenset[str]
    feelings: Mapping[tuple[str, ...], str]
    dark: frozenset[str]
    incidents: list[Incident]
    occupation: re.Pattern[str]
    countries: frozenset[str]
    spellings: Mapping[str, str]
    """The `devanagari.key` of a word -> its spelling in the lists."""


@functools.cache
def read_lexicon() -> Lexicon:
    """Read the lexicon, once a process. Raises BadVocabulary naming the file, the line and the problem."""
    file = vocabulary.load("astra_pipeline.conversations", "lexicon.yaml", LexiconFile)
    return Lexicon(
        phrases=_by_phrase({name: entry.words for name, entry in file.topics.items()}),
        astro=frozenset(name for name, entry in file.topics.items() if entry.kind == "astro"),
        feelings=_by_phrase({name: entry.words for name, entry in file.tones.items()}),
        dark=frozenset(name for name, entry in file.tones.items() if entry.mood == "dark"),
        incidents=[_incident(entry) for entry in file.incidents],
        occupation=_occupation(file.occupations),
        countries=frozenset(name.casefold() for name in file.countries),
        spellings=_spellings(file),
    )


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return _WORD.findall(text.lower())


def _by_phrase(words: Mapping[str, list[str]]) -> dict[tuple[str, ...], str]:
    """Phrase -> its name: the first one that lists the phrase."""
    found: dict[tuple[str, ...], str] = {}
    for name, phrases in words.items():
        for phrase in phrases:
            found.setdefault(tuple(words_of(phrase)), name)
    return found


def _incident(entry: IncidentEntry) -> Incident:
    return Incident(
        title=entry.title,
        tags=list(entry.tags),
        cues=frozenset(entry.cues),
        patterns=[re.compile(pattern) for pattern in entry.patterns],
        is_of_relatives=entry.whose == "anybody",
    )


def _spellings(file: LexiconFile) -> dict[str, str]:
    phrases = [phrase for entry in (*file.topics.values(), *file.tones.values()) for phrase in entry.words]
    listed = (word for phrase in phrases for word in words_of(phrase) if len(word) > 2)
    found: dict[str, str] = {}
    for word in (*sorted(hinglish.words()), *listed):
        found.setdefault(devanagari.key(word), word)
    return found


def _occupation(names: list[str]) -> re.Pattern[str]:
    """The pattern of sentences such as "I work as a freelance designer"; its group `what` is the occupation.

    "A doctor's wife" and "a doctor by my mother's wish alone" are no doctors: behind the occupation the sentence ends,
    or goes on with a small word.
    """
    longest_first = "|".join(sorted(names, key=len, reverse=True))
    shades = r"(?:(?!(?:of|to|for|with|from|by|than|almost|nearly|aspiring|former|failed|future|wannabe|fake|not|the|an?) )[\w-]+ ){0,2}"
    ends = (
        r"(?=\W*$|[,.;:!?]| (?:and|but|in|at|with|from|for|by|now|here|so|who|since|because|on|these|working|or|living|too|also|hoon|hu|hun|"
        r"yaar|actually|myself|there|near|as|until|till|then|though|which|where|when|mein|doing|trying|looking|studying|based)\b)(?!'s|s')"
    )
    english = rf"\b[Ii](?:'m| am| work as) (?:just )?(?:an? )(?P<what>{shades}(?:{longest_first}))\b{ends}"
    hindi = rf"\b[Mm]ain (?:ek )?(?P<hindi>{longest_first}) (?:hoon|hu|hun)\b"
    return re.compile(f"{english}|{hindi}")
