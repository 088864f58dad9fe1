"""The lexicon of the offline runner: a wrong one is refused with its line."""

from importlib import resources
from pathlib import Path

import pytest

from astra_pipeline.conversations.lexicon import LexiconFile, read_lexicon
from astra_pipeline.language.vocabulary import BadVocabulary, read

OURS = resources.files("astra_pipeline.conversations").joinpath("lexicon.yaml").read_text(encoding="utf-8")


def test_our_lexicon_is_as_its_model_says():
    lexicon = read_lexicon()
    assert lexicon.phrases["broke", "up"] == "Love"
    assert "Saturn" in lexicon.astro
    assert "anxious" in lexicon.dark
    assert "india" in lexicon.countries


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("  Love: {kind: life", "  Love: {kind: live", "'life' or 'astro'"),
        ("  calm: {mood: bright", "  calm: {mood: brigth", "'dark' or 'bright'"),
        (r"'\bgot fired\b'", r"'\bgot (fired\b'", "no regular expression"),
        ('cues: "client"', 'cue: "client"', "Field required"),
        ("occupations: >-", "professions: >-", "Field required"),
    ],
)
def test_a_wrong_lexicon_is_refused_with_its_line(tmp_path: Path, good: str, bad: str, problem: str):
    assert good in OURS
    file = tmp_path / "lexicon.yaml"
    file.write_text(OURS.replace(good, bad), encoding="utf-8")
    with pytest.raises(BadVocabulary) as refused:
        read(file, LexiconFile)
    line = 1 + OURS[: OURS.index(good)].count("\n")
    lines = str(refused.value).splitlines()
    assert any(problem in part for part in lines)
    assert any(part.startswith(f"lexicon.yaml:{line}: ") for part in lines)
