"""The facts of a letter: the week's conversations, whoever wrote their insights, and the letter before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.reports import last_letter as before
from astra_pipeline.reports.last_letter import LastLetter, NoLetter
from astra_pipeline.reports.rules import Talk
from astra_pipeline.reports.told import (
    NO_INTENTION,
    Intention,
    dates_of_week,
    intention_of_week,
    people_of_week,
    taken_up,
    talks_of_week,
)

MONDAY = dt.date(2026, 11, 16)


def told(day: int = 0, **output: Any) -> Talk:
    return Talk(f"c{day}", dt.datetime(2026, 11, 16 + day, 12, tzinfo=dt.UTC), output)


def test_each_conversation_keeps_its_day_where_it_took_place() -> None:
    late = Talk("c", dt.datetime(2026, 11, 16, 20, tzinfo=dt.UTC), {"topics": ["Love"]}, place="Asia/Kolkata")
    assert [one.day for one in talks_of_week([told(0), late], "UTC")] == ["Monday", "Tuesday"]


def test_words_that_fit_no_sentence_are_left_out() -> None:
    (talk,) = talks_of_week([told(questions_asked=["Why?", "a\nb", "x" * 400, 7, "<b>"], intentions="odd")], "UTC")
    assert talk.questions == ["Why?"]
    assert talk.intentions == []


def test_words_in_devanagari_are_told_in_latin_letters() -> None:
    (talk,) = talks_of_week([told(intentions=["मैं कल से रोज़ सैर करूँगी।"])], "UTC")
    assert talk.intentions[0].isascii()
    assert "roz" in talk.intentions[0]


def test_people_are_named_once_and_best_by_their_name() -> None:
    talks = [
        told(0, people=[{"name": None, "relation": "sister"}, {"name": "Dev", "relation": None}]),
        told(1, people=[{"name": "Isha", "relation": "sister"}, {"name": 7}, "odd"]),
    ]
    assert people_of_week(talks) == ["Dev", "sister Isha"]


def test_a_letter_keeps_a_relation_that_may_be_somebody_else() -> None:
    isha, neha = ({"name": name, "relation": "sister"} for name in ("Isha", "Neha"))
    assert people_of_week([told(0, people=[{"relation": "behen"}]), told(1, people=[isha])]) == ["sister Isha"]
    several = [told(0, people=[{"relation": "sister"}]), told(1, people=[isha, neha])]
    assert people_of_week(several) == ["sister", "sister Isha", "sister Neha"]


def test_what_was_asked_is_among_the_questions_and_not_among_the_events() -> None:
    asked, news = "Will I get the flat by the river", "I saw the flat by the river."
    (talk,) = talks_of_week([told(0, key_insights=[asked, news], questions_asked=[f"{asked}?"])], "UTC")
    assert (talk.events, talk.questions) == ([news], [f"{asked}?"])
    again = "About the flat, my answer"
    (talk,) = talks_of_week([told(0, key_insights=[f"{again}."], questions_asked=[again])], "UTC")
    assert talk.events == []


def test_dates_come_in_their_order_once() -> None:
    wedding = {"what": "wedding", "date": "2026-12-05", "until": None}
    found = dates_of_week(
        [told(0, dates=[wedding, {"what": "exam", "date": "2026-11-20"}]), told(1, dates=[wedding])]
    )
    assert [(one.what, one.day) for one in found] == [("exam", "Friday"), ("wedding", "Saturday")]
    assert dates_of_week([told(0, dates=[{"what": "exam", "date": "soon"}, 7])]) == []


def test_the_plan_of_the_week_is_the_last_that_says_something() -> None:
    talks = talks_of_week(
        [told(0, intentions=["I'll call my landlord."]), told(1, intentions=["I'll take it."])], "UTC"
    )
    assert intention_of_week(talks) == Intention(intention="I'll call my landlord.", day="Monday")
    assert intention_of_week(talks_of_week([told(0, intentions=["I will."])], "UTC")) == NO_INTENTION
    assert (
        intention_of_week(talks_of_week([told(0, intentions=["I'm going to kill myself tonight."])], "UTC"))
        == NO_INTENTION
    )


@pytest.mark.parametrize(
    ("plan", "words", "is_taken_up"),
    [
        ("I'll call my landlord.", "My landlord said yes.", True),
        ("I'll call my landlord.", "I'll call my sister.", False),
        ("I'm starting a pottery course.", "Pottery is harder than I thought.", True),
        ("Kal se roz walk karungi.", "Aaj maine walk ki thi.", True),
        ("I'll call my landlord tomorrow.", "I'll see her tomorrow.", False),
    ],
)
def test_a_plan_is_taken_up_by_words_about_the_same_thing(plan: str, words: str, is_taken_up: bool) -> None:
    talks = talks_of_week([told(4, incidents=[{"description": words}])], "UTC")
    assert taken_up(plan, talks) == ([Intention(intention=words, day="Friday")] if is_taken_up else [])


def test_a_letter_leaves_its_question_and_its_plan_to_the_next_one() -> None:
    plan = Intention(intention="I'll call my landlord.", day="Monday")
    kept = before.carried_over('You asked, "Why me?"\n\nThe sky is blue. Which door is open to you?', plan)
    assert kept == {"question": "Which door is open to you?", "intention": "I'll call my landlord."}
    stored = {"week_start": "2026-11-02", "asked": kept}
    letter = before.last_letter(stored, MONDAY, talks_of_week([told(0, intentions=["My landlord called."])], "UTC"))
    assert letter == LastLetter(
        weeks_ago=2,
        question="Which door is open to you?",
        last_intention="I'll call my landlord.",
        follow_ups=[Intention(intention="My landlord called.", day="Monday")],
    )


@given(
    st.none()
    | st.fixed_dictionaries({"week_start": st.just("2026-11-09"), "asked": st.none() | st.text() | st.just({})})
)
def test_a_letter_of_before_that_left_nothing_is_read_without_harm(stored: dict[str, Any] | None) -> None:
    letter = before.last_letter(stored, MONDAY, [])
    assert letter == NoLetter() or letter == LastLetter(weeks_ago=1, question="", last_intention="", follow_ups=[])
