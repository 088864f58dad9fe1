"""The vocabularies of care: crisis.yaml and tender.yaml, read and compiled once."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from astra_pipeline.language import vocabulary
from astra_pipeline.language.care.levels import KINDS, Level
from astra_pipeline.language.care.patterns import PatternSet, compiled

_PACKAGE = "astra_pipeline.language.care"

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Lines = Annotated[tuple[Line, ...], Field(min_length=1)]


def _is_small(lines: Sequence[str]) -> Sequence[str]:
    if odd := next((line for line in lines if line != line.lower()), None):
        raise ValueError(f"want small letters: {odd}")
    return lines


Phrases = Annotated[Lines, AfterValidator(_is_small)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    lists: dict[str, Phrases]
    harmless: Phrases

    @model_validator(mode="after")
    def _is_in_the_notation(self) -> Self:
        for name in type(self).model_fields:
            if name != "lists":
                compiled(getattr(self, name), self.lists)
        return self


class CrisisFile(_File):
    """The lists of crisis.yaml, where each has a comment that says what it is for."""

    frames: Phrases
    past: Phrases
    over: Phrases
    self_harm: Phrases
    danger: Phrases
    violence: Phrases


class TenderFile(_File):
    """The lists of tender.yaml."""

    long_ago: Phrases
    grief: Phrases
    illness: Phrases
    separation: Phrases
    loss: Phrases
    failure: Phrases


@dataclass(frozen=True)
class Patterns:
    """The patterns of one level: idioms that are out of the way first, then each kind's, the weightiest kind first."""

    harmless: PatternSet
    kinds: Mapping[str, PatternSet]


@functools.cache
def crisis() -> Patterns:
    """The patterns of a crisis. Raises BadVocabulary."""
    return _patterns(_crisis_file(), "crisis")


@functools.cache
def tender() -> Patterns:
    """The patterns of grief, illness, separation, loss and failure. Raises BadVocabulary."""
    return _patterns(_tender_file(), "tender")


@functools.cache
def frames() -> PatternSet:
    """Words of stories, news and studies."""
    return compiled(_crisis_file().frames, {})


@functools.cache
def past() -> PatternSet:
    """Words that put what is said into the past."""
    return compiled(_crisis_file().past, {})


@functools.cache
def over() -> PatternSet:
    """Words by which it is over."""
    return compiled(_crisis_file().over, {})


@functools.cache
def long_ago() -> PatternSet:
    """Words of a time long gone."""
    return compiled(_tender_file().long_ago, {})


@functools.cache
def kin() -> frozenset[str]:
    """Relatives and friends, each by its single word."""
    from astra_pipeline.language.devanagari import key

    both = (*_tender_file().lists["kin"], *_crisis_file().lists["kin"])
    return frozenset(key(word) for word in both if re.fullmatch(r"\w+", word))


@functools.cache
def _crisis_file() -> CrisisFile:
    return vocabulary.load(_PACKAGE, "crisis.yaml", CrisisFile)


@functools.cache
def _tender_file() -> TenderFile:
    return vocabulary.load(_PACKAGE, "tender.yaml", TenderFile)


def _patterns(file: CrisisFile | TenderFile, level: Level) -> Patterns:
    kinds = {kind: compiled(getattr(file, kind), file.lists) for kind in KINDS[level]}
    return Patterns(compiled(file.harmless, file.lists), kinds)
