"""The bodies of a sentence, and where they are: those that a sign, a house or an aspect is said of. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from astra_pipeline.language.contract.facts.fact import Fact
from astra_pipeline.language.contract.facts.mentions import Mention, Sentence
from astra_pipeline.language.contract.facts.words import words
from astra_pipeline.language.contract.signs import is_greeted

# What ends a clause: the nearest body in the same clause is asked first.
_CLAUSE = re.compile(r"[,:()—–]| (?:and|but|while|as|with|aur|lekin|jabki) ")
# Between two bodies that a place is said of together: "the Sun, the Moon and your Venus".
_TOGETHER = re.compile(r"[\s,]*(?:and|or|aur|&)?[\s,]*(?:(?:the|your|natal|both|then)\s+)*", re.IGNORECASE)
# A place at the beginning of a clause may belong to the body behind it: "in Leo, Mars burns".
_LEADS_IN = re.compile(
    r"(?:^|[,:(—–]|\band|\bbut|\bwhile)\s*(?:\w+\s+)?(?:in|from|through|out of|across|at)\s+(?:your\s+|the\s+)*$",
    re.IGNORECASE,
)
# The words between a house and the body that it is counted from.
_COUNTED = frozenset(("counted", "from", "the", "your", "natal", "birth", "own"))
PHASES_OF_THE_MOON = ("New Moon", "Full Moon", "First Quarter", "Last Quarter")


@dataclass(frozen=True)
class Scene:
    """A sentence, and the bodies that the one before it spoke of."""

    sentence: Sentence
    carried: Sequence[Mention] = ()

    @cached_property
    def bodies(self) -> list[Mention]:
        """The bodies of the sentence; a New or Full Moon is the Moon."""
        counted_from = {body.first for body in self.counted_from}
        return [body for body in self.sentence.of("body", "phase") if body.first not in counted_from]

    @cached_property
    def counted_from(self) -> list[Mention]:
        """The bodies that houses are counted from: "the 10th house from your Moon"."""
        small = self.sentence.small
        return [
            body
            for house in self.sentence.of("house")
            for body in self.sentence.of("body")
            if "from" in (between := small[house.behind : body.first]) and _COUNTED.issuperset(between)
        ]

    @cached_property
    def is_of_now(self) -> bool:
        """Whether the sentence speaks of the day alone, and not of the birth chart."""
        small = set(self.sentence.small)
        # Houses from the natal Moon are those of transits.
        present = small & words().at_present or self.counted_from or self.sentence.of("motion")
        return bool(present) and not small & words().at_birth

    @cached_property
    def is_a_signature(self) -> bool:
        """Whether the sentence tells Sun, Moon and Ascendant in one breath, which are those of a birth."""
        return {"Sun", "Moon", "Ascendant"} <= {body.value for body in self.bodies} and not self.is_of_now

    def holders(self, place: Mention) -> list[Mention]:
        """The bodies that the place may be said of: those that the grammar joins it to, else the nearest ones."""
        adjacent = next((body for body in self.bodies if body.first == place.behind), None)
        if adjacent is not None and place.kind == "sign" and adjacent.kind == "body":
            return [adjacent]
        found = self._near(place)
        if found and found[0].is_own is not False:
            found = [*found, *self._in_the_sky_near(place)]
        found = [body for body in found if not self._says_something_else(body, place)]
        return list(dict.fromkeys(found))

    def _near(self, place: Mention) -> list[Mention]:
        # "sextiles your Venus from your 10th house": whoever looks from there is in the sky.
        if place.kind == "house" and "from" in self.sentence.small[max(0, place.first - 2) : place.first]:
            sky = [body for body in self.bodies if body.is_own is not True]
            if sky:
                return [body for body in sky if body.first < place.first][-1:] or sky[:1]
        before = [body for body in self.bodies if body.first < place.first]
        behind = [body for body in self.bodies if body.first >= place.behind]
        start, end = self._clause(place)
        if before and before[-1].start >= start:
            return self._with_companions(before)
        if behind and behind[0].end <= end:
            return behind[:1]
        if before:
            leads_in = _LEADS_IN.search(self.sentence.text[: place.start - self.sentence.start])
            return [*self._with_companions(before), *(behind[:1] if leads_in else [])]
        return behind[:1] or [body for body in self.carried if body.is_own is not True] or list(self.carried)

    def _in_the_sky_near(self, place: Mention) -> list[Mention]:
        """The nearest body in the sky: "Saturn squares your Venus from your 7th house" is said of Saturn."""
        sky = [body for body in self.bodies if body.is_own is not True]
        before = [body for body in sky if body.first < place.first]
        return before[-1:] or sky[:1] or [body for body in self.carried if body.is_own is not True][:1]

    def _with_companions(self, before: Sequence[Mention]) -> list[Mention]:
        found = [before[-1]]
        for body in reversed(before[:-1]):
            if not _TOGETHER.fullmatch(self.sentence.between(body, found[-1])):
                break
            found.append(body)
        return found

    def _clause(self, place: Mention) -> tuple[int, int]:
        at = place.start - self.sentence.start
        ends = [end.start() for end in _CLAUSE.finditer(self.sentence.text)]
        start = max((end for end in ends if end < at), default=0)
        end = min((end for end in ends if end >= place.end - self.sentence.start), default=len(self.sentence.text))
        return start + self.sentence.start, end + self.sentence.start

    def _says_something_else(self, body: Mention, place: Mention) -> bool:
        """Whether a word between them says that the body rules the place, and not that it is there."""
        first, last = sorted((body, place), key=lambda one: one.first)
        return any(word in words().not_there for word in self.sentence.small[first.behind : last.first])

    def is_greeted(self, sign: Mention) -> bool:
        """Whether the person is called by the sign: "Good morning Leo, the Moon is ..."."""
        text, begin = self.sentence.text, self.sentence.start
        return is_greeted(text[: sign.start - begin], text[sign.end - begin :])

    def is_of_anybody(self, body: Mention) -> bool:
        """Whether the body is spoken of by kind: "for a Virgo Moon", "as a Leo Sun"."""
        return body.first > 1 and self.sentence.small[body.first - 2] in ("a", "an", "every", "any")

    def is_denied(self, mention: Mention) -> bool:
        """Whether a "no" or "not" stands within four words before a mention."""
        before = self.sentence.small[max(0, mention.first - 4) : mention.first]
        return any(word in words().denials or word.endswith("n't") for word in before)

    def places(self, kind: str, body: Mention, value: str) -> Iterator[Fact]:
        """The readings of "the body is in this sign" or "in this house"."""
        if body.is_own is not True and not (self.is_a_signature and body.value in ("Sun", "Moon")):
            yield Fact(kind, body.value, value)
            if body.kind == "phase":
                yield Fact(kind, "Moon", value)
        if kind == "house" and body.is_own is False and not set(self.sentence.small) & words().at_birth:
            return
        # A house that is counted from the Moon is one of transits.
        if kind == "house" and self.counted_from and body.is_own is not True:
            return
        if body.is_own is not False or not self.is_of_now or self.is_of_anybody(body):
            yield Fact(f"natal {kind}", body.value, value)
