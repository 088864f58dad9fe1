"""The contract of texts that people read: what a rule can tell about them. Pure.

`told` is the task's input: what the text may speak of. Problems are told in words that help the next attempt and
never repeat the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from astra_pipeline.core import signs
from astra_pipeline.tasks import hinglish

Told = Mapping[str, Any]
SIGNS = "|".join(signs.SIGNS)
SHORTEST, LONGEST = 300, 4000
"""Characters of a whole text."""

_PARAGRAPHS = re.compile(r"\n\s*\n")
_MARKUP = re.compile(
    r"```|\*\*|^\s*(?:[#>*•–—-]+|\d+[.)])\s|(?<!\w)([*_]{1,3})\w(?:[^*_\n]*\w)?\1(?!\w)|</?[a-z]+>", re.MULTILINE
)
_JSON = re.compile(r"^\s*[\[{]|[\]}]\s*$|\"\w+\"\s*:")
_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\$?\{\w+\}|\[[A-Z_ ]{2,}\]|[\[(](?:your |user(?:'s)? |first )?name[\])]|<[a-z_ ]+>"
    r"|\bUSER_?NAME\b|\bTODO\b|\bXXX+\b|_{3,}|lorem ipsum",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\bas an? (?:AI|language model|assistant)\b|\bI(?:'m| am) (?:sorry|afraid)\b.{0,40}\b(?:can(?:no|')t|unable)\b"
    r"|\bI (?:can(?:no|')t|am unable to|will not|won't) "
    r"(?:help(?! but)|assist|provide|generate|create|write|comply|fulfil)"
    r"|\bI apologi[sz]e\b|\bunable to (?:generate|provide|create|fulfil)",
    re.IGNORECASE,
)
_WILL = r"(?:\bwill|\w'll|\bgoing to) (?:definitely |certainly |surely |soon |finally |never |not )*"
_CERTAINTY = re.compile(
    "|".join(
        (
            # Health.
            rf"{_WILL}(?:be (?:cured|healed|pregnant|diagnosed)|get (?:pregnant|sick|cancer))\b",
            rf"{_WILL}(?:heal completely|fall ill)\b",
            rf"{_WILL}(?:die|conceive|recover(?! (?:your|the|some|what) ))\b",
            rf"\b(?:illness|disease|cancer|diabetes|tumou?r|pain|infection|depression) {_WILL}(?:be|go|vanish|"
            r"disappear|heal|leave|end)\b",
            r"\b(?:stop|skip|quit|reduce)(?: taking)?(?: (?:your|the|all|any))? "
            r"(?:medic|pills|insulin|tablets|treatment|chemo)",
            r"\binstead of (?:a|your|the) doctor\b|\b(?:no need|don't need|do not need) (?:for|to see) a doctor\b",
            # Money.
            rf"{_WILL}(?:(?:get|become|be) (?:very )?rich|win the lottery|make (?:a lot of )?money|"
            r"double your money|(?:make|earn) (?:a )?(?:big |good )?profit|lose (?:all )?your money)\b",
            r"\binvest (?:all|everything|your savings)\b",
            r"\bput (?:all|everything)(?: your money)? (?:in|into) (?:stocks|crypto|gold|shares)\b",
            r"\b(?:sure|safe|risk-free|certain) (?:profit|returns?|investment)\b",
            # Either, and misfortune.
            r"\b(?:profit|success|recovery|victory) is (?:certain|assured|sure)\b",
            # Not in a clause that denies it: "no aspect guarantees anything".
            r"(?:^|[.!?,;:\n])(?:(?!\b(?:no|not|none|nothing|never|cannot|without)\b|n't)[^.!?,;:\n])*\bguarantee",
            r"\b(?:100 ?%|a hundred per ?cent) (?:sure|certain)\b",
            r"\b(?:certain|sure|bound|destined) to (?:win|recover|conceive|profit|die|fail|lose)\b",
            r"\byou(?:'re| are) (?:doomed|cursed)\b",
            r"\b(?:death|disaster|tragedy|misfortune|accident) (?:is (?:certain|coming|near|inevitable)|awaits|"
            r"will strike)\b",
            # Hinglish.
            r"\b(?:zaroor|zarur|pakka) (?:theek|thik) ho ja|\b(?:pakka|zaroor) (?:munafa|fayda|paisa)\b",
            r"\b(?:dawai|dawa|goli|ilaaj)(?:yan)? (?:lena |khana )?(?:band|chhod|chod|mat)\b",
        )
    ),
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
# Of each set, one is in everything its expression finds: those are slow, and read a thousand times a morning.
_HINTS_OF_CERTAINTY = (
    "will", "'ll", "going to", "guarantee", "stop", "skip", "quit", "reduce", "doctor", "invest", "put all",
    "put every", "profit", "return", "certain", " sure", " bound", "destined", "doomed", "cursed", "death",
    "disaster", "tragedy", "misfortune", "accident", "100", "hundred", "zaroor", "zarur", "pakka", "daw",
    "goli", "ilaaj",
)  # fmt: skip
_HINTS_OF_PLACEHOLDER = ("{", "}", "[", "(", "<", "_", "username", "todo", "xxx", "lorem")
_HINTS_OF_REFUSAL = ("as a", "i'm", "i am", "i can", "i will not", "i won't", "apologi", "unable to")
_OWN = r"\b[Yy]our (?:natal |birth |own )?"
_IN = r"(?: sign)?(?:,? which is|,? is|,)?(?: in| the sign)* "
_RISING = r"(?:[Aa]scendant|[Rr]ising(?: sign)?|[Ll]agna)"
_CLAIMS = (
    # What is said of the person's own placements: "your Moon in Libra", "your rising sign is Leo", "Leo rising".
    ("sun_sign", re.compile(rf"{_OWN}[Ss]un{_IN}({SIGNS})\b")),
    ("sun_sign", re.compile(rf"{_OWN}({SIGNS}) [Ss]un\b")),
    ("sun_sign", re.compile(rf"\b(?:[Aa]s|[Ff]or) an? ({SIGNS}) [Ss]un\b")),
    ("sun_sign", re.compile(rf"\b[Bb]orn (?:with|under) (?:the |your )?[Ss]un in ({SIGNS})\b")),
    ("moon_sign", re.compile(rf"{_OWN}[Mm]oon{_IN}({SIGNS})\b")),
    ("moon_sign", re.compile(rf"{_OWN}({SIGNS}) [Mm]oon\b")),
    ("moon_sign", re.compile(rf"\b(?:[Aa]s|[Ff]or) an? ({SIGNS}) [Mm]oon\b")),
    ("moon_sign", re.compile(rf"{_OWN}[Ss]un in (?:{SIGNS})(?:,| and|, and) (?:your )?[Mm]oon in ({SIGNS})\b")),
    ("rising_sign", re.compile(rf"{_OWN}{_RISING}{_IN}({SIGNS})\b")),
    ("rising_sign", re.compile(rf"\b({SIGNS}) {_RISING}\b")),
)
_ADDRESSED = re.compile(
    rf"\b(?:[Dd]ear|[Aa]s an?|[Ff]or an?|[Yy]ou are an?|[Yy]ou're an?) ({SIGNS})\b"
    r"(?! (?:[Ss]un|[Mm]oon|[Rr]ising|[Aa]scendant|[Ll]agna))"
)
_SIGN = re.compile(rf"\b({SIGNS})\b")
_FOREIGN = re.compile(r"[^\W\d_\u0000-\u024f]")
_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
_OTHER_SCRIPT = 0.05
"""Share of a text's characters that are letters but not Latin, above which it is not in English."""
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
    name = told.get("name") or ""
    if name and name not in text:
        found.append("the person's name is not used")
    topics = [*_strings(told.get("recent_topics")), *_strings(told.get("topics"))]
    # Somebody may be called Todo, and worry about a guaranteed profit.
    own = _without(text, [name], topics)
    if _MARKUP.search(own) or _JSON.search(own):
        found.append("markup or JSON, want plain prose")
    lowered = own.lower()
    if _any_of(_HINTS_OF_PLACEHOLDER, lowered) and _PLACEHOLDER.search(own):
        found.append("a placeholder is left in the text")
    if _any_of(_HINTS_OF_REFUSAL, lowered) and _REFUSAL.search(own):
        found.append("an apology or refusal instead of the text")
    if is_certain(own):
        found.append("certainty about health, money or misfortune, want possibilities")
    return found + _language_problems(text, told, " ".join([name, *topics]))


def is_certain(text: str) -> bool:
    """Whether a text promises or threatens what nobody can know, or advises on medicines or investments."""
    lowered = text.lower()
    return any(
        _CERTAINTY.search(sentence)
        for sentence in _SENTENCE_END.split(lowered)
        if _any_of(_HINTS_OF_CERTAINTY, sentence)
    )


def is_quotable(text: str, level: int) -> bool:
    """Whether somebody's own words can stand in a text for a reader of that Hinglish level."""
    foul = any(pattern.search(text) for pattern in (_MARKUP, _JSON, _PLACEHOLDER, _REFUSAL, _FOREIGN))
    return not foul and not is_certain(text) and (level >= _SOME or not hinglish.spoken_in(text))


def sign_problems(text: str, told: Told) -> list[str]:
    """Signs that are missing, and signs the facts do not know."""
    found: list[str] = []
    # Only some sentences name a sign; the others need no reading.
    text = " ".join(part for part in _SENTENCE_END.split(text) if any(sign in part for sign in signs.SIGNS))
    named = set(_SIGN.findall(text))
    own = {part: told.get(part) for part in ("sun_sign", "moon_sign", "rising_sign")}
    missing = [part for part, sign in own.items() if sign not in named and (sign or part != "rising_sign")]
    found += [f"the {part.replace('_', ' ')} is not named" for part in missing]
    known = set(_SIGN.findall(json.dumps(told, ensure_ascii=False, default=str)))
    if strange := sorted(named - known):
        found.append(f"{', '.join(strange)} is in none of the facts")
    for part, claim in _CLAIMS:
        if any(sign != own[part] for sign in claim.findall(text)):
            found.append(f"another {part.replace('_', ' ')} than the person's is claimed")
    # Some people are called Leo.
    theirs = {*own.values(), told.get("name")}
    if any(sign not in theirs for sign in _ADDRESSED.findall(text)):
        found.append("the person is addressed by a sign that is not theirs")
    return list(dict.fromkeys(found))


def _language_problems(text: str, told: Told, besides: str) -> list[str]:
    text = _without(text, besides.split(), [])
    if _DEVANAGARI.search(text) or len(_FOREIGN.findall(text)) > _OTHER_SCRIPT * len(text):
        return ["not written in Latin letters"]
    hindi = len(hinglish.spoken_in(text, besides=besides))
    level = told.get("hinglish_level") or 0
    wanted = max((count for floor, count in _ENOUGH.items() if level >= floor), default=0)
    if hindi < wanted:
        return [f"{hindi} Hindi words, want some Hinglish at level {level}"]
    if level == 0 and hindi > _TOLERATED:
        return [f"{hindi} Hindi words, want plain English"]
    return []


def _any_of(hints: tuple[str, ...], lowered: str) -> bool:
    return any(hint in lowered for hint in hints)


def _without(text: str, exactly: Sequence[str], however_spelt: Sequence[str]) -> str:
    """The text without what it was given, where that stands as words of its own."""
    for given, flags in ((exactly, 0), (however_spelt, re.IGNORECASE)):
        if parts := "|".join(re.escape(part) for part in sorted(filter(None, given), key=len, reverse=True)):
            text = re.sub(rf"(?<!\w)(?:{parts})(?!\w)", " ", text, flags=flags)
    return text


def _strings(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
