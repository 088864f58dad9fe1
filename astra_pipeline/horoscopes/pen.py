"""The pen of one horoscope: it picks a phrase for each slot, in the reader's languages, and fills it in. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from astra_pipeline.horoscopes.input import HoroscopeInput
from astra_pipeline.horoscopes.words import book
from astra_pipeline.language.composing import (
    Choice,
    Memory,
    Pool,
    agreeing,
    contracted,
    filled,
    grade_of,
    hindi_slots,
    led,
    register_of,
    sentence,
    word_count,
)
from astra_pipeline.language.composing.registers import Register
from astra_pipeline.language.composing.tongue import SHARES
from astra_pipeline.language.hinglish import made_polite

Path = tuple[object, ...]
"""The path of a pool in the book."""
Fields = Mapping[str, str]


# There is less Hinglish for hard times, and less of it is wanted.
_QUIET = 0.75
# Slot -> the words that lead to a phrase of it for the second time.
_LEADS = {
    **dict.fromkeys(("body", "near", "tell"), "do"),
    **dict.fromkeys(("helps", "permission", "steady", "line", "urgent", "own"), "say"),
    **dict.fromkeys(("relationships", "work", "growth", "sky", "more"), "say"),
    "open": "open",
}


@dataclass(frozen=True)
class Slot:
    """A slot of a text: the pools it may take a phrase from, the fresher first, and what fills the phrase."""

    paths: tuple[Path, ...]
    fields: Fields = field(default_factory=dict)
    hindi: Fields = field(default_factory=dict)
    """The fields of a phrase of Hinglish where they differ."""


def slot(*paths: Path, hindi: Fields | None = None, **fields: str) -> Slot:
    """A slot with its pools and fields."""
    return Slot(paths, fields, hindi or {})


@dataclass(frozen=True)
class Pen:
    """The pen for one reader's day."""

    day: HoroscopeInput

    @cached_property
    def date(self) -> dt.date:
        """The local date of the text."""
        return dt.date.fromisoformat(self.day.local_date)

    @cached_property
    def choice(self) -> Choice:
        """The choice with the reader's memory."""
        return Choice(self.day.reader, self.date.toordinal(), Memory.read(self.day.used_phrases))

    @cached_property
    def register(self) -> Register:
        """The register of the text."""
        return register_of(self.day.care, self.day.recent_topics)

    @property
    def is_polite(self) -> bool:
        """Whether Hindi says "aap"."""
        return self.day.communication_style == "formal" or self.register != "usual"

    def write(self, plan: Mapping[str, Slot], *, extra: Sequence[str], fewest_words: int) -> dict[str, str]:
        """The sentence of each slot; that of `open` begins with the name, and `close` is its answer.

        `extra` slots are written, the first first, only while the text has fewer words than it must have.
        """
        pools = {name: [book().pool(*path, hindi=True) for path in one.paths] for name, one in plan.items()}
        able = [name for name, found in pools.items() if any(found)]
        fresh = [
            name
            for name, found in pools.items()
            if any(not self.choice.remembers(phrase.id) for pool in found for phrase in pool)
        ]
        usual = [name for name in plan if name not in extra]
        share = SHARES[grade_of(self.day.hinglish_level)] * (1.0 if self.register == "usual" else _QUIET)
        hindi = set(hindi_slots(share, usual, able, self.choice, fresh))
        said: dict[str, str] = {}
        for name in usual:
            self._add(said, name, plan[name], hindi=name in hindi)
        for name in (one for one in extra if one in plan):
            if sum(map(word_count, said.values())) >= fewest_words:
                break
            if name in able and len(hindi & said.keys()) < share * (len(said) + 1):
                hindi.add(name)
            self._add(said, name, plan[name], hindi=name in hindi)
        return said

    def _add(self, said: dict[str, str], name: str, one: Slot, *, hindi: bool) -> None:
        text, answer = self._say(name, one, hindi=hindi)
        said[name] = sentence(self._addressed(text, hindi=hindi) if name == "open" else text)
        if answer:
            said["close"] = sentence(answer)

    def sense(self, planet: str, nature: str, *, hindi: bool = False) -> str:
        """The effect of a planet by an aspect of this nature: a verb phrase, in Hinglish a clause."""
        return self.pick(book().pool("senses", planet, nature, hindi=hindi))

    def pick(self, *pools: Pool) -> str:
        """The words of a phrase."""
        return self.choice.pick_fresh(*pools).text

    def _say(self, name: str, one: Slot, *, hindi: bool) -> tuple[str, str]:
        """(sentence of the slot, sentence that answers it, or nothing); a name may be put before the first."""
        pools = [found for path in one.paths if (found := book().pool(*path, hindi=hindi))]
        picked = self.choice.pick_fresh(*pools)
        text, answer = picked.text, picked.answer
        kind = _LEADS.get(name.rstrip("0123456789"))
        # A fact of the sky in English is another one each day.
        if kind and self.choice.remembers(picked.id) and (hindi or name != "sky"):
            text = led(self._lead(kind, picked.id, hindi=hindi), text)
            answer = led(self._lead("close", picked.id, hindi=hindi), answer) if answer else ""
        if hindi and self.is_polite:
            text, answer = made_polite(text), made_polite(answer)
        fields = {**one.fields, **one.hindi} if hindi else one.fields
        said = [filled(text, fields, polite=self.is_polite) for text in (text, answer)]
        if not hindi:
            said = [agreeing(text, fields.get("event", "")) for text in said]
        if not hindi and self.day.communication_style == "casual" and self.register == "usual":
            said = [contracted(text) for text in said]
        return said[0], said[1]

    def _lead(self, kind: str, phrase: str, *, hindi: bool) -> str:
        """Words before a phrase that the reader has read before: each day others."""
        pool = book().pool("leads", kind, hindi=hindi)
        return pool[(self.date.toordinal() + sum(phrase.encode())) % len(pool)].text

    def _addressed(self, text: str, *, hindi: bool) -> str:
        """The first sentence with the name before it."""
        name = self.day.name
        if not name:
            return text
        before = self.choice.of("greeting", _greetings(self.register, self.day.communication_style, hindi=hindi))
        return f"{before} {name}, {text}".lstrip()


def _greetings(register: Register, style: str, *, hindi: bool) -> Sequence[str]:
    """Words before the name; without any, a comma follows the name."""
    if register != "usual":
        return ("Namaste", "") if hindi else ("",)
    if hindi:
        return {"casual": ("Arre", "", "Suno"), "formal": ("Namaste", "Suprabhat", "")}.get(
            style, ("Namaste", "", "")
        )
    return {
        "casual": ("", "Morning", "", "Hi"),
        "formal": ("Good morning", "", "Good day"),
    }.get(style, ("", "Good morning", ""))
