"""Words that ask something, with or without a question mark: spoken words often come without one. Pure."""

from __future__ import annotations

import re

_ASIDE = (
    r"^(?:(?:so|and|but|okay|ok|well|then|please|also|now|haan|achha|accha|acha|toh|hey|astra|actually|honestly|yaar|hi|"
    r"hello)[,.]? )*"
)
_AUXILIARY = (
    r"(?:will|would|shall|should|can|could|do|does|did|is|are|am|was|were|have|has|might|won't|can't|don't|doesn't|"
    r"didn't|isn't|aren't|shouldn't)"
)
_SUBJECT = r"(?:i|we|he|she|they|it|you|my|our|his|her|their|this|that|these|those|the|there|an?|any(?:one|body)?)"
_ASKS = r"(?:if|whether|what|when|where|who|why|how)"
_PATTERNS = (
    # "Will I get the job", "When does it end", "How long until we move".
    rf"{_ASIDE}{_AUXILIARY} {_SUBJECT}\b",
    rf"{_ASIDE}(?:what|when|where|who|whom|whose|why|how|which)(?:'s|'ll|'re|'d)? (?:\w+ ){{0,2}}?{_AUXILIARY}\b",
    rf"{_ASIDE}(?:how (?:long|many|much|soon|come|about)|what about|what if|why not|whether)\b",
    # Questions that are told of.
    rf"\bi (?:just |really |only )?(?:want(?:ed)?|need(?:ed)?|would like|wish) to (?:know|ask|understand) (?:you|{_ASKS})\b",
    r"\bi(?:'m| am| was|'ve been| have been|'d been) wondering\b|\bi (?:keep |often |do )?wonder(?:ed|ing)?\b",
    rf"\bi (?:have )?asked (?:you|astra|the stars|{_ASKS})\b|\bmy question (?:is|was)\b",
    rf"{_ASIDE}(?:(?:can|could|will) you )?tell me {_ASKS}\b",
)
_ENGLISH = re.compile("|".join(_PATTERNS), re.IGNORECASE)
# "When I got home" and "What I saw" begin no question.
_TELLS = re.compile(
    rf"{_ASIDE}(?:what|when|where|who|how|why) (?:i|we|he|she|they|it|you|(?:my|our|the) \w+)\b", re.IGNORECASE
)
_IN_HINDI = re.compile(
    r"\b(?:kya|kab|kaise|kaisa|kaisi|kyun|kyon|kyu|kahan|kaun|kaunsa|kaunsi|kitna|kitne|kitni)\b", re.IGNORECASE
)
_NO_QUESTION_IN_HINDI = re.compile(
    r"\b(?:kab se|kab k[ai]|kaise bhi|kya baat|kya kya|kitn[aei] (?:accha|acha|achha|pyaara|sundar|mazaa|khush)|"
    r"(?:bataya|kaha|samajh aaya|pata chala|pata hai|seekha|dekha) (?:ki )?(?:\w+ ){0,3}"
    r"(?:kya|kab|kaise|kyun|kahan|kaun|kitn[aei]))\b",
    re.IGNORECASE,
)


def is_a_question(words: str) -> bool:
    """Whether words ask something, or tell that something was asked."""
    text = " ".join(words.replace("’", "'").split()).strip(" \"'“”")
    if "?" in text:
        return True
    if _IN_HINDI.search(text) and not _NO_QUESTION_IN_HINDI.search(text):
        return True
    return bool(_ENGLISH.search(text)) and not _TELLS.match(text)
