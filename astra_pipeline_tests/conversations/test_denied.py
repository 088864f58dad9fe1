"""Negation, possessives and near misses in what the offline rules take up (K10), in English, Hindi and Hinglish."""

from __future__ import annotations

from typing import Any

import pytest

from astra_pipeline_tests.conversations.test_extraction import answer_to


def preference(words: str, field: str) -> Any:
    return answer_to(words)["preferences"][field]


@pytest.mark.parametrize(
    ("words", "style"),
    [
        ("Don't be so formal with me.", None),
        ("Please don't be casual, be formal.", "formal"),
        ("Itna formal mat bolo, casual baat karo.", "casual"),
        ("You can stop being so formal", None),
        ("talk to me in a less formal way", None),
        ("I never said you should be casual.", None),
        ("Casual nahi, thoda formal baat kijiye.", "formal"),
        ("Speak casually please.", "casual"),
        ("dont be formal just be casual", "casual"),
        ("Be casual instead of formal.", "casual"),
        ("इतना औपचारिक मत बोलो।", None),
        ("मुझसे कैजुअल बात करो।", "casual"),
        ("फॉर्मल नहीं, कैजुअल बात करो।", "casual"),
    ],
)
def test_a_style_that_is_not_wanted_is_not_taken(words: str, style: str | None) -> None:
    assert preference(words, "communication_style") == style


@pytest.mark.parametrize(
    ("words", "system"),
    [
        ("I don't like western astrology, please use Vedic.", "vedic"),
        ("I don't follow Vedic, I prefer Western.", "western"),
        ("I don't want to talk about vedic astrology, I follow western.", "western"),
        ("Don't use Western please, only Vedic.", "vedic"),
        ("I prefer Western over Vedic.", "western"),
        ("I follow both Vedic and Western.", "both"),
        ("Please use Vedic instead of Western.", "vedic"),
        ("I don't believe in Vedic or Western.", None),
        ("My mother follows Vedic, I follow Western.", "western"),
        ("Western nahi, Vedic use karo please.", "vedic"),
        ("Main vedic nahi maanta, western maanta hoon.", "western"),
        ("Western ki jagah Vedic chahiye mujhe.", "vedic"),
        ("मुझे वेस्टर्न नहीं, वैदिक चाहिए।", "vedic"),
        ("मैं वैदिक मानता हूँ।", "vedic"),
    ],
)
def test_a_system_that_is_not_followed_is_not_taken(words: str, system: str | None) -> None:
    assert preference(words, "astrology_system") == system


@pytest.mark.parametrize(
    ("words", "tone"),
    [
        ("I'm not sad at all, just tired.", "tired"),
        ("I'm not anxious anymore, I feel calm.", "calm"),
        ("I don't enjoy dancing.", "neutral"),
        ("I don't feel happy.", "neutral"),
        ("I can't stop crying.", "sad"),
        ("I don't know why I'm so sad.", "sad"),
        ("I have never been so happy.", "joyful"),
        ("I can't sleep.", "anxious"),
        ("I'm not angry with her, I'm sad.", "sad"),
        ("im not worried im excited", "joyful"),
        ("I used to be anxious, now I feel calm.", "calm"),
        ("I'm used to stress.", "anxious"),
        ("Main udaas nahi hoon.", "neutral"),
        ("Ab mujhe chinta nahi hai, main khush hoon.", "joyful"),
        ("Gussa bilkul nahi hai, bas thak gayi hoon.", "tired"),
        ("मैं दुखी नहीं हूँ, खुश हूँ।", "joyful"),
        ("मुझे डर नहीं लगता।", "neutral"),
    ],
)
def test_a_mood_that_is_denied_is_not_heard(words: str, tone: str) -> None:
    assert answer_to(words)["emotional_tone"] == tone


@pytest.mark.parametrize(
    ("words", "work"),
    [
        ("I'm a doctor's wife.", None),
        ("I am a teacher’s daughter.", None),
        ("I'm a nurse.", "a nurse"),
        ("I am a software engineer in Pune.", "a software engineer"),
        ("I'm a doctor by profession", "a doctor"),
        ("I am not a lawyer.", None),
        ("I'm a fan of the writer.", None),
        ("I'm an aspiring actor and writer.", None),
        ("My wife says I'm a nurse to everyone", None),
        ("Main ek engineer hoon.", "an engineer"),
        ("Main doctor ki biwi hoon.", None),
        ("मैं टीचर हूँ।", "a teacher"),
    ],
)
def test_work_is_the_callers_own(words: str, work: str | None) -> None:
    found = [one["content"] for one in answer_to(words)["insights"] if one["type"] == "work"]
    assert found == ([f"Works as {work}."] if work else [])


@pytest.mark.parametrize(
    "words",
    [
        "I almost lost my job but they kept me.",
        "My friend lost my job application.",
        "I lost my job application form.",
        "I nearly got fired in March.",
        "My sister got fired.",
        "My parents are getting divorced.",
        "He was laid off.",
        "Rahul got fired.",
        "I didn't get promoted.",
        "I was never promoted.",
        "My boss got a promotion.",
        "I thought we broke up but we did not.",
        "My cousin is getting married and she's engaged.",
        "We haven't broken up.",
        "I was about to get divorced.",
        "Meri naukri jaate jaate bachi.",
        "Mere dost ki naukri chali gayi.",
        "Mera breakup nahi hua.",
        "Mera promotion nahi hua.",
        "Uski sagai ho gayi.",
        "मेरा ब्रेकअप नहीं हुआ।",
        "मेरे दोस्त की नौकरी चली गई।",
        "मेरी नौकरी जाते जाते बची।",
    ],
)
def test_what_did_not_happen_to_the_caller_is_no_incident(words: str) -> None:
    assert answer_to(words)["incidents"] == []


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("I lost my job last week.", "Lost a job"),
        ("Yesterday we broke up.", "Breakup"),
        ("My friend was there when I got fired.", "Lost a job"),
        ("My mother died in March.", "Death of a loved one"),
        ("My sister's wedding is in June.", "Sister's wedding"),
    ],
)
def test_what_happened_is_an_incident(words: str, title: str) -> None:
    assert title in [one["title"] for one in answer_to(words)["incidents"]]


def test_what_one_does_not_enjoy_is_no_interest() -> None:
    assert preference("I don't enjoy dancing.", "topics_of_interest") == []
    assert preference("Mujhe dance pasand nahi hai.", "topics_of_interest") == []
    assert preference("I love dancing.", "topics_of_interest") == ["Creativity"]
    assert preference("मुझे संगीत पसंद है।", "topics_of_interest") == ["Creativity"]
