"""Incidents that a caller tells of, by rules: what happened, to whom, and not what nearly happened. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from astra_pipeline.conversations.lexicon import Incident, Lexicon, words_of
from astra_pipeline.conversations.sentences import Sentence, quote
from astra_pipeline.language import negation

_HYPOTHETICAL = re.compile(r"\b(?:if|what if|imagine|suppose|agar|kya hoga|kaash)\b", re.IGNORECASE)
# It did not happen, though it could have: said before it, or in Hindi behind it.
_NEARLY = re.compile(
    r"\b(?:almost|nearly|practically|about to|close to|could have|would have|might have|could've|would've|might|may|"
    r"afraid|scared|worried|fear|dreamt|dreamed|dream|thought|wish|hope|want|wanted|supposed to|lagbhag|shayad)\b",
    re.IGNORECASE,
)
_NEARLY_BEHIND = re.compile(
    r"^\W*(?:\w+\W+){0,3}?(?:hote hote|jaate jaate|jate jate|hone wal[aie]|jaane wal[aie]|bach ga\w+|bachi|bacha|reh ga\w+)\b",
    re.IGNORECASE,
)
_NEARLY_INSIDE = re.compile(
    r"\b(?:hote hote|jaate jaate|jate jate|hone wal[aie] th[aie]|jaane wal[aie] th[aie])\b", re.IGNORECASE
)
_BOUNDARY = re.compile(r"[,;:.!?।]|\b(?:but|because|so|although|lekin|magar|kyunki|aur phir)\b", re.IGNORECASE)
_I = re.compile(r"\b(?:I|I'm|I've|Im|i|we|we've|main|maine|mujhe|hum|humne|hame|humein|me|us)\b")
_SOMEBODY_ELSE = re.compile(
    r"\b(?:he|she|they|his|her|their|friend|friends|boss|colleague|coworker|neighbou?r|cousin|roommate|classmate|uncle|aunt|parents|couple|neighbou?rs|people|"
    r"brother|sister|husband|wife|father|mother|dad|mom|son|daughter|manager|partner|boyfriend|girlfriend|everyone|somebody|someone|"
    r"dost|saheli|padosi|bhai|bhaiya|behen|didi|papa|mummy|pati|patni|biwi|beta|beti|uski|uska|uske|unki|unka|unke|usne|unhone|wo|woh)\b",
    re.IGNORECASE,
)
_NAME_BEFORE = re.compile(r"(?:^|\s)([A-Z][a-z]+)\s+$")
_BEGINS_A_SENTENCE = frozenset(
    "I We Yesterday Today Then So And But Just Also Recently Finally Sadly Luckily Last Actually Yes Yeah Well Ok Okay Basically Honestly "
    "Mera Meri Mere Main Maine Kal Aaj Hamara Hum".split()
)
_AT_MOST = 5


def incidents(lexicon: Lexicon, said: Sequence[Sentence]) -> list[dict[str, Any]]:
    """The incidents {title, description, tags} that the caller told of, each title once."""
    found: dict[str, dict[str, Any]] = {}
    for sentence in said:
        if sentence.is_question or _HYPOTHETICAL.search(sentence.latin):
            continue
        words = frozenset(sentence.words)
        for kind in lexicon.incidents:
            if kind.cues.isdisjoint(words) or (match := _told(kind, sentence)) is None:
                continue
            title = _title(kind, match)
            incident = {"title": title[:200], "description": quote(sentence.text), "tags": kind.tags}
            found.setdefault(title, incident)
    return list(found.values())[:_AT_MOST]


def _told(kind: Incident, sentence: Sentence) -> re.Match[str] | None:
    """The place where the sentence tells of such an incident, if it happened to the one it should."""
    for pattern in kind.patterns:
        for match in pattern.finditer(sentence.latin):
            if _happened(sentence, match) and (kind.is_of_relatives or _is_the_callers(sentence.latin, match)):
                return match
    return None


def _happened(sentence: Sentence, match: re.Match[str]) -> bool:
    before = _clause_before(sentence.latin, match.start())
    behind = sentence.latin[match.end() :]
    if _NEARLY.search(before) or _NEARLY_BEHIND.search(behind) or _NEARLY_INSIDE.search(match[0]):
        return False
    at = sentence.words_before(match.start())
    length = max(len(words_of(match[0])), 1)
    if {"nahi", "nahin", "not", "shut"} & set(words_of(match[0])):
        return True
    return not negation.is_denied(sentence.words, sentence.clauses, min(at, len(sentence.words) - 1), length)


def _is_the_callers(text: str, match: re.Match[str]) -> bool:
    """Whether nobody else is named between the last "I" and the end of what happened."""
    told = _clause_before(text, match.start()) + match[0]
    last = max((one.end() for one in _I.finditer(told)), default=0)
    if _SOMEBODY_ELSE.search(told[last:]):
        return False
    name = _NAME_BEFORE.search(_clause_before(text, match.start()))
    return name is None or name[1] in _BEGINS_A_SENTENCE


def _clause_before(text: str, at: int) -> str:
    """The words of the clause before a position."""
    begin = max((one.end() for one in _BOUNDARY.finditer(text, 0, at)), default=0)
    return text[begin:at]


def _title(kind: Incident, match: re.Match[str]) -> str:
    whose = next((group for group in match.groups() if group), "")
    title = kind.title.format(whose.capitalize()) if whose else kind.title.removeprefix("{}'s ").capitalize()
    return title.replace(" to {}", "")
