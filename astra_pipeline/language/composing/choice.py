"""A choice of phrases without chance: the same reader, day and memory always get the same ones. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from astra_pipeline.language.composing.memory import Memory
from astra_pipeline.language.composing.phrasebook import Phrase, id_of

T = TypeVar("T")

_MASK = 0xFFFFFFFF


class Pick(NamedTuple):
    """A phrase that was picked."""

    id: str
    text: str
    answer: str
    """The closing sentence of an opening; "" for any other phrase."""


class Choice:
    """Picks phrases for one reader and one text. A phrase that a remembered text used comes last.

    `turn` numbers the text (the day, or the week), so that two texts differ also where nothing is remembered.
    """

    def __init__(self, reader: str, turn: int, memory: Memory | None = None) -> None:
        seed = hashlib.blake2b(f"{reader}\0{turn}".encode(), digest_size=8).digest()
        self._seed = int.from_bytes(seed)
        self._last_used = (memory or Memory()).last_used
        self.picked: list[str] = []
        """The ids of the phrases picked so far, in order: what the memory keeps of the text."""

    def pick(self, pool: Sequence[Phrase]) -> Pick:
        """The phrase of the pool that was never used, else the one used longest ago; none twice in one text.

        Raises ValueError for an empty pool.
        """
        if not pool:
            raise ValueError("there is no phrase to pick from")
        found = min(pool, key=lambda phrase: self._rank(phrase.id))
        self.picked.append(found.id)
        return Pick(found.id, found.text, found.answer)

    def pick_fresh(self, *pools: Sequence[Phrase]) -> Pick:
        """A phrase that nobody remembers, of the first pool that has one; else the one used longest ago of all.

        Raises ValueError where all pools are empty.
        """
        for pool in pools:
            if any(phrase.id not in self._last_used and phrase.id not in self.picked for phrase in pool):
                return self.pick(pool)
        return self.pick([phrase for pool in pools for phrase in pool])

    def remembers(self, phrase: str) -> bool:
        """Whether a remembered text used the phrase of this id."""
        return phrase in self._last_used

    def pick_fact(self, facts: Sequence[T], keys: Iterable[str]) -> T:
        """The fact, by a key each, that the remembered texts told longest ago: the first of those never told."""
        ranked = [
            (self._last_used.get(id_of(key), ""), at, fact)
            for at, (fact, key) in enumerate(zip(facts, keys, strict=True))
        ]
        return min(ranked, key=lambda one: one[:2])[2]

    def tell(self, key: str) -> None:
        """Remember that the text told the fact of this key."""
        self.picked.append(id_of(key))

    def of(self, slot: str, options: Sequence[T]) -> T:
        """One of a few options that nobody remembers, such as a skeleton."""
        return options[self._mixed(slot) % len(options)]

    def in_order(self, slot: str, options: Sequence[T]) -> list[T]:
        """The options in an order of the day."""
        return sorted(options, key=lambda option: self._mixed(f"{slot}\0{option}"))

    def _rank(self, phrase: str) -> tuple[bool, str, int]:
        return phrase in self.picked, self._last_used.get(phrase, ""), self._mixed(phrase)

    def _mixed(self, text: str) -> int:
        # FNV-1a: hundreds of phrases are ranked for a text, a digest of each would take milliseconds.
        mixed = self._seed & _MASK
        for character in text.encode():
            mixed = ((mixed ^ character) * 16777619) & _MASK
        return mixed ^ (mixed >> 15)
