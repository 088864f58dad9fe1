"""Everything that a run imports, loaded ahead, and whether it is still what is on the disk."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from astra_pipeline.llm.model import load_sdk
from astra_pipeline.orchestration.launchers.rehearsal import rehearse

_OURS = __name__.partition(".")[0]
# Rooms that no run enters, and what needs an extra to be imported.
_LEFT_OUT = {f"{_OURS}.{room}" for room in ("__main__", "api", "cli", "evaluation", "monitoring", "sandbox")} | {
    f"{_OURS}.orchestration.launchers.celery_{part}" for part in ("claims", "launcher", "worker")
}
_LEFT_OUT |= {f"{_OURS}.llm.aiohttp_transport"}
# Modules that runs import where they use them, because a code server need not have them.
_LATE = (
    "aiolimiter",
    "dagster._cli.api",
    "httpx",
    "httpx_aiohttp",
    "inflect",
    "julep",
    "numpy",
    "orjson",
    "pandas",
    "pymongo",
    "stamina",
    "uvloop",
)
# numpy's linear algebra starts a thread a core when it is loaded. One is enough for 3 x 3 matrices.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def load(module: str) -> None:
    """Import a module of definitions, and build its jobs. With the project's own goes all that its runs import, and
    a rehearsal of the rules that they apply."""
    with _environment(_ONE_THREAD):
        if module.partition(".")[0] == _OURS:
            for late in _LATE:
                importlib.import_module(late)
            _import_all(_OURS)
            if os.environ.get("ASTRA_TASK_RUNNER") == "model":
                load_sdk()
        definitions = importlib.import_module(module)
    for value in vars(definitions).values():
        if isinstance(value, dg.Definitions):
            value.get_repository_def().get_all_jobs()
    if module.partition(".")[0] == _OURS:
        rehearse()
    # What is there now stays: nothing looks through it again, so that children share its memory.
    gc.collect()
    gc.freeze()


def _import_all(package: str) -> None:
    importlib.import_module(package)
    for found in pkgutil.iter_modules(sys.modules[package].__path__, f"{package}."):
        if found.name in _LEFT_OUT or found.name.endswith(".__main__"):
            continue
        if found.ispkg:
            _import_all(found.name)
        else:
            importlib.import_module(found.name)


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set variables for the block that are not set."""
    added = [name for name in variables if name not in os.environ]
    os.environ.update({name: variables[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


class Files:
    """The files that a process loads from: those of one package, and the list of what is installed beside it."""

    def __init__(self, module: str) -> None:
        """Look at the files of the package that `module` is in. Raises ModuleNotFoundError."""
        top = module.partition(".")[0]
        found = importlib.util.find_spec(top)
        if found is None:
            raise ModuleNotFoundError(f"there is no module {top}")
        self._roots = [Path(root) for root in found.submodule_search_locations or []]
        self._single = Path(found.origin) if not self._roots and found.origin else None
        self._seen = self._look()

    @property
    def changed(self) -> bool:
        """Whether a file was added, changed or taken away since, or a package was installed."""
        return self._look() != self._seen

    def _look(self) -> dict[str, tuple[int, int]]:
        seen = {}
        folders = [str(root) for root in self._roots]
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir():
                        if entry.name != "__pycache__":
                            folders.append(entry.path)
                    else:
                        stat = entry.stat()
                        seen[entry.path] = (stat.st_mtime_ns, stat.st_size)
        # An installation makes and removes folders beside each other.
        beside = [Path(folder) for folder in sys.path if folder.endswith("-packages")]
        for path in [*beside, *([self._single] if self._single else [])]:
            if path.exists():
                seen[str(path)] = (path.stat().st_mtime_ns, 0)
        return seen
