"""The care that a caller's words ask for, by rules: crisis, tender or none, and of which kind. Pure.

A sentence is read in plain words (plain_words.py). Idioms are out of the way first ("this deadline is killing me").
What is left is compared with patterns of meaning: who wishes what, who does what to whom. A pattern that is found
does not count where the sentence denies it, tells of a story, or of something that is over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from astra_pipeline.language.care import words
from astra_pipeline.language.care.levels import KINDS, Level
from astra_pipeline.language.care.patterns import BARRIER, PatternSet
from astra_pipeline.language.care.plain_words import keys, plain, sentences

# So many words before and behind a pattern are asked whether they deny it.
_BEFORE, _BEHIND = 4, 1
_NOT = frozenset(
    keys(["not", "never", "no", "without", "nor", "neither", "nahi", "nai", "na", "nahin", "mat", "kabhi nahi"])
)
_NOT_BEHIND = frozenset(keys(["nahi", "nai", "nahin", "mat"]))
# A "not" before one of these denies nothing of the pattern.
_NOT_DENIED = frozenset(
    keys(
        [
            "only",
            "just",
            "stop",
            "know",
            "help",
            "sure",
            "wake",
            "exist",
            "be",
            "sleep",
            "eat",
            "tell",
            "lie",
            "even",
            "here",
            "alive",
            "get up",
            "get",
            "open",
            "come",
        ]
    )
)
_SELF = frozenset(
    keys(["i", "me", "main", "mai", "mujhe", "mujhko", "maine", "mera", "meri", "mere", "mann", "myself"])
)
_OTHERS = frozenset(
    keys(["he", "she", "they", "wo", "woh", "usne", "unhone", "uska", "uski", "himself", "herself", "themselves"])
)
_OWN = _SELF | frozenset(
    keys(["my", "our", "us", "we", "hum", "hume", "hamara", "hamari", "apni", "apne", "humne", "mujhse"])
)
_BREAKS = frozenset(
    keys(
        [
            "and",
            "but",
            "because",
            "so",
            "or",
            "then",
            "aur",
            "lekin",
            "magar",
            "kyunki",
            "par",
            "phir",
            "although",
            "though",
        ]
    )
) | {BARRIER}


def _any_of(*phrases: str) -> str:
    """The expression of any of the phrases, in the form in which spellings agree."""
    return f"(?:{'|'.join(' '.join(keys(phrase.split())) for phrase in phrases)})"


# "I do not think I want to ..." and "it is not that I want to ...".
_DISOWNED = re.compile(
    rf"\b(?:not|never) {_any_of('that', 'think', 'say', 'saying', 'said', 'mean', 'because', 'as if', 'like', 'believe')} (?:that )?$"
)
_DEAD = re.compile(
    rf"\b{_any_of('committed', 'died', 'death', 'dead', 'lost', 'killed himself', 'killed herself', 'by suicide', 'took his own', 'took her own')} "
)
_HYPOTHETICAL = re.compile(rf"\b{_any_of('if', 'suppose', 'imagine', 'agar', 'agr', 'hypothetically', 'kaash')} ")
_FUTURE = re.compile(
    rf"\b{_any_of('will', 'would', 'shall', 'hoga', 'hogi', 'honge', 'karega', 'karegi', 'kab', 'can', 'could', 'should', 'might')} |(?:ega|egi|enge) "
)
_AGAIN = re.compile(
    rf"\b{_any_of('again', 'phir se', 'still', 'these days', 'aajkal', 'abhi bhi', 'lately', 'coming back')} "
)
# Others whose separation, loss or failure is not the caller's.
_NOT_NEAR = frozenset(
    keys(
        "friend bestie colleague coworker cousin neighbour neighbor roommate boss classmate celebrity couple teacher dost "
        "saheli padosi uska uski unka unki actor actress".split()
    )
)
_I_OR_WE = frozenset(keys(["i", "me", "we", "us", "main", "mujhe", "hum", "hume", "maine", "humne"]))
_SOMEBODY = frozenset(keys(["he", "she", "they"]))
_AGENT = "ne"
_ONES_OWN_LOSS = frozenset({"separation", "loss", "failure"})


@dataclass(frozen=True)
class Heard:
    """The care that a conversation asks for, by the weightiest sentence."""

    level: Level = "none"
    kind: str | None = None
    sentence: str = ""
    """The sentence, as it was said; empty for none."""


def heard(turns: Sequence[str]) -> Heard:
    """The care that the caller's turns ask for."""
    said = [sentence for turn in turns for sentence in sentences(turn)]
    found: dict[str, Heard] = {}
    for number, sentence in enumerate(said):
        for one in _in_sentence(sentence, said[number + 1 : number + 3]):
            found.setdefault(one.kind or "", one)
    order = (*KINDS["crisis"], *KINDS["tender"])
    return next((found[kind] for kind in order if kind in found), Heard())


def is_of_a_crisis(text: str) -> bool:
    """True for a text, such as an insight, that reads as somebody's crisis."""
    return any(one.level == "crisis" for sentence in sentences(text) for one in _in_sentence(sentence, ()))


def _in_sentence(sentence: str, following: Sequence[str]) -> Iterable[Heard]:
    text = plain(sentence)
    for kind in _crises(text, "".join(map(plain, following))):
        yield Heard("crisis", kind, sentence)
    if kind := _tender(text, is_question=sentence.rstrip().endswith("?")):
        yield Heard("tender", kind, sentence)


def _crises(text: str, following: str) -> Iterable[str]:
    known = words.crisis()
    left = _without(text, known.harmless)
    for kind, patterns in known.kinds.items():
        for match in _found(left, patterns):
            if _is_framed(left, match) or _is_over(left, following):
                continue
            if kind != "self_harm" or not _is_of_another(left, match):
                yield kind
                break
            if not _DEAD.search(left):
                yield "danger"
                break


def _tender(text: str, *, is_question: bool) -> str | None:
    known = words.tender()
    left = _without(text, known.harmless)
    if is_question and _FUTURE.search(left):
        return None
    for kind, patterns in known.kinds.items():
        for match in _found(left, patterns):
            if _HYPOTHETICAL.search(left[: match.start()]) or _is_framed(left, match):
                continue
            if _any(words.long_ago(), left) or (kind in _ONES_OWN_LOSS and _is_of_somebody_far(left, match, kind)):
                continue
            return kind
    return None


def _found(text: str, patterns: PatternSet) -> Iterable[re.Match[str]]:
    """The places of patterns that the text does not deny."""
    for pattern in patterns.possible(text):
        for match in pattern.regex.finditer(text):
            if pattern.denies or not _is_denied(text, match):
                yield match


def _without(text: str, idioms: PatternSet) -> str:
    """The text with a barrier in the place of each idiom."""
    for idiom in idioms.possible(text):
        text = idiom.regex.sub(f"{BARRIER} ", text)
    return text


def _any(patterns: PatternSet, text: str) -> bool:
    return any(pattern.regex.search(text) for pattern in patterns.possible(text))


def _is_denied(text: str, match: re.Match[str]) -> bool:
    inside = match[0].split()
    # A "not" in an earlier clause denies nothing: "he gives me no food and beats me".
    last = max((place for place, word in enumerate(inside[:-1]) if word in _BREAKS and place), default=-1)
    asked_inside = inside[last + 1 :]
    before = text[: match.start()].split()
    if inside and inside[0] in _SELF:
        if _DISOWNED.search(text[: match.start()]):
            return True
        asked = asked_inside
    else:
        reach: list[str] = []
        for word in reversed(before[-_BEFORE:]):
            if word in _BREAKS:
                break
            reach.insert(0, word)
            if word in _SELF or word in _OTHERS:
                break
        asked = [*(reach if last < 0 else []), *asked_inside]
    behind = text[match.end() :].split()[:_BEHIND]
    following = [*asked[1:], *behind, ""]
    if any(word in _NOT and then not in _NOT_DENIED for word, then in zip(asked, following, strict=False)):
        return True
    return bool(behind) and behind[0] in _NOT_BEHIND


def _is_framed(text: str, match: re.Match[str]) -> bool:
    """Whether a story, the news or a study is told, and nothing in the pattern is the caller's own."""
    around = [*text[: match.start()].split()[-2:], *match[0].split()]
    return _OWN.isdisjoint(around) and _any(words.frames(), text)


def _is_over(text: str, following: str) -> bool:
    """Whether the caller tells of the past and says that it is over."""
    return _any(words.past(), text) and not _AGAIN.search(text) and _any(words.over(), f"{text}{following}")


def _is_of_another(text: str, match: re.Match[str]) -> bool:
    """Whether the nearest person named, up to the end of the pattern's first words, is not the caller."""
    first = match[0].split()[:1]
    for word in reversed([*text[: match.start()].split()[-8:], *first]):
        if word in _SELF and word not in ("mera", "meri", "mere"):
            return False
        if word in _OTHERS or word in words.kin():
            return _SELF.isdisjoint(match[0].split())
    return False


def _is_of_somebody_far(text: str, match: re.Match[str], kind: str) -> bool:
    """Whether it happened to a friend or a colleague, not to the caller."""
    around = [*text[: match.start()].split()[-6:], *match[0].split()]
    # Whoever did it ("boss ne") is not the one it happened to.
    around = [word for word, behind in zip(around, [*around[1:], ""], strict=True) if behind != _AGENT]
    if any(word in _I_OR_WE for word in around):
        return False
    return not (_NOT_NEAR if kind == "separation" else _NOT_NEAR | _SOMEBODY).isdisjoint(around)
