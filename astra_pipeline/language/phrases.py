"""Phrase material: YAML files that writers extend, checked when they are first read. Pure.

The model of a file lists its pools of phrases, and the fields in braces that each phrase may have. A wrong file is
refused with its name, the line and the problem, before a text is composed of it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Hashable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from astra_pipeline.language import vocabulary
from astra_pipeline.language.hinglish import polite_forms

T = TypeVar("T")
P = TypeVar("P", bound="PhraseFile")

_IN_BRACES = re.compile(r"\{([^{}]*)\}")


class PhraseFile(BaseModel):
    """A file of phrases: every pool of the model must be in it, and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Fields:
    """Checks that phrases have no other fields in braces than these: {topic}, or {Topic} where it begins a sentence."""

    def __init__(self, *names: str) -> None:
        self._names = frozenset(names)

    def _allowed(self) -> frozenset[str]:
        return self._names | {name.capitalize() for name in self._names}

    def __call__(self, phrases: list[str]) -> list[str]:
        fields = {field for phrase in phrases for field in _IN_BRACES.findall(phrase)}
        if strange := fields - self._allowed():
            raise ValueError(f"{{{min(strange)}}} is filled in by nothing, want {self._wanted()}")
        if any(brace in _IN_BRACES.sub("", phrase) for phrase in phrases for brace in "{}"):
            raise ValueError("a brace stands alone")
        return phrases

    def _wanted(self) -> str:
        return " or ".join(f"{{{name}}}" for name in sorted(self._names)) or "no braces"


class HindiFields(Fields):
    """The same for phrases of Hindi, in which a word that has a polite form may be in braces too."""

    def _allowed(self) -> frozenset[str]:
        forms = polite_forms()
        return super()._allowed() | forms.keys() | {form.capitalize() for form in forms}


class EachOf:
    """Checks that a mapping has each of these keys and no other."""

    def __init__(self, *keys: Hashable) -> None:
        self._keys = keys

    def __call__(self, pools: dict[Any, T]) -> dict[Any, T]:
        if missing := [key for key in self._keys if key not in pools]:
            raise ValueError(f"lacks {', '.join(map(str, missing))}")
        if len(pools) > len(self._keys):
            raise ValueError(f"has a key that is none of {', '.join(map(str, self._keys))}")
        return pools


Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
# Phrases of which one is picked, before their fields are checked.
Phrases = Annotated[list[Phrase], Field(min_length=1)]
Pool = Annotated[Phrases, AfterValidator(Fields())]
HindiPool = Annotated[Phrases, AfterValidator(HindiFields())]
# A greeting has the name after a comma, or nothing, where "{, name}" stands.
Greetings = Annotated[Phrases, AfterValidator(Fields(", name"))]

STYLES = EachOf("casual", "balanced", "formal", "gentle")
MOODS = EachOf("usual", "gentle")
ByStyle = Annotated[dict[str, Pool], AfterValidator(STYLES)]
ByMood = Annotated[dict[str, Pool], AfterValidator(MOODS)]
HindiByMood = Annotated[dict[str, HindiPool], AfterValidator(MOODS)]


@functools.cache
def phrases(package: str, name: str, model: type[P]) -> Mapping[str, Any]:
    """The phrases of `phrases/{name}.yaml` in the folder of `package`, checked by its model.

    Raises BadVocabulary naming the file, the line and the problem.
    """
    return vocabulary.load(package, f"phrases/{name}.yaml", model).model_dump(exclude_none=True)
