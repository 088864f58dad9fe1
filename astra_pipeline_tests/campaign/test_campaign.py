"""A short campaign with everything real: three members, processes killed and stopped, services that fail."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# Of the first sixty seeds, fifty seconds of this one hold the most kinds of faults and of the app's writes.
_SEED = 42
_MINUTES = 50 / 60


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.xfail(
    strict=False,
    raises=AssertionError,
    reason="with seed 42 the tick fails while faults last, and a call may be lost or paid for twice; see issue 15",
)
def test_every_law_holds_over_fifty_seconds_of_faults(tmp_path: Path):
    command = [
        *(sys.executable, "-W", "ignore", "-m", "bench.campaign", "--keep", str(tmp_path)),
        *("--seed", str(_SEED), "--minutes", str(_MINUTES), "--quiet-seconds", "150"),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if not (tmp_path / "verdicts.json").is_file():
        raise RuntimeError(f"the campaign ended before its verdicts: {ended.stderr[-2000:]}")
    broken = {law: lines for law, lines in json.loads((tmp_path / "verdicts.json").read_text()).items() if lines}
    assert broken == {}, ended.stdout
    assert ended.returncode == 0
