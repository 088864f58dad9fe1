"""What a text that people read must keep, held against prose as an LLM writes it and against what spoils it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from astra_pipeline.core.signs import SIGNS
from astra_pipeline.tasks import hinglish, texts
from astra_pipeline.tasks.models import HoroscopeText, WeeklyReportText

TOLD: dict[str, Any] = {
    "name": "Meera",
    "astrology_system": "western",
    "sun_sign": "Leo",
    "moon_sign": "Virgo",
    "rising_sign": "Libra",
    "moon": {"sign": "Taurus", "nakshatra": "Rohini", "house": 8},
    "planets": {"Mars": {"sign": "Leo", "house": 11}, "Saturn": {"sign": "Aries", "house": 7}},
    "transits": [{"planet": "Saturn", "point": "Venus", "aspect": "square", "sign": "Aries", "house": 7}],
    "recent_topics": ["Career", "Mother's health"],
    "hinglish_level": 0,
}
HOROSCOPE = (
    "Good morning, Meera. The Moon is in Taurus today and passes through Rohini, so the day may move at the pace "
    "of a slow meal. She crosses your 8th house, and what you usually keep to yourself could want an ear. Your Sun "
    "in Leo likes to be seen, your Moon in Virgo likes to be useful, and with Libra rising you will look calm "
    "either way.\n\n"
    "Saturn squares your Venus from your 7th house. That can feel like a cool hand on a warm plan, and it asks "
    "what you would still want if nobody applauded. No aspect guarantees anything; this one only makes the "
    "question louder. With Mars in Leo, your circle of friends is ready to help, if you say what you need.\n\n"
    "With the people you love, I can't help but think that one honest sentence would do more than ten polite ones. "
    "At work, finish what you promised before you promise more. Where your mother's health worries you, sit with "
    "her for a while, and leave the answers to her doctors. Twelve days in a row you have come here: it shows."
)
HINGLISH_TOLD = TOLD | {"name": "Rohan", "rising_sign": "", "hinglish_level": 80, "recent_topics": []}
HINGLISH_HOROSCOPE = (
    "Namaste Rohan, kaise ho? Aaj chand Taurus mein hai aur Rohini nakshatra se guzar raha hai, toh mann thoda "
    "sukoon chahta hai. As a Leo Sun you like a full room, and your Virgo Moon would rather count the chairs, so "
    "today you may feel both at once. Dono theek hain.\n\n"
    "Saturn squares your Venus, matlab dil jaldi mein hai aur waqt dheere chal raha hai. If a plan with somebody "
    "close is delayed, it may simply need another week. Ghar par ek baar seedhe bol do ki kya chahiye. At work, "
    "pehle ek kaam khatam karo, phir agla. Bas, apna khayal rakhna!"
)
WEEK: dict[str, Any] = {
    "name": "Meera",
    "conversations": 3,
    "topics": ["Career", "Sleep"],
    "streak_days": 3,
    "milestones": ["3-Day Streak"],
    "hinglish_level": 0,
}
REPORT = (
    "Good evening, Meera. We talked three times this week, and each time you sounded a little less tired than the "
    "time before.\n\n"
    "Most of it was about your career. On Tuesday you asked whether a good job can be the wrong job, and I have "
    "been turning that over. Sleep came up as well; you said it was better on the nights you left the phone in the "
    "kitchen.\n\n"
    "Three days in a row, and with them the 3-Day Streak: may I be a little proud of you? You kept your word to "
    "yourself in a week that was not made for it.\n\n"
    "The Full Moon comes on Tuesday, a fine evening to put one thing down. Which part of your work would you keep "
    "if you could keep only one?"
)


def refusal(text: str, **changes: Any) -> str:
    """Why a horoscope for the example is refused; empty when it is not."""
    return _why(HoroscopeText, text, TOLD | changes)


def refusal_of_report(text: str, **changes: Any) -> str:
    return _why(WeeklyReportText, text, WEEK | changes)


def _why(model: type[HoroscopeText | WeeklyReportText], text: str, told: dict[str, Any]) -> str:
    try:
        model.model_validate({"content": text}, context=told)
    except ValidationError as error:
        return "; ".join(problem["msg"] for problem in error.errors(include_url=False))
    return ""


def with_sentence(sentence: str) -> str:
    return f"{HOROSCOPE} {sentence}"


def test_prose_as_an_llm_writes_it_is_accepted():
    assert refusal(HOROSCOPE) == ""
    assert _why(HoroscopeText, HINGLISH_HOROSCOPE, HINGLISH_TOLD) == ""
    assert refusal_of_report(REPORT) == ""


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ("", "at least 1 character"),
        (HOROSCOPE.replace("\n\n", " "), "1 paragraphs, want 2 to 3"),
        (HOROSCOPE + "\n\nAnd one more thing.\n \nAnd another.", "5 paragraphs"),
        ("Meera, Leo.\n\nVirgo, Libra.", "characters, want 300 to"),
        (HOROSCOPE + "\n\n" + "x" * 4000, "characters, want 300 to 4000"),
        (f"```json\n{json.dumps({'content': HOROSCOPE})}\n```", "markup or JSON"),
        (json.dumps({"content": HOROSCOPE}), "markup or JSON"),
        ("## Your day\n" + HOROSCOPE, "markup"),
        (HOROSCOPE.replace("\n\n", "\n\n- ", 1), "markup"),
        (HOROSCOPE.replace("\n\n", "\n\n1. ", 1), "markup"),
        (HOROSCOPE.replace("\n\n", "\n\n• ", 1), "markup"),
        (HOROSCOPE.replace("one honest sentence", "**one honest sentence**"), "markup"),
        (HOROSCOPE.replace("one honest sentence", "*one honest sentence*"), "markup"),
        (HOROSCOPE.replace("one honest sentence", "_one_ honest sentence"), "markup"),
        (HOROSCOPE.replace("one honest sentence", "<b>one</b> honest sentence"), "markup"),
        (with_sentence("I'm sorry, but I can't assist with that."), "apology"),
        (with_sentence("As an AI language model I have no body."), "apology"),
        (with_sentence("I cannot provide a horoscope."), "apology"),
        (HOROSCOPE.replace("Meera", "dear"), "name is not used"),
        (HOROSCOPE.replace("Rohini", "रोहिणी").replace("Taurus", "वृषभ"), "Latin letters"),
        (with_sentence("नमस्ते."), "Latin letters"),
        (with_sentence("Добрый день, сегодня хороший день, и завтра тоже будет хороший день."), "Latin letters"),
        (with_sentence("Aaj ka din tumhara hai, bas dheere chalo."), "want plain English"),
    ],
)
def test_what_spoils_a_text_is_refused_with_the_reason(spoilt: str, why: str):
    assert why in refusal(spoilt)


@pytest.mark.parametrize(
    "placeholder",
    "[USERNAME] [first_name] [name] (name) {{user_name}} {name} ${name} <name> USERNAME TODO XXXX ____".split(" "),
)
def test_a_placeholder_is_refused(placeholder: str):
    assert "a placeholder is left in the text" in refusal(with_sentence(f"Dear {placeholder}, be well."))


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("Your Sun in Virgo wants order.", "sun sign"),
        ("Your Sun sign is Virgo.", "sun sign"),
        ("Your Virgo Sun wants order.", "sun sign"),
        ("As a Virgo Sun you want order.", "sun sign"),
        ("You were born under the Sun in Virgo.", "sun sign"),
        ("Your natal Moon in Libra seeks peace.", "moon sign"),
        ("Your Moon sign, Libra, seeks peace.", "moon sign"),
        ("Your Libra Moon seeks peace.", "moon sign"),
        ("For a Libra moon that is much.", "moon sign"),
        ("Your Sun in Leo and Moon in Libra are friends.", "moon sign"),
        ("Your rising sign is Virgo.", "rising sign"),
        ("Your Ascendant in Virgo is neat.", "rising sign"),
        ("Your lagna, Virgo, is neat.", "rising sign"),
        ("Virgo rising makes you neat.", "rising sign"),
    ],
)
def test_another_sign_than_the_persons_own_is_refused(sentence: str, part: str):
    assert f"another {part} than the person's is claimed" in refusal(with_sentence(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "The Moon in Taurus trines your Moon in Virgo.",
        "As a Leo you know this.",
        "For a Virgo Moon that is much.",
        "Your rising sign, Libra, loves company.",
        "The Sun in Leo loves company.",
        "Your Sun sign is Leo and your Moon sign is Virgo.",
    ],
)
def test_the_persons_own_signs_and_those_of_the_sky_may_be_named(sentence: str):
    assert refusal(with_sentence(sentence)) == ""


def test_a_sign_that_is_in_none_of_the_facts_is_refused():
    assert "Gemini, Pisces is in none of the facts" in refusal(with_sentence("Mind Pisces and Gemini."))
    assert refusal(with_sentence("Mind the month of Aries.")) == ""
    assert "addressed by a sign that is not theirs" in refusal(with_sentence("Dear Aries, be well."))


@pytest.mark.parametrize("sign", ["Leo", "Virgo", "Libra"])
def test_each_of_the_persons_signs_must_be_named(sign: str):
    assert "sign is not named" in refusal(HOROSCOPE.replace(sign, "it"))


def test_who_has_no_rising_sign_is_given_none():
    assert "another rising sign" in refusal(HOROSCOPE, rising_sign="")
    without = HOROSCOPE.replace("with Libra rising you will", "you will")
    assert refusal(without, rising_sign="") == ""


@pytest.mark.parametrize("own", SIGNS)
def test_somebody_called_leo_may_be_greeted_whatever_their_sign(own: str):
    text = HOROSCOPE.replace("Sun in Leo", f"Sun in {own}").replace("Meera", "Leo")
    assert refusal(text, name="Leo", sun_sign=own) == ""
    assert "another sun sign" in refusal(HOROSCOPE.replace("Meera", "Leo"), name="Leo", sun_sign="Pisces")
    assert "not named" in refusal(
        HOROSCOPE.replace("Sun in Leo", "Sun").replace("Meera", "Leo"), name="Leo", sun_sign="Pisces"
    )


@pytest.mark.parametrize(
    "name", ["Ar", "V", "Li", "s", "Todo", "Will", "🌙✨", "مريم", "דוד", "आशा", "Аня", "O'Brien"]
)
def test_any_name_may_be_in_a_text(name: str):
    assert refusal(HOROSCOPE.replace("Meera", name), name=name) == ""
    assert "certainty" in refusal(with_sentence(f"{name}, you will recover."), name=name)


@pytest.mark.parametrize(
    "topic", ["शादी", "Guaranteed profit", "Todo", "Kya meri shaadi hogi", "IVF", "Leo season"]
)
def test_a_topic_may_be_named_as_the_person_put_it(topic: str):
    assert refusal(with_sentence(f"You spoke of {topic}."), recent_topics=[topic]) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "You will definitely recover.",
        "Your mother will be cured.",
        "You'll soon get pregnant.",
        "She is going to conceive this month.",
        "Your illness will disappear.",
        "You will not die of it.",
        "You will fall ill in March.",
        "You are certain to win.",
        "Stop taking your medicines.",
        "You may skip the tablets.",
        "Trust the stars instead of a doctor.",
        "You do not need to see a doctor.",
        "A guaranteed profit awaits.",
        "Success is guaranteed.",
        "You will get rich.",
        "You will make a big profit.",
        "It's a safe investment.",
        "Put all your money into crypto.",
        "Invest everything on Friday.",
        "I am 100% sure.",
        "You are doomed.",
        "A disaster is coming.",
    ],
)
def test_certainty_about_health_money_or_misfortune_is_refused(sentence: str):
    assert refusal(with_sentence(sentence)) == (
        "Value error, certainty about health, money or misfortune, want possibilities"
    )


@pytest.mark.parametrize(
    "sentence", ["Tum pakka theek ho jaoge.", "Dawai lena band karo.", "Is hafte zaroor munafa hoga."]
)
def test_certainty_is_refused_in_hinglish_too(sentence: str):
    assert "certainty" in _why(HoroscopeText, f"{HINGLISH_HOROSCOPE} {sentence}", HINGLISH_TOLD)


@pytest.mark.parametrize(
    "sentence",
    [
        "Nothing is guaranteed, and that is a freedom.",
        "The stars never guarantee a profit.",
        "You will recover your rhythm by noon.",
        "You may feel better when you rest.",
        "Ask your doctor about the tablets.",
        "Money is a subject today; look at the figures.",
        "An old habit can end here.",
    ],
)
def test_possibilities_are_not_taken_for_certainty(sentence: str):
    assert refusal(with_sentence(sentence)) == ""


@pytest.mark.parametrize(
    ("level", "accepted"), [(0, True), (33, True), (34, False), (66, False), (67, False), (100, False)]
)
def test_english_alone_is_too_little_for_who_wants_hinglish(level: int, accepted: bool):
    assert (refusal(HOROSCOPE, hinglish_level=level) == "") is accepted
    assert ("Hinglish at level" in refusal(HOROSCOPE, hinglish_level=level)) is not accepted


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (REPORT.replace("\n\n", "\n", 1), "3 paragraphs, want 4"),
        (REPORT + "\n\nUntil then.", "5 paragraphs, want 4"),
        (REPORT.rstrip("?") + ".", "0 questions in the last paragraph"),
        (REPORT + " And which would you leave?", "2 questions in the last paragraph"),
        (REPORT.replace("Meera", "dear"), "name is not used"),
        (REPORT.replace("Three days", "- Three days"), "markup"),
        (REPORT + " You will be cured", "certainty"),
    ],
)
def test_what_spoils_a_report_is_refused_with_the_reason(spoilt: str, why: str):
    assert why in refusal_of_report(spoilt)


def test_several_troubles_are_told_at_once():
    told = refusal(with_sentence("**Dear [NAME]**, your Sun in Aries will get rich.").replace("\n\n", " "))
    for why in ("1 paragraphs", "markup", "placeholder", "certainty", "another sun sign"):
        assert why in told


@given(st.text(min_size=20))
def test_a_refusal_never_repeats_the_text(secret: str):
    told = refusal(secret)
    assert secret.strip() not in told or not secret.strip()


@given(st.text(), st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3), st.integers(0, 100))
def test_any_text_name_and_topics_can_be_judged(text: str, name: str, topics: list[str], level: int):
    told = {"name": name, "recent_topics": topics, "hinglish_level": level}
    assert isinstance(texts.problems(text, told, at_least=2, at_most=3), list)
    assert isinstance(texts.sign_problems(text, told), list)


def test_the_list_of_hindi_words_holds_no_common_english():
    assert not hinglish.spoken_in(f"{HOROSCOPE} {REPORT}", besides="Meera")
    assert len(hinglish.spoken_in(HINGLISH_HOROSCOPE, besides="Rohan")) > 20
