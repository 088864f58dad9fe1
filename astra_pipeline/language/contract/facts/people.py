"""Names in a text: a person is called by their own name, and nobody else is named who is not in the facts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from astra_pipeline import names
from astra_pipeline.language import vocabulary
from astra_pipeline.language.contract.facts.words import terms, words
from astra_pipeline.language.contract.signs import GREETING

STRANGER = "the name of somebody who is not in the facts"
RELATIVE = "a person with another relation than the one in the facts"

_NAME = r"([A-Z][^\W\d_]+(?:['-][^\W\d_]+)*)"
_GREETED = re.compile(
    rf"(?:^|(?<=[.!?\n] )|(?<=\n))(?:{GREETING}|Dear|Well),? {_NAME}(?: ji)?\s*(?=[,.!?—–-]|$)",
    re.MULTILINE,
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
# They stand behind a greeting and are nobody's name.
_NOBODY = frozenset(
    ("ji", "dear", "friend", "dost", "astra", "you", "back", "reader", "again", "traveller", "home")
)

# They stand at the beginning of a sentence, before "your sister".
_NO_NAMES = frozenset(
    "then now today tonight tomorrow yesterday here there yes no so still later first instead however also perhaps maybe "
    "meanwhile again soon sometimes often once below above outside inside ask call write tell".split()
)


class _Names(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    names: frozenset[str]


@cache
def _common() -> frozenset[str]:
    return vocabulary.load("astra_pipeline.language.contract.facts", "names.yaml", _Names).names


@cache
def _and_kin() -> re.Pattern[str]:
    kin = "|".join(sorted(words().kin))
    return re.compile(rf"(?<!\w){_NAME}, your (?:\w+ )?(?:{kin})\b(?=[,.!?])")


@cache
def _of_kin() -> re.Pattern[str]:
    kin = "|".join(sorted(words().kin))
    return re.compile(rf"\b(?:{kin})(?:,|'s name is| called| named)? {_NAME}", re.IGNORECASE)


@cache
def _relatives() -> frozenset[str]:
    """The words for a relative, also those that stand beside other names: Mother Nature is nobody's."""
    return words().kin.union(*words().same_kin)


@cache
def _kin_called() -> re.Pattern[str]:
    """A relative with their name: (relation, name)."""
    return re.compile(rf"\b(?i:({'|'.join(sorted(_relatives()))}))(?:'s name is| called| named)? {_NAME}")


@cache
def _called_kin() -> re.Pattern[str]:
    """A name with the relation behind it: (name, relation)."""
    kin = "|".join(sorted(_relatives()))
    return re.compile(rf"(?<!\w){_NAME}, (?:your|the|tumhari|tumhara|tumhare|aapki|aapka|aapke) (?:\w+ )?({kin})\b")


def stranger_problems(text: str, task_input: Mapping[str, Any]) -> list[str]:
    """[STRANGER] when a text greets or names somebody who is in no field of its input, [RELATIVE] when it calls a
    person's sister their aunt; else nothing.

    The text is one with "you" for the person's name.
    """
    return [*_unknown(text, task_input), *_other_relatives(text, task_input)]


def _other_relatives(text: str, task_input: Mapping[str, Any]) -> list[str]:
    relations = _relations(task_input)
    if not relations:
        return []
    said = [(found[1], found[2]) for found in _kin_called().finditer(text)]
    said += [(found[2], found[1]) for found in _called_kin().finditer(text)]
    for relation, name in said:
        given = relations.get(name.removesuffix("'s"))
        if given and not any(_may_be(relation.lower(), one) for one in given):
            return [RELATIVE]
    return []


def _relations(task_input: Mapping[str, Any]) -> dict[str, set[str]]:
    """Name -> the words for a relative that the input has beside it: {"Isha": {"sister"}}."""
    found: dict[str, set[str]] = {}
    told = task_input.get("people")
    for person in _strings(told) if isinstance(told, list | tuple) else ():
        *before, name = person.split() or [""]
        relations = {word.lower() for word in before} & _relatives()
        if name[:1].isupper() and relations:
            found.setdefault(name, set()).update(relations)
    return found


def _may_be(relation: str, given: str) -> bool:
    """Whether one relation may be said for the other: partner for a wife, behen for a sister."""
    return relation == given or any(relation in group and given in group for group in words().same_kin)


def _unknown(text: str, task_input: Mapping[str, Any]) -> list[str]:
    own = {word.casefold() for word in _WORD.findall(names.plain(task_input.get("name") or ""))}
    if own and any(not own & {name.casefold(), _first(name)} for name in _greeted(text)):
        return [STRANGER]
    named = {name for name in _named(text) if name.casefold() not in _NOBODY and not is_a_term(name)}
    if not named:
        return []
    known = {word.casefold().removesuffix("'s") for told in _strings(task_input) for word in _WORD.findall(told)}
    return [STRANGER] if any(name.casefold().removesuffix("'s") not in known for name in named) else []


def _named(text: str) -> Iterator[str]:
    for found in _GREETED.finditer(text):
        yield found[1]
    said = _WORD.findall(text)
    if not words().kin.isdisjoint(word.lower().removesuffix("'s") for word in said):
        yield from _beside_kin(text)
    for word in said:
        if word[0].isupper() and word.removesuffix("'s") in _common():
            yield word


def _greeted(text: str) -> Iterator[str]:
    """The names of people who are greeted."""
    for found in _GREETED.finditer(text):
        if found[1].casefold() not in _NOBODY and not is_a_term(found[1]):
            yield found[1]


def _first(name: str) -> str:
    return name.casefold().split("-")[0]


def _beside_kin(text: str) -> Iterator[str]:
    """The names beside a word for a relative: "Ravi, your brother", "your sister Isha"."""
    for found in _and_kin().finditer(text):
        if found[1].casefold() not in _NO_NAMES:
            yield found[1]
    for found in _of_kin().finditer(text):
        if found[1][0].isupper():
            yield found[1]


def is_a_term(name: str) -> bool:
    """Whether it is a word of the vocabulary: "Good morning, Leo" is judged as a sign."""
    return name.lower() in terms()


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield names.plain(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
