"""The verdicts of judges on the texts of a batch, counted item by item for the run's report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass
class Verdicts:
    """The figures of a batch's judges."""

    calls: Counter[str] = field(default_factory=Counter)
    """Item -> the judges' executions, which the runner counts among all of the item's."""
    read: Counter[str] = field(default_factory=Counter)
    """Item -> texts that were read to the end."""
    refused: Counter[str] = field(default_factory=Counter)
    """Item -> those of them that were refused."""
    composed: set[str] = field(default_factory=set)
    """Items whose text is the offline composer's, because no other one was accepted."""
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(item, kind) -> sentences that were refused for that reason."""

    def figures(self, items: Collection[str] | None = None) -> dict[str, int]:
        """{judge_calls, judged, judge_refused, composed} of some of the items, or of all.

        Empty where nothing was judged.
        """
        figures = {
            "judge_calls": _sum(self.calls, items),
            "judged": _sum(self.read, items),
            "judge_refused": _sum(self.refused, items),
            "composed": len(self.composed if items is None else self.composed & set(items)),
        }
        return figures if any(figures.values()) else {}

    def kinds(self, items: Collection[str] | None = None) -> dict[str, int]:
        """Kind -> the number of sentences that were refused for it, the most frequent first."""
        counts: Counter[str] = Counter()
        for (item, kind), count in self.found.items():
            if items is None or item in items:
                counts[kind] += count
        return dict(counts.most_common())


def _sum(counts: Counter[str], items: Collection[str] | None) -> int:
    return counts.total() if items is None else sum(counts[item] for item in items)
