"""The wishes of a caller for how they are talked to: style, system, interests, share of Hindi. By rules, pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from astra_pipeline.conversations.lexicon import Lexicon
from astra_pipeline.conversations.sentences import Sentence
from astra_pipeline.language import devanagari, hinglish

_INTEREST = re.compile(
    r"\bI (?:really |just |also )?(?:love|enjoy|adore|like|care about)\b|\binterested in\b|\bcurious about\b"
    r"|\bpasand\b|\btell me more about\b|\bmy favou?rite\b|\b(?:mein|me) (?:ruchi|dilchaspi)\b|\bachh?[ai] lagt[ai]\b",
    re.IGNORECASE,
)
# In Hindi the thing liked stands before the verb.
_LIKED_BEFORE = re.compile(r"(?:pasand|ruchi|dilchaspi|lagta|lagti)$", re.IGNORECASE)
_HOW_TO_TALK = re.compile(
    r"\b(?:talk|speak|call me|be|being|keep|sound|tone|baat|bol|bolo|boliye|bolna|bolein|kariye)\b", re.IGNORECASE
)
_STYLES = (
    ("casual", re.compile(r"\b(?:casual|casually|informal|relaxed|anaupcharik)\b", re.IGNORECASE)),
    ("formal", re.compile(r"\b(?:formal|formally|professional|respectful)\b", re.IGNORECASE)),
    ("balanced", re.compile(r"\bbalanced\b", re.IGNORECASE)),
)
_SYSTEM = re.compile(r"\b(vedic|western)\b", re.IGNORECASE)
_FOLLOWS = re.compile(
    r"\b(?:I|we) (?:\w+ )?(?:follow|prefer|use|believe in|trust|go by|grew up with|read|like|want)\b"
    r"|\b(?:maanta|maanti|maante|manta|manti|chahiye|pasand|istemal)\b|\bplease\b|\bonly\b|\bsirf\b",
    re.IGNORECASE,
)
# "Vedic over Western" and "western ki jagah vedic": the one behind, or before, is not wanted.
_NOT_WANTED_BEHIND = re.compile(
    r"(?:\bover|\bthan|\binstead of|\brather than|\btoo|\bmore than)\W+$", re.IGNORECASE
)
_NOT_WANTED_BEFORE = re.compile(
    r"^\W+(?:\w+\W+)?(?:ki jagah|ke bajay|ke bajaye|se (?:zyada|behtar|accha|achha))\b", re.IGNORECASE
)
# The one who follows a system, named just before: not the caller.
_SOMEBODY_ELSE = re.compile(
    r"\b(?:he|she|they|(?:my|mere|meri) (?!own\b)\w+|everyone|people|log|wo|woh)\b[^,.;]{0,25}$", re.IGNORECASE
)
_CALLER = re.compile(
    r"\b(?:I|I'm|we|main|mujhe|hum|please)\b(?![^,.;]*\b(?:he|she|they|my \w+s?)\b)[^,.;]*$", re.IGNORECASE
)


def preferences(lexicon: Lexicon, said: Sequence[Sentence]) -> dict[str, Any]:
    """The preferences of an answer, as far as the caller said them."""
    style: str | None = None
    systems: set[str] = set()
    interests: dict[str, None] = {}
    for sentence in said:
        if sentence.is_question:
            continue
        if _HOW_TO_TALK.search(sentence.latin):
            style = next(iter(_styles(sentence)), style)
        if _FOLLOWS.search(sentence.latin):
            systems |= set(_systems(sentence))
        interests |= dict.fromkeys(_interests(lexicon, sentence))
    return {
        "communication_style": style,
        "topics_of_interest": [name for name in interests if name not in lexicon.astro][:20],
        "hinglish_level": hinglish_level(said),
        "astrology_system": "both" if len(systems) == 2 else next(iter(systems), None),
        "favorite_astro_topics": [name for name in interests if name in lexicon.astro][:20],
    }


def hinglish_level(said: Sequence[Sentence]) -> int | None:
    """The share of Hindi in the caller's words, from 0 to 100: each word in Devanagari counts, also "करियर"."""
    total = hindi = 0
    for sentence in said:
        in_devanagari = devanagari.count(sentence.text)
        total += len(sentence.words)
        hindi += in_devanagari or sum(word in hinglish.words() for word in sentence.words)
        if in_devanagari and in_devanagari < len(sentence.words):
            rest = devanagari.without(sentence.text).lower().split()
            hindi += sum(word.strip(".,!?") in hinglish.words() for word in rest)
    return (round(100 * min(hindi, total) / total) if total else 0) or None


def _styles(sentence: Sentence) -> Iterable[str]:
    """The styles that the sentence asks for."""
    for name, words in _STYLES:
        for match in words.finditer(sentence.latin):
            unwanted = _NOT_WANTED_BEHIND.search(sentence.latin[: match.start()])
            if not unwanted and not sentence.denies(sentence.words_before(match.start())):
                yield name


def _systems(sentence: Sentence) -> Iterable[str]:
    """The systems of astrology that the sentence says the caller follows."""
    for match in _SYSTEM.finditer(sentence.latin):
        before, behind = sentence.latin[: match.start()], sentence.latin[match.end() :]
        if _NOT_WANTED_BEHIND.search(before) or _NOT_WANTED_BEFORE.search(behind):
            continue
        if sentence.denies(sentence.words_before(match.start())):
            continue
        if _SOMEBODY_ELSE.search(before) and not _CALLER.search(before):
            continue
        yield match[1].lower()


def _interests(lexicon: Lexicon, sentence: Sentence) -> Iterable[str]:
    for loves in _INTEREST.finditer(sentence.latin):
        at = sentence.words_before(loves.start())
        length = max(sentence.words_before(loves.end()) - at, 1)
        if sentence.denies(at, length) or _is_denied_inside(sentence, at, length):
            continue
        part = sentence.latin[: loves.start()] if _LIKED_BEFORE.search(loves[0]) else sentence.latin[loves.end() :]
        yield from Sentence(part, part).hits(lexicon.phrases, denied=False)
        return


def _is_denied_inside(sentence: Sentence, at: int, length: int) -> bool:
    return any(sentence.denies(place) for place in range(at, at + length))
