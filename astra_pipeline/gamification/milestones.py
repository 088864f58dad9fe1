"""The table of milestones that people can unlock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Metric = Literal["total_conversations", "best_streak", "chart_completion_percent", "topics_explored"]


@dataclass(frozen=True)
class Milestone:
    """A milestone, unlocked for good once `metric` (a number, or the length of a list) reaches `threshold`."""

    id: str
    title: str
    emoji: str
    metric: Metric
    threshold: int

    @property
    def label(self) -> str:
        """The milestone as the old API told of it: "🗺️ Topic Explorer (5+ topics)"."""
        topics = f" ({self.threshold}+ topics)" if self.metric == "topics_explored" else ""
        return f"{self.emoji} {self.title}{topics}"


MILESTONES = (
    Milestone("first_conversation", "First Conversation", "🎯", "total_conversations", 1),
    Milestone("streak_3", "3-Day Streak", "🔥", "best_streak", 3),
    Milestone("streak_7", "7-Day Streak", "🔥", "best_streak", 7),
    Milestone("conversations_10", "10 Conversations", "⭐", "total_conversations", 10),
    Milestone("conversations_25", "25 Conversations", "🌟", "total_conversations", 25),
    Milestone("conversations_50", "50 Conversations", "🚀", "total_conversations", 50),
    Milestone("conversations_100", "100 Conversations", "🏆", "total_conversations", 100),
    Milestone("full_chart", "Full Chart Completion", "📊", "chart_completion_percent", 100),
    Milestone("topic_explorer", "Topic Explorer", "🗺️", "topics_explored", 5),
)


def labels_of(milestone_ids: Iterable[str]) -> list[str]:
    """The labels of the milestones of the table that have these ids, in their order."""
    table = {milestone.id: milestone for milestone in MILESTONES}
    return [table[one].label for one in milestone_ids if one in table]
