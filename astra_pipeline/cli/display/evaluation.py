"""The confusion tables of `astra eval`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from astra_pipeline.evaluation.scoring import Cost, Score


def print_scores(console: Console, runner: str, scores: Sequence[Score], cost: Cost, *, show: bool) -> None:
    """Print a table for each set: a row for each label, a column for each answer; then what all of it cost."""
    for score in scores:
        total = len(score.answers)
        title = f"{score.name}: {score.right} of {total} right ({score.right / total:.1%}), {runner}"
        console.print(title, soft_wrap=True)
        if (kept := score.right_with_rules) is not None:
            together = f"{score.name}, with the word rules behind it: {kept} of {total} right ({kept / total:.1%})"
            console.print(together, soft_wrap=True)
        table = Table("label", *(f"-> {answer}" for answer in score.columns))
        for label, counts in score.table.items():
            table.add_row(label, *(str(counts[answer]) for answer in score.columns))
        console.print(table)
        if show:
            for one in score.answers:
                if not one.is_right:
                    console.print(f"  {one.case.id}: {one.case.label} -> {one.answer}", markup=False)
    console.print(_words(cost))


def as_json(runner: str, scores: Sequence[Score], cost: Cost) -> str:
    """The same as a JSON document.

    {runner, sets: {name: {cases, right, right_with_rules, table, not_right}}, llm_calls, ...}.
    `right_with_rules` is null for sets in which no word rules stand behind the model.
    """
    usage = cost.usage
    document = {
        "runner": runner,
        "sets": {
            score.name: {
                "cases": len(score.answers),
                "right": score.right,
                "right_with_rules": score.right_with_rules,
                "table": {label: dict(counts) for label, counts in score.table.items()},
                "not_right": {
                    one.case.id: {"label": one.case.label, "answer": one.answer}
                    for one in score.answers
                    if not one.is_right
                },
            }
            for score in scores
        },
        "llm_calls": cost.calls,
        "tokens_in": usage.tokens_in if usage else None,
        "tokens_out": usage.tokens_out if usage else None,
        "cost_usd": usage.cost_usd if usage else None,
    }
    return json.dumps(document, indent=2)


def _words(cost: Cost) -> str:
    if not cost.calls:
        return "0 LLM executions: the rules cost nothing."
    words = f"{cost.calls} LLM executions"
    if cost.usage is None:
        return f"{words}; the service tells neither tokens nor prices."
    words += f", {cost.usage.tokens_in} tokens in and {cost.usage.tokens_out} out"
    price = cost.usage.cost_usd
    return f"{words}; no price is known of the model." if price is None else f"{words}, {price:.4f} US dollars."
