"""The notation of crisis.yaml and tender.yaml, made into regular expressions over plain words. Pure.

A pattern is a row of words. {name} is any phrase of a list, (a|b c|d) one phrase of several, "word*" any ending, a "?"
behind a word or a group says that it may be missing, ".." is up to two words and "..." up to four.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from astra_pipeline.language import devanagari

# A word that no pattern reaches over: it stands where an idiom stood.
BARRIER = "#"
_WORD = "[^ #]+ "
_WORDS_KEPT = 4096
_GAPS = {"..": f"(?:{_WORD}){{0,2}}", "...": f"(?:{_WORD}){{0,4}}"}
_PIECE = re.compile(r"\(|\)|\||\?|\.\.\.|\.\.|\{\w+\}|\\d|[^\s()|?{}]+")
_NEGATIONS = frozenset(
    {"not", "no", "never", "nothing", "nobody", "nahi", "na", "{not}", "longer", "without", "bina", "only", "nai"}
)
# The cue of a pattern is none of these.
_COMMON = frozenset(
    "i a an the to of in on at is are was were am be been have has had my me we us he she they it do does did not and or so "
    "if for with from by that this them her his him our main mai mera meri mere se ke ki ka ko hai ne ho par pe".split()
)
# A condition on what stands behind a place: the pattern holds where none of these follows.
_NOT_BEHIND = {
    "not_place": "in with at there together near apart abroad early for before next tonight today so as through by alone up "
    "a an the under on far off",
    "not_is": "hai hain tha thi",
    "not_trip": "to for from on at out in shopping traveling abroad home this next",
    "not_away": "to in into for from on at with behind under before by until til this next as a",
    "not_left": "a an the on speechless alone some hanging voice message with no wondering hungry smiling out his her two",
    "not_life": "in to into back seriously forward for on as with by easy out lightly so one",
    "end_of_loss": "s",
}
_GAMES = (
    "game chess carom carrom cards ludo badminton tennis cricket exam run race finish it match rain traffic rush clock trivia "
    "quiz vote election football"
)
_GROUPS = "whatsapp group chat team band class meeting call game server club list"
_SITES = "instagram twitter facebook linkedin youtube tiktok insta"


def _one_of(words: str) -> str:
    return f"(?:{'|'.join(devanagari.key(word) for word in words.split())})"


_CONDITIONS = {
    "end": f"(?=$|{BARRIER} )",
    **{name: f"(?!{_one_of(words)} )" for name, words in _NOT_BEHIND.items()},
    "not_game": f"(?!out (?:of )?(?:{_one_of('the my our a his her')} )?{_one_of(_GROUPS)} )(?!off )"
    f"(?!{_one_of('in at to by on')} (?:{_one_of('the a my')} )?{_one_of(_GAMES)} )",
    "not_online": f"(?!(?:on|online) (?:{_one_of(_SITES)} )?)",
}


@dataclass(frozen=True)
class Pattern:
    """A pattern, ready to be sought in plain words."""

    regex: re.Pattern[str]
    words: frozenset[str]
    """Words of which one stands in every text that the pattern is found in; empty together with `stems` for none."""
    stems: tuple[str, ...]
    denies: bool
    """Whether the pattern has a "not" of its own."""

    @property
    def is_anywhere(self) -> bool:
        """Whether no word tells texts apart that the pattern cannot be found in."""
        return not self.words and not self.stems

    def is_called_by(self, token: str) -> bool:
        """Whether the pattern may be found in a text with this word."""
        return token in self.words or (bool(self.stems) and token.startswith(self.stems))


class PatternSet:
    """Patterns, found by the words of a text: most of them cannot be in it, and are not sought."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = tuple(patterns)
        self._anywhere = [number for number, one in enumerate(self._patterns) if one.is_anywhere]
        # People use the same few thousand words.
        self._called = functools.lru_cache(maxsize=_WORDS_KEPT)(self._called_by)

    def possible(self, text: str) -> list[Pattern]:
        """Those that may be found in the text, in their order. The text is plain words."""
        numbers = set(self._anywhere)
        for token in set(text.split()):
            numbers.update(self._called(token))
        return [self._patterns[number] for number in sorted(numbers)]

    def _called_by(self, token: str) -> tuple[int, ...]:
        return tuple(number for number, one in enumerate(self._patterns) if one.is_called_by(token))


def compiled(lines: Sequence[str], lists: Mapping[str, Sequence[str]]) -> PatternSet:
    """The patterns of some lines. Raises ValueError for a line that is not in the notation."""
    return PatternSet([_Reader(lists, line).pattern() for line in lines])


class _Reader:
    """One line of the notation, read from left to right."""

    def __init__(self, lists: Mapping[str, Sequence[str]], line: str) -> None:
        self._lists, self._line = lists, line
        self._pieces = _PIECE.findall(line)
        self._at = 0
        self._cues: list[tuple[frozenset[str], tuple[str, ...]]] = []

    def pattern(self) -> Pattern:
        expression = self._row(top=True)
        if self._at < len(self._pieces):
            raise ValueError(f"not in the notation: {self._line}")
        usable = [cue for cue in self._cues if (cue[0] or cue[1]) and _COMMON.isdisjoint(cue[0])]
        words, stems = min(usable, key=lambda cue: len(cue[0]) + len(cue[1]), default=(frozenset(), ()))
        denies = not _NEGATIONS.isdisjoint(self._pieces)
        return Pattern(re.compile(rf"(?<![^ ]){expression}"), words, stems, denies)

    def _row(self, *, top: bool = False) -> str:
        """The expression of a row of words, up to the end of the line or of a phrase."""
        found = []
        while self._at < len(self._pieces) and self._pieces[self._at] not in ("|", ")"):
            expression, firsts = self._element()
            is_optional = self._at < len(self._pieces) and self._pieces[self._at] == "?"
            if is_optional:
                self._at += 1
                expression = f"(?:{expression})?"
            elif top and firsts is not None:
                self._cues.append(
                    (frozenset(w for w in firsts if w[-1] != "*"), tuple(w[:-1] for w in firsts if w[-1] == "*"))
                )
            found.append(expression)
        return "".join(found)

    def _element(self) -> tuple[str, list[str] | None]:
        """(the expression of a word, a list or a group; the words that it may begin with, None where that is open)."""
        piece = self._pieces[self._at]
        self._at += 1
        if piece == "(":
            return self._group()
        if piece in _GAPS:
            return _GAPS[piece], None
        if piece[0] == "{":
            return self._named(piece[1:-1])
        return _word(piece), [_first(piece)]

    def _named(self, name: str) -> tuple[str, list[str] | None]:
        if name in _CONDITIONS:
            return _CONDITIONS[name], None
        phrases = self._lists[name]
        if opened := [phrase for phrase in phrases if phrase[0] in "(.{"]:
            # Its pattern would be called by no word, and never be sought.
            raise ValueError(f"a phrase of the list {name} has to begin with a word: {opened[0]}")
        rows = [_Reader(self._lists, phrase)._row() for phrase in sorted(phrases, key=len, reverse=True)]
        return f"(?:{'|'.join(rows)})", [_first(phrase.split()[0]) for phrase in phrases]

    def _group(self) -> tuple[str, list[str] | None]:
        rows: list[str] = []
        firsts: list[str] | None = []
        while True:
            first = self._pieces[self._at]
            rows.append(self._row())
            begins = self._begins(first)
            firsts = None if firsts is None or begins is None else [*firsts, *begins]
            closing = self._pieces[self._at] if self._at < len(self._pieces) else ""
            self._at += 1
            if closing == ")":
                return f"(?:{'|'.join(rows)})", firsts
            if closing != "|":
                raise ValueError(f"not in the notation: {self._line}")

    def _begins(self, piece: str) -> list[str] | None:
        if piece[0] == "{":
            return [_first(p.split()[0]) for p in self._lists.get(piece[1:-1], ())] or None
        return None if piece in _GAPS or piece in ("(", "\\d") else [_first(piece)]


def _word(piece: str) -> str:
    if piece == "\\d":
        return r"\d+ "
    if piece.endswith("*"):
        return f"{re.escape(devanagari.key(piece[:-1]))}[^ #]* "
    return f"{re.escape(devanagari.key(piece))} "


def _first(piece: str) -> str:
    return devanagari.key(piece[:-1]) + "*" if piece.endswith("*") else devanagari.key(piece)
