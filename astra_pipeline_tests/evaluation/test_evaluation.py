"""`astra eval` asks the configured runner the labelled sets, and counts what it got right and what that cost."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from astra_pipeline.cli.main import main
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.errors import CredentialsRejected
from astra_pipeline.evaluation import OURS, SETS
from astra_pipeline.evaluation.scoring import FAILED, Evaluation, Score
from astra_pipeline.evaluation.sets import ACCEPT, BadSet, Case, cases
from astra_pipeline.judge.input import JudgeInput
from astra_pipeline.judge.kinds import KINDS
from astra_pipeline.llm.model_errors import Declined
from astra_pipeline.llm.offline import OfflineRunner
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.judge.scripted import ACCEPTED, Scripted, refused

_TESTS = Path(__file__).parents[1]


def astra(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["eval", *arguments], env={"COLUMNS": "160"})


@pytest.fixture
def offline(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    environment.setenv("ASTRA_TASK_RUNNER", "offline")
    forget_settings()
    return environment


@pytest.mark.parametrize(
    ("name", "file"),
    [("births.jsonl", "conversations/births/cases.jsonl"), ("care.yaml", "language/care/sentences.yaml")],
)
def test_the_sets_of_the_package_are_those_of_the_tests(name: str, file: str) -> None:
    assert (OURS / name).read_bytes() == (_TESTS / file).read_bytes()


def test_each_set_has_cases_with_ids_of_their_own() -> None:
    for name in SETS:
        ids = Counter(case.id for case in cases(name))
        assert len(ids) >= 60
        assert set(ids.values()) == {1}


def test_the_texts_have_several_of_each_kind_and_as_many_that_may_be_sent() -> None:
    labels = Counter(case.label for case in cases("texts"))
    assert labels.keys() == {*KINDS, ACCEPT}
    assert all(count >= 2 for count in labels.values())
    assert labels[ACCEPT] >= 20


def scored(model: Any, name: str, *asked: Case) -> Score:
    async def score() -> Score:
        return await Evaluation(model).score(name, asked)

    return asyncio.run(score())


def test_a_verdict_with_findings_refuses_and_one_without_accepts() -> None:
    promise = next(case for case in cases("texts") if case.label == "promise")
    assert isinstance(promise.given, JudgeInput)
    quote = promise.given.sentences[0].removeprefix("1. ")
    score = scored(Scripted(text_judge=[refused(quote), ACCEPTED]), "texts", promise)
    assert (score.table, score.right) == ({"promise": Counter(refuse=1)}, 1)
    score = scored(Scripted(text_judge=[ACCEPTED]), "texts", promise)
    assert (score.table, score.right) == ({"promise": Counter(accept=1)}, 0)


def test_a_case_that_cannot_be_done_is_failed_and_the_others_are_done() -> None:
    first, second = cases("texts")[-2:]
    score = scored(Scripted(text_judge=[Declined("filtered"), ACCEPTED]), "texts", first, second)
    assert score.columns == [ACCEPT, FAILED]
    assert score.right == 1


def test_a_model_that_hears_no_crisis_misses_each_and_the_system_as_a_whole_does_not() -> None:
    crises = [case for case in cases("care") if case.label == "crisis"]
    deaf = {"summary": "They talked.", "topics": [], "emotional_tone": "calm", "care": {"level": "none"}}
    score = scored(Scripted(transcript_processor=[deaf]), "care", *crises)
    assert len(crises) >= 10
    assert score.right == 0
    assert score.table == {"crisis": Counter(none=len(crises))}
    assert score.right_with_rules is not None
    assert score.right_with_rules >= 0.95 * len(crises)


def test_a_key_that_is_refused_ends_the_evaluation() -> None:
    with pytest.raises(CredentialsRejected):
        scored(Scripted(text_judge=[CredentialsRejected("check the key")]), "texts", *cases("texts")[:3])


@pytest.mark.parametrize(
    ("turns", "want", "answer"),
    [
        ("user: I was born on 3 May 1990.", {"date": ("1990-05-03",)}, "right"),
        ("user: I was born on 3 May 1990.", {"date": ("1990-05-03",), "time": ("07:15",)}, "missed"),
        ("user: I was born on 3 May 1990.", {"date": (None,)}, "wrong"),
        ("user: I was born on 3 May 1990.", {"time": (None,)}, "right"),
    ],
)
def test_one_wrong_value_makes_a_birth_wrong(
    offline: pytest.MonkeyPatch, turns: str, want: dict[str, tuple[str | None, ...]], answer: str
) -> None:
    given = TranscriptInput(
        conversation_id="c",
        ended_at="2026-11-01T12:00:00+00:00",
        local_date="2026-11-01",
        transcript=turns,
        user_name="",
        known_topics=[],
    )
    score = scored(OfflineRunner(), "births", Case("1", "K1", given, want))
    assert score.answers[0].answer == answer


def test_the_rules_keep_their_marks_on_the_packages_sets(offline: pytest.MonkeyPatch) -> None:
    shown = astra("--json")
    assert shown.exit_code == 0, shown.output
    document = json.loads(shown.output)
    assert (document["runner"], document["llm_calls"]) == ("offline rules", 0)
    found = document["sets"]
    assert found.keys() == set(SETS)
    assert found["care"]["right"] >= 0.95 * found["care"]["cases"]
    assert found["care"]["right_with_rules"] == found["care"]["right"], "they are the rules themselves"
    assert found["texts"]["right_with_rules"] is None
    assert found["births"]["right"] >= 0.9 * found["births"]["cases"]
    assert found["texts"]["table"][ACCEPT].get("refuse", 0) == 0, found["texts"]["not_right"]


def test_a_table_is_printed_for_each_set_with_the_cost(offline: pytest.MonkeyPatch) -> None:
    shown = astra("texts", "care", "--limit", "12", "--show")
    assert shown.exit_code == 0, shown.output
    assert "texts: " in shown.output
    assert "of 12 right" in shown.output
    assert "care, with the word rules behind it: " in shown.output
    assert "births: " not in shown.output
    assert "The sky" not in shown.output
    assert "0 LLM executions" in shown.output


def test_a_model_is_asked_over_http_and_its_cost_is_told(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_TASK_RUNNER", "model")
    forget_settings()
    shown = astra("texts", "--limit", "5", "--json")
    assert shown.exit_code == 0, shown.output
    document = json.loads(shown.output)
    assert document["runner"] == "openai:gpt-4o-mini"
    assert document["llm_calls"] == 5
    assert document["tokens_in"] > 1000
    assert document["cost_usd"] > 0


def test_sets_of_a_folder_of_ones_own_are_asked(offline: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "care_ours.yaml").write_text('none: ["All is well."]\ngrief: ["Papa nahi rahe."]\n')
    document = json.loads(astra("--sets", str(tmp_path), "--json").output)
    assert document["sets"].keys() == {"care"}
    assert document["sets"]["care"]["right"] == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("texts.yaml", "name: Asha\nfacts: {}\ncases:\n  - {text: Hello., refuse: rudeness}\n"),
        ("births.jsonl", "not json\n"),
        ("care.yaml", "none: [All is well.]\nboredom: [I am bored.]\n"),
    ],
)
def test_a_file_that_is_no_set_is_named(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(BadSet, match=name):
        cases(name.partition(".")[0], tmp_path)


def test_a_folder_without_sets_says_so(offline: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = astra("--sets", str(tmp_path))
    assert shown.exit_code == 1
    assert "no labelled set" in shown.output
