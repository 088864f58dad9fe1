"""Hindi in Devanagari, written in Latin letters, so that one vocabulary serves both scripts. Pure.

A word is looked up in devanagari.yaml and in the words of spoken births; any other is written letter by letter,
without the vowels that are written and not said ("करना" is "karna"). `key` makes the spellings of a word agree
("jeena" and "jina").
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from astra_pipeline.language import vocabulary
from astra_pipeline.language.spoken_birth import words as birth_words
from astra_pipeline.language.word_lists import Vocabulary

_WORD = re.compile("[\u0900-\u0963\u0970-\u097f\u200c\u200d]+")
_CONSONANTS = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलळवशषसह",
        "k kh g gh n ch chh j jh n t th d dh n t th d dh n p ph b bh m y r l l v sh sh s h".split(),
        strict=True,
    )
)
_VOWELS = dict(zip("अआइईउऊऋएऐओऔऑऍऎऒ", "a aa i ee u oo ri e ai o au o e e o".split(), strict=True))
_SIGNS = dict(zip("ािीुूृेैोौॉॅ", "aa i ee u oo ri e ai o au o e".split(), strict=True))
_VIRAMA, _ANUSVARA, _VISARGA = "\u094d", "\u0902", "\u0903"
_SCHWA = "a"
# (spelling, the spelling that agrees with it).
_SAME_SOUND = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"aa+", "a"),
        # "rahna" and "rehna".
        (r"ah(?=[bcdfgjklmnpstvyz])", "eh"),
        (r"ee+|ii+", "i"),
        (r"oo+|uu+", "u"),
        (r"(?:chh|ch|c)?chh?", "ch"),
        (r"ph", "f"),
        (r"w", "v"),
        (r"z", "j"),
        (r"q", "k"),
        (r"ay(?=[ie])", "a"),
        (r"iy(?=[ae])", "i"),
        (r"ei", "e"),
        (r"ai", "ei"),
        (r"au", "o"),
        # A letter said twice; 2000 is not 20.
        (r"([^\d])\1+", r"\1"),
        (r"(?<=[aeo])h$", ""),
        (r"(?<=[a-z][iu])n$|(?<=ei)n$", ""),
    )
)


class DevanagariWords(Vocabulary):
    """The lists of devanagari.yaml: Latin spelling -> spellings in Devanagari."""

    english: dict[str, list[str]]
    hindi: dict[str, list[str]]


def has_devanagari(text: str) -> bool:
    """True for a text with a word in Devanagari."""
    return bool(_WORD.search(text))


def count(text: str) -> int:
    """The number of words in Devanagari."""
    return len(_WORD.findall(text))


def without(text: str) -> str:
    """The text without its words in Devanagari."""
    return _WORD.sub(" ", text)


def in_latin(text: str, spellings: Mapping[str, str] | None = None) -> str:
    """The text with its words in Devanagari in Latin letters, all others as they are.

    `spellings` maps the `key` of a word to the spelling that is wanted for it.
    """
    wanted = spellings or {}
    return _WORD.sub(lambda word: _latin(word[0], wanted), text)


@functools.lru_cache(maxsize=20_000)
def key(word: str) -> str:
    """A word of Hindi in Latin letters in the one form that its spellings have in common."""
    found = word.lower()
    for pattern, sound in _SAME_SOUND:
        found = pattern.sub(sound, found)
    return found


def _latin(word: str, spellings: Mapping[str, str]) -> str:
    plain = birth_words.plain_devanagari(word)
    known = _known().get(plain)
    if known is not None:
        return known
    written = _written(plain)
    return spellings.get(key(written)) or _as_typed(written)


def _as_typed(written: str) -> str:
    """A word as people type it, with short vowels for long ones."""
    return written.replace("aa", "a").replace("ee", "i").replace("oo", "u")


@functools.cache
def _known() -> dict[str, str]:
    listed = vocabulary.load("astra_pipeline.language", "devanagari.yaml", DevanagariWords)
    ours = {
        birth_words.plain_devanagari(word): latin
        for group in (listed.english, listed.hindi)
        for latin, words in group.items()
        for word in words
    }
    return birth_words.devanagari().latin() | ours


def _written(word: str) -> str:
    """A word letter by letter: [consonants, vowel] pairs, of which the vowels that are not said are left out."""
    sounds: list[list[str]] = []  # [consonant or "", vowel or ""]
    for at, letter in enumerate(word):
        if letter in _CONSONANTS:
            sounds.append([_CONSONANTS[letter], _SCHWA + "?"])
        elif letter in _VOWELS:
            sounds.append(["", _VOWELS[letter]])
        elif letter in _SIGNS and sounds:
            sounds[-1][1] = _SIGNS[letter]
        elif letter == _VIRAMA and sounds:
            sounds[-1][1] = ""
        elif letter == _ANUSVARA:
            following = _CONSONANTS.get(word[at + 1 : at + 2], "")
            sounds.append(["m" if following[:1] in ("p", "b", "m") and following else "n", ""])
        elif letter == _VISARGA:
            sounds.append(["h", ""])
    return "".join(consonant + vowel.removesuffix("?") for consonant, vowel in _without_silent(sounds))


def _without_silent(sounds: list[list[str]]) -> list[list[str]]:
    """The sounds without the schwas that are not said: at the end of a word, and between V C _ C V."""
    unsaid = _SCHWA + "?"
    vowels = [number for number, sound in enumerate(sounds) if sound[1]]
    # It is said behind two consonants of which it needs the last ("shukra", "surya").
    is_said = len(sounds) > 1 and not sounds[-2][1] and sounds[-1][0] in ("r", "y", "v") and bool(sounds[-2][0])
    if len(vowels) > 1 and sounds[-1][1] == unsaid and not is_said:
        sounds[-1][1] = ""
    for at in range(len(sounds) - 2, 0, -1):
        if (
            sounds[at][1] == unsaid
            and sounds[at][0]
            and sounds[at - 1][1]
            and sounds[at + 1][1]
            and sounds[at + 1][0]
        ):
            sounds[at][1] = ""
    return sounds
