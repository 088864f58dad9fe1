"""A run is killed in the middle of 500 conversations: how long until all are done, what is lost or paid twice.

Real mongod, daemon, sensor, run processes, julep SDK and HTTP; the LLM takes as long as it is told. Settings are
the defaults of production. The run's process gets a SIGKILL when half of the conversations have their insights. The
baseline, measured in the same invocation, is the time from the same point when nothing is killed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
import dagster as dg

from astra_pipeline.cli import stack as embedded
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, USERS
from bench import stack

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    from astra_pipeline.sandbox.process import Control

_PROMISE_SECONDS = 30.0
_PATIENCE_SECONDS = 600.0
_LOOK_EVERY_SECONDS = 0.1
_TALKS_EACH = 4
_JOB = "conversation_pipeline"


@dataclass
class Trial:
    """One batch of conversations. Times in seconds since its middle, when the run was killed, if it was."""

    done_at_the_kill: int
    seconds: float
    lost: int
    executions: Counter[int]
    """The number of executions at the stand-in -> how many conversations have so many."""
    steps: dict[str, float] = field(default_factory=dict)
    """Each step of the run that took over -> its moment."""

    @property
    def paid_twice(self) -> int:
        """Conversations with more than one execution."""
        return sum(count for executions, count in self.executions.items() if executions > 1)


@click.command()
@click.option("--conversations", default=500, show_default=True)
@click.option("--trials", default=3, show_default=True)
@click.option("--llm-seconds", default=2.0, show_default=True, help="How long one LLM call takes.")
def main(conversations: int, trials: int, llm_seconds: float) -> None:
    with stack.fresh(llm_seconds=llm_seconds) as (home, db, control), embedded.dagster(home) as instance:
        time.sleep(15)  # the daemon's first ticks are its own start, not the pipeline's
        bench = _Bench(db, control, instance, conversations)
        calm = bench.trial(kill=False)
        click.echo(f"{conversations} conversations, LLM {llm_seconds:g} s, from the middle until all are done:")
        click.echo(f"  baseline, no kill  {calm.seconds:6.1f} s   ({calm.done_at_the_kill} were done)")
        killed = []
        for number in range(1, trials + 1):
            killed.append(trial := bench.trial(kill=True))
            click.echo(f"  trial {number}: SIGKILL   {trial.seconds:6.1f} s   ({trial.done_at_the_kill} were done)")
            click.echo(
                f"    lost {trial.lost}, paid twice {trial.paid_twice}, executions {dict(trial.executions)}; after "
                + ", ".join(f"{seconds:.1f} s {step}" for step, seconds in trial.steps.items())
            )
    worst = max(trial.seconds for trial in killed)
    click.echo(f"  the kill costs {worst - calm.seconds:.1f} s at worst")
    lost, twice = sum(trial.lost for trial in killed), sum(trial.paid_twice for trial in killed)
    kept = worst < _PROMISE_SECONDS and not lost and not twice
    click.echo(f"{'PASS' if kept else 'FAIL'}: all done within {_PROMISE_SECONDS:g} s, 0 lost, 0 paid twice")
    sys.exit(not kept)


class _Bench:
    def __init__(
        self, db: Database[dict[str, Any]], control: Control, instance: dg.DagsterInstance, conversations: int
    ) -> None:
        self._db, self._control, self._instance, self._count = db, control, instance, conversations
        self._users = stack.people(db, max(conversations // _TALKS_EACH, 1))

    def trial(self, *, kill: bool) -> Trial:
        """New conversations, a kill in the middle of them, and what became of them."""
        ids = self._insert()
        _until(lambda: self._insights(ids) >= self._count // 2, "half of the conversations")
        middle, done = time.time(), self._insights(ids)
        if kill:
            self._kill()
        _until(lambda: self._processed(ids) == self._count and self._all_counted(), "all conversations")
        seconds = time.time() - middle
        paid = self._control.stats()["executions"]
        executions = Counter(len(paid.get(one, ())) for one in ids)
        lost = self._count - self._processed(ids)
        return Trial(done, seconds, lost, executions, self._steps(middle) if kill else {})

    def _insert(self) -> list[str]:
        documents = [stack.conversation(self._users[number % len(self._users)]) for number in range(self._count)]
        stack.insert(self._db, documents)
        return [document["conversation_id"] for document in documents]

    def _insights(self, ids: list[str]) -> int:
        return self._db[INSIGHTS].count_documents({"_id": {"$in": ids}})

    def _processed(self, ids: list[str]) -> int:
        done = {"conversation_id": {"$in": ids}, "metadata.transcript_processed": True}
        return self._db[CONVERSATIONS].count_documents(done)

    def _all_counted(self) -> bool:
        return self._db[USERS].find_one({"astra.gamification_due": {"$exists": True}}, {"_id": 1}) is None

    def _kill(self) -> None:
        at_work = dg.RunsFilter(job_name=_JOB, statuses=[dg.DagsterRunStatus.STARTED])
        for run in self._instance.get_runs(at_work):
            os.kill(self._pid(run.run_id), signal.SIGKILL)

    def _pid(self, run_id: str) -> int:
        for entry in self._instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
            assert entry.dagster_event is not None
            metadata = entry.dagster_event.engine_event_data.metadata
            if "pid" in metadata:
                return int(str(metadata["pid"].value))
        raise click.ClickException("the run does not say which process it is")

    def _steps(self, since: float) -> dict[str, float]:
        """Each step since the kill (POSIX time) -> its moment, up to the end of the run asked for first."""
        steps: dict[str, float] = {}
        runs = self._instance.get_run_records(dg.RunsFilter(job_name=_JOB), limit=10)
        for record in reversed(runs):
            if record.create_timestamp.timestamp() >= since:
                return (
                    steps | {"asked for": record.create_timestamp.timestamp() - since} | self._events(record, since)
                )
            if record.end_time and record.end_time > since:
                steps["declared dead"] = record.end_time - since
        return steps

    def _events(self, record: dg.RunRecord, since: float) -> dict[str, float]:
        steps: dict[str, float] = {}
        for entry in self._instance.all_logs(record.dagster_run.run_id):
            event = entry.dagster_event
            if event and event.event_type == dg.DagsterEventType.RUN_START:
                steps["started"] = entry.timestamp - since
            elif event and event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
                steps[str(event.step_key)] = entry.timestamp - since
        return steps


def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise click.ClickException(f"{what} were not done within {_PATIENCE_SECONDS:g} s")
        time.sleep(_LOOK_EVERY_SECONDS)


if __name__ == "__main__":
    main()
