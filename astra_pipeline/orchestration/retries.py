"""Retries of a whole step: for what stops every item, such as a database that was away."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg

from astra_pipeline.settings import settings

_FIRST_DELAY_SECONDS = 5


def retried(compute: Callable[..., Any]) -> Callable[..., Any]:
    """The function of an asset or op, run again by Dagster when it raises, ASTRA_STEP_RETRIES times at most.

    Dagster's own `retry_policy` also runs a step again that somebody cancelled: the run would work on, and a shift
    would go on holding the turn. Put it below `dg.asset`, `dg.multi_asset` or `dg.op`.
    """
    if inspect.isgeneratorfunction(compute):

        @functools.wraps(compute)
        def generated(context: dg.AssetExecutionContext, *args: Any, **resources: Any) -> Iterator[Any]:
            with _again(context):
                yield from compute(context, *args, **resources)

        return generated

    @functools.wraps(compute)
    def computed(context: dg.AssetExecutionContext, *args: Any, **resources: Any) -> Any:
        with _again(context):
            return compute(context, *args, **resources)

    return computed


@contextmanager
def _again(context: dg.AssetExecutionContext) -> Iterator[None]:
    try:
        yield
    except (dg.RetryRequested, dg.DagsterError):
        raise
    except Exception as error:
        most, tried = settings().astra_step_retries, context.retry_number
        if tried >= most or (isinstance(error, dg.Failure) and not error.allow_retries):
            raise
        raise dg.RetryRequested(max_retries=most, seconds_to_wait=_FIRST_DELAY_SECONDS * 2**tried) from error
