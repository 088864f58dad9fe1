"""The preloaded process and its owner, without Dagster; and what the parent of runs has loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from astra_pipeline.orchestration.launchers.identity import Identity
from astra_pipeline.orchestration.launchers.owner import OwnedParent, ParentGone
from astra_pipeline.orchestration.launchers.preload import Files
from astra_pipeline_tests.orchestration.test_power_cut import until

_SMALL = ["-m", "astra_pipeline_tests.orchestration.launchers.small_parent"]
_RUNS = ["-W", "ignore", "-m", "astra_pipeline.orchestration.launchers.run_parent", "astra_pipeline.definitions"]


@pytest.fixture
def parent() -> Iterator[OwnedParent]:
    parent = OwnedParent(_SMALL)
    parent.wait_until_ready(60)
    yield parent
    parent.close()


def test_the_parent_of_runs_has_one_thread_one_socket_and_all_that_a_run_imports() -> None:
    parent = OwnedParent(_RUNS)
    try:
        parent.wait_until_ready(120)
        process = psutil.Process(parent.pid)
        assert parent.threads == process.num_threads() == 1
        files = [str(file.readlink()) for file in Path(f"/proc/{parent.pid}/fd").iterdir()]
        assert sum("socket" in file for file in files) == 1
        assert process.net_connections() == []
        loaded = Path(f"/proc/{parent.pid}/maps").read_text()
        assert all(name in loaded for name in ("pandas", "numpy", "uvloop", "bson"))
    finally:
        parent.close()


def test_a_parent_with_a_second_thread_takes_no_orders() -> None:
    parent = OwnedParent([*_SMALL, "threads"])
    with pytest.raises(ParentGone, match="ended while it loaded"):
        parent.wait_until_ready(60)
    parent.close()


def test_an_order_is_done_when_its_child_is_let_go(parent: OwnedParent, tmp_path: Path) -> None:
    with parent.order({"file": str(tmp_path / "it"), "code": 3}) as channel:
        identity = Identity.parse(channel.answer(30)["process"])
        assert identity.is_alive
        assert not (tmp_path / "it").exists()
        channel.go()
        assert channel.answer(30) == {"code": 3}
    assert (tmp_path / "it").exists()
    assert not identity.is_alive


def test_an_order_whose_giver_hangs_up_is_not_done(parent: OwnedParent, tmp_path: Path) -> None:
    with parent.order({"file": str(tmp_path / "it")}) as channel:
        identity = Identity.parse(channel.answer(30)["process"])
    until(lambda: not identity.is_alive)
    assert not (tmp_path / "it").exists()


def test_the_giver_is_told_by_which_signal_a_child_ended(parent: OwnedParent) -> None:
    with parent.order({"die": True}) as channel:
        channel.answer(30)
        channel.go()
        assert channel.answer(30) == {"code": -9}


def test_children_go_on_without_parent_and_owner(parent: OwnedParent, tmp_path: Path) -> None:
    with parent.order({"file": str(tmp_path / "it"), "seconds": 60, "end": str(tmp_path / "end")}) as channel:
        identity = Identity.parse(channel.answer(30)["process"])
        channel.go()
        until((tmp_path / "it").exists)
    psutil.Process(parent.pid).kill()
    until(lambda: not parent.is_alive)
    assert identity.is_alive
    with pytest.raises(ParentGone):
        parent.order({})
    assert identity.interrupt()
    until(lambda: not identity.is_alive)
    assert not (tmp_path / "end").exists()
    assert not identity.interrupt()


def test_a_number_that_another_process_has_now_is_not_the_process() -> None:
    us = Identity.of(os.getpid())
    assert us is not None
    assert us.is_alive
    assert Identity.parse(str(us)) == us
    assert not Identity(us.pid, us.started - 1, us.place).is_alive
    elsewhere = Identity(us.pid, us.started, "another start of the machine")
    assert not elsewhere.is_alive
    assert not elsewhere.interrupt()


def test_files_that_are_added_changed_or_taken_away_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "watched_by_a_test"
    (package / "words").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "words" / "one.yaml").write_text("a: 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    files = Files("watched_by_a_test.definitions")
    assert not files.changed
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "one.pyc").write_text("")
    assert not files.changed
    (package / "words" / "one.yaml").write_text("a: 12")
    assert files.changed
    files = Files("watched_by_a_test")
    (package / "two.py").write_text("")
    assert files.changed
    files = Files("watched_by_a_test")
    (package / "two.py").unlink()
    assert files.changed
