"""The contract of texts that people read: what a rule can tell about them. Pure.

`told` is the task's input: what the text may speak of. Problems are told in words that help the next attempt and
never repeat the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from astra_pipeline.core import signs
from astra_pipeline.tasks import hinglish

Told = Mapping[str, Any]
SIGNS = "|".join(signs.SIGNS)
SHORTEST, LONGEST = 300, 4000
"""Characters of a whole text."""

_PARAGRAPHS = re.compile(r"\n\s*\n")
_MARKUP = re.compile(r"```|\*\*|^\s*(?:[#>*•-]|\d+[.)])\s", re.MULTILINE)
_JSON = re.compile(r"^\s*[\[{]|[\]}]\s*$|\"\w+\"\s*:")
_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{\w+\}|\[[A-Z_ ]{2,}\]|\[(?:your |user |first )?name\]|<[a-z_ ]+>|\bTODO\b|\bXXX+\b|lorem ipsum",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\bas an? (?:AI|language model|assistant)\b|\bI(?:'m| am) (?:sorry|afraid)\b.{0,40}\b(?:can(?:no|')t|unable)\b"
    r"|\bI (?:can(?:no|')t|am unable to|will not|won't) (?:help|assist|provide|generate|create|write|comply|fulfil)"
    r"|\bI apologi[sz]e\b|\bunable to (?:generate|provide|create|fulfil)",
    re.IGNORECASE,
)
_CERTAINTY = re.compile(
    r"\byou(?: will|'ll) (?:definitely |certainly |surely |soon )*(?:be cured|recover|heal completely|get pregnant|"
    r"conceive|die|get (?:very )?rich|become rich|win the lottery|make (?:a lot of )?money|earn (?:a )?profit|"
    r"lose (?:all )?your money|fall ill|get sick|get cancer)\b"
    r"|\bguarantee[ds]?\b|\b(?:stop|skip|quit) taking (?:your )?(?:medic|pills|insulin|tablets)"
    r"|\binstead of (?:a|your|the) doctor\b|\b(?:no need|don't need|do not need) (?:for|to see) a doctor\b"
    r"|\binvest (?:all|everything|your savings)\b|\b(?:sure|safe|risk-free) (?:profit|returns?|investment)\b"
    r"|\bput (?:all|everything)(?: your money)? (?:in|into) (?:stocks|crypto|gold|shares)\b",
    re.IGNORECASE,
)
_CLAIMS = (
    # What is said of the person's own placements: "your Moon in Libra", "your rising sign is Leo", "Leo rising".
    ("sun_sign", re.compile(rf"\b[Yy]our (?:natal |birth |own )?Sun(?: sign)?(?: is)?(?:,? in)? ({SIGNS})\b")),
    ("moon_sign", re.compile(rf"\b[Yy]our (?:natal |birth |own )?Moon(?: sign)?(?: is)?(?:,? in)? ({SIGNS})\b")),
    (
        "rising_sign",
        re.compile(
            rf"\b[Yy]our (?:natal |birth |own )?(?:[Aa]scendant|[Rr]ising(?: sign)?|[Ll]agna)(?: is)?(?: in)? "
            rf"({SIGNS})\b"
        ),
    ),
    ("sun_sign", re.compile(rf"\b[Yy]our ({SIGNS}) Sun\b")),
    ("moon_sign", re.compile(rf"\b[Yy]our ({SIGNS}) Moon\b")),
    ("rising_sign", re.compile(rf"\b[Yy]our ({SIGNS}) (?:[Rr]ising|[Aa]scendant|[Ll]agna)\b")),
)
_ADDRESSED = re.compile(
    rf"\b(?:[Dd]ear|[Aa]s an?|[Ff]or an?|[Yy]ou are an?|[Yy]ou're an?) ({SIGNS})\b(?! (?:Sun|Moon|rising))"
)
_SIGN = re.compile(rf"\b({SIGNS})\b")
_LETTER = re.compile(r"[^\W\d_]")
_OTHER_SCRIPT = 0.05
"""Share of letters that are not Latin, above which a text is not in English."""
_SOME, _MUCH = 34, 67
"""Hinglish levels from which a text must have a few Hindi words, and several."""
_ENOUGH = {_SOME: 2, _MUCH: 4}
_TOLERATED = 2
"""Words a text without Hinglish may share with Hindi: some spell an English word."""


def paragraphs(text: str) -> list[str]:
    """Paragraphs of a text, separated by blank lines."""
    return [part.strip() for part in _PARAGRAPHS.split(text.strip()) if part.strip()]


def problems(text: str, told: Told, *, at_least: int, at_most: int) -> list[str]:
    """What breaks the contract every text of ours keeps, in words; empty when nothing does."""
    found: list[str] = []
    count = len(paragraphs(text))
    if not at_least <= count <= at_most:
        wanted = f"{at_least}" if at_least == at_most else f"{at_least} to {at_most}"
        found.append(f"{count} paragraphs, want {wanted} separated by blank lines")
    if not SHORTEST <= len(text) <= LONGEST:
        found.append(f"{len(text)} characters, want {SHORTEST} to {LONGEST}")
    if _MARKUP.search(text) or _JSON.search(text):
        found.append("markup or JSON, want plain prose")
    if _PLACEHOLDER.search(text):
        found.append("a placeholder is left in the text")
    if _REFUSAL.search(text):
        found.append("an apology or refusal instead of the text")
    if _CERTAINTY.search(text):
        found.append("certainty about health or money, want possibilities")
    name = told.get("name") or ""
    if name and name not in text:
        found.append("the person's name is not used")
    return found + _language_problems(text, told, name)


def sign_problems(text: str, told: Told) -> list[str]:
    """Signs that are missing, and signs the facts do not know."""
    found: list[str] = []
    # Some people are called Leo.
    spoken = text.replace(told.get("name") or "\0", " ")
    named = set(_SIGN.findall(spoken))
    own = {part: told.get(part) for part in ("sun_sign", "moon_sign", "rising_sign")}
    missing = [part for part in ("sun_sign", "moon_sign") if own[part] not in named]
    found += [f"the {part.replace('_', ' ')} is not named" for part in missing]
    known = set(_SIGN.findall(json.dumps(told, ensure_ascii=False, default=str)))
    if strange := sorted(named - known):
        found.append(f"{', '.join(strange)} is in none of the facts")
    for part, claim in _CLAIMS:
        if any(sign != own[part] for sign in claim.findall(spoken)):
            found.append(f"another {part.replace('_', ' ')} than the person's is claimed")
    if any(sign not in own.values() for sign in _ADDRESSED.findall(spoken)):
        found.append("the person is addressed by a sign that is not theirs")
    return list(dict.fromkeys(found))


def _language_problems(text: str, told: Told, name: str) -> list[str]:
    besides = " ".join([name, *_strings(told.get("recent_topics")), *_strings(told.get("topics"))])
    for word in besides.split():
        text = text.replace(word, " ")
    letters = _LETTER.findall(text)
    if letters and sum(ord(letter) > 0x24F for letter in letters) > _OTHER_SCRIPT * len(letters):
        return ["not written in Latin letters"]
    hindi = len(hinglish.spoken_in(text, besides=besides))
    level = told.get("hinglish_level") or 0
    wanted = max((count for floor, count in _ENOUGH.items() if level >= floor), default=0)
    if hindi < wanted:
        return [f"{hindi} Hindi words, want some Hinglish at level {level}"]
    if level == 0 and hindi > _TOLERATED:
        return [f"{hindi} Hindi words, want plain English"]
    return []


def _strings(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
