"""Phrases into sentences: fields filled in, capitals, full stops, contractions. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from astra_pipeline.language.hinglish import in_register

_FIELD = re.compile(r"\{(\w+)\}")
_NAMES = frozenset(
    ("Sun", "Moon", "Mercury", "Venus", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune", "Pluto", "Rahu", "Ketu")
)
_ENDS = (".", "!", "?")
# Safe anywhere in a sentence: "it is" is not, since it may end one.
_CONTRACTED = {
    "do not": "don't",
    "does not": "doesn't",
    "did not": "didn't",
    "is not": "isn't",
    "are not": "aren't",
    "was not": "wasn't",
    "has not": "hasn't",
    "have not": "haven't",
    "cannot": "can't",
    "could not": "couldn't",
    "would not": "wouldn't",
    "you have been": "you've been",
}
_CONTRACTS = re.compile(rf"\b(?:{'|'.join(_CONTRACTED)})\b", re.IGNORECASE)


def filled(phrase: str, fields: Mapping[str, str], *, polite: bool = False) -> str:
    """The phrase with its fields filled in: {name}, or {Name} for the same with a capital letter.

    Words of Hindi in braces take the form for "aap" when `polite`, else for "tum". Raises KeyError for a field that
    has no value.
    """

    def value(field: re.Match[str]) -> str:
        name = field[1]
        return fields[name] if name in fields else capitalised(fields[name[:1].lower() + name[1:]])

    return _FIELD.sub(value, in_register(phrase, polite=polite))


def sentence(text: str) -> str:
    """The text with a capital letter at its beginning and a mark at its end."""
    text = text.strip()
    return capitalised(text) + ("" if not text or text.endswith(_ENDS) else ".")


def capitalised(text: str) -> str:
    """The text with its first letter in capitals and the rest as it is."""
    return text[:1].upper() + text[1:]


def led(lead: str, text: str) -> str:
    """A sentence, or a frame of one, behind words that lead to it: without its capital, unless it begins with I.

    One colon in a sentence is enough: behind a lead that has one, the sentence's own becomes a dash.
    """
    if lead.endswith(":"):
        text = one_colon(text)
    if text.startswith(("I ", "I'")) or text.partition(" ")[0] in _NAMES:
        return f"{lead} {text}"
    at = 1 if text.startswith("{") else 0
    return f"{lead} {text[:at]}{text[at : at + 1].lower()}{text[at + 1 :]}"


def one_colon(text: str) -> str:
    """A sentence behind a colon: with a dash where it has one of its own."""
    return text.replace(": ", " – ", 1)


def contracted(text: str) -> str:
    """English as one talks to a friend: "do not" becomes "don't"."""

    def short(match: re.Match[str]) -> str:
        found = _CONTRACTED[match[0].lower()]
        return capitalised(found) if match[0][0].isupper() else found

    return _CONTRACTS.sub(short, text)
