"""Signs in a text: no strange ones are named, and none is given to somebody else. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from astra_pipeline import names
from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.language import vocabulary
from astra_pipeline.language.contract.sentences import has_any, sentences
from astra_pipeline.language.contract.shape import READ
from astra_pipeline.language.word_lists import Term, Vocabulary, Words, one_of


def _is_a_sign(sign: str) -> str:
    if sign not in SIGNS:
        raise ValueError("want a sign of the zodiac, such as Leo")
    return sign


class SignWords(Vocabulary):
    """The lists of signs.yaml, where each has a comment that says what it is for."""

    natives: dict[Term, Annotated[str, AfterValidator(_is_a_sign)]]
    stands_in: Words
    greetings: Words
    short_greetings: Words
    kinds_of_natives: Words
    after_natives: Words


_WORDS = vocabulary.load("astra_pipeline.language.contract", "signs.yaml", SignWords)

ANY_SIGN = "|".join(SIGNS)
_OWN_SIGNS = ("sun_sign", "moon_sign", "rising_sign")
# First letter of Sun, Moon, Ascendant, rising or lagna -> the field with the sign of that part.
_PARTS = {"s": "sun_sign", "m": "moon_sign", "a": "rising_sign", "r": "rising_sign", "l": "rising_sign"}
_RISING = r"[Aa]scendant|[Rr]ising(?: sign)?|[Ll]agna"
_BODY_AT_BIRTH = rf"([Ss]un|[Mm]oon|{_RISING})"
_OWN = r"\b[Yy]our (?:natal |birth |own )?"
# Before and behind a sign: "your Moon sits in" Leo, "your" Leo "Moon", Leo "is your Moon sign", Leo "rising".
_BODY_IN = re.compile(
    rf"{_OWN}{_BODY_AT_BIRTH}(?: sign)?(?:,? which|,)?(?: {one_of(_WORDS.stands_in, '[a-z]+ly')}){{0,3}}"
    r"(?: in| the sign| of)* \(?$"
    r"|\b[Bb]orn (?:with|under) (?:the |your |a )?(?:Sun in \w+,? and (?:the |your )?)?([Ss]un|[Mm]oon) in $"
    rf"|{_OWN}[Ss]un in (?:{ANY_SIGN})(?:,| and|, and) (?:your )?([Mm]oon) in $"
)
_IS_OWN = re.compile(rf"{_OWN}$|\b[Yy]ou(?: are|'re) an? $")
_OF_BODY = re.compile(rf" {_BODY_AT_BIRTH}\b")
_IS_BODY = re.compile(
    rf" is your (?:natal |birth |own )?{_BODY_AT_BIRTH}\b(?!')|,? (?:as )?your {_BODY_AT_BIRTH} sign(?=[,.;:!?)]| "
    r"you\b)"
)
_IS_RISING = re.compile(rf" (?:{_RISING})\b")
_AS_A = re.compile(r"\b[Aa]s an? $")
_AS_OR_FOR_A = re.compile(r"\b(?:[Aa]s|[Ff]or) an? $")
_AND_YOU = re.compile(r",? you\b")
_AND_SO = re.compile(r"[,.;:!?]| (?:you|your|that|this|it)\b")
_SOMEBODY_OF = re.compile(rf"\b(?:{ANY_SIGN}|{'|'.join(_WORDS.natives)})(?=(?:e?s)?\b)")
_LONG = "|".join(f"[{word[0].upper()}{word[0]}]{word[1:]}" for word in _WORDS.greetings)
_SHORT = "|".join(word.title() for word in _WORDS.short_greetings)
GREETING = f"(?:{_LONG}|{_SHORT})"
"""A pattern of what somebody is greeted with."""
_CALLED = rf"(?:\b(?:{_LONG})|^(?:{_SHORT}))(?:,| there| dear|, dear)* $"
_GREETED = re.compile(rf"{_CALLED}|\b(?:[Dd]ear|[Ff]ellow) $|^$")
_BEHIND_A_GREETING = re.compile(_CALLED)
_YOU_AS_A = re.compile(
    r"\b(?:[Aa]s|[Ff]or|[Yy]ou are|[Yy]ou're|[Yy]ou,|[Yy]ou, (?:being|as)|[Ll]ike) (?:an?|every|any) "
    rf"(?:{one_of(_WORDS.kinds_of_natives)} )?$"
)
_AFTER_A_NATIVE = re.compile(rf"$|[,.;:!?)]| {one_of(_WORDS.after_natives)}\b")
_LIKE_YOU = re.compile(r"(?:e?s)? like you(?:rself)?\b")
_END_OF_ADDRESS = re.compile(r"[,.;:!?]|$")
# One of these is in every sentence that names a sign or somebody of it.
_HINTS = (*SIGNS, *(native for native, sign in _WORDS.natives.items() if sign not in native))
# The characters before a sign in which its subject is looked for.
_BEFORE = 90


def sign_problems(text: str, task_input: Mapping[str, Any]) -> list[str]:
    """The signs in a text that are said to be the person's own and are not, and those it calls the person by.

    `task_input` is the input of the text's task: `sun_sign`, `moon_sign` and `rising_sign` are the person's own.
    """
    # Only some sentences name a sign; the others need no reading.
    named_in = [sentence for sentence in sentences(names.plain(text[:READ])) if has_any(_HINTS, sentence)]
    own = {part: task_input.get(part) for part in _OWN_SIGNS}
    return list(dict.fromkeys(problem for sentence in named_in for problem in _claims(sentence, own, task_input)))


def is_greeted(before: str, after: str) -> bool:
    """Whether a sign is what somebody is greeted by: "Good morning Leo, ...".

    `before` is the sentence up to the sign, `after` what follows it.
    """
    return after[:1] in (",", "!") and _BEHIND_A_GREETING.search(before) is not None


def part_of(body: str) -> str:
    """The field of the task's input that has the sign of the natal Sun, Moon or Ascendant, by its English name."""
    return _PARTS[body[0].lower()]


def sign_today(body: str, task_input: Mapping[str, Any]) -> str | None:
    """The sign a planet is in on the text's day; None where the input has none."""
    planets, moon = task_input.get("planets"), task_input.get("moon")
    position = planets.get(body.title()) if isinstance(planets, Mapping) else None
    position = moon if body.lower() == "moon" else position
    return position.get("sign") if isinstance(position, Mapping) else None


def _claims(sentence: str, own: Mapping[str, Any], task_input: Mapping[str, Any]) -> Iterator[str]:
    """The wrong statements about the person's signs in a sentence."""
    # Some people are called Leo.
    theirs = {*own.values(), task_input.get("name")}
    for found in _SOMEBODY_OF.finditer(sentence):
        before, after = sentence[max(0, found.start() - _BEFORE) : found.start()], sentence[found.end() :]
        sign = _WORDS.natives.get(found.group(), found.group())
        if (part := _claimed(sign, before, after, task_input)) and sign != own[part]:
            yield f"another {part.replace('_', ' ')} than the person's is claimed"
        if sign not in theirs and _is_addressed(before, after):
            yield "the person is addressed by a sign that is not theirs"


def _claimed(sign: str, before: str, after: str, task_input: Mapping[str, Any]) -> str | None:
    """The field of the sign that the words before and behind claim the sign for; None without a claim."""
    if found := _BODY_IN.search(before) or _IS_BODY.match(after):
        return part_of(next(filter(None, found.groups())))
    if _IS_RISING.match(after):
        return "rising_sign"
    if not (of := _OF_BODY.match(after)):
        return None
    rest = after[of.end() :]
    if _IS_OWN.search(before) or (_AS_A.search(before) and _AND_YOU.match(rest)):
        return part_of(of.group(1))
    # "For a Taurus Moon" may also be said of tonight's.
    if _AS_OR_FOR_A.search(before) and _AND_SO.match(rest) and sign != sign_today(of.group(1), task_input):
        return part_of(of.group(1))
    return None


def _is_addressed(before: str, after: str) -> bool:
    """True when the sign between `before` and `after` addresses the person."""
    if _LIKE_YOU.match(after):
        return True
    if _AFTER_A_NATIVE.match(after) and _YOU_AS_A.search(before):
        return True
    greeted = _GREETED.search(before)
    if greeted and not greeted.group():
        return after.startswith(", you ")
    return bool(greeted) and (before.endswith(("ear ", "ellow ")) or bool(_END_OF_ADDRESS.match(after)))
