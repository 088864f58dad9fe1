"""The mentions of a text: every word of the closed vocabulary, every house, orb, time and number in it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from astra_pipeline.language.contract.facts.numbers import number_at, number_words, ordinal_at
from astra_pipeline.language.contract.facts.words import TOKEN, Term, terms, words
from astra_pipeline.language.contract.sentences import spans

_HOUSE = ("house", "houses", "ghar", "bhav", "bhava")
_BESIDE_GURU = ("ki", "ka", "ke", "mein", "se", "ko", "mahadasha", "antardasha")
_BEFORE_A_MONTH = (
    "in",
    "of",
    "by",
    "until",
    "till",
    "since",
    "from",
    "this",
    "next",
    "last",
    "through",
    "and",
    "to",
)
# Before a house that is not called one: "Jupiter is in the tenth, where work is seen".
_IN_YOUR = [
    [place, whose] for place in ("in", "through", "into", "crosses", "enters", "from") for whose in ("the", "your")
]
# Behind an hour: the half of the day.
_PARTS = {("tonight",): "pm", ("this", "evening"): "pm", ("this", "afternoon"): "pm", ("this", "morning"): "am"}
_ABOUT = ("around", "after", "before", "at", "about", "past", "near")
_DEGREES = ("°", "degree", "degrees", "deg")
# Parts of a degree as an orb is rounded.
_FRACTIONS = {"tenth": "0.1", "fifth": "0.2", "third": "0.3", "half": "0.5", "quarter": "<0.5"}
# Other words that a house or an orb begins with: "house 4", "half a degree".
_BEFORE_A_NUMBER = frozenset(("house", "half", "a", *_FRACTIONS))
_MORNING, _EVENING = ("am", "subah", "savere"), ("pm", "shaam", "sham", "raat", "dopahar")


@dataclass(frozen=True)
class Word:
    """A word of a text and where it stands."""

    text: str
    small: str
    start: int
    end: int


@dataclass(frozen=True)
class Mention:
    """Something of the vocabulary, or a number of a kind, in a sentence."""

    kind: str
    value: str
    start: int
    end: int
    first: int
    """The place of its first word in the sentence, and of the one behind it."""
    behind: int
    is_own: bool | None = False
    """Of a body: whether it is the person's own, at birth. None where it may be."""


@dataclass(frozen=True)
class Sentence:
    """A sentence with its words and mentions, in order."""

    text: str
    start: int
    words: tuple[Word, ...]
    mentions: tuple[Mention, ...]

    @cached_property
    def small(self) -> tuple[str, ...]:
        """Its words in small letters."""
        return tuple(word.small for word in self.words)

    def of(self, *kinds: str) -> list[Mention]:
        """Its mentions of these kinds."""
        return [one for one in self.mentions if one.kind in kinds]

    def between(self, one: Mention, other: Mention) -> str:
        """The text between two mentions, the first one first."""
        return self.text[one.end - self.start : other.start - self.start]


def read(text: str) -> list[Sentence]:
    """The sentences of a text. A semicolon ends one, too."""
    return [_sentence(text[start:end], start) for start, end in spans(text)]


def _sentence(text: str, start: int) -> Sentence:
    found = tuple(
        Word(one.group(), one.group().lower(), start + one.start(), start + one.end())
        for one in TOKEN.finditer(text)
    )
    return Sentence(text, start, found, tuple(_mentions(text, start, found)))


def _mentions(text: str, start: int, found: Sequence[Word]) -> Iterator[Mention]:
    small = [word.small for word in found]
    at = 0
    while at < len(found):
        mention = _number(found, small, at) or _term(text, start, found, small, at)
        if mention is None:
            at += 1
            continue
        yield mention
        at = mention.behind


def _term(text: str, start: int, found: Sequence[Word], small: Sequence[str], at: int) -> Mention | None:
    word = small[at]
    for first in (word, word.removesuffix("'s").removesuffix("'")):
        for parts, term in terms().get(first, ()):
            behind = at + len(parts)
            if tuple(small[at + 1 : behind]) not in (parts[1:], _with_s(parts[1:])):
                continue
            gaps = text[found[at].start - start : found[behind - 1].end - start]
            if any(mark in gaps for mark in ".,!?:") and not gaps[0].isdigit():
                continue
            if _counts(term, found, small, at, behind):
                return _mention(term, found, small, at, behind)
    return None


def _with_s(parts: Sequence[str]) -> tuple[str, ...]:
    return (*parts[:-1], f"{parts[-1]}'s") if parts else ()


def _counts(term: Term, found: Sequence[Word], small: Sequence[str], at: int, behind: int) -> bool:
    """Whether the words mean the term: a spelling may be a word of its own, too."""
    after = small[behind] if behind < len(small) else ""
    before = small[at - 1] if at else ""
    capital = all(one.text[0].isupper() or one.text[0].isdigit() for one in found[at:behind])
    if term.needs_capital and not capital:
        return False
    if term.kind == "return" and after == "to" and behind + 2 < len(small) and ordinal_at(small, behind + 2):
        return False  # "the Moon returns to your ninth house"
    if term.value in ("March", "May") and term.kind == "month":
        return (
            after.isdigit() or before.isdigit() or before in _BEFORE_A_MONTH or before in ("st", "nd", "rd", "th")
        )
    match small[at]:
        case "cancer":
            # The illness at the beginning of a sentence has a capital, too.
            return bool(before) or any(term.kind in ("body",) for _, term in terms().get(after, ()))
        case "guru" if behind == at + 1:
            return after in _BESIDE_GURU
        case "rising" if behind == at + 1:
            signs = {spelling for all_of in words().signs.values() for spelling in all_of}
            return before in signs or before == "your"
        case _:
            return True


def _mention(term: Term, found: Sequence[Word], small: Sequence[str], at: int, behind: int) -> Mention:
    is_own: bool | None = False
    if term.kind == "body":
        is_own = term.value in ("Ascendant", "Midheaven") or _is_own(found, small, at)
    return Mention(term.kind, term.value, found[at].start, found[behind - 1].end, at, behind, is_own)


def _is_own(found: Sequence[Word], small: Sequence[str], at: int) -> bool | None:
    """Whether "your" or "natal" stands before the body, with at most its sign and an adjective between."""
    for place in range(at - 1, max(-1, at - 4), -1):
        word = small[place]
        # "your chart: Saturn"
        if found[place + 1].start - found[place].end > 1 or word in ("chart", "sky", "kundli"):
            return False
        if word in words().own:
            return True
        if word in ("and", "or") and place == at - 1:
            # "your Sun and Moon"
            return None if any(one in words().own for one in small[max(0, at - 6) : place]) else False
        if any(term.kind != "sign" for _, term in terms().get(word, ())) or word in ("the", "and", "to", "in"):
            return False
    return False


def _number(found: Sequence[Word], small: Sequence[str], at: int) -> Mention | None:
    """A house, an orb or a time that begins at a place."""
    word = small[at]
    if not (word[0].isdigit() or word in number_words() or word in _BEFORE_A_NUMBER):
        return None
    return _house(found, small, at) or _clock(found, small, at) or _orb(found, small, at)


def _house(found: Sequence[Word], small: Sequence[str], at: int) -> Mention | None:
    if small[at] == "house" and at + 1 < len(small) and small[at + 1].isdigit():
        return Mention("house", small[at + 1], found[at].start, found[at + 1].end, at, at + 2)
    ordinal = ordinal_at(small, at)
    if ordinal is None or not 1 <= ordinal[0] <= 12:
        return None
    number, behind = ordinal
    counted_from = small[behind + 1 : behind + 4] if small[behind : behind + 1] == ["from"] else []
    if counted_from[:1] == ["yours"] or _names_a_body(counted_from):
        return Mention("house", str(number), found[at].start, found[behind - 1].end, at, behind)
    place = behind
    # "the 7th and 8th houses"
    while place < len(small) and small[place] in ("and", "or", "to", "your", "the", "aur", "ya"):
        following = ordinal_at(small, place + 1) if place + 1 < len(small) else None
        place = following[1] if following else place + 1
    if place < len(small) and small[place] in _HOUSE:
        behind = place + 1 if place == behind else behind
        return Mention("house", str(number), found[at].start, found[behind - 1].end, at, behind)
    if _is_at_an_end(found, behind) and small[max(0, at - 2) : at] in _IN_YOUR and _names_a_body(small):
        return Mention("house", str(number), found[at].start, found[behind - 1].end, at, behind)
    return None


def _is_at_an_end(found: Sequence[Word], behind: int) -> bool:
    """Whether more than a space, or nothing, stands behind a word."""
    return behind >= len(found) or found[behind].start - found[behind - 1].end > 1


def _names_a_body(small: Sequence[str]) -> bool:
    """Whether a house is counted from one of the words: "the 8th from your Moon"."""
    return any(term.kind == "body" for word in small for _, term in terms().get(word, ()))


def _clock(found: Sequence[Word], small: Sequence[str], at: int) -> Mention | None:
    hour, _, minute = small[at].partition(":")
    if not hour.isdigit():
        spoken = number_at(small, at)
        if spoken is None or not 1 <= spoken[0] <= 12:
            return None
        hour, behind = str(int(spoken[0])), spoken[1]
    else:
        behind = at + 1
    after = small[behind] if behind < len(small) else ""
    before = small[at - 1] if at else ""
    half = after if after in ("am", "pm", "baje") else ""
    spoken_of = next(
        (part for said, part in _PARTS.items() if tuple(small[behind : behind + len(said)]) == said), ""
    )
    if spoken_of and before in _ABOUT and not half and not minute and 1 <= int(hour) <= 12:
        return Mention(
            "time", f"{_hour(int(hour), spoken_of):02}:~", found[at].start, found[behind - 1].end, at, behind
        )
    if not (half or minute) or int(hour) > 23 or (minute and not minute.isdigit()):
        return None
    spoken_part = "am" if before in _MORNING else "pm" if before in _EVENING else ""
    part = spoken_part if half == "baje" else half
    behind += bool(half)
    value = f"{_hour(int(hour), part):02}:{minute or '~'}"
    return Mention("time", value, found[at].start, found[behind - 1].end, at, behind)


def _hour(hour: int, part: str) -> int:
    if part == "am":
        return hour % 12
    return hour % 12 + 12 if part == "pm" else hour


def _orb(found: Sequence[Word], small: Sequence[str], at: int) -> Mention | None:
    """An orb in degrees: "1.2°", "half a degree", "two degrees", "less than 0.1°" as "<0.1"."""
    before = " ".join(small[max(0, at - 3) : at])
    below = "<" if before.endswith(("less than", "under", "within", "not even", "only just")) else ""
    if small[at : at + 3] == ["half", "a", "degree"]:
        return Mention("orb", f"{below}0.5", found[at].start, found[at + 2].end, at, at + 3)
    if small[at : at + 2] == ["a", "degree"]:
        return Mention("orb", f"{below}1", found[at].start, found[at + 1].end, at, at + 2)
    if small[at] in _FRACTIONS and tuple(small[at + 1 : at + 4]) == ("of", "a", "degree"):
        return Mention("orb", _FRACTIONS[small[at]], found[at].start, found[at + 3].end, at, at + 4)
    number = number_at(small, at)
    if number is None or number[1] >= len(small) or small[number[1]] not in _DEGREES:
        return None
    behind = number[1] + 1
    # "1.0°" is more exact than "about one degree".
    said = small[at] if small[at].replace(".", "").isdigit() else f"{number[0]:g}"
    return Mention("orb", f"{below}{said}", found[at].start, found[behind - 1].end, at, behind)
