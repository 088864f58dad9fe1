"""The first words of the next call: of this call and no other, in the caller's language, safe on a loudspeaker."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.conversations.extraction import extract
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.opening import is_fit_for_bystanders
from astra_pipeline.conversations.opening.compose import book
from astra_pipeline.conversations.opening.subjects import all_subjects
from astra_pipeline.conversations.task import TranscriptInsights
from astra_pipeline.language import hinglish
from astra_pipeline.language.composing import filled
from astra_pipeline.llm.runner import read_answer


def context(*turns: str, conversation: str = "conv_1") -> dict[str, Any]:
    return {
        "conversation_id": conversation,
        "ended_at": "2026-11-24T00:00:00+00:00",
        "local_date": "2026-11-24",
        "transcript": "\n".join(f"user: {turn}" for turn in turns),
        "user_name": "Asha",
        "known_topics": [],
    }


def opening(*turns: str, conversation: str = "conv_1") -> str:
    found = extract(TranscriptInput.model_validate(context(*turns, conversation=conversation)))["first_message"]
    assert found is not None
    return found


def of_a_model(first_message: str | None, *turns: str, **answer: Any) -> str | None:
    given = {"summary": "A call.", "topics": [], "emotional_tone": "calm", "first_message": first_message} | answer
    return read_answer(TranscriptInsights, given, context(*turns)).first_message


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("I've been practising the guitar all week.", "guitar"),
        ("My thesis is due and I only have three chapters.", "thesis"),
        ("We fly to Japan in April. A trip of two weeks!", "Japan"),
        ("My exam is on Friday.", "27 November"),
        ("Remind me next time about the violin.", "violin"),
        ("What does my rising sign say?", "rising sign"),
        ("Aaj guitar ki practice hui, bahut accha laga mujhe.", "uitar"),
        ("आज मैंने गिटार बजाया और बहुत अच्छा लगा।", "uitar"),
    ],
)
def test_it_takes_up_what_was_said(words: str, subject: str) -> None:
    assert subject in opening(words)


def test_two_calls_are_greeted_differently() -> None:
    assert "guitar" in opening("I play the guitar.", "My balcony is full of tomatoes.")
    assert "balcony" in opening("My balcony is nice.")
    assert opening("I play the guitar.") != opening("I play the violin.")


@pytest.mark.parametrize(
    ("words", "is_hindi"),
    [
        ("I play the guitar every evening.", False),
        ("Yaar guitar ka practice nahi ho raha hai, office mein bahut kaam hai.", True),
        ("Mujhe guitar bajana bahut accha lagta hai aur main roz subah seekhti hoon.", True),
        ("मुझे गिटार बजाना बहुत अच्छा लगता है।", True),
        ("I like the guitar. And thoda Hinglish mein baat karo next time.", True),
    ],
)
def test_it_is_in_the_callers_language(words: str, is_hindi: bool) -> None:
    assert bool(hinglish.spoken_in(opening(words)) - {"namaste"}) == is_hindi


def test_somebody_who_says_aap_is_called_aap() -> None:
    said = "Aap bataiye, mera guitar ka kya hoga, main roz bajata hoon."
    for number in range(6):
        words = opening(said, conversation=f"conv_{number}").lower().split()
        assert not {"tum", "tumne", "tumhara", "batao", "suno"} & {word.strip(",.!?") for word in words}


@pytest.mark.parametrize(
    "turns",
    [
        ("My husband hit me again last night.", "I was playing the guitar."),
        ("I want to end it all.", "My thesis is due."),
        ("Mujhe ab jeena nahi hai.", "Exam kal hai."),
    ],
)
def test_after_a_crisis_it_asks_nothing_but_how_they_are(turns: tuple[str, ...]) -> None:
    said = opening(*turns)
    assert not any(word in said.lower() for word in ("guitar", "thesis", "exam", "husband"))
    assert said.count("?") == 1


def test_after_a_loss_it_offers_what_gives_joy_and_nothing_of_the_loss() -> None:
    said = opening(
        "My father died on Sunday.", "He taught me the violin.", "So.", "I paint.", "I love my painting."
    )
    assert "violin" not in said
    assert "guitar" in opening("Chemo is on Thursdays.", "Well.", "I play the guitar to calm down.")


@pytest.mark.parametrize(
    "words",
    [
        "I'm pregnant and nobody knows yet.",
        "The loan is eating my salary.",
        "I kissed Rhea and my boyfriend Sam does not know.",
        "I'm going to quit and join Acme.",
        "My biopsy is on Friday.",
        "The court hearing is on Friday.",
        "I lied to my mother in Pune.",
    ],
)
def test_what_is_private_is_never_taken_up(words: str) -> None:
    said = opening(words)
    assert is_fit_for_bystanders(said)
    assert not any(word in said for word in ("Friday", "27 November", "Rhea", "Sam", "Acme", "Pune"))


@pytest.mark.parametrize(
    "first_message",
    [
        "Hi [USERNAME], how is the pregnancy going?",
        "Hi [USERNAME], has the loan been paid?",
        "Hi [USERNAME], did he hit you again?",
        "Hi [USERNAME], how was your chemo?",
        "Hi [USERNAME], how are things with your boyfriend?",
        "Hi [USERNAME], did you hear back about the new job offer?",
        "Hi Asha, how is the guitar?",
        "Hi [USERNAME], guitar ka kya haal hai, time mila?",
    ],
)
def test_what_a_model_may_not_say_aloud_gives_way_to_the_rules_own(first_message: str) -> None:
    said = of_a_model(first_message, "I play the guitar.")
    assert said is not None
    assert said != first_message
    assert "guitar" in said
    assert is_fit_for_bystanders(said)


def test_what_a_model_says_well_stays() -> None:
    said = "Hi [USERNAME]. Did the F chord finally ring?"
    assert of_a_model(said, "I play the guitar.") == said
    assert of_a_model(None, "I play the guitar.") is None
    tender = of_a_model("Hi [USERNAME], how is Dev?", "My father died.", people=[{"name": "Dev", "relation": None}])
    assert tender is not None


def test_every_phrase_is_fit_for_bystanders_with_every_subject() -> None:
    subjects = all_subjects()
    for path, pool in book().pools().items():
        for phrase, subject in product(pool, subjects if "{a}" in pool[0].text.lower() else subjects[:1]):
            name = subject.english if path[0] == "opening" else subject.hinglish
            text = filled(phrase.text, {"a": name, "b": name, "day": "27 November"})
            assert is_fit_for_bystanders(text), text


@given(
    st.lists(st.sampled_from([*(one.english for one in all_subjects()), "my loan", "he hit me", "maa"]), max_size=5)
)
def test_whatever_is_said_the_opening_is_fit_and_always_the_same(said: list[str]) -> None:
    turns = [f"I was thinking of {one}." for one in said]
    found = [extract(TranscriptInput.model_validate(context(*turns)))["first_message"] for _ in range(2)]
    assert found[0] == found[1]
    assert found[0] is None or (is_fit_for_bystanders(found[0]) and "[USERNAME]" in found[0])
