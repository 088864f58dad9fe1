"""The judge at work: no text of an LLM is stored that was not read, and none that was refused.

A refused text is asked for again with the judge's reasons, within ASTRA_ANSWER_ATTEMPTS. After the last refusal,
and where no judge gives a usable verdict or the writer declines, the offline composer's text takes its place.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal

from astra_pipeline.batches.work import Work
from astra_pipeline.errors import BadAnswer, BadDocument, ItemError
from astra_pipeline.judge.input import JudgeInput, unnumbered
from astra_pipeline.judge.kinds import WORDS
from astra_pipeline.judge.task import TASK as JUDGE
from astra_pipeline.judge.task import Finding, Verdict
from astra_pipeline.language.care import Level
from astra_pipeline.llm.model_errors import Declined
from astra_pipeline.llm.runner import Ledger, Pending, read_answer, run_task
from astra_pipeline.llm.task import A, I, Task
from astra_pipeline.settings import settings

_QUOTED = 200
_TOLD = 8
_HASHED = 2.0**64

Outcome = Literal["accepted", "refused", "unread"]


class Refused(BadAnswer):
    """A judge refused a text; the message has the kinds and none of the words."""

    def __init__(self, message: str, feedback: str) -> None:
        super().__init__(message)
        self.feedback = feedback


class Unread(ItemError):
    """No judge gave a usable verdict on a text."""


@dataclass(frozen=True)
class Judged(Generic[A]):
    """An answer as it is to be stored, and what a judge said of it."""

    answer: A
    outcome: Outcome | None = None
    """None: nobody judged it."""
    because: str = ""
    """The kinds of what was refused last; empty for an answer that was accepted."""

    @property
    def marks(self) -> dict[str, Any]:
        """The fields of a stored document that say so: `judged`, and of a composer's text `by` and
        `composed_because`. Empty for what nobody judged."""
        if self.outcome is None:
            return {}
        by = {} if self.outcome == "accepted" else {"by": "composer", "composed_because": self.because}
        return {"judged": self.outcome, **by}


def _as_it_is(answer: A, raw: Any, verdict: Verdict) -> tuple[A, Sequence[Finding]]:
    return answer, verdict.findings


@dataclass(frozen=True)
class Reading(Generic[A]):
    """The part of a task's answers that a judge reads, and what takes its place when it is refused.

    `of` gives a judge's input for an answer; None when it has nothing to read. `taken` gives the answer after the
    verdict, and those of its findings that concern it; the raw answer is what it was read from. `composed` gives
    the composer's answer in place of the last one that was not accepted.
    """

    of: Callable[[A], JudgeInput | None]
    composed: Callable[[A], A]
    taken: Callable[[A, Any, Verdict], tuple[A, Sequence[Finding]]] = _as_it_is


def is_judged(item: str, care: Level) -> bool:
    """Whether the item's texts are judged: the same share of the items, and the same ones, in every run.

    Where anything is judged at all, every text for a person in a crisis is.
    """
    if (share := settings().judged_share) > 0 and care == "crisis":
        return True
    drawn = int.from_bytes(hashlib.sha256(item.encode()).digest()[:8], "big") / _HASHED
    # The largest numbers are 1.0 when they are divided.
    return share >= 1 or drawn < share


def composed_answer(task: Task[I, A], task_input: I) -> A:
    """The answer of the task's rules. Raises BadAnswer when it breaks the contract itself."""
    return read_answer(task.output_model, task.offline(task_input), task_input.model_dump())


async def run_judged(
    work: Work, task: Task[I, A], task_input: I, reading: Reading[A], *, item: str, ledger: Ledger
) -> Judged[A]:
    """The task's answer, read by a judge where the item is one of those that are.

    Where the writer's provider declines, such as by its content filter, the rules answer: who speaks of the worst
    is not left without care. Raises what else `run_task` raises, also what keeps the judge from being asked (an
    outage, rejected credentials, spent money): then nothing is stored, and what was paid for is collected by the
    next attempt.
    """
    reviewer = _Reviewer(work, reading, item, ledger)
    review = reviewer.review if settings().judged_share > 0 else None
    try:
        answer = await run_task(work.llm, task, task_input, item=item, ledger=ledger, review=review)
    except (BadAnswer, Unread, Declined) as refusal:
        last, because = reviewer.last, reviewer.because
        if last is None and not isinstance(refusal, Declined):
            raise  # no answer kept its contract: there was nothing to judge
        outcome: Outcome = "refused" if last is not None and not isinstance(refusal, Unread) else "unread"
        if last is None:
            last, because = composed_answer(task, task_input), "the writer declined"
        work.verdicts.composed.add(item)
        return Judged(reading.composed(last), outcome, because)
    return Judged(answer, "accepted" if reviewer.has_read else None)


class _Reviewer(Generic[A]):
    """The judge of one item's answers, one after another."""

    def __init__(self, work: Work, reading: Reading[A], item: str, ledger: Ledger) -> None:
        self._work, self._reading, self._item, self._ledger = work, reading, item, ledger
        self.last: A | None = None
        self.because = ""
        self.has_read = False

    async def review(self, answer: A, raw: Any) -> A:
        """The answer, when it is accepted. Raises Refused, Unread."""
        given = self._reading.of(answer)
        # What a judge refused once is read to the end, also when the next answer hears no crisis.
        if given is None or not (self.has_read or is_judged(self._item, given.care)):
            return answer
        try:
            verdict = await self._verdict(given)
        except Unread:
            self.last, self.because = answer, "no judge gave a usable verdict"
            raise
        verdicts, self.has_read = self._work.verdicts, True
        verdicts.read[self._item] += 1
        answer, findings = self._reading.taken(answer, raw, verdict)
        if not findings:
            return answer
        verdicts.refused[self._item] += 1
        verdicts.found.update((self._item, finding.kind) for finding in findings)
        self.last, self.because = answer, _kinds(findings)
        raise Refused(f"the judge refused the text: {self.because}", _feedback(findings, given))

    async def _verdict(self, given: JudgeInput) -> Verdict:
        calls, before = self._work.llm.calls, self._work.llm.calls[self._item]
        ledger = _OfText(self._ledger, JUDGE.digest(given))
        try:
            return await run_task(self._work.llm, JUDGE, given, item=self._item, ledger=ledger)
        except ItemError as error:
            # A request that is refused as such would be so for every text: the operator is told.
            if error.outage or isinstance(error, BadDocument):
                raise
            # Unusable answers, a filter, a text too long for the model: what nobody could read is not shown.
            raise Unread(f"the judge: {error}") from None
        finally:
            self._work.verdicts.calls[self._item] += calls[self._item] - before


class _OfText:
    """The ledger of a judge's executions. Each is noted under the text it is of, so that a run that takes the item
    over collects no verdict on another text."""

    def __init__(self, ledger: Ledger, digest: str) -> None:
        self._ledger, self._digest = ledger, digest[:16]

    async def pending(self, item: str, task_id: str, /) -> Pending | None:
        """As Ledger has it."""
        return await self._ledger.pending(item, self._key(task_id))

    async def intend(self, item: str, task_id: str, request: str, /) -> None:
        """As Ledger has it."""
        await self._ledger.intend(item, self._key(task_id), request)

    async def note(self, item: str, task_id: str, execution_id: str, /) -> None:
        """As Ledger has it."""
        await self._ledger.note(item, self._key(task_id), execution_id)

    async def keep(self, item: str, task_id: str, request: str, digest: str, answer: str, /) -> None:
        """As Ledger has it."""
        await self._ledger.keep(item, self._key(task_id), request, digest, answer)

    async def forget(self, item: str, task_id: str, /) -> None:
        """As Ledger has it."""
        await self._ledger.forget(item, self._key(task_id))

    def _key(self, task_id: str) -> str:
        return f"{task_id}-{self._digest}"


def _kinds(findings: Sequence[Finding]) -> str:
    """The kinds of findings, the most frequent first: "promise, claim"."""
    return ", ".join(kind for kind, _ in Counter(finding.kind for finding in findings).most_common())


def _feedback(findings: Sequence[Finding], given: JudgeInput) -> str:
    """The findings in words for the next attempt. They stand in a fence there, as whatever a person said."""
    written = unnumbered(given.sentences)
    told = [f"{WORDS[finding.kind]}: {written[finding.sentence - 1][:_QUOTED]}" for finding in findings[:_TOLD]]
    return "a reader refused these sentences, write the whole answer anew without them: " + " | ".join(told)
