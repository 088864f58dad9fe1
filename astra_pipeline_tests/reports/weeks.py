"""Inputs of the task `weekly-report-generator`, and the letters composed of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from astra_pipeline.llm.runner import read_answer
from astra_pipeline.reports.composer import compose as compose_report
from astra_pipeline.reports.input import ReportInput
from astra_pipeline.reports.task import WeeklyReportText
from astra_pipeline_tests.composed import NAMES, clean, hinglish_levels, readers, styles


def a_week(**changes: Any) -> dict[str, Any]:
    """An input of weekly-report-generator."""
    return {
        "reader": "a1b2c3",
        "name": "Asha",
        "week_start": "2026-11-16",
        "week_end": "2026-11-22",
        "conversations": 3,
        "days": 2,
        "topics": ["Career", "Love"],
        "tones": ["anxious", "hopeful"],
        "key_insights": [],
        "questions": [],
        "follow_ups": [],
        "incidents": [],
        "care": "none",
        "streak_days": 0,
        "total_conversations": 9,
        "milestones": [],
        "next_week": [],
        "communication_style": "balanced",
        "hinglish_level": 0,
    } | changes


def report_of(facts: dict[str, Any]) -> str:
    answer = compose_report(ReportInput.model_validate(facts))
    read_answer(WeeklyReportText, answer, facts)
    return clean(answer["content"])


PLAIN_TOPICS = ["Career", "Love", "Family", "Money", "Travel", "UPSC exam", "Saturn", "Time management", "शादी"]
LIGHT_TONES = ["joyful", "Calm", "neutral", "mixed", "curiosity", "hope", "anxious", "angry"]
SKY = [{"what": "Full Moon", "day": "Tuesday"}, {"what": "Mercury turns direct", "day": "Friday"}]


def weeks(topics: list[str], tones: list[str], *, at_least: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """Inputs of weekly-report-generator with as many tones as conversations."""
    return st.lists(st.sampled_from(tones), min_size=1, max_size=6).flatmap(
        lambda drawn: st.builds(
            a_week,
            reader=readers,
            name=st.sampled_from(NAMES),
            conversations=st.just(len(drawn)),
            days=st.integers(1, len(drawn)),
            topics=st.lists(st.sampled_from(topics), min_size=at_least, max_size=5, unique=True),
            tones=st.just(drawn),
            questions=st.sampled_from(
                [[], ["Should I take the job in Pune?"], ["Kya main Delhi shift karun?"], ["No mark"], ["Okay?"]]
            ),
            incidents=st.sampled_from([[], ["Job offer"], ["Trip to Lisbon"]]),
            streak_days=st.sampled_from([0, 1, 2, 7, 120]),
            total_conversations=st.sampled_from([len(drawn), 9, 140]),
            milestones=st.sampled_from([[], ["10 Conversations"], ["3-Day Streak", "Topic Explorer"]]),
            next_week=st.sampled_from([[], SKY]),
            communication_style=styles,
            hinglish_level=hinglish_levels,
        )
    )
