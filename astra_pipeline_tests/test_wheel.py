"""The built wheel is complete: it loads in an empty folder, without the repository's pyproject.toml."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[1]
_PACKAGE = _ROOT / "astra_pipeline"

# Printed as one line: {file, references}, of which `references` is asset -> [{file, line}].
_LOADED = """
import json
import astra_pipeline
from astra_pipeline.definitions import defs

references = {}
for node in defs.resolve_asset_graph().asset_nodes:
    found = node.metadata.get("dagster/code_references")
    sources = found.code_references if found else []
    references[node.key.to_user_string()] = [
        {"file": source.file_path, "line": source.line_number} for source in sources
    ]
print(json.dumps({"file": astra_pipeline.__file__, "references": references}))
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that an installation of the wheel would add to Python's path."""
    built = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)],
        cwd=_ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(built / "unpacked")
    return built / "unpacked"


@pytest.fixture(scope="module")
def loaded(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The definitions as a process sees them that knows nothing but the wheel."""
    process = subprocess.run(
        [sys.executable, "-c", _LOADED],
        cwd=tmp_path_factory.mktemp("empty"),
        env={"PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])


def test_the_wheel_loads_every_asset_in_an_empty_folder_and_an_empty_environment(
    unpacked: Path, loaded: dict[str, Any]
) -> None:
    from astra_pipeline.definitions import defs

    assert Path(loaded["file"]) == unpacked / "astra_pipeline" / "__init__.py"
    assert not (unpacked / "pyproject.toml").exists()
    assert loaded["references"].keys() == {
        key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()
    }


def test_each_asset_of_the_wheel_links_to_the_line_that_defines_it(unpacked: Path, loaded: dict[str, Any]) -> None:
    without = {
        asset
        for asset, sources in loaded["references"].items()
        if not any(Path(source["file"]).is_relative_to(unpacked) and source["line"] for source in sources)
    }
    files = {
        Path(source["file"]).relative_to(unpacked / "astra_pipeline")
        for sources in loaded["references"].values()
        for source in sources
    }
    # The asset itself, and no decorator around it. Horoscopes and reports are made by one function.
    assert {file for file in files if file.parts[0] != "defs"} == {Path("orchestration/cohort_texts.py")}
    # The web app's collections are declared, not computed: no function defines them.
    assert without == {"elevenlabs_conversations", "astra_users"}


def test_the_wheel_holds_the_data_files_that_the_code_reads(unpacked: Path) -> None:
    data = {
        path.relative_to(_PACKAGE)
        for path in _PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert {Path("dg.toml"), Path("places/regions.yaml"), Path("reports/phrases/letter.yaml")} <= data
    assert {path for path in data if not (unpacked / "astra_pipeline" / path).is_file()} == set()
    # `astra dev` copies Dagster's instance from the package.
    assert (unpacked / "astra_pipeline" / "dagster.yaml").is_file()
