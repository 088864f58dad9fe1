"""A batch at work on the test's database, outside Dagster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from astra_pipeline.batches.work import Work, open_work
from astra_pipeline.orchestration.resources import LlmResource, MongoResource


@contextmanager
def work(run_id: str = "test") -> Iterator[Work]:
    """A Work with the database and the task runner that the test's environment names."""
    with open_work(MongoResource(), LlmResource(), run_id=run_id) as opened:
        yield opened
