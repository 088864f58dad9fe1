"""`python -m bench.campaign.many --seeds 1-10 --minutes 10`: a campaign for each seed, and one table of them."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

VERDICTS = "verdicts.json"
_COLUMNS = (
    "seed",
    "conversations",
    "executions",
    "in flight at a kill",
    "lost",
    "duplicated",
    "paid twice",
    "traces of the erased",
    "other laws broken",
    "verdict",
)
# Law -> the column that counts what breaks it. Those of the other laws are counted together.
_COUNTED = {
    "nothing is lost": "lost",
    "nothing is there twice": "duplicated",
    "nothing is paid twice": "paid twice",
    "nothing is left of the erased": "traces of the erased",
    "nothing is written for the erased": "traces of the erased",
}


@dataclass(frozen=True)
class Outcome:
    """The end of one campaign. `verdicts` is empty when it ended before them."""

    seed: int
    code: int
    verdicts: Mapping[str, Mapping[str, Any]]

    def row(self) -> list[str]:
        """The cells of the table's row, in the order of its columns."""
        if not self.verdicts:
            return [str(self.seed), *["?"] * (len(_COLUMNS) - 2), f"ended with {self.code}"]
        counts: dict[str, int] = dict.fromkeys(_COLUMNS, 0)
        for law, verdict in self.verdicts.items():
            counts[_COUNTED.get(law, "other laws broken")] += len(verdict["broken"])
        paid = self.verdicts["nothing is paid twice"]["counts"]
        counts["conversations"] = self.verdicts["nothing is lost"]["examined"]
        counts["conversations"] += self.verdicts["nothing is left of the erased"]["examined"]
        counts["executions"] = paid.get("executions", 0)
        counts["in flight at a kill"] = paid.get("in_flight_at_a_kill", 0)
        figures = [str(counts[column]) for column in _COLUMNS[1:-1]]
        return [str(self.seed), *figures, "holds" if self.code == 0 else "broken"]


def table_of(outcomes: Sequence[Outcome]) -> Table:
    """One row a seed."""
    table = Table(title="campaigns", title_justify="left")
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column == "verdict" else "right")
    for outcome in outcomes:
        table.add_row(*outcome.row())
    return table


def seeds_of(text: str) -> list[int]:
    """The seeds in a text such as "1-10" or "3,7,40-42". Raises ValueError."""
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def _run(seed: int, minutes: float, folder: Path) -> Outcome:
    folder.mkdir(parents=True, exist_ok=True)
    command = [*(sys.executable, "-W", "ignore", "-m", "bench.campaign"), *("--keep", str(folder))]
    command += ["--seed", str(seed), "--minutes", str(minutes)]
    with (folder / "report.txt").open("w") as report:
        code = subprocess.run(command, stdout=report, stderr=subprocess.STDOUT, check=False).returncode
    verdicts = folder / VERDICTS
    return Outcome(seed, code, json.loads(verdicts.read_text()) if verdicts.is_file() else {})


def main() -> int:
    """Run the campaigns, some at once; exit code 1 when a law was broken in any."""
    parser = argparse.ArgumentParser("python -m bench.campaign.many", description=__doc__)
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-10"), help="such as 1-10 or 3,7")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long things go wrong in each")
    parser.add_argument("--at-once", type=int, default=2, help="how many campaigns run side by side")
    parser.add_argument("--keep", type=Path, help="a folder for the histories, the logs and the reports")
    options = parser.parse_args()
    console = Console(width=160)
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(options.at_once) as pool:
        folder = (options.keep or Path(temporary)).resolve()
        runs = [pool.submit(_run, seed, options.minutes, folder / f"seed_{seed}") for seed in options.seeds]
        outcomes = []
        for run in runs:
            outcomes.append(run.result())
            console.print(" ".join(outcomes[-1].row()), highlight=False)
    console.print(table_of(outcomes))
    return int(any(outcome.code for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
