"""A vocabulary that is wrong says where."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from astra_pipeline.language.vocabulary import BadVocabulary, read


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid")

    topics: dict[str, list[str]]


def _file(folder: Path, text: str) -> Path:
    file = folder / "words.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_good_file_is_its_model(tmp_path):
    assert read(_file(tmp_path, "topics:\n  Career: [job, naukri]\n"), _Words).topics == {
        "Career": ["job", "naukri"]
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("topics:\n  Career: [job]\n  Love: shaadi\n", 3),
        ("topics:\n  Career:\n    - job\n    - 7\n", 4),
        ("topics: {}\nothers: 1\n", 2),
        ("topics:\n  Career: [job\n", 3),
        ("tpics: {}\n", 1),
    ],
)
def test_an_error_names_the_file_and_the_line(tmp_path, text, line):
    with pytest.raises(BadVocabulary, match=rf"^words\.yaml:{line}: ") as refused:
        read(_file(tmp_path, text), _Words)
    assert "shaadi" not in str(refused.value)
