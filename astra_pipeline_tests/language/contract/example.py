"""A horoscope, its Hinglish and a weekly report as an LLM writes them, with their inputs, and why they are refused."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from astra_pipeline.horoscopes.task import HoroscopeText
from astra_pipeline.reports.task import WeeklyReportText

HOROSCOPE_INPUT: dict[str, Any] = {
    "name": "Meera",
    "astrology_system": "western",
    "sun_sign": "Leo",
    "moon_sign": "Virgo",
    "rising_sign": "Libra",
    "moon": {"sign": "Taurus", "nakshatra": "Rohini", "house": 8},
    "planets": {
        "Mars": {"sign": "Leo", "house": 11},
        "Saturn": {"sign": "Aries", "house": 7},
        "Jupiter": {"sign": "Cancer", "house": 10},
        "Venus": {"sign": "Scorpio", "house": 2},
    },
    "events": [{"what": "Mercury turns direct", "at": "09:15"}, {"what": "Full Moon", "at": "20:24"}],
    "dates": [
        {"what": "Doctor", "date": "2026-11-24"},
        {"what": "Call", "date": "2026-11-26"},
        {"what": "Surgery", "date": "2026-11-27"},
        {"what": "Lunch", "date": "2026-11-29"},
    ],
    "transits": [
        {"planet": "Saturn", "point": "Venus", "aspect": "square", "sign": "Aries", "house": 7},
        {"planet": "Moon", "point": "Moon", "aspect": "trine", "sign": "Taurus", "house": 8},
        {"planet": "Jupiter", "point": "Mercury", "aspect": "sextile", "sign": "Cancer", "house": 10},
    ],
    "recent_topics": ["Career", "Mother's health"],
    "streak_days": 12,
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
HINGLISH_INPUT = HOROSCOPE_INPUT | {"name": "Rohan", "rising_sign": "", "hinglish_level": 80, "recent_topics": []}
HINGLISH_HOROSCOPE = (
    "Namaste Rohan, kaise ho? Aaj chand Taurus mein hai aur Rohini nakshatra se guzar raha hai, toh mann thoda "
    "sukoon chahta hai. As a Leo Sun you like a full room, and your Virgo Moon would rather count the chairs, so "
    "today you may feel both at once. Dono theek hain.\n\n"
    "Saturn squares your Venus, matlab dil jaldi mein hai aur waqt dheere chal raha hai. If a plan with somebody "
    "close is delayed, it may simply need another week. Ghar par ek baar seedhe bol do ki kya chahiye. At work, "
    "pehle ek kaam khatam karo, phir agla. Bas, apna khayal rakhna!"
)
REPORT_INPUT: dict[str, Any] = {
    "name": "Meera",
    "conversations": 3,
    "dates": [{"what": "Good job or wrong job", "date": "2026-11-17"}],
    "next_week": [{"what": "Full Moon", "day": "Tuesday"}],
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
# Why a text is refused that promises, threatens or advises.
CERTAINTY = "Value error, certainty about health, money or misfortune, want possibilities"


def refusal(text: str, **changes: Any) -> str:
    """Why a horoscope for the example is refused; empty when it is not."""
    return refusal_by(HoroscopeText, text, HOROSCOPE_INPUT | changes)


def refusal_of_report(text: str, **changes: Any) -> str:
    return refusal_by(WeeklyReportText, text, REPORT_INPUT | changes)


def refusal_in_hinglish(sentence: str) -> str:
    return refusal_by(HoroscopeText, f"{HINGLISH_HOROSCOPE} {sentence}", HINGLISH_INPUT)


def refusal_by(model: type[HoroscopeText | WeeklyReportText], text: str, task_input: dict[str, Any]) -> str:
    try:
        model.model_validate({"content": text}, context=task_input)
    except ValidationError as error:
        return "; ".join(problem["msg"] for problem in error.errors(include_url=False))
    return ""


def with_sentence(sentence: str) -> str:
    return f"{HOROSCOPE} {sentence}"
