"""The shape of a text: its paragraphs and length, and that it is a letter and no form, refusal or remark. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from astra_pipeline.language import vocabulary
from astra_pipeline.language.contract.sentences import has_any
from astra_pipeline.language.word_lists import Vocabulary, Words, one_of, stems

# Characters of a whole text.
SHORTEST, LONGEST = 300, 4000
# The characters of a text that are read at all: a longer one is refused anyway.
READ = 2 * LONGEST


class ShapeWords(Vocabulary):
    """The lists of shape.yaml, where each has a comment that says what it is for."""

    nobody: Words
    writing: Words
    texts_of_astrology: Words
    other_texts: Words
    apologised_for: Words
    rules_of_an_llm: Words
    rewritten: Words
    rewriting: Words


_WORDS = vocabulary.load("astra_pipeline.language.contract", "shape.yaml", ShapeWords)
_PARAGRAPHS = re.compile(r"\n\s*\n")

# A mark of a list or heading is sought within its own line: white space before it must not run on over empty lines,
# or every empty line is read again from each one before it.
MARKUP = re.compile(
    r"```|\*\*|^[^\S\n]*(?:[#>*•–—-]+|\d+[.)])\s|(?<!\w)([*_]{1,3})\w(?:[^*_\n]*\w)?\1(?!\w)|</?[a-z]+>",
    re.MULTILINE,
)
_JSON = re.compile(r"^\s*[\[{]|[\]}]\s*$|\"\w+\"\s*:\s*[\"\d\[{]")
_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\$?\{\w+\}|\[[A-Z_ ]{2,}\]|[\[(](?:your |user(?:'s)? |first )?name[\])]|<[a-z_ ]+>"
    r"|\bUSER_?NAME\b|\bXXX+\b|_{3,}|lorem ipsum"
    rf"|\b(?:dear|hello|hi|hey|namaste|good \w+),? {one_of(_WORDS.nobody)}\b"
    # In Hindi "todo" is to break something.
    r"|(?-i:\bTODO\b)",
    re.IGNORECASE,
)
_CANNOT = r"(?:can(?:no|')t|can not|(?:am |'m )?(?:unable|not able) to|will not|won't|must decline to)"
_THE_TEXT = (
    r"(?:(?:(?:an?|the|this|that|such|your|any|full|daily|\w*personal\w*|specific|accurate|kind of|type of) ){0,4}"
    + one_of(_WORDS.texts_of_astrology, r"astrological \w+")
    + r"|(?:(?:an?|this|such an?|any|the requested|(?:the|your) weekly|weekly) ){1,2}"
    + one_of(_WORDS.other_texts)
    + r"|(?:this|that|such|your) (?:request|kind of (?:request|content))|(?:this|such|any) content)\b"
)
# Refusals of an AI, or about the text itself: "I cannot write the ending for you" is no refusal.
_REFUSAL = re.compile(
    r"\b(?:as|I am|I'm) (?:just |only )?an? (?:AI|artificial|(?:large )?language model|(?:virtual|digital) "
    r"assistant)\b|\bas an assistant,? I\b|\bI(?:'m| am) (?:just |only )?an assistant\b"
    rf"|\b(?:I ?{_CANNOT}|unable to) {one_of(_WORDS.writing)} {_THE_TEXT}"
    rf"|\bI ?{_CANNOT} (?:(?:help|assist)(?: you)?(?: with (?:that|this|it))?(?=\s*(?:[.!,;]|$))|comply\b)"
    rf"|\bI(?:'m| am) (?:sorry|afraid)\b[^.!?]{{0,40}}\b{_CANNOT} (?:help|assist|comply|provide|generate|create|"
    r"produce|fulfil|do (?:that|this))\b"
    rf"|\b(?:I apologi[sz]e|my apologies)\b[^.!?]{{0,40}}\b{one_of(_WORDS.apologised_for)}\b"
    rf"|\bmy {one_of(_WORDS.rules_of_an_llm)}\b",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"\bhere(?:'s| is) (?:the|your|an?) [\w ]{0,30}\b(?:horoscope|report|text|letter|reading)\b[\w ,]{0,20}"
    rf"\b(?:requested|asked for)\b|\bhere(?:'s| is) the {one_of(_WORDS.rewritten)}\b"
    r"|\b(?:this|it) meets (?:your|the|all) (?:requirements|criteria)\b|\bnote to (?:the )?editor:|\bword count:"
    r"|\blet me know if you(?:'d like| would like| want| need) (?:me to |any )?"
    rf"{one_of(_WORDS.rewriting)}|<<<|>>>",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Fault:
    """A fault that no text of ours may have. One of the hints is in every such text, in small letters."""

    problem: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]

    def is_in(self, text: str, in_small_letters: str) -> bool:
        return has_any(self.hints, in_small_letters) and bool(self.pattern.search(text))


_FAULTS = (
    _Fault("markup or JSON, want plain prose", ("",), MARKUP),
    _Fault("markup or JSON, want plain prose", ("[", "]", "{", "}", '":'), _JSON),
    _Fault(
        "a placeholder is left in the text",
        ("{", "}", "[", "(", "<", "_", "user", "todo", "xxx", "lorem", *stems(_WORDS.nobody)),
        _PLACEHOLDER,
    ),
    _Fault(
        "an apology or refusal instead of the text",
        (
            *("as a", "i'm", "i am", "i can", "i will not", "i won't", "i must", "apolog", "able to"),
            *stems(_WORDS.rules_of_an_llm),
        ),
        _REFUSAL,
    ),
    _Fault(
        "a remark about the text, want the text alone",
        (
            *("requested", "asked for", "requirements", "criteria", "editor:", "word count", "let me know"),
            *(f"the {word}" for word in stems(_WORDS.rewritten)),
            *("<<<", ">>>"),
        ),
        _REMARK,
    ),
)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, which blank lines separate."""
    return [part.strip() for part in _PARAGRAPHS.split(text.strip()) if part.strip()]


def size_problems(text: str, *, at_least: int, at_most: int) -> list[str]:
    """The problems of the number of paragraphs, which must be `at_least` to `at_most`, and of the length."""
    found: list[str] = []
    count = len(paragraphs(text))
    if not at_least <= count <= at_most:
        wanted = f"{at_least}" if at_least == at_most else f"{at_least} to {at_most}"
        found.append(f"{count} paragraphs, want {wanted} separated by blank lines")
    if not SHORTEST <= len(text) <= LONGEST:
        found.append(f"{len(text)} characters, want {SHORTEST} to {LONGEST}")
    return found


def faults(text: str, in_small_letters: str) -> list[str]:
    """The faults of a text: markup, JSON, placeholders, refusals and remarks.

    The text is given in small letters too.
    """
    return [fault.problem for fault in _FAULTS if fault.is_in(text, in_small_letters)]
