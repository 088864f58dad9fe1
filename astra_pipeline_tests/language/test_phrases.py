"""Phrase material is checked when it is read: pools, keys and the fields in braces."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import AfterValidator

from astra_pipeline.language.phrases import ByMood, EachOf, Fields, HindiFields, PhraseFile, Phrases, Pool
from astra_pipeline.language.vocabulary import BadVocabulary, read
from astra_pipeline.reports.material import material as report_material
from astra_pipeline.reports.material import tone_words


class _File(PhraseFile):
    plain: Pool
    topics: Annotated[Phrases, AfterValidator(Fields("topic"))]
    hindi: Annotated[Phrases, AfterValidator(HindiFields("count"))]
    moods: ByMood


GOOD = """\
plain: ["May the day be kind."]
topics: ["{Topic} can wait.", "As for {topic}, rest."]
hindi: ["{Tumhara} din, {count} baar."]
moods:
  usual: [Good.]
  gentle: [Gently.]
"""


def _read(folder: Path, text: str) -> _File:
    file = folder / "words.yaml"
    file.write_text(text, encoding="utf-8")
    return read(file, _File)


def test_a_good_file_is_read(tmp_path: Path):
    assert _read(tmp_path, GOOD).moods == {"usual": ["Good."], "gentle": ["Gently."]}


@pytest.mark.parametrize(
    ("good", "bad", "line", "problem"),
    [
        ('"May the day be kind."', "", 1, "at least 1 item"),
        ("May the day", "May {name}", 1, "{name} is filled in by nothing, want no braces"),
        ("As for {topic}", "As for {topci}", 2, "{topci} is filled in by nothing, want {topic}"),
        ("As for {topic}", "As for {topic", 2, "a brace stands alone"),
        ("{count}", "{acount}", 3, "is filled in by nothing"),
        ("  gentle: [Gently.]\n", "", 4, "lacks gentle"),
        ("  gentle: [Gently.]\n", "  gentle: [Gently.]\n  gentel: [So.]\n", 4, "none of usual, gentle"),
        ("  gentle: [Gently.]\n", "  gentle: [Gently., 7]\n", 6, "valid string"),
        ("plain:", "plian:", 1, ""),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, good: str, bad: str, line: int, problem: str):
    with pytest.raises(BadVocabulary) as refused:
        _read(tmp_path, GOOD.replace(good, bad))
    assert any(
        part.startswith(f"words.yaml:{line}: ") and problem in part for part in str(refused.value).splitlines()
    ), str(refused.value)


def test_keys_may_be_numbers():
    assert EachOf(1, 2)({1: "a", 2: "b"}) == {1: "a", 2: "b"}
    with pytest.raises(ValueError, match="lacks 2"):
        EachOf(1, 2)({1: "a"})


def test_every_file_of_ours_is_as_its_model_says():
    assert report_material()
    assert not tone_words().small_words & {"career", "mother"}
