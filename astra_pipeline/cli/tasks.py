"""`astra tasks`: the tasks an LLM does, as Julep is sent them."""

from __future__ import annotations

from typing import Any

import click


@click.group()
def tasks() -> None:
    """The tasks an LLM does for us."""


@tasks.command("list")
def list_tasks() -> None:
    """Print the name of each task, its id at Julep, and what it does."""
    from astra_pipeline.orchestration.tasks import TASKS

    width = max(map(len, TASKS))
    for task in TASKS.values():
        click.echo(f"{task.name:{width}}  {task.task_id}  {task.description}")


@tasks.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of YAML.")
def show(name: str, as_json: bool) -> None:
    """Print the definition of the task NAME that Julep is sent: its input, its prompt, its answer."""
    from astra_pipeline.orchestration.tasks import task_named

    definition = task_named(name).julep_definition()
    if as_json:
        import orjson

        click.echo(orjson.dumps(definition, option=orjson.OPT_INDENT_2))
    else:
        click.echo(_yaml(definition), nl=False)


def _yaml(document: dict[str, Any]) -> str:
    """The document as YAML in its own order, texts of several lines as such."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10_000)
