"""Quoted speech: what a person said is not a claim of ours, nor a promise. Pure."""

from __future__ import annotations

import re

from astra_pipeline.language.contract.facts.words import words

_QUOTED = re.compile(r"\"[^\"\n]{2,400}\"|“[^“”\n]{2,400}”|«[^«»\n]{2,400}»")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
# The characters before and behind a quotation in which its speaker is looked for.
_AROUND = 80
_END = re.compile(r"[.!?]\s|\n")


def without_speech(text: str) -> str:
    """The text with "that" for everything in quotation marks that a person said, wrote or asked.

    A quotation that nobody is said to have spoken stays, and so does one of the stars: somebody is told it.
    """
    if not any(mark in text for mark in '"“«'):
        return text
    return _QUOTED.sub(lambda quoted: _kept(quoted, text), text)


def _kept(quoted: re.Match[str], text: str) -> str:
    before = text[max(0, quoted.start() - _AROUND) : quoted.start()]
    before = _END.split(before)[-1]
    behind = _END.split(text[quoted.end() : quoted.end() + _AROUND])[0]
    # A sentence may end inside of the quotation marks.
    behind = "" if quoted.group()[-2] in ".!?" and behind[:2].strip()[:1].isupper() else behind
    if not (_is_of_a_person(before) or _is_of_a_person(behind)):
        return quoted.group()
    ends = quoted.group()[-2]
    return f"that{ends if ends in '.!?' else ''}"


def _is_of_a_person(said: str) -> bool:
    small = [word.lower() for word in _WORD.findall(said)]
    spoken = words().said & set(small)
    speakers = words().speakers | words().kin
    somebody = speakers & set(small) or any(word[0].isupper() for word in _WORD.findall(said)[1:])
    return bool(spoken and somebody and not words().no_speakers & set(small))
