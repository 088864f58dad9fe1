"""Portraits: by one call and by several."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.conversations.extraction import extract
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.portrait import Portrait, together


def profile(*turns: str) -> str | None:
    transcript = "\n".join(f"user: {turn}" for turn in turns)
    given = TranscriptInput(
        conversation_id="conv_1",
        ended_at="2026-11-24T00:00:00+00:00",
        local_date="2026-11-24",
        transcript=transcript,
        user_name="",
        known_topics=["Career"],
    )
    return extract(given)["profile_summary"]


def test_it_says_who_somebody_is_and_not_what_was_talked_about() -> None:
    said = profile(
        "I'm a nurse and I live in Pune.",
        "My sister Isha plays chess. My boss is strict.",
        "I play the guitar, and my thesis is late.",
    )
    assert said == (
        "Is a nurse. Lives in Pune. People in their life: sister Isha. Makes time for the chess and the guitar. "
        "Is busy with their thesis."
    )
    assert profile("Is Saturn in my chart? I worry about my career.") is None


def test_the_dead_are_not_named_as_if_they_lived() -> None:
    said = profile("My dad died on Sunday.", "My sister came.")
    assert said == "People in their life: sister."


def test_portraits_of_several_calls_are_put_together() -> None:
    texts = ["Is a nurse. People in their life: sister.", None, "Lives in Pune. People in their life: sister Isha."]
    assert together(texts) == "Is a nurse. Lives in Pune. People in their life: sister Isha."
    assert together([texts[0], "Is a teacher."]) == "Is a teacher. People in their life: sister."


def test_what_a_model_wrote_last_stands_alone() -> None:
    assert together(["Is a nurse.", "A nurse who sings."]) == "A nurse who sings."
    assert together(["A nurse who sings.", "Lives in Pune."]) == "Lives in Pune."
    assert together([None, ""]) is None


_words = st.sampled_from(["the guitar", "their thesis", "the trip to Japan", "the walks"])


@given(
    st.builds(
        Portrait,
        work=st.sampled_from(["", "a nurse", "an analyst"]),
        home=st.sampled_from(["", "Pune", "New York"]),
        people=st.lists(st.sampled_from(["sister", "little brother", "son Tavita"]), unique=True).map(tuple),
        loves=st.lists(_words, max_size=4, unique=True).map(tuple),
        busy=st.lists(_words, max_size=3, unique=True).map(tuple),
    )
)
def test_a_portrait_is_read_as_it_was_written(portrait: Portrait) -> None:
    text = portrait.text
    assert (Portrait.read(text) if text else Portrait()) == portrait
    assert together([text, text]) == text
