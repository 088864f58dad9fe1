"""Events of the caller's life that are told with a verb: "we fly", "main shift ho rahi hoon". Pure.

A clause with a date of the calendar may have any verb of doing. Beside "tomorrow" or "Friday" only a verb of
life.yaml counts: people say a hundred small things of tomorrow. What is wished, asked, denied or over is no event.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

from astra_pipeline.conversations.life_words import is_past, life_words
from astra_pipeline.conversations.sentences import Sentence
from astra_pipeline.language.care.hearing import is_of_a_crisis
from astra_pipeline.language.negation import clause_numbers, is_denied
from astra_pipeline.language.topics import kind_of

# A longer one does not fit into a sentence of a text.
LONGEST = 40
_FEWEST = 2
_SUBJECT = r"(?:i|we|they|he|she|it)"
_BE = r"(?:'m| am|'re| are|'s| is)"
_LITTLE = r"(?: (?:all|both|also|just|finally|then|now|officially|really|only|already))?"
# Words of one's own in a clause, without which it may be about anybody.
_OWN = re.compile(
    r"\b(?:i|i'm|i'll|we|we're|we'll|my|our|me|us|main|mai|mera|meri|mere|mujhe|hum|hamein|humein|hame|hamara|hamari|"
    r"hamare|humara|humari|humare|apna|apni|apne)\b"
)
_BEHIND_A_VERB = re.compile(
    r" (?:at|in|with|for|from|because|so|since|and|where|which|who|that|after|before|by|until|till|unless|on|as)\b"
)
_AT_ITS_END = re.compile(
    r"[\s,.;:!?।-]+$|\s+(?:on|by|from|at|this|the|of|for|until|till|around|since|starting|and|but|to|in|ko|se|tak)$"
)
_IN_SMALL = re.compile(
    r"^(?:We|They|He|She|It|My|Our|Main|Mai|Hum|Mera|Meri|Mere|Mujhe|Hamara|Hamari|Hamare|Humara|Humari|Humare|"
    r"Apna|Apni|Apne|Hamein|Humein)\b"
)
_HINDI_OF_DUTY = r"(?:\w+na|\w+ni|\w+ne) (?:hai|hain|hoga|hogi|padega|padegi)"
_HINDI_VERB = re.compile(
    rf"\b(?:\w+ (?:raha|rahi|rahe) (?:hoon|hu|hun|hai|hain)|"
    rf"\w+(?:unga|ungi|oonga|oongi|enge|engi|ega|egi)|{_HINDI_OF_DUTY}|"
    rf"\w+ne (?:wala|wali|wale) (?:hoon|hu|hun|hai|hain))\b"
)


def happening(part: Sentence, whole: Sentence, dated: tuple[int, int], *, of_the_calendar: bool) -> str | None:
    """The event that a clause tells with a verb, in the caller's words; None for a clause that tells none.

    `dated` is the place of the date in the clause's Latin letters, `whole` the sentence that it stands in.
    """
    latin = whole.latin.replace("’", "'").lower()
    if (
        whole.is_question
        or _any("unreal").search(latin)
        or (not of_the_calendar and _any("ordinary").search(latin))
    ):
        return None
    before, behind = part.latin[: dated[0]], part.latin[dated[1] :]
    for text in _clauses(before, behind):
        words = _trimmed(text)
        if words and tells(words, of_the_calendar=of_the_calendar) and not _is_denied(part.latin, words):
            return _IN_SMALL.sub(lambda first: first[0].lower(), words)
    return None


@functools.lru_cache(maxsize=1024)
def tells(words: str, *, of_the_calendar: bool = True) -> bool:
    """Whether a few words tell an event with a verb: "we fly" does, "our flight" does not."""
    text = words.replace("’", "'").lower()
    if not (_OWN.search(text) or _kin_first().match(text)) or kind_of(words) == "learned" or is_of_a_crisis(words):
        return False
    return _tells_in_hindi(text, of_the_calendar) or _tells_in_english(text, of_the_calendar)


def _tells_in_english(text: str, of_the_calendar: bool) -> bool:
    if of_the_calendar and (match := _with_a_pronoun().match(text)):
        verb = match["base"] or match["doing"] or match["done"] or match["away"]
        is_state = _any("states").fullmatch(verb) or verb.removesuffix("s") in life_words().states
        if not is_state and (match["base"] is None or not is_past(verb)):
            return True
    return bool(_with_a_verb_of_life().match(text))


def _tells_in_hindi(text: str, of_the_calendar: bool) -> bool:
    match = next(_HINDI_VERB.finditer(text), None)
    if match is None or _any("hindi_states").search(text):
        return False
    return of_the_calendar or bool(_hindi_verb_of_life().search(text))


def _clauses(before: str, behind: str) -> Iterator[str]:
    """The words that may be the clause of a date: those before it, those behind it, or, as in Hindi, both."""
    begun = [before[match.start() :] for match in _subjects().finditer(before)][::-1]
    yield from begun
    yield from (behind[match.start() :] for match in _subjects().finditer(behind))
    yield from (f"{clause.rstrip()} {_without_postposition(behind)}" for clause in begun)


def _without_postposition(text: str) -> str:
    return re.sub(r"^\W*(?:ko|se|tak|subah|shaam|raat)\b", "", text).strip()


def _trimmed(text: str) -> str:
    """The words without what hangs loose at their end, cut where they are too long."""
    words = " ".join(text.split())
    if len(words) > LONGEST:
        cuts = [match.start() for match in _BEHIND_A_VERB.finditer(words) if match.start() <= LONGEST]
        words = words[: cuts[-1]] if cuts else words[: LONGEST + 1].rpartition(" ")[0]
    while (shorter := _AT_ITS_END.sub("", words)) != words:
        words = shorter
    return words if len(words.split()) >= _FEWEST else ""


def _is_denied(latin: str, words: str) -> bool:
    """Whether a "not" stands in the clause of the words."""
    said = re.findall(r"[\w']+", latin.replace("’", "'").lower())
    own = re.findall(r"[\w']+", words.replace("’", "'").lower())
    if {"not", "nahi", "nahin", "mat", "never", "cannot"} & set(own) or any(word.endswith("n't") for word in own):
        return True
    clauses = clause_numbers(latin)
    at = next((place for place in range(len(said)) if said[place : place + 2] == own[:2]), None)
    return at is not None and len(clauses) == len(said) and is_denied(said, clauses, at, 2)


def _in_the_third_person(verb: str) -> str:
    """ "flies", "moves out"."""
    first, _, rest = verb.partition(" ")
    if first.endswith("y") and first[-2:-1] not in "aeiou":
        return f"{first[:-1]}ies {rest}".strip()
    return f"{first}{'es' if first.endswith(('s', 'sh', 'ch', 'x', 'z', 'o')) else 's'} {rest}".strip()


def _while_it_lasts(verb: str) -> str:
    """ "flying", "moving out"."""
    first, _, rest = verb.partition(" ")
    stem = first.removesuffix("e") if first.endswith("e") and not first.endswith("ee") else first
    return f"{stem}{first[-1] if first in life_words().doubling else ''}ing {rest}".strip()


@functools.cache
def _with_a_pronoun() -> re.Pattern[str]:
    """A pronoun and any verb in the present or the future."""
    to_do = rf"(?:'ll| will|{_BE} (?:going|due|set|scheduled|supposed|about) to| have to| has to| get to)"
    doing = rf"(?:{_BE}{_LITTLE}|{to_do} be) (?:being |getting )?(?P<doing>\w+ing)"
    done = (
        rf"(?:{to_do} be{_LITTLE}|{to_do} get|{_BE} (?:being|getting)|{_BE}) (?P<done>\w+(?:ed|wn|en|rn)|put|cut)"
    )
    away = rf"{_BE}{_LITTLE} (?P<away>off(?= to)|due|away|in court|in hospital|in surgery|on stage)"
    base = rf"(?:{to_do}{_LITTLE}|{_LITTLE}) (?P<base>\w+)"
    return re.compile(rf"{_SUBJECT}(?:{away}|{done}|{doing}|{base})\b(?!')")


@functools.cache
def _with_a_verb_of_life() -> re.Pattern[str]:
    """Anybody of one's own, or a thing of one's own, and a verb of life.yaml in the present or the future."""
    verbs = life_words().event_verbs
    base, doing = _one_of(verbs), _one_of([_while_it_lasts(verb) for verb in verbs])
    does = _one_of([_in_the_third_person(verb) for verb in verbs])
    contracted = (
        rf"{_SUBJECT}(?:{_BE}{_LITTLE}(?: getting)? {doing}|(?:'ll| will| have to| has to| get to)? {base})"
    )
    one = rf"(?:(?:my|our)(?: (?!and\b|on\b)[\w'-]+){{1,3}}?|{_one_of(life_words().relations)}(?: \w+)?)"
    # "My house move" is a thing, "my parents move" is told with a verb.
    several = r"(?<=[^'s]s)"
    verb = rf"(?: (?:am|are|is){_LITTLE}(?: getting| going to)? (?:{doing}|{base})|{_LITTLE} {does}"
    verb += rf"|(?: will| have to| has to) {base}|{several}{_LITTLE} {base})"
    return re.compile(rf"(?:{contracted}|{_SUBJECT}{_LITTLE} (?:{does}|{base})|{one}{verb})\b")


@functools.cache
def _hindi_verb_of_life() -> re.Pattern[str]:
    return re.compile(rf"\b{_one_of(life_words().hindi_event_verbs)}\b")


@functools.cache
def _subjects() -> re.Pattern[str]:
    """The places where a clause may begin."""
    kin = _one_of(life_words().relations)
    return re.compile(
        rf"(?<![\w'’])(?:(?:i|we|they|he|she|it)(?=['’ ])|{_one_of(life_words().owners)} \w|"
        rf"(?:main|mai|hum|mujhe|hamein|humein|hame)(?= )|(?<!my )(?<!our )(?<!mera )(?<!meri )(?<!mere )(?<!i )"
        rf"(?<!we ){kin}(?= ))",
        re.IGNORECASE,
    )


@functools.cache
def _kin_first() -> re.Pattern[str]:
    return re.compile(rf"{_one_of(life_words().relations)}\b")


@functools.cache
def _any(which: str) -> re.Pattern[str]:
    return re.compile(rf"\b{_one_of(getattr(life_words(), which))}\b")


def _one_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"
