"""A runner held against labelled sets: what it answered, beside what is right, and what that cost."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from astra_pipeline.conversations.task import TASK as EXTRACTION
from astra_pipeline.errors import ItemError
from astra_pipeline.evaluation.births import outcome_of, stored_birth
from astra_pipeline.evaluation.sets import ACCEPT, Case
from astra_pipeline.judge.input import JudgeInput
from astra_pipeline.judge.task import TASK as JUDGE
from astra_pipeline.llm.runner import Pending, TaskRunner, run_task, workers
from astra_pipeline.llm.usage import Usage

FAILED = "failed"
"""The answer of a case that the runner could not do."""
REFUSE = "refuse"


@dataclass(frozen=True)
class Answered:
    """A case, what the runner answered, and whether that is right."""

    case: Case
    answer: str
    is_right: bool
    by_system: str | None = None
    """Of care: the level that is kept after the word rules were heard as well; None for other sets and failures."""


@dataclass(frozen=True)
class Score:
    """A set's answers."""

    name: str
    answers: Sequence[Answered] = ()

    @property
    def columns(self) -> list[str]:
        """The answers that there were, in the order of their first appearance; failures last."""
        found = list(dict.fromkeys(one.answer for one in self.answers))
        return sorted(found, key=lambda answer: (answer == FAILED, found.index(answer)))

    @property
    def table(self) -> dict[str, Counter[str]]:
        """Label -> answer -> the number of cases."""
        rows: dict[str, Counter[str]] = {}
        for one in self.answers:
            rows.setdefault(one.case.label, Counter())[one.answer] += 1
        return rows

    @property
    def right(self) -> int:
        """The number of right answers."""
        return sum(one.is_right for one in self.answers)

    @property
    def right_with_rules(self) -> int | None:
        """The number of right answers of the model and the word rules together; None where they are not heard."""
        if all(one.by_system is None for one in self.answers):
            return None
        return sum(one.by_system == one.case.label for one in self.answers)


@dataclass
class Cost:
    """The executions of an evaluation, their tokens, and US dollars where prices are known."""

    calls: int = 0
    usage: Usage | None = None


class NoLedger:
    """A ledger for questions that nobody takes over."""

    async def pending(self, item: str, task_id: str, /) -> Pending | None:
        """Nothing was asked for before."""

    async def intend(self, item: str, task_id: str, request: str, /) -> None:
        """Nothing is noted."""

    async def note(self, item: str, task_id: str, execution_id: str, /) -> None:
        """Nothing is noted."""

    async def keep(self, item: str, task_id: str, request: str, digest: str, answer: str, /) -> None:
        """Nothing is kept."""

    async def forget(self, item: str, task_id: str, /) -> None:
        """There is nothing to drop."""


@dataclass
class Evaluation:
    """Questions to one runner, as many at once as the settings allow."""

    runner: TaskRunner
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(workers()))

    async def score(self, name: str, cases: Sequence[Case]) -> Score:
        """Ask the runner all cases of a set. Raises CredentialsRejected, BudgetSpent."""
        try:
            async with asyncio.TaskGroup() as asking:
                asked = [asking.create_task(self._ask(name, case)) for case in cases]
        except BaseExceptionGroup as group:
            # One cause ends all of them, such as a key that is refused.
            raise group.exceptions[0] from None
        return Score(name, [one.result() for one in asked])

    def cost(self) -> Cost:
        """The cost of the questions asked so far."""
        used = list(self.runner.usage.values())
        return Cost(self.runner.calls.total(), sum(used, Usage()) if used else None)

    async def _ask(self, name: str, case: Case) -> Answered:
        async with self._places:
            try:
                answer, by_system = await self._answer(name, case)
            except ItemError:
                return Answered(case, FAILED, False)
        return Answered(case, answer, _is_right(name, case, answer), by_system)

    async def _answer(self, name: str, case: Case) -> tuple[str, str | None]:
        """The runner's own answer, and of care the level that the product keeps."""
        item = f"eval-{name}-{case.id}"
        if isinstance(case.given, JudgeInput):
            verdict = await run_task(self.runner, JUDGE, case.given, item=item, ledger=NoLedger())
            return (REFUSE if verdict.findings else ACCEPT), None
        insights = await run_task(self.runner, EXTRACTION, case.given, item=item, ledger=NoLedger())
        if case.want is not None:
            ended_at = dt.datetime.fromisoformat(case.given.ended_at)
            birth = stored_birth(insights, conversation_id=case.given.conversation_id, ended_at=ended_at)
            return outcome_of(birth, case.want), None
        return insights.answered.care, insights.care.level


def _is_right(name: str, case: Case, answer: str) -> bool:
    match name:
        case "texts":
            return (answer == ACCEPT) == (case.label == ACCEPT)
        case "births":
            return answer == "right"
        case _:
            return answer == case.label
