"""Inputs of the task `weekly-report-generator`, and the letters composed of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from astra_pipeline.llm.runner import read_answer
from astra_pipeline.reports.composer import compose as compose_report
from astra_pipeline.reports.input import ReportInput
from astra_pipeline.reports.task import WeeklyReportText
from astra_pipeline_tests.composed import NAMES, clean, hinglish_levels, readers, styles

NO_PLAN = {"intention": "", "day": ""}
PLAN = {"intention": "I'll call my landlord.", "day": "Tuesday"}
HELP = {"name": "Tele MANAS", "number": "14416", "site": "", "emergency": "112"}
DIRECTORY = {"name": "Find a Helpline", "number": "", "site": "findahelpline.com", "emergency": ""}


def talk(day: str = "Tuesday", **said: Any) -> dict[str, Any]:
    """A conversation of the week."""
    empty: dict[str, Any] = {
        "topics": [],
        "tone": "calm",
        "intentions": [],
        "events": [],
        "questions": [],
        "key_insights": [],
        "follow_ups": [],
    }
    return {"day": day} | empty | said


def sky(kind: str = "lunation", **changes: Any) -> dict[str, Any]:
    """The one thing in the coming week's sky."""
    return {
        "kind": kind,
        "key": kind,
        "name": "Full Moon",
        "day": "Tuesday",
        "planet": "Moon",
        "point": "",
        "aspect": "",
        "sign": "Taurus",
        "house": 11,
        "stage": "peak",
        "detail": "",
    } | changes


def last_letter(intention: str = "", *follow_ups: dict[str, str], weeks_ago: int = 1) -> dict[str, Any]:
    """The letter before."""
    return {
        "weeks_ago": weeks_ago,
        "question": "Which door have you been walking past?",
        "last_intention": intention,
        "follow_ups": list(follow_ups),
    }


def a_week(**changes: Any) -> dict[str, Any]:
    """An input of weekly-report-generator."""
    return {
        "reader": "a1b2c3",
        "name": "Asha",
        "week_start": "2026-11-16",
        "week_end": "2026-11-22",
        "conversations": 2,
        "days": 2,
        "topics": ["Career", "Love"],
        "talks": [talk("Tuesday"), talk("Friday")],
        "people": [],
        "dates": [],
        "intention": NO_PLAN,
        "last_letter": {},
        "care": "none",
        "care_kind": "",
        "care_since": "",
        "helpline": HELP if changes.get("care") == "crisis" else {},
        "streak_days": 0,
        "total_conversations": 9,
        "milestones": [],
        "astrology_system": "vedic",
        "sky": {},
        "next_week": [],
        "communication_style": "balanced",
        "hinglish_level": 0,
        "used_phrases": {},
    } | changes


def report_of(facts: dict[str, Any]) -> str:
    answer = compose_report(ReportInput.model_validate(facts))
    read_answer(WeeklyReportText, answer, facts)
    return clean(answer["content"])


PLAIN_TOPICS = ["Career", "Love", "Family", "Money", "Travel", "UPSC exam", "Saturn", "Time management", "Visa"]
EVENTS = [{"what": "Full Moon", "day": "Tuesday"}, {"what": "Mercury turns direct", "day": "Friday"}]
SKIES: list[dict[str, Any]] = [
    {},
    sky(),
    sky("house", planet="Sun", day="", name=""),
    sky("transit", planet="Saturn", point="Moon", aspect="10th drishti", name="", house=4),
    sky("transit", planet="Jupiter", point="Venus", aspect="conjunction", name="", house=1),
    sky("return", planet="Saturn", point="Saturn", name="Saturn return", stage="begins", house=3),
    sky("sade_sati", planet="Saturn", name="Sade sati, rising phase", stage="begins", house=12),
    sky("dasha", planet="", name="Venus mahadasha", stage="begins", house=0),
    sky("eclipse", name="Partial lunar eclipse", point="Sun", house=2),
    sky("station", planet="Mercury", name="Mercury turns direct", detail="direct", point="Mercury", house=5),
    sky("festival", planet="", name="Diwali", house=0),
    # A landmark at a stage of which there is nothing to tell.
    sky("dasha", planet="", name="Venus mahadasha", stage="peak", house=0),
]

_said = st.sampled_from(
    [
        ["I'll call my landlord."],
        ["Kal se roz walk karungi."],
        ["I drew the bucket and it held."],
        ["Should I take the job in Pune?"],
        ['She said "no" and left.'],
        [],
    ]
)
_plans = st.sampled_from([NO_PLAN, PLAN, {"intention": "Kal se roz walk karungi.", "day": "Friday"}])
_talks = st.builds(
    talk,
    day=st.sampled_from(["Monday", "Thursday", "Sunday"]),
    intentions=_said,
    events=_said,
    questions=_said,
)
_dates = st.builds(
    dict,
    what=st.sampled_from(["sister's wedding", "exam", "Isha's wedding", "behen ki shaadi", "chemo"]),
    date=st.sampled_from(["2026-11-18", "2026-11-26", "2026-12-05", "2027-06-01"]),
    day=st.just("Saturday"),
    until=st.sampled_from(["", "2027-06-07"]),
)


def weeks(
    topics: list[str] = PLAIN_TOPICS, *, care: str = "none", kinds: tuple[str, ...] = ("",)
) -> st.SearchStrategy[dict[str, Any]]:
    """Inputs of weekly-report-generator for somebody with that care."""
    return st.lists(_talks, min_size=1, max_size=5).flatmap(
        lambda drawn: st.builds(
            a_week,
            reader=readers,
            name=st.sampled_from(NAMES),
            conversations=st.just(len(drawn)),
            days=st.integers(1, len(drawn)),
            topics=st.lists(st.sampled_from(topics), max_size=5, unique=True),
            talks=st.just(drawn),
            people=st.lists(
                st.sampled_from(["sister Isha", "mother", "Dev", "dost Kabir"]), max_size=3, unique=True
            ),
            dates=st.lists(_dates, max_size=2),
            intention=st.just(NO_PLAN) if care == "crisis" else _plans,
            last_letter=st.sampled_from(
                [
                    {},
                    last_letter(),
                    last_letter("I'll call my landlord."),
                    last_letter("Kal se roz walk karungi."),
                    last_letter("I'll call my landlord.", {"intention": "My landlord said yes.", "day": "Friday"}),
                ]
            ),
            care=st.just(care),
            care_kind=st.sampled_from(kinds),
            helpline=st.sampled_from([HELP, DIRECTORY]) if care == "crisis" else st.just({}),
            streak_days=st.sampled_from([0, 1, 2, 7, 120]),
            total_conversations=st.sampled_from([len(drawn), 9, 140]),
            milestones=st.sampled_from([[], ["10 Conversations"], ["3-Day Streak", "Topic Explorer"]]),
            astrology_system=st.sampled_from(["vedic", "western"]),
            sky=st.sampled_from(SKIES),
            next_week=st.sampled_from([[], EVENTS]),
            communication_style=styles,
            hinglish_level=hinglish_levels,
        )
    )
