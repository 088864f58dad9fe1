"""A text that is rewritten into plainer words, and still knows which words of the speaker each part came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# The characters of a turn that are read. Nobody needs more for a birth.
LONGEST_TURN = 2000

# A pattern, and the words that replace each match of it.
Rewrite = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


@dataclass(frozen=True)
class MappedText:
    """`source` as it was said, and `plain`, the same in plainer words.

    `at` has one number more than `plain` has characters: the position in `source` that each character, and the end,
    came from.
    """

    source: str
    plain: str
    at: list[int]

    @classmethod
    def of(cls, source: str) -> MappedText:
        """A text that is not rewritten yet."""
        return cls(source, source, list(range(len(source) + 1)))

    def rewritten(self, rewrites: Sequence[Rewrite]) -> MappedText:
        """The text after all rewrites, one after another. A replacement maps to the start of what it replaces."""
        text = self
        for pattern, new in rewrites:
            text = text._rewritten(pattern, new)
        return text

    def _rewritten(self, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str]) -> MappedText:
        pieces: list[str] = []
        at: list[int] = []
        done = 0
        for match in pattern.finditer(self.plain):
            words = new(match) if callable(new) else match.expand(new)
            pieces += [self.plain[done : match.start()], words]
            at += [*self.at[done : match.start()], *[self.at[match.start()]] * len(words)]
            done = match.end()
        if not done:
            return self
        return MappedText(self.source, "".join([*pieces, self.plain[done:]]), [*at, *self.at[done:]])

    def words(self, start: int, end: int) -> str:
        """The speaker's words from position `start` to `end` of `plain`; all of those that a part of came to stand there."""
        first, last = self.at[start], self.at[end]
        if first == last and start < end:
            last = next((at for at in self.at[end:] if at > first), last)
        return self.source[first:last].strip()


def small(text: str) -> str:
    """The text in small letters and with plain apostrophes, every character at the position that it had."""
    # The one letter that becomes two when it is made small would shift everything after it.
    return text.replace("İ", "I").lower().replace("’", "'")
