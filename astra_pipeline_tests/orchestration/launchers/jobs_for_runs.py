"""A code location of a few jobs without MongoDB; tests copy this file to a package of their own."""

import os
import time
from pathlib import Path

import dagster as dg

VERSION = "first"


@dg.op(config_schema={"file": str})
def write(context: dg.OpExecutionContext) -> None:
    """Write down what this process is: version of the code, a variable, pid."""
    print("printed by the op")  # noqa: T201
    context.log.info("logged by the op")
    said = f"{VERSION} {os.environ.get('SAID_BY_A_TEST', 'nothing')} {os.getpid()}\n"
    with Path(context.op_config["file"]).open("a") as file:
        file.write(said)


@dg.op(config_schema={"file": str})
def wait(context: dg.OpExecutionContext) -> None:
    """Write down that it began, and wait for a minute."""
    Path(context.op_config["file"]).write_text("began")
    time.sleep(60)


@dg.job(executor_def=dg.in_process_executor)
def writes() -> None:
    write()


@dg.job(executor_def=dg.in_process_executor)
def waits() -> None:
    wait()


defs = dg.Definitions(jobs=[writes, waits])
