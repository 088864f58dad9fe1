"""Aspects in a text: those between the day's planets and the person's chart must be among the facts. Pure.

A claim is (planet, aspect, point), such as ("Saturn", "square", "Moon"). Only an unmistakable claim counts: a
planet, an aspect and a point of the person's in one clause. Aspects between planets in the sky are not looked at.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from pydantic import Field

from astra_pipeline.language import vocabulary
from astra_pipeline.language.contract.sentences import has_any, sentences
from astra_pipeline.language.contract.signs import ANY_SIGN
from astra_pipeline.language.word_lists import Term, Terms, Vocabulary, Words, one_of, stems

Claim = tuple[str, str, str]


Aspect = Literal["conjunction", "sextile", "square", "trine", "opposition"]
AspectWords = Annotated[dict[Aspect, Words], Field(min_length=len(get_args(Aspect)))]


class TransitWords(Vocabulary):
    """The lists of transits.yaml, where each has a comment that says what it is for."""

    planets: Terms
    same_point: dict[Term, Term]
    your_in_hindi: Words
    own: Words
    manners: Words
    ways: Words
    before_aspects: Words
    aspects: AspectWords
    aspects_received: AspectWords
    aspects_in_hindi: AspectWords
    receiving: Words
    not_between: Words
    not_now: Words


_WORDS = vocabulary.load("astra_pipeline.language.contract", "transits.yaml", TransitWords)

# Aspect -> the words for it in a text.
_LISTS = (_WORDS.aspects, _WORDS.aspects_received, _WORDS.aspects_in_hindi)
_AS_VERB, _AS_RECEIVED, _IN_HINDI = (one_of(itertools.chain(*words.values())) for words in _LISTS)
_CALLED: tuple[tuple[Aspect, re.Pattern[str]], ...] = tuple(
    (aspect, re.compile(one_of((aspect, *itertools.chain(*(words[aspect] for words in _LISTS))))))
    for aspect in get_args(Aspect)
)
_ASPECT_NAMES = "|".join(get_args(Aspect))
_NOUN = f"({_ASPECT_NAMES})"
_PLANETS = one_of(_WORDS.planets)
_PLANET = re.compile(rf"\b{_PLANETS}\b")
_POINTS = one_of(_WORDS.planets, "sun", "moon", "[Aa]scendant", "[Ll]agna", "[Mm]idheaven", "MC")
_POINT = re.compile(
    rf"\b(?:[Yy]our|natal|{one_of(_WORDS.your_in_hindi)}) (?:{one_of(_WORDS.own, ANY_SIGN)} )*"
    rf"({_POINTS})\b(?![-']| (?:sign|lord|dasha|mahadasha|antardasha|period)\b)"
)
_WORD = rf"(?!{one_of(_WORDS.not_between, _PLANETS)}\b)[\w'-]+"
_MANNER = rf"(?:,? {one_of(_WORDS.manners, '[a-z]+ly')}\b)*"
_WAY = (
    rf"(?:,? (?:{one_of(_WORDS.ways)} )?(?:in|through|from|at)"
    rf"(?: (?:your (?=\d)|(?!{_ASPECT_NAMES}\b))(?:[\d.°]+\w*|{_WORD})){{1,6}})?"
)
# Between planet and point: " in Leo now squares ", " makes a kind trine to ", " stands opposite ".
_LINK = re.compile(
    rf"{_MANNER}{_WAY},?{_MANNER}"
    rf"(?: {one_of(_WORDS.before_aspects)}(?: {_WORD}){{0,4}}?)?"
    rf" ({_AS_VERB})"
    r"(?: to| with| from| on| against)?(?: both)? "
)
_ITS_ASPECT = re.compile(rf"'s (?:{_WORD} ){{0,3}}{_NOUN} (?:to|with|from|on|against) ")
_ASPECT_OF = re.compile(rf"\b{_NOUN} (of|from|by|between) (?:the )?$")
_RECEIVES = re.compile(
    rf"{_MANNER} {one_of(_WORDS.receiving)} (?:{_WORD} ){{0,4}}{_NOUN} (?:of|from|by) (?:the )?(?:[a-z]+ )?({_PLANETS})\b"
)
_IS_MET = re.compile(
    rf" (?:is|gets|being)(?: (?:now|being|[a-z]+ly))* ({_AS_RECEIVED}) by "
    rf"(?:the )?(?:[a-z]+ )?({_PLANETS})\b"
)
_MET_IN_HINDI = re.compile(rf" (?:ko|se|ke saath|par|pe|ke)(?: [a-z]+){{0,3}}? ({_IN_HINDI})\b")
_NOT_NOW = re.compile(rf"\b{one_of(_WORDS.not_now)}\b|n't\b")
_NOT_IN_THE_SKY = re.compile(r"(?:\b[Yy]our (?:[\w-]+ )?(?:\w+ and (?:the )?)?|\bnatal |\b(?:Full|New) )$")
# One of these is in every sentence that names an aspect.
_HINTS = stems((*get_args(Aspect), *itertools.chain(*(chain for words in _LISTS for chain in words.values()))))


def transits_told(text: str) -> list[Claim]:
    """The aspects to the person's chart that a text claims, each once."""
    if not has_any(_HINTS, text):
        return []
    told = (claim for sentence in sentences(text) if has_any(_HINTS, sentence) for claim in _claimed_in(sentence))
    return list(dict.fromkeys(told))


def _claimed_in(sentence: str) -> Iterator[Claim]:
    for point in _POINT.finditer(sentence):
        in_hindi = not point.group().startswith(("Your", "your", "natal"))
        meeting = _meeting_in_hindi if in_hindi else _meeting
        if met := meeting(sentence[: point.start()], sentence[point.end() :]):
            planet, aspect = met
            yield _named(planet), _aspect(aspect), _named(point.group(1).title())


def _meeting(before: str, after: str) -> tuple[str, str] | None:
    """(planet, word for the aspect) that the words before and behind a point claim for it; None without a claim."""
    if _NOT_NOW.search(before):
        return None
    if met := _RECEIVES.match(after) or _IS_MET.match(after):
        return met.group(2), met.group(1)
    if not (planet := _last_planet(before)):
        return None
    lead, link = before[: planet.start()], before[planet.end() :]
    if _NOT_IN_THE_SKY.search(lead):
        return None
    if met := _LINK.fullmatch(link) or _ITS_ASPECT.fullmatch(link):
        return planet.group(), met.group(1)
    met = _ASPECT_OF.search(lead)
    if met and link == (" and " if met.group(2) == "between" else " to "):
        return planet.group(), met.group(1)
    return None


def _meeting_in_hindi(before: str, after: str) -> tuple[str, str] | None:
    planet, met = _last_planet(before), _MET_IN_HINDI.match(after)
    if planet and met and not before[planet.end() :].strip():
        return planet.group(), met.group(1)
    return None


def _last_planet(before: str) -> re.Match[str] | None:
    planets = list(_PLANET.finditer(before))
    return planets[-1] if planets else None


def _aspect(word: str) -> Aspect:
    return next(aspect for aspect, called in _CALLED if called.fullmatch(word))


def _named(point: str) -> str:
    return _WORDS.same_point.get(point, point)
