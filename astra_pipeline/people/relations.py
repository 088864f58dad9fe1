"""People of a person's life who are listed twice: "sister" beside "Isha (sister)". Pure.

A relation alone is Isha where the list names exactly one sister. With two sisters named nobody knows who is meant.
The same is true of friends and cousins, of whom one has several. There the relation stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

_WORDS = {
    "mother": "mom mum mummy mumma maa amma ammi",
    "father": "dad daddy papa abbu appa baba pitaji",
    "brother": "bhai",
    "sister": "behen",
    "son": "beta bete",
    "daughter": "beti",
    "wife": "biwi patni",
    "husband": "pati shohar",
    "grandmother": "grandma granny gran nan",
    "grandfather": "grandpa granddad grandad",
    "fiance": "fiancé",
    "fiancee": "fiancée",
    "mother-in-law": "saas",
    "father-in-law": "sasur",
}
# Word -> the word of English for the same relation.
_SAME = {word: relation for relation, words in _WORDS.items() for word in words.split()}
# Word -> the wider relation that it is a kind of.
_KINDS = {
    "didi": "sister",
    "bhaiya": "brother",
    "nani": "grandmother",
    "dadi": "grandmother",
    "nana": "grandfather",
    "nanu": "grandfather",
    "dada": "grandfather",
    "nanaji": "grandfather",
    "dadaji": "grandfather",
}
_AGES = frozenset(["elder", "older", "eldest", "oldest", "younger", "youngest", "big", "little", "twin"])
# Relations of which people have several, beside those in the plural.
_SEVERAL = frozenset(
    [
        "friend",
        "mate",
        "cousin",
        "colleague",
        "coworker",
        "neighbour",
        "neighbor",
        "uncle",
        "aunt",
        "auntie",
        "nephew",
        "niece",
        "teacher",
        "professor",
        "mentor",
        "roommate",
        "flatmate",
        "dost",
        "saheli",
        "chacha",
        "chachi",
        "mausi",
        "mausa",
        "bua",
        "fufa",
        "mama",
        "mami",
        "brother-in-law",
        "sister-in-law",
        "ex",
        "dog",
        "cat",
        "twin",
        "sibling",
        "grandson",
        "granddaughter",
        "pota",
        "poti",
        "parents",
        "in-laws",
        "kids",
        "children",
        "bachche",
        "bachcha",
        "twins",
        "gharwale",
    ]
)


def without_doubles(people: Sequence[T], said: Callable[[T], tuple[str, str]]) -> list[T]:
    """The people without those who are named by their relation alone and by their name, too.

    `said` is a person's (name, relation); one of the two may be empty.
    """
    names = [(name.split()[0].casefold(), relation) for name, relation in map(said, people) if name.strip()]
    return [one for one in people if not _is_named(*said(one), names)]


def _is_named(name: str, relation: str, names: Iterable[tuple[str, str]]) -> bool:
    """Whether somebody who is told of by a relation alone is the only one who is named with it."""
    which = _read(relation)
    if name.strip() or not relation.strip() or relation.casefold().split()[-1] in _SEVERAL:
        return False
    return len({other for other, known in names if which in (_read(known), _wider(known))}) == 1


def _read(relation: str) -> str:
    """The relation in one spelling: "elder sister", "sister" for behen."""
    words = relation.casefold().split()
    return " ".join([*words[:-1], _SAME.get(words[-1], words[-1])]) if words else ""


def _wider(relation: str) -> str:
    """The relation that a closer one is a kind of: "sister" for didi and for an elder sister."""
    words = _read(relation).split()
    kept = [word for word in words if word not in _AGES]
    return " ".join([*kept[:-1], _KINDS.get(kept[-1], kept[-1])]) if kept else ""
