"""Right, missed and wrong birth details out of utterances, a row a kind: the tests' own cases, or a file of others.

An utterance goes the way of a conversation: the offline extraction of its transcript, then the birth changes of an
empty user document. A wrong value is far worse than a missed one, so each has a mark of its own.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.task import TASK, TranscriptInsights
from astra_pipeline.evaluation.births import OUTCOMES, outcome_of, stored_birth
from astra_pipeline.llm.runner import read_answer

CASES = Path(__file__).parents[1] / "astra_pipeline_tests" / "conversations" / "births" / "cases.jsonl"
_AGENT = "agent: "
_DAY = dt.date(2026, 11, 1)
_END = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Marks:
    """The shares (0 to 1) of utterances that may be wrong at most and must be right at least."""

    wrong: float
    right: float


CASES_MARKS = Marks(wrong=0, right=0.90)
FILE_MARKS = Marks(wrong=0.01, right=0.85)


@dataclass(frozen=True)
class Utterance:
    """A conversation, and the values (None for no value) that may stand in the document after it.

    `want` has the keys date, time and place; a key that it lacks does not count. Several values may be right.
    """

    id: str
    kind: str
    turns: tuple[str, ...]
    want: Mapping[str, tuple[str | None, ...]]

    @classmethod
    def read(cls, line: str) -> Utterance:
        """An utterance of a line of JSON {id, kind, turns, want: {date|time|place: value, null, or a list}}."""
        record = json.loads(line)
        want = {key: tuple(value) if isinstance(value, list) else (value,) for key, value in record["want"].items()}
        return cls(str(record["id"]), str(record["kind"]), tuple(record["turns"]), want)


def utterances(file: Path) -> list[Utterance]:
    """The utterances of a file of JSON lines; empty lines are left out."""
    return [Utterance.read(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def stored(turns: Sequence[str]) -> dict[str, str | None]:
    """The date (ISO), time (HH:MM) and place that stand in an empty user document after a conversation."""
    return stored_birth(insights_of(turns), conversation_id="conv_1", ended_at=_END)


def outcome(utterance: Utterance) -> tuple[str, dict[str, str | None]]:
    """("right", "missed" or "wrong", the values stored). One wrong value makes all of an utterance wrong."""
    found = stored(utterance.turns)
    return outcome_of(found, utterance.want), found


def counts(cases: Iterable[Utterance]) -> dict[str, Counter[str]]:
    """Kind -> how many of its utterances are right, missed and wrong."""
    found: dict[str, Counter[str]] = {}
    for utterance in cases:
        found.setdefault(utterance.kind, Counter())[outcome(utterance)[0]] += 1
    return found


def insights_of(turns: Sequence[str]) -> TranscriptInsights:
    """The insights of a conversation, as the offline runner gives them and the gate lets them pass."""
    lines = [turn if turn.startswith(_AGENT) else f"user: {turn}" for turn in turns]
    task_input = TranscriptInput(
        conversation_id="conv_1",
        ended_at=_END.isoformat(),
        local_date=_DAY.isoformat(),
        transcript="\n".join(lines),
        user_name="",
        known_topics=[],
    )
    return read_answer(TASK.output_model, TASK.offline(task_input), task_input.model_dump())


@click.command()
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Other utterances.")
@click.option("--show", is_flag=True, help="Name each utterance that is not right, with what was stored.")
def main(file: Path | None, show: bool) -> None:
    """Print the counts of each kind. Exits with 1 when they are past their marks."""
    cases = utterances(file or CASES)
    marks = FILE_MARKS if file else CASES_MARKS
    if show:
        for utterance in cases:
            said, found = outcome(utterance)
            if said != "right":
                print(said, utterance.kind, utterance.id, json.dumps(found, ensure_ascii=False))
    rows = counts(cases)
    total: Counter[str] = sum(rows.values(), Counter())
    print(_row("kind", ["utterances", *OUTCOMES]))
    for kind, row in [*rows.items(), ("all", total)]:
        print(_row(kind, [row.total(), *(row[outcome] for outcome in OUTCOMES)]))
    right, wrong = (total[outcome] / max(1, total.total()) for outcome in ("right", "wrong"))
    print(f"right {right:.1%} (at least {marks.right:.0%}), wrong {wrong:.1%} (at most {marks.wrong:.0%})")
    if right < marks.right or wrong > marks.wrong:
        sys.exit(1)


def _row(kind: str, cells: Sequence[Any]) -> str:
    return f"{kind:6}" + "".join(f"{cell:>12}" for cell in cells)


if __name__ == "__main__":
    main()
