"""A forked run finds read and compiled what its first item needs."""

from __future__ import annotations

import json
import subprocess
import sys

_ASKED = """
import json, re, sys
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.task import TASK
from astra_pipeline.language import vocabulary
from astra_pipeline.llm.runner import read_answer
from astra_pipeline.orchestration.launchers import rehearsal

if "rehearsed" in sys.argv:
    rehearsal.rehearse()
read, compiled = [], []
load, parse = vocabulary.read, re._parser.parse
vocabulary.read = lambda *a, **k: read.append(a) or load(*a, **k)
re._parser.parse = lambda *a, **k: compiled.append(a) or parse(*a, **k)
given = TranscriptInput(
    conversation_id="c", ended_at="2026-03-02T10:00:00+00:00", local_date="2026-03-02", user_name="Noor",
    transcript="user: I moved to Leeds in May. My brother Imran is ill.\\nuser: I was born at nine in the evening.",
    known_topics=[],
)
answer = dict(summary="A move.", topics=["Family"], emotional_tone="calm")
read_answer(TASK.output_model, answer, given.model_dump())
print(json.dumps({"read": len(read), "compiled": len(compiled)}))
"""


def _first_item(*arguments: str) -> dict[str, int]:
    """The tables that the first item of a process reads, and the expressions it compiles, counted."""
    done = subprocess.run([sys.executable, "-c", _ASKED, *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_after_a_rehearsal_the_first_item_finds_tables_and_expressions() -> None:
    cold, warm = _first_item(), _first_item("rehearsed")
    assert cold["read"] >= 2, "the test sees what is read"
    assert cold["compiled"] >= 100, "the test sees what is compiled"
    assert warm["read"] == 0
    assert warm["compiled"] <= 5


def test_a_rehearsal_that_fails_keeps_no_run_from_starting() -> None:
    spoilt = (
        "from astra_pipeline.orchestration.launchers import rehearsal\n"
        "def _spoilt(): raise KeyError('somebody')\n"
        "rehearsal._a_conversation = _spoilt\n"
        "rehearsal.rehearse()\n"
    )
    done = subprocess.run([sys.executable, "-c", spoilt], capture_output=True, text=True, check=True)
    said = done.stdout + done.stderr
    assert "could not be rehearsed" in said
    assert "KeyError" in said
    assert "somebody" not in said
