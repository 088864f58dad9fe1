"""The package as it was at a named commit, to measure beside the package as it is, in one run."""

from __future__ import annotations

import os
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

_ROOT = Path(__file__).parents[1]


class NoHistory(Exception):
    """The commit is not in this clone: the message says why."""


def checked_out(commit: str, target: Path) -> dict[str, str]:
    """Unpack the package of a commit into a folder; return the environment in which Python imports it.

    Raises NoHistory without git, in an unpacked archive, and in a shallow clone.
    """
    try:
        done = subprocess.run(
            ["git", "archive", commit, "astra_pipeline"], cwd=_ROOT, capture_output=True, check=True, timeout=60
        )
    except FileNotFoundError:
        raise NoHistory("git is not installed") from None
    except subprocess.CalledProcessError as error:
        raise NoHistory(error.stderr.decode(errors="replace").strip().splitlines()[0]) from None
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(target, filter="data")
    return dict(os.environ) | {"PYTHONPATH": str(target)}
