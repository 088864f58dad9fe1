"""Crisis, grief and their look-alikes, in English, Hindi in Latin letters, Hinglish and Devanagari."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from astra_pipeline.language.care import KINDS
from astra_pipeline.language.care.hearing import heard
from astra_pipeline.language.care.patterns import compiled
from astra_pipeline.language.care.plain_words import keys
from astra_pipeline.language.care.words import kin

SETS = sorted(Path(__file__).parent.glob("*.yaml"))


def outcomes(path: Path) -> tuple[float, float, list[str]]:
    """(the share of sentences with the right level and kind, the share of look-alikes that were flagged, the odd ones)."""
    sentences: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    look_alikes = sentences.pop("none")
    missed = [
        f"{kind}: {words}" for kind, listed in sentences.items() for words in listed if heard([words]).kind != kind
    ]
    false = [words for words in look_alikes if heard([words]).level != "none"]
    total = sum(map(len, sentences.values()))
    return 1 - len(missed) / total, len(false) / len(look_alikes), [*missed, *false]


def test_the_set_is_as_large_as_it_should_be() -> None:
    ours = yaml.safe_load((Path(__file__).parent / "sentences.yaml").read_text(encoding="utf-8"))
    assert set(ours) == {"none", *KINDS["crisis"], *KINDS["tender"]}
    assert sum(len(listed) for kind, listed in ours.items() if kind != "none") >= 60
    assert len(ours["none"]) >= 40


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_what_needs_care_is_heard_and_look_alikes_are_not(path: Path) -> None:
    right, false, odd = outcomes(path)
    assert right >= 0.95, odd
    assert false <= 0.02, odd


@pytest.mark.parametrize(
    "spelling", ["jeena nahi chahti", "jina nahin chahti", "jeena nai chahti", "जीना नहीं चाहती"]
)
def test_spellings_agree(spelling: str) -> None:
    assert heard([f"main ab aur {spelling}"]).kind == "self_harm"


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("I used to want to die. I am fine now.", "none"),
        ("I used to want to die, and I do again.", "crisis"),
        ("I don't want to die.", "none"),
        ("I don't want to live.", "crisis"),
        ("It's not that I want to die.", "none"),
        ("I would never hurt myself.", "none"),
        ("I don't want to live, I want to die.", "crisis"),
        ("My uncle committed suicide last year.", "tender"),
        ("My cousin wants to kill himself.", "crisis"),
        ("He has never hit me.", "none"),
        ("The villain kills his brother in that film.", "none"),
        ("After the film I wanted to kill myself.", "crisis"),
        ("khudkushi nahi karungi main", "none"),
        ("wo mujhe nahi maarte", "none"),
        ("If my father dies, who gets the flat?", "none"),
        ("My friend lost her job.", "none"),
    ],
)
def test_who_and_whether_decide(words: str, level: str) -> None:
    assert heard([words]).level == level


def test_the_weightiest_sentence_decides() -> None:
    assert heard(["My father died.", "My husband hits me.", "I want to die."]).kind == "self_harm"
    assert heard(["I failed my exam.", "My father died."]).kind == "grief"
    assert heard([]).level == "none"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("words", ["i want to ", "I ", "my husband ", "na ", "मैं मर ", "a" * 50])
def test_a_very_long_turn_is_heard_to_its_end(words: str) -> None:
    assert heard([words * 20_000 + ". I want to kill myself."]).kind == "self_harm"


@pytest.mark.parametrize("line", ["(a|b", "a | b", ")", "(a", "{nowhere}"])
def test_a_pattern_that_is_not_in_the_notation_is_refused(line: str) -> None:
    with pytest.raises((ValueError, KeyError, IndexError)):
        compiled([line], {})


def test_no_relative_is_spelled_like_a_small_word_of_english() -> None:
    small = (
        "to the a an i you he she it we they and or but of in on at is are was do did not no so my me us".split()
    )
    assert not kin() & set(keys(small)) - {"he", "she", "they"}
