"""A plan told back to whoever made it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.language.second_person import plan_of


@pytest.mark.parametrize(
    ("words", "plan"),
    [
        ("I'll call my landlord on Monday.", "call your landlord on Monday"),
        ("So, I'm going to ask Sina about the stall tomorrow, because I need money.", "ask Sina about the stall"),
        ("I've decided to learn Rust.", "learn Rust"),
        ("I'm starting a pottery course next week!", "start a pottery course"),
        ("I need to tell him that I'm leaving.", "tell him that you're leaving"),
        (
            "I'll ask my phuphi about the birth time, she remembers everything.",
            "ask your phuphi about the birth time",
        ),
        ("I'll make myself a list.", "make yourself a list"),
        ("I will.", None),
        ("I'll take it.", None),
        ("I'll plan it with the minutes.", None),
        ("But I think I'll say yes.", None),
        ("Kal se roz walk karungi.", None),
        ('I\'ll say "no" to her.', None),
    ],
)
def test_a_plan_is_told_back_or_left_alone(words: str, plan: str | None) -> None:
    assert plan_of(words) == plan


@given(st.text(max_size=80), st.sampled_from(["I'll ", "I'm going to ", "I want to ", ""]))
def test_no_i_and_no_my_is_left_in_a_plan(words: str, beginning: str) -> None:
    plan = plan_of(beginning + words)
    assert plan is None or not {"i", "i'm", "my", "me", "myself"} & set(plan.lower().split())
