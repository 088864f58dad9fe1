"""docs/samples.md: what the offline composers write, for made-up readers with real charts and for made-up calls."""

from __future__ import annotations

from pathlib import Path

import click

from bench.words.readers import written
from bench.words.talk_samples import sections as talks

# The day of the samples, counted from the first of bench/words.
_DAYS = 19
_READERS = frozenset(
    (
        "Tanvi", "Osei", "Ilse", "Devendra", "Mahi", "Renske", "Kabir", "Siobhan", "Farhan", "Leticia", "Jyoti",
        "Wanda",
    )
)  # fmt: skip
_FILE = Path(__file__).parents[1] / "docs" / "samples.md"


def samples() -> str:
    """The file's text."""
    shown = [texts[-1] for texts in written(_DAYS) if texts[-1].life.name in _READERS]
    parts = [
        "# What the offline composer writes",
        f"Twelve horoscopes for {shown[0].date:%A, %-d %B %Y} of made-up readers, each after {_DAYS - 1} days of "
        "others: their charts, their sky at 06:00, what they told. Then letters and first messages. No LLM; "
        "`make samples` writes this file.",
    ]
    for one in shown:
        life, day = one.life, one.day
        care = f"; care: {life.care[0]}, {life.care[1]}" if life.care else ""
        manner = f"{life.style}, Hinglish {life.hinglish}{care}"
        parts += [f"## {life.name}", f"*{life.system.title()}; {manner}. Theme: {day.theme.text}*", one.content]
    parts += talks()
    return "\n\n".join(parts) + "\n"


@click.command()
def main() -> None:
    _FILE.write_text(samples(), encoding="utf-8")
    click.echo(f"docs/{_FILE.name}")


if __name__ == "__main__":
    main()
