"""`astra eval`: the configured runner held against labelled sets, with what that cost."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from astra_pipeline.evaluation import OURS, SETS

if TYPE_CHECKING:
    from astra_pipeline.evaluation.scoring import Cost, Score
    from astra_pipeline.evaluation.sets import Case


@click.command("eval")
@click.argument("names", metavar="[SET]...", nargs=-1, type=click.Choice(SETS))
@click.option(
    "--sets",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=OURS,
    help="A folder with sets of your own: texts*.yaml, births*.jsonl, care*.yaml.",
)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many cases of each set, spread over it.")
@click.option("--show", is_flag=True, help="List the cases that were not answered rightly.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of tables.")
def evaluate(names: Sequence[str], folder: Path, limit: int | None, show: bool, as_json: bool) -> None:
    """Ask the configured runner the labelled SETs (texts, births, care; default: all), and print what it got right.

    texts: sentences that the judge must refuse or accept. births: details of a birth in speech. care: crisis and
    loss, and look-alikes. Each case is an LLM execution, and is paid for. Without a runner of your own (a key of
    Julep, or ASTRA_TASK_RUNNER=model with ASTRA_MODEL) the offline rules answer. Nothing is stored, and
    ASTRA_MAX_COST_PER_DAY does not count it: use --limit.
    """
    from astra_pipeline.evaluation.sets import BadSet, cases

    found = {name: _spread(cases(name, folder), limit) for name in dict.fromkeys(names or SETS)}
    found = {name: chosen for name, chosen in found.items() if chosen}
    if not found:
        raise BadSet("the folder has no labelled set: want texts*.yaml, births*.jsonl or care*.yaml")
    with _runner() as runner_name:
        scores, cost = asyncio.run(_scored(found))
    from astra_pipeline.cli.display import evaluation as display

    if as_json:
        click.echo(display.as_json(runner_name, scores, cost))
    else:
        from rich.console import Console

        display.print_scores(Console(), runner_name, scores, cost, show=show)


async def _scored(found: dict[str, list[Case]]) -> tuple[list[Score], Cost]:
    from astra_pipeline.evaluation.scoring import Evaluation
    from astra_pipeline.orchestration.resources import LlmResource

    async with LlmResource().open() as runner:
        evaluation = Evaluation(runner)
        scores = [await evaluation.score(name, chosen) for name, chosen in found.items()]
        return scores, evaluation.cost()


@contextlib.contextmanager
def _runner() -> Iterator[str]:
    """The runner of the settings in words; the offline rules where none is configured."""
    from astra_pipeline.cli import stack
    from astra_pipeline.settings import settings

    if not os.environ.get("ASTRA_TASK_RUNNER") and not os.environ.get("JULEP_API_KEY"):
        with stack.environment(ASTRA_TASK_RUNNER="offline"):
            yield "offline rules"
        return
    configured = settings()
    if configured.astra_task_runner == "model":
        judge = configured.astra_judge_model
        yield f"{configured.astra_model}" + (f", judged by {judge}" if judge else "")
    else:
        yield {"julep": "Julep", "offline": "offline rules"}[configured.astra_task_runner]


def _spread(found: list[Case], limit: int | None) -> list[Case]:
    """At most `limit` of the cases, evenly over the set, so that each label has its part."""
    if limit is None or len(found) <= limit:
        return found
    return [found[number * len(found) // limit] for number in range(limit)]
