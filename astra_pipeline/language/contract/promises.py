"""Promises in English: that somebody or something will do a thing that nobody can know. Pure.

Sentences are in small letters.
"""

from __future__ import annotations

import re

from astra_pipeline.language.contract.fragments import END, LEFT_OPEN, WORDS
from astra_pipeline.language.contract.nouns import PERSON
from astra_pipeline.language.contract.promise_rules import RULES
from astra_pipeline.language.contract.sentences import last_clause
from astra_pipeline.language.word_lists import one_of

# One of these is in every promise.
HINTS = (
    *("will ", "'ll ", "won't ", "shall ", "gonna ", "going to ", "about to ", "set to "),
    *(f"{word} to " for word in WORDS.surer_than_will),
)

# The first group matches when the sentence is surer than "will".
_WILL = re.compile(
    r"(?:\b(?:will|shall|won't|gonna|going to|about to|set to|"
    rf"({one_of(WORDS.surer_than_will)}) to)\b|'ll\b)"
    rf"(?: {one_of(WORDS.after_will)})* "
)
_RULES = tuple((re.compile(rf"(?:{subject})$"), re.compile(rf"(?:{'|'.join(deeds)})")) for subject, deeds in RULES)
_SOMEBODY = re.compile(rf"(?:{PERSON})$")
# Of a person: harmless after "will", a promise after "certain to".
_ONLY_IF_SURE = re.compile(rf"(?:win|lose|fail|succeed|profit|prosper|recover|conceive|die|marry){END}")
_IS = re.compile(r"(?: (?:is|are|am)|'(?:re|s|m))$")
# The characters before "will" in which its subject is looked for.
_SUBJECT = 80


def is_promised(sentence: str) -> bool:
    """True for a sentence that says that somebody or something will do a thing that nobody can know."""
    return any(_is_promise(sentence, will) for will in _WILL.finditer(sentence))


def _is_promise(sentence: str, will: re.Match[str]) -> bool:
    before, after = sentence[: will.start()].rstrip(), sentence[will.end() :]
    subject = (_IS.sub("", before) if " to " in will.group() else before)[-_SUBJECT:]
    promised = any(deed.match(after) and who.search(subject) for who, deed in _RULES)
    if will.group(1) and not promised:
        promised = bool(_ONLY_IF_SURE.match(after) and _SOMEBODY.search(subject))
    return promised and not LEFT_OPEN.search(last_clause(before))
