"""Labelled sets: texts to refuse and to accept, births in speech, crisis and loss.

They are the package's, or those of a folder with files of the same form: texts*.yaml, births*.jsonl, care*.yaml.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, RootModel

from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.errors import AstraError
from astra_pipeline.evaluation import OURS
from astra_pipeline.judge.input import JudgeInput, numbered, split
from astra_pipeline.judge.kinds import Kind
from astra_pipeline.language import vocabulary
from astra_pipeline.language.care import KINDS, Level
from astra_pipeline.language.vocabulary import BadVocabulary

ACCEPT: Final = "accept"
"""The label of a text that may be sent."""
_ENDED, _DAY = "2026-11-01T12:00:00+00:00", "2026-11-01"
_AGENT = "agent: "


class BadSet(AstraError):
    """A folder has no labelled set, or a file that cannot be read; the message names it."""


@dataclass(frozen=True)
class Case:
    """One question with its right answer. `given` is the input of the task that answers it."""

    id: str
    label: str
    given: JudgeInput | TranscriptInput
    want: Mapping[str, tuple[str | None, ...]] | None = None
    """Of a birth: field -> the values that are right."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, Field(min_length=1)]
    refuse: Kind | None = None
    care: Level = "none"


class _Texts(BaseModel):
    """The file texts.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    facts: dict[str, Any]
    cases: list[_Line]


class _Care(RootModel[dict[str, list[str]]]):
    """The file care.yaml: kind of care, or `none` -> what callers say."""


def cases(name: str, folder: Path = OURS) -> list[Case]:
    """The cases of a set, of all of its files in the folder. Raises BadSet."""
    read, pattern = _READERS[name]
    files = sorted(folder.glob(pattern))
    found = []
    for file in files:
        try:
            found += [*read(file)]
        except (BadVocabulary, ValueError, KeyError, TypeError) as error:
            why = str(error) if isinstance(error, BadVocabulary) else type(error).__name__
            raise BadSet(f"{file.name} is no set of {name}: {why}") from None
    return found


def _texts(file: Path) -> Iterator[Case]:
    texts = vocabulary.read(file, _Texts)
    facts = json.dumps(texts.facts, ensure_ascii=False)
    for number, line in enumerate(texts.cases, 1):
        given = JudgeInput(
            text="horoscope",
            care=line.care,
            care_by_rules=line.care,
            care_by_model=line.care,
            name=texts.name,
            facts=facts,
            sentences=numbered(split(line.text)),
        )
        yield Case(f"{file.stem}-{number}", line.refuse or ACCEPT, given)


def _births(file: Path) -> Iterator[Case]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip():
            record = json.loads(line)
            want = {
                key: tuple(value) if isinstance(value, list) else (value,) for key, value in record["want"].items()
            }
            yield Case(str(record["id"]), str(record["kind"]), _conversation(record["id"], record["turns"]), want)


def _care(file: Path) -> Iterator[Case]:
    said = vocabulary.read(file, _Care)
    levels = {kind: level for level, kinds in KINDS.items() for kind in kinds} | {"none": "none"}
    for kind, sentences in said.root.items():
        for number, sentence in enumerate(sentences, 1):
            yield Case(f"{kind}-{number}", levels[kind], _conversation(f"{kind}-{number}", [sentence]))


def _conversation(name: str, turns: Sequence[str]) -> TranscriptInput:
    lines = [turn if turn.startswith(_AGENT) else f"user: {turn}" for turn in turns]
    return TranscriptInput(
        conversation_id=name,
        ended_at=_ENDED,
        local_date=_DAY,
        transcript="\n".join(lines),
        user_name="",
        known_topics=[],
    )


_READERS: Mapping[str, tuple[Callable[[Path], Iterator[Case]], str]] = {
    "texts": (_texts, "texts*.yaml"),
    "births": (_births, "births*.jsonl"),
    "care": (_care, "care*.yaml"),
}
