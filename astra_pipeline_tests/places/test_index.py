"""The index of places on disk: its folder, and the names that it was built for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from astra_pipeline.places import gazetteer


@pytest.fixture
def unbuilt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An environment and a home of a machine that has no index, and a builder that takes no time."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(gazetteer, "_build", lambda path: path.write_text("index"))
    gazetteer.prepare.cache_clear()
    yield tmp_path
    gazetteer.prepare.cache_clear()


def test_the_index_stands_beside_the_environment_for_every_user(unbuilt: Path, monkeypatch: pytest.MonkeyPatch):
    built = gazetteer.prepare()
    assert built.parent == unbuilt / "environment" / "var" / "astra_pipeline"
    assert built.stat().st_mode & 0o044 == 0o044
    monkeypatch.setenv("XDG_CACHE_HOME", str(unbuilt / "another"))
    monkeypatch.setattr(gazetteer, "_build", lambda path: pytest.fail("built twice"))
    gazetteer.prepare.cache_clear()
    assert gazetteer.prepare() == built


def test_the_index_stands_in_the_cache_where_the_environment_is_closed(unbuilt: Path):
    (unbuilt / "environment").write_text("no folder")
    assert unbuilt / "cache" in gazetteer.prepare().parents


def test_an_index_of_other_names_is_not_used(unbuilt: Path, monkeypatch: pytest.MonkeyPatch):
    built = gazetteer.prepare()
    monkeypatch.setattr(gazetteer, "_own_data", lambda: b"other names")
    gazetteer.prepare.cache_clear()
    assert gazetteer.prepare() != built
