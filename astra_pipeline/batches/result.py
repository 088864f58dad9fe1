"""The outcome of a batch: one result type for every asset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from astra_pipeline.batches.cohort_dates import CohortDate


@dataclass(frozen=True)
class Failure:
    """One item that failed in this run, as the operator sees it."""

    item: str
    error: str
    message: str
    attempt: int
    parked: bool
    outage: bool


@dataclass
class BatchResult:
    """Item ids by outcome. An item is a conversation, a person, or a person's text of one date."""

    done: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    """The stored state says the same already."""
    waiting: dict[str, str] = field(default_factory=dict)
    """Item -> why it is not ready. It is looked at again later."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Item -> why it is left alone: leased by another run, retry not due, parked."""
    failed: list[Failure] = field(default_factory=list)
    rejected: str | None = None
    """The reason, when a service refused our credentials and the batch stopped."""
    spent: str | None = None
    """The reason, when the hour's LLM executions for runs over the past were used up. The rest was skipped."""
    cohort_dates: dict[str, CohortDate] = field(default_factory=dict)
    """Item -> the cell of the grid it belongs to, for texts."""

    def add(self, other: BatchResult) -> None:
        """Take in the items of another result."""
        self.done += other.done
        self.unchanged += other.unchanged
        self.waiting |= other.waiting
        self.skipped |= other.skipped
        self.failed += other.failed
        self.rejected = self.rejected or other.rejected
        self.spent = self.spent or other.spent
        self.cohort_dates |= other.cohort_dates

    def of(self, items: Collection[str]) -> BatchResult:
        """The outcome of some of the items."""
        return BatchResult(
            done=[item for item in self.done if item in items],
            unchanged=[item for item in self.unchanged if item in items],
            waiting={item: reason for item, reason in self.waiting.items() if item in items},
            skipped={item: reason for item, reason in self.skipped.items() if item in items},
            failed=[failure for failure in self.failed if failure.item in items],
        )

    @property
    def attempted(self) -> int:
        return len(self.done) + len(self.unchanged) + len(self.failed)

    def skip_reasons(self) -> dict[str, int]:
        """Reason -> number of items, the most frequent first."""
        return dict(Counter(self.skipped.values()).most_common())

    def nothing_could_be_done(self) -> str | None:
        """The reason for which the run must fail, or None.

        A run fails when credentials were rejected, and when every item failed. A single item that failed by
        a fault of its own (404, unusable answer) is the item's trouble and not the run's.
        """
        if self.rejected:
            return self.rejected
        if not self.failed or self.done or self.unchanged:
            return None
        if len(self.failed) == 1 and not self.failed[0].outage:
            return None
        causes = Counter(f"{failure.error}: {failure.message}" for failure in self.failed)
        cause, _ = causes.most_common(1)[0]
        return f"all {len(self.failed)} items failed, most often with {cause}"
