"""The table of promises, readable at 80 columns."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from astra_pipeline.promises.table import PROMISES, Figure, Measured

_NOTHING = Figure(None, 0)


def print_promises(console: Console, measured: Measured) -> None:
    """Print each promise with what was measured and its target; what is not kept stands out in words, too."""
    table = Table(box=None, title=f"Promises, {measured.day} (UTC)", title_justify="left")
    for name in ("promise", "measured", "target", "kept", "of"):
        table.add_column(name, no_wrap=name != "promise", justify="right" if name in ("measured", "of") else "left")
    for one in PROMISES:
        figure = measured.figures.get(one.name, _NOTHING)
        kept = None if figure.value is None else one.is_kept(figure.value)
        words = Text("-") if kept is None else Text("yes", style="green") if kept else Text("no", style="yellow")
        table.add_row(one.title, one.words(figure.value), one.target_words, words, str(figure.of))
    console.print(table)
