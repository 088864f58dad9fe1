"""First names out of stored names, and the search for a name in a text. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_LONGEST = 40
# A stored text is no name from here on; reading it all would take as long as somebody likes.
_READ = 200
# Swami and Major are not among the titles: some people are called so.
_TITLES = frozenset(
    (
        "dr", "mr", "mrs", "ms", "mx", "miss", "madam", "sir", "prof", "er", "adv", "ca", "late", "rev", "fr", "sr",
        "br", "shri", "shree", "sri", "sh", "smt", "shrimati", "srimati", "kum", "kumari", "km", "pt", "pandit",
        "श्री", "श्रीमती", "डॉ", "capt", "captain", "lt", "col", "colonel", "maj", "gen", "brig", "sgt", "cdr",
        "cmdr", "wg", "sqn", "mme", "mlle", "herr", "frau", "señor", "señora",
        # Mohammed, shortened, before the name somebody is called by; and what joins Mr. and Mrs.
        "md", "mohd", "muhd", "sk", "and",
    )
)  # fmt: skip
_NOBODY = frozenset(
# Texts in the name's field that stand for no name.
    (
        "null", "none", "undefined", "n/a", "n.a", "nobody", "unknown", "unknown user", "anonymous", "anon",
        "unnamed", "not set", "not given", "not provided", "not available", "user", "new user", "username",
        "user name", "test", "tester", "test user", "testuser", "test name", "demo", "demo user", "guest",
        "guest user", "name", "no name", "noname", "your name", "first name", "firstname", "full name", "admin",
        "info", "contact", "support", "noreply", "mail",
    )
)  # fmt: skip
# Those of them that stand for one missing part of a name.
_MISSING = frozenset(("null", "none", "undefined", "n/a"))
_APOSTROPHES = "'’‘ʼ"
_REMARK = re.compile(r"\([^()]*\)")
_PLAIN = re.compile(rf"[^\W\d_]+(?:[{_APOSTROPHES}-][^\W\d_]+)*")
_DOT_INSIDE = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_])")
_LATIN = re.compile(rf"[A-Za-z\u00c0-\u024f\u1e00-\u1eff{_APOSTROPHES}-]+\.?")
# The first letter, the one after a hyphen, and the one after an apostrophe that follows the first: O'Neil.
_CAPITALS = re.compile(rf"(?:^|(?<=-)|(?<=^.[{_APOSTROPHES}]))[^\W\d_]")


def called(name: object) -> str:
    """The first name out of a stored one: Asha for "Dr. Asha Rao", Sivakumar for "K. SIVAKUMAR".

    It is empty for a value that is no text and for a text that stands for no name ("null", "Test User", a number,
    most addresses). Titles, initials and emoji before a name are left out unless nothing else is there. Every
    script is kept, and so is mixed case; line breaks, invisible characters, templates and markup are not, since the
    name goes into prompts and texts.
    """
    if not isinstance(name, str):
        return ""
    words = " ".join(map(_without_address, name[:_READ].split()))
    visible = "".join(" " if c.isspace() else c for c in words if c.isspace() or _is_visible(c))
    composed = unicodedata.normalize("NFC", visible)
    words = _words(_REMARK.sub(" ", composed)) or _words(composed)
    if not words or _is_nobody(words):
        return ""
    return _cased(_first(words), words)[:_LONGEST]


def isolated(name: str) -> str:
    """The name for a line of English: one written from right to left is isolated by Unicode's FSI and PDI.

    The punctuation around it then stays in place.
    """
    return f"\u2068{name}\u2069" if any(unicodedata.bidirectional(c) in ("R", "AL") for c in name) else name


def isolated_in(text: str, name: str) -> str:
    """The text with the name isolated where that is needed, in whatever case it stands there."""
    if isolated(name) == name:
        return text
    named = re.compile(re.escape(plain(name)).replace("'", f"[{_APOSTROPHES}]"), re.IGNORECASE)
    return named.sub(lambda found: isolated(found.group()), unicodedata.normalize("NFC", text))


def plain(text: str) -> str:
    """A text in the form in which texts are compared: composed characters, one kind of apostrophe."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    for apostrophe in _APOSTROPHES:
        text = text.replace(apostrophe, "'")
    return text


def is_in(name: str, text: str) -> bool:
    """True when a name stands in a text as a word of its own, in whatever case. Both are `plain`."""
    wanted, searched = name.casefold(), text.casefold()
    at = searched.find(wanted)
    if wanted == wanted.upper():
        # Scripts without capitals may run words together.
        return at >= 0
    while at >= 0:
        if not any(c.isalnum() or c == "_" for c in (searched[at - 1 : at], searched[at + len(wanted) :][:1])):
            return True
        at = searched.find(wanted, at + 1)
    return False


def _without_address(word: str) -> str:
    """The part of an e-mail address before the @ if that is a plain name, else nothing; any other word as it is."""
    local, at, host = word.partition("@")
    if not (local and at and host):
        return word
    return local if _PLAIN.fullmatch(local) else ""


def _is_visible(character: str) -> bool:
    if character in "[]{}<>|`*_#\\":
        return False
    # Joiners and variation selectors hold emoji and Indic letters together.
    return character in "\u200c\u200d\ufe0f" or not unicodedata.category(character).startswith(("C", "Z"))


def _words(text: str) -> list[str]:
    """The words that may hold a name: those with letters; without any, those of emoji and other symbols."""
    words = [word for part in text.split() if (word := _trimmed(part[:_LONGEST]))]
    lettered = [word for word in words if any(map(str.isalpha, word))]
    present = [word for word in lettered if word.casefold() not in _MISSING]
    return present or lettered or [word for word in words if any(map(_is_symbol, word))]


def _trimmed(word: str) -> str:
    """The word without the punctuation around it, but for a full stop that may belong to it."""
    start, end = 0, len(word)
    while start < end and _is_punctuation(word[start]):
        start += 1
    while start < end and _is_punctuation(word[end - 1]):
        end -= 1
    return word[start:end] + ("." if start < end and word[end : end + 1] == "." else "")


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P") or character in "+=~^$"


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character).startswith("S")


def _is_nobody(words: Sequence[str]) -> bool:
    name = " ".join(dict.fromkeys(word.casefold().rstrip(".") for word in words))
    return name.rstrip("0123456789 ") in _NOBODY


def _first(words: Sequence[str]) -> str:
    apart = [piece for word in words for piece in _DOT_INSIDE.sub(" ", word).split()]
    for piece in apart:
        if not _is_title(piece) and not _is_short(piece):
            return piece.rstrip(".")
    return next((word for word in words if not _is_title(word)), words[0])


def _is_title(word: str) -> bool:
    return word.rstrip(".").casefold() in _TITLES


def _is_short(word: str) -> bool:
    """True for an initial (of a script with capitals), or a short form with a full stop: K, K., Wm., கே."""
    letters = [c for c in word.casefold() if c.isalpha()]
    if word.endswith("."):
        return len(letters) <= 2 or (not set(letters) & set("aeiouy") and len(letters) <= 4 and word.isascii())
    return len(letters) == 1 and word.upper() != word.lower()


def _cased(word: str, words: Sequence[str]) -> str:
    """The word with the usual capitals, when it is Latin and written without capitals or in capitals alone.

    AJ stays AJ, unless everything is in capitals.
    """
    short = sum(map(str.isalpha, word)) <= 2 and not any(other.isupper() and len(other) > 2 for other in words)
    if not _LATIN.fullmatch(word) or not (word.islower() or (word.isupper() and not short)):
        return word
    return _CAPITALS.sub(lambda letter: letter.group().upper(), word.lower())
