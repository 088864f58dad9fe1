"""Print the table of words and exit with 1 when a goal is missed."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.table import Table

from bench.words.registry import load_rows


@click.command()
@click.option("--only", default="", help="Measure the rows whose name has this in it.")
@click.option("--examples", default=3, show_default=True, help="The cases to print for a row that misses its goal.")
def main(only: str, examples: int) -> None:
    """Print every row's figure beside its goal."""
    console, table = Console(), Table("figure", "measured", "goal", "")
    missed: list[tuple[str, tuple[str, ...]]] = []
    for row in load_rows():
        if only.casefold() not in row.name.casefold():
            continue
        figure = row.measured()
        met = row.is_met(figure.value)
        table.add_row(row.name, figure.printed, row.goal, "met" if met else "[bold red]missed[/]")
        if not met:
            missed.append((row.name, figure.missed[:examples]))
    console.print(table)
    for name, cases in missed:
        console.print(f"missed: {name}", *(f"  {case}" for case in cases), sep="\n", markup=False)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
