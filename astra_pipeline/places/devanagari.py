"""The sound of a name in Hindi script, by which it is compared with names in Latin letters.

राजकोट is spoken "rajkot", and so is GeoNames' Rājkot. The key of a name leaves out what writers differ in: long and
short vowels, double consonants, and letters of one sound (w and v, f and ph, s and sh). Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_LETTER = re.compile("[\u0900-\u097f]")
_SPACES = re.compile(r"[\s\-_.,:/()\u0964\u0970\u200b-\u200d]+")

_LATIN_CONSONANTS = "k kh g gh n ch ch j jh n t th d dh n t th d dh n p ph b bh m y r l l v sh sh s h"
_CONSONANTS = dict(zip("कखगघङचछजझञटठडढणतथदधनपफबभमयरलळवशषसह", _LATIN_CONSONANTS.split(), strict=True))
_LATIN_VOWELS = "a a i i u u ri e ai o au o e e o e"
_VOWELS = dict(zip("अआइईउऊऋएऐओऔऑऍऎऒॲ", _LATIN_VOWELS.split(), strict=True))
# The signs of the same vowels after a consonant; that of the first is none.
_SIGNS = dict(zip("ािीुूृेैोौॉॅॆॊ", _LATIN_VOWELS.split()[1:-1], strict=True))
_NUKTA = {"ड": "r", "ढ": "rh", "ळ": "jh"}
_NUKTA_MARK, _VIRAMA, _NASALS = "\u093c", "\u094d", "\u0902\u0901"
# The inherent vowel of a consonant, which may fall silent.
_SCHWA = "@"
# Endings of names that are words of their own: the vowels before and in them are spoken as in the word alone.
_ENDINGS = re.compile(r"(?<=..)(नगर|पुर|पूर|पुरा|पुरम|गढ़|गढ|गंज|कोट|गांव|गाव|शहर|सागर|मंडी|वाड़ा|वाडा|पेट|पल्ली|बाग|खेड़ा)$")

_FOLDS = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("aa+", "a"),
        ("ee+|ii+", "i"),
        ("oo+|uu+", "u"),
        ("ou|ow(?![aeiou])", "au"),
        ("ae", "ai"),
        ("au", "o"),
        ("ai|ay(?![aeou])", "e"),
        ("w", "v"),
        ("q", "k"),
        ("x", "ks"),
        ("z", "j"),
        ("sh", "s"),
        ("c(?=[iey])", "s"),
        ("c(?!h)", "k"),
        ("ph", "f"),
        ("([bcdgjkt])\\1h", "\\1h"),
        ("chh", "ch"),
        ("([b-df-hj-np-tv-z])\\1+", "\\1"),
        ("i[yi]+(?=[aeou])", "i"),
        ("y(?=i)", ""),
        ("n(?=[pbmf])", "m"),
        ("(?<=[aeiou])h$", ""),
        ("gadh?$", "garh"),
        ("ao$", "av"),
        ("ga(?:n?v|um)$", "gaon"),
    )
]


def is_devanagari(text: str) -> bool:
    """True for a text with a letter of Hindi script."""
    return _LETTER.search(text) is not None


def sound(latin: str) -> str:
    """The key of a name in small Latin letters without accents: "gwalior" is "gvalior", "ludhiyana" "ludhiana"."""
    key = re.sub(r"[^a-z]", "", latin)
    for pattern, replacement in _FOLDS:
        key = pattern.sub(replacement, key)
    return key


def sounds(name: str) -> tuple[str, ...]:
    """The keys of a name in Hindi script, the likeliest first: its silent vowels left out, or some spoken."""
    words = [word for word in _SPACES.split(_plain(name)) if word]
    spoken = ["".join(_read(word, silent=silent, final=final) for word in words) for silent, final in _READINGS]
    return tuple(dict.fromkeys(key for key in map(sound, spoken) if key))


# (inner silent vowels left out, the last one left out)
_READINGS = ((True, True), (False, True), (False, False))


def _plain(name: str) -> str:
    """A name with letters and dots apart, and every nasal before a consonant as the one dot above."""
    text = unicodedata.normalize("NFD", name.casefold()).replace("\u0901", "\u0902")
    return re.sub("[ङञणनम]\u094d(?=[क-घच-झट-ढत-धप-भ])", "\u0902", text)


def _read(word: str, *, silent: bool, final: bool) -> str:
    if not is_devanagari(word):
        return unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    ending = _ENDINGS.search(word)
    parts = [word[: ending.start()], ending[0]] if ending else [word]
    return "".join(
        _spoken(list(_syllables(part)), silent=silent, final=final or number < len(parts))
        for number, part in enumerate(parts, 1)
    )


def _syllables(word: str) -> Iterator[tuple[str, str, bool]]:
    """(consonant or "", vowel or "" before another consonant, nasal) of every letter."""
    at = 0
    while at < len(word):
        letter = word[at]
        at += 1
        if letter in _VOWELS:
            consonant, vowel = "", _VOWELS[letter]
        elif letter in _CONSONANTS:
            consonant, vowel = _CONSONANTS[letter], _SCHWA
            if word[at : at + 1] == _NUKTA_MARK:
                consonant = _NUKTA.get(letter, consonant)
                at += 1
            if (sign := word[at : at + 1]) in _SIGNS and sign:
                vowel, at = _SIGNS[sign], at + 1
            elif sign == _VIRAMA:
                vowel, at = "", at + 1
        else:
            continue
        nasal = word[at : at + 1] in _NASALS and at < len(word)
        yield consonant, vowel, nasal
        at += nasal


def _spoken(syllables: list[tuple[str, str, bool]], *, silent: bool, final: bool) -> str:
    vowels = [vowel for _, vowel, _ in syllables]
    last = len(vowels) - 1
    if final and last > 0 and vowels[last] == _SCHWA and not syllables[last][2]:
        vowels[last] = ""
    for at in range(last - 1, 0, -1) if silent else ():
        # A vowel between single consonants with a spoken vowel on either side falls silent (Ohala's rule).
        alone = vowels[at] == _SCHWA and not syllables[at][2]
        if alone and vowels[at - 1] and syllables[at + 1][0] and vowels[at + 1] and not syllables[at - 1][2]:
            vowels[at] = ""
    return "".join(
        consonant + ("a" if vowel == _SCHWA else vowel) + ("n" if nasal else "")
        for (consonant, _, nasal), vowel in zip(syllables, vowels, strict=True)
    )
