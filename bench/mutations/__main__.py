"""`make prove-faults`: take the mend of each fault away, in a copy of the tree, and see its tests fail."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench.mutations.mutation import mutations
from bench.mutations.trial import PROVEN, Trial, copied_tree, trials


@click.command()
@click.option("--only", multiple=True, metavar="FAULT", help="This fault, or part of one: F5, F5a. Repeatable.")
def main(only: Sequence[str]) -> None:
    """Print a table of each mend that was taken away and the tests that fail without it.

    The exit code is 1 when a test passes without its mend, did not run, or a mutation does not fit the code.
    """
    console = Console()
    wanted = mutations(only)
    if not wanted:
        raise click.UsageError(f"no mutation is of {', '.join(only)}")
    found: list[Trial] = []
    with tempfile.TemporaryDirectory(prefix="astra-mutations-") as folder, copied_tree(Path(folder)) as tree:
        for mutation in wanted:
            for trial in trials(tree, mutation):
                found.append(trial)
                console.print(
                    f"{mutation.part:5} {trial.verdict} ({trial.seconds:.0f} s): {trial.test}", markup=False
                )
    console.print(table_of(found))
    sys.exit(0 if all(trial.verdict == PROVEN for trial in found) else 1)


def table_of(found: Sequence[Trial]) -> Table:
    """Fault, the mend in words, test, verdict, and the failure's first line, a row a trial."""
    proven = sum(trial.verdict == PROVEN for trial in found)
    table = Table(title=f"{proven} of {len(found)} tests fail without the mend that they are for")
    for column in ("fault", "without", "test", "verdict", "it says"):
        table.add_column(column, overflow="fold")
    for trial in found:
        style = "green" if trial.verdict == PROVEN else "red"
        verdict = f"[{style}]{trial.verdict}[/{style}]"
        test = trial.test.replace("::", " ").replace("[", r"\[")
        because = trial.because[:120].replace("[", r"\[")
        table.add_row(trial.mutation.part, trial.mutation.without, test, verdict, because)
    return table


if __name__ == "__main__":
    main()
