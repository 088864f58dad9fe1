"""Books of phrases: YAML files that writers extend, checked when they are read. Pure.

A book is a folder of YAML files. Each file is a tree of keys whose leaves are pools: lists of phrases. A phrase is a
text, or a pair of an opening and the closing sentence that answers it. `{field}` is filled in later; of Hinglish, a
word that has a polite form may stand in braces too ("{tum}"). The file `x_hi.yaml` has the Hinglish of `x.yaml`,
with the same keys, as far as there is any.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

from astra_pipeline.errors import AstraError
from astra_pipeline.language.composing.frames import contracted, one_colon
from astra_pipeline.language.hinglish import made_polite, polite_forms

ID_LENGTH = 5
"""Letters of a phrase's id."""
HINDI = "_hi"
"""The end of the name of a file of Hinglish."""

# A shorter piece stands in other texts, too.
_SHORTEST_PIECE = 12
_IN_BRACES = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"\w+")
_UNTIDY = re.compile(r"\s{2,}|^\s|\s$|\s[,.;:!?]|[{}]|[\u0900-\u097f]|\.\.")
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadPhrases(AstraError):
    """A file of phrases is not as a book wants it. The message names the file, the pool and the problem."""


@dataclass(frozen=True)
class Phrase:
    """A phrase with its id, which is a digest of its words: it stays when others come or go."""

    id: str
    text: str
    answer: str = ""
    """The closing sentence of an opening; "" for any other phrase."""


Pool = tuple[Phrase, ...]
"""Phrases of which one is picked."""


@functools.lru_cache(maxsize=16_384)
def id_of(text: str) -> str:
    """The id of a phrase, or of the key of a fact: ID_LENGTH letters out of a digest."""
    digest = hashlib.blake2b(text.encode(), digest_size=5).digest()
    return base64.b32encode(digest).decode().lower()[:ID_LENGTH]


def _whole_words(piece: str) -> set[str]:
    """The words of a piece that are whole in every text with it: not those at its ends, which may go on there."""
    return {found[0] for found in _WORD.finditer(piece) if found.start() and found.end() < len(piece)}


class Book:
    """All pools of a folder of phrases, by their paths: `book.pool("home", "work")`.

    The first key of a path is the file's name. Raises BadPhrases for a file that breaks a rule.
    """

    def __init__(self, files: Mapping[str, str], fields: frozenset[str]) -> None:
        self._pools: dict[tuple[str, ...], Pool] = {}
        for name, text in sorted(files.items()):
            for path, pool in _pools(name, text, fields):
                self._pools[(name, *path)] = pool
        _refuse_twins(self._pools)

    @classmethod
    def of(cls, package: str, folder: str = "phrases", *, fields: frozenset[str]) -> Book:
        """The book of a package's folder. `fields` are the names that braces may hold."""
        found = resources.files(package).joinpath(folder).iterdir()
        files = {file.name[:-5]: file.read_text(encoding="utf-8") for file in found if file.name.endswith(".yaml")}
        return cls(files, fields)

    def pool(self, *path: object, hindi: bool = False) -> Pool:
        """The pool at a path, of Hinglish when asked for; empty where there is none."""
        name, *rest = map(str, path)
        return self._pools.get((f"{name}{HINDI}" if hindi else name, *rest), ())

    def used_in(self, text: str) -> list[str]:
        """The ids of the phrases that a text was made of, by the longest piece of each that nothing is filled in.

        So the memory of a text needs nothing but the text, whoever composed it.
        """
        words = {"", *_WORD.findall(text)}
        told = {place for word in words for piece, place in self._by_word.get(word, ()) if piece in text}
        return [self._ids[place] for place in sorted(told)]

    @functools.cached_property
    def _ids(self) -> list[str]:
        return list(self._pieces)

    @functools.cached_property
    def _by_word(self) -> Mapping[str, list[tuple[str, int]]]:
        """Word -> (piece, place of its phrase in the book) of the pieces that are only in texts with this word; "" for any text.

        Of a piece's whole words it is the one that the fewest pieces have, so that a text is searched for few.
        """
        words = {piece: _whole_words(piece) for pieces in self._pieces.values() for piece in pieces}
        shared = Counter(word for found in words.values() for word in found)
        by_word: dict[str, list[tuple[str, int]]] = {}
        for place, pieces in enumerate(self._pieces.values()):
            for piece in pieces:
                word = min(words[piece], key=lambda one: (shared[one], one), default="")
                by_word.setdefault(word, []).append((piece, place))
        return by_word

    @functools.cached_property
    def _pieces(self) -> Mapping[str, tuple[str, ...]]:
        """Phrase id -> its longest piece as it stands in a text: contracted, made polite, or behind a lead."""
        found: dict[str, tuple[str, ...]] = {}
        for pool in self._pools.values():
            for phrase in pool:
                # The first letter may be a capital in the text.
                piece = max((part.strip() for part in _IN_BRACES.split(phrase.text)[::2]), key=len)
                if len(piece) > _SHORTEST_PIECE:
                    forms = (piece, contracted(piece), made_polite(piece))
                    forms += tuple(one_colon(form) for form in forms)
                    found[phrase.id] = tuple(dict.fromkeys(form[1:] for form in forms))
        return found

    def pools(self) -> Mapping[tuple[str, ...], Pool]:
        """Every pool by its path, for tests of the phrases."""
        return self._pools


def _pools(name: str, text: str, fields: frozenset[str]) -> Iterator[tuple[tuple[str, ...], Pool]]:
    try:
        tree = yaml.load(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadPhrases(f"{name}.yaml:{line}: {error.problem}") from None
    allowed = fields | (polite_forms().keys() if name.endswith(HINDI) else frozenset[str]())
    for path, leaf in _leaves(tree, ()):
        try:
            yield path, tuple(_phrase(one, allowed) for one in leaf)
        except ValueError as error:
            raise BadPhrases(f"{name}.yaml: {'.'.join(path)}: {error}") from None


def _leaves(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    if isinstance(node, Mapping):
        for key, below in node.items():
            yield from _leaves(below, (*path, str(key)))
    else:
        yield path, node if isinstance(node, list) else [node]


def _phrase(written: Any, allowed: frozenset[str]) -> Phrase:
    parts = written if isinstance(written, list) else [written]
    if not 1 <= len(parts) <= 2 or not all(isinstance(part, str) and part for part in parts):
        raise ValueError(f"want a text, or a pair of an opening and its answer, not {written!r}")
    for part in parts:
        names = set(_IN_BRACES.findall(part))
        if strange := sorted(name for name in names if name not in allowed and name.lower() not in allowed):
            raise ValueError(f"{{{strange[0]}}} is filled in by nothing: {part!r}")
        if _UNTIDY.search(_IN_BRACES.sub("x", part)):
            raise ValueError(f"a space, a dot or a brace too many, or not Latin: {part!r}")
    return Phrase(id_of("\0".join(parts)), *parts)


def _refuse_twins(pools: Mapping[tuple[str, ...], Pool]) -> None:
    """Raise BadPhrases where two phrases are one, or have one id."""
    seen: dict[str, tuple[str, ...]] = {}
    for path, pool in pools.items():
        for phrase in pool:
            if phrase.id in seen:
                raise BadPhrases(
                    f"{'.'.join(path)} and {'.'.join(seen[phrase.id])}: one phrase twice: {phrase.text!r}"
                )
            seen[phrase.id] = path
