"""The insights of a review's made-up callers, by the offline rules."""

from __future__ import annotations

import datetime as dt

import pytest

from astra_pipeline.conversations.extraction import extract
from astra_pipeline.conversations.input import TranscriptInput

DAY = dt.date(2026, 11, 10)


def heard(*said: str) -> dict:
    """The offline insights of a call on a Tuesday."""
    return dict(
        extract(
            TranscriptInput(
                conversation_id="c",
                ended_at=f"{DAY}T19:00:00+00:00",
                local_date=DAY.isoformat(),
                transcript="\n".join(f"user: {one}" for one in said),
                user_name="",
                known_topics=[],
            )
        )
    )


def test_papers_of_a_divorce_are_no_exam() -> None:
    assert "exam" not in (heard("Ghar mein talaq ke papers aa gaye.")["profile_summary"] or "")
    assert "exam" in (heard("Mera maths paper kal hai.")["profile_summary"] or "")


def test_what_somebody_else_asks_is_no_plan_of_the_caller() -> None:
    assert heard("My mother asks when I will come home.")["intentions"] == []
    assert heard("I will come home in May.")["intentions"] == ["I will come home in May."]


def test_moving_in_with_somebody_is_no_moving_day() -> None:
    assert "move" not in (heard("Should I ask him to move in?")["first_message"] or "")


@pytest.mark.parametrize(
    ("said", "what", "date"),
    [
        ("My half marathon is on 21 November.", "half marathon", "2026-11-21"),
        ("Court ki date 30 November hai.", "court ki date", "2026-11-30"),
        ("GMAT 18 November ko hai.", "GMAT", "2026-11-18"),
        ("Meri poti Swara ka naamkaran 20 November ko hai.", "naamkaran", "2026-11-20"),
    ],
)
def test_a_date_has_the_name_of_its_event(said: str, what: str, date: str) -> None:
    assert [(one["what"], one["date"]) for one in heard(said)["dates"]] == [(what, date)]


@pytest.mark.parametrize(
    ("said", "subject"),
    [
        ("I played three chords for my coworker.", "guitar"),
        ("Zosia and I baked a crooked cake.", "baking"),
        ("I adopted a one-eyed cat called Mandu.", "cat"),
        ("Main MBA ki taiyari kar rahi hoon.", "MBA"),
        ("I'll revise chemistry on Saturdays.", "revision"),
        ("Main subah walk pe jaungi roz.", "walk"),
    ],
)
def test_a_first_message_takes_up_what_was_told(said: str, subject: str) -> None:
    assert subject.casefold() in heard(said)["first_message"].casefold()


@pytest.mark.parametrize(
    ("said", "work"), [("I am a welder.", "a welder"), ("I'm a barber in Kumasi.", "a barber")]
)
def test_a_portrait_knows_the_trade(said: str, work: str) -> None:
    assert f"Is {work}." in heard(said)["profile_summary"]
