"""Birth details out of files of utterances, kind by kind: none wrong that was right before, none lost.

cases.jsonl has the measured ones, own.jsonl variations of their kinds in other words and languages. Those of
unseen.jsonl were written by people who had not seen the rules.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.speech import CASES, Utterance, counts, main, outcome, utterances

OTHERS = [CASES.with_name(name) for name in ("own.jsonl", "unseen.jsonl")]
# Kind -> the utterances that must be right at least. None may be wrong.
MARKS = {"K1": 11, "K2": 22, "K3": 11, "K4": 10, "K5": 12, "K6": 35, "K7": 19, "K9": 17}


@pytest.mark.parametrize("kind", MARKS)
def test_a_kind_keeps_its_marks(kind: str) -> None:
    cases = [utterance for utterance in utterances(CASES) if utterance.kind == kind]
    found = counts(cases)[kind]
    assert found["right"] >= MARKS[kind], found
    assert found["wrong"] == 0, found


@pytest.mark.parametrize("file", OTHERS, ids=lambda file: file.stem)
@pytest.mark.parametrize("kind", MARKS)
def test_a_kind_holds_in_other_words(kind: str, file: Path) -> None:
    found = counts(utterance for utterance in utterances(file) if utterance.kind == kind)[kind]
    assert found["wrong"] == 0, found
    assert found["right"] >= 0.85 * found.total(), found


@pytest.mark.parametrize("file", OTHERS, ids=lambda file: file.stem)
def test_utterances_in_other_words_are_right(file: Path) -> None:
    found = sum(counts(utterances(file)).values(), Counter[str]())
    assert found["right"] >= 0.95 * found.total(), found


def test_every_kind_has_marks() -> None:
    assert {utterance.kind for utterance in utterances(CASES)} == set(MARKS)
    for file in OTHERS:
        assert {utterance.kind for utterance in utterances(file)} == set(MARKS)


@pytest.mark.parametrize(
    ("want", "said"),
    [
        ({"date": "1990-05-03", "place": "Pune"}, "right"),
        ({"date": ["1990-05-03", None]}, "right"),
        ({"time": None}, "right"),
        ({"date": "1990-05-03", "time": "07:15"}, "missed"),
        ({"date": "1990-05-04", "time": "07:15"}, "wrong"),
        ({"date": "1990-05-03", "place": None}, "wrong"),
    ],
)
def test_one_wrong_value_makes_an_utterance_wrong(want: dict[str, object], said: str) -> None:
    line = json.dumps({"id": "1", "kind": "K", "turns": ["I was born on 3 May 1990 in Pune."], "want": want})
    assert outcome(Utterance.read(line))[0] == said


def test_the_command_takes_a_file_and_fails_past_its_marks(tmp_path: Path) -> None:
    file = tmp_path / "utterances.jsonl"
    record = {"id": "1", "kind": "K6", "turns": ["I was born on 3 May 1990."], "want": {"date": "1990-05-03"}}
    file.write_text(json.dumps(record) + "\n", encoding="utf-8")
    assert CliRunner().invoke(main, ["--file", str(file)]).exit_code == 0
    record["want"] = {"date": None}
    file.write_text(json.dumps(record) + "\n", encoding="utf-8")
    failed = CliRunner().invoke(main, ["--file", str(file), "--show"])
    assert failed.exit_code == 1
    assert "wrong K6 1" in failed.output
