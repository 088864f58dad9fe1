"""A portrait of somebody in sentences of a fixed form: work, place, people, and what they make time for. Pure.

Since the form is fixed, the portraits of several calls can be read again and put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from astra_pipeline.conversations.life import people_of
from astra_pipeline.conversations.opening.subjects import places_pattern, subjects
from astra_pipeline.conversations.sentences import Sentence
from astra_pipeline.language.care.hearing import heard
from astra_pipeline.language.voice import listed

_PEOPLE, _LOVES, _BUSY = 8, 5, 3
_FORMS: Mapping[str, re.Pattern[str]] = {
    "work": re.compile(r"Is (an? .+)"),
    "home": re.compile(r"Lives in (.+)"),
    "people": re.compile(r"People in their life: (.+)"),
    "loves": re.compile(r"Makes time for (.+)"),
    "busy": re.compile(r"Is busy with (.+)"),
}
# "little brother", but no "last boss"; who is not near does not tell who somebody is.
_KINDS = frozenset(["elder", "older", "younger", "little", "big", "twin", "best", "childhood"])
_DISTANT = frozenset(
    ["boss", "manager", "colleague", "coworker", "roommate", "flatmate", "neighbour", "neighbor", "landlord", "ex"]
)
_ITEMS = re.compile(r", | and ")
_SENTENCES = re.compile(r"(?<=\.) ")
_THIRD = (
    (re.compile(r"\byour\b"), "their"),
    (re.compile(r"\byou\b"), "they"),
)
_AT_HOME = (
    r"\b(?:[Ii](?:'ve| have)? (?:live|lived|stay|am living|am staying|grew up)|"
    r"[Ii]'m (?:living|staying|based|here)|[Ww]e(?:'ve| have)? (?:live|lived|been)|here) in {places}"
    r"|\bmain {hindi} (?:mein|me) (?:rehta|rehti|rahta|rahti)"
)


@dataclass(frozen=True)
class Portrait:
    """Somebody's work, home, people and pursuits; each field may be empty."""

    work: str = ""
    home: str = ""
    people: tuple[str, ...] = ()
    loves: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()

    @property
    def text(self) -> str | None:
        """The sentences; None for somebody of whom nothing is known."""
        parts = [
            f"Is {self.work}." if self.work else "",
            f"Lives in {self.home}." if self.home else "",
            f"People in their life: {', '.join(self.people)}." if self.people else "",
            f"Makes time for {listed(self.loves)}." if self.loves else "",
            f"Is busy with {listed(self.busy)}." if self.busy else "",
        ]
        return " ".join(filter(None, parts)) or None

    @classmethod
    def read(cls, text: str) -> Portrait | None:
        """The portrait that a text is; None for a text that somebody else wrote."""
        found: dict[str, str] = {}
        for sentence in _SENTENCES.split(text.strip()):
            body = sentence.removesuffix(".")
            form = next(((field, m[1]) for field, form in _FORMS.items() if (m := form.fullmatch(body))), None)
            if form is None:
                return None
            found[form[0]] = form[1]

        def items(field: str) -> tuple[str, ...]:
            return tuple(_ITEMS.split(found[field])) if field in found else ()

        return cls(
            work=found.get("work", ""),
            home=found.get("home", ""),
            people=items("people"),
            loves=items("loves"),
            busy=items("busy"),
        )

    def before(self, newer: Portrait) -> Portrait:
        """The two together, where `newer` is of a later call."""
        return Portrait(
            work=newer.work or self.work,
            home=newer.home or self.home,
            people=_people([*newer.people, *self.people]),
            loves=tuple(dict.fromkeys([*newer.loves, *self.loves]))[:_LOVES],
            busy=newer.busy or self.busy,
        )


def portrait(said: Sequence[Sentence], occupation: str | None, people: Sequence[Mapping[str, Any]]) -> Portrait:
    """The portrait of the caller by one call."""
    found = subjects(said)
    around_a_loss = _around_a_loss(said)
    home = next((place for one in said if (place := _home(one.latin))), "")
    return Portrait(
        work=with_its_article(occupation) if occupation else "",
        home=home,
        people=_people(_named(one) for one in people if one.get("relation") not in around_a_loss and _is_near(one)),
        loves=tuple(_of_them(one.english) for one in found if one.group == "practice")[:_LOVES],
        busy=tuple(_of_them(one.english) for one in found if one.group in ("project", "event"))[:_BUSY],
    )


def with_its_article(occupation: str) -> str:
    """An occupation of lexicon.yaml with "a" or "an". All of them are written as they sound."""
    return f"{'an' if occupation[:1].lower() in 'aeiou' else 'a'} {occupation}"


def together(texts: Sequence[str | None]) -> str | None:
    """The portrait of somebody by those of their calls, the oldest first.

    Portraits of the fixed form are put together. One that a model wrote stands alone when it is the newest.
    """
    known = [text for text in texts if text]
    if not known or (newest := Portrait.read(known[-1])) is None:
        return known[-1] if known else None
    for text in reversed(known[:-1]):
        older = Portrait.read(text)
        newest = older.before(newest) if older else newest
    return newest.text


def _people(named: Iterable[str]) -> tuple[str, ...]:
    """People each once; "sister Isha" takes the place of "sister"."""
    everyone = list(dict.fromkeys(one for one in named if one))
    return tuple(one for one in everyone if not any(other.startswith(f"{one} ") for other in everyone))[:_PEOPLE]


def _named(one: Mapping[str, Any]) -> str:
    *kinds, relation = (one.get("relation") or "").split() or [""]
    kept = [kind for kind in kinds if kind in _KINDS]
    return " ".join(filter(None, (*kept, relation, one.get("name"))))


def _is_near(one: Mapping[str, Any]) -> bool:
    words = (one.get("relation") or "").split()
    return bool(words) and _DISTANT.isdisjoint(words)


def _around_a_loss(said: Sequence[Sentence]) -> set[str]:
    """The relations that are named in a sentence of grief, or just before it: they may be of the dead."""
    mourned = {number for number, one in enumerate(said) if heard([one.text]).kind == "grief"}
    near = [one for number, one in enumerate(said) if {number, number + 1} & mourned]
    return {person["relation"] for person in people_of(near)}


def _of_them(subject: str) -> str:
    for pattern, word in _THIRD:
        subject = pattern.sub(word, subject)
    return subject


def _home(text: str) -> str:
    places = places_pattern()
    match = re.search(_AT_HOME.format(places=f"({places})", hindi=f"({places})"), text)
    return next((group for group in match.groups() if group), "") if match else ""
