"""The offline composer of letters: true to its facts, concrete, and grammatical in every combination."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings

from astra_pipeline.language.care import KINDS, LEVELS
from astra_pipeline.reports.composer import book
from astra_pipeline_tests.reports.weeks import (
    EVENTS,
    NO_PLAN,
    PLAN,
    SKIES,
    a_week,
    last_letter,
    report_of,
    talk,
    weeks,
)


@settings(max_examples=150)
@given(weeks())
def test_every_letter_keeps_its_contract_and_its_numbers(week: dict[str, Any]) -> None:
    text = report_of(week)
    assert text == report_of(week)
    paragraphs = text.split("\n\n")
    if week["streak_days"] > 10:
        assert str(week["streak_days"]) in paragraphs[2]
    for milestone in week["milestones"]:
        assert milestone in paragraphs[2]
    assert len(text.split()) <= 260


def letters(readers: int = 8, **changes: Any) -> list[str]:
    return [report_of(a_week(reader=f"r{n}", **changes)) for n in range(readers)]


def test_it_tells_the_plan_of_the_week_with_its_day() -> None:
    for text in letters(intention=PLAN):
        assert re.search(r"to call your landlord", text)
    for text in letters(intention={"intention": "Kal se roz walk karungi.", "day": "Friday"}, hinglish_level=80):
        assert "Kal se roz walk karungi." in text


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"events": ["I drew the bucket and it held."]}, "I drew the bucket and it held."),
        ({"questions": ["Should I take the job in Pune?"]}, "Should I take the job in Pune?"),
    ],
)
def test_it_quotes_what_was_said_with_the_day_on_which_it_was_said(told: dict[str, Any], words: str) -> None:
    for text in letters(talks=[talk("Monday", **told), talk("Friday")]):
        assert f'"{words}"' in text
        assert "Monday" in text


@pytest.mark.parametrize(
    "question",
    [
        "Will I get the job in Pune",
        "When does my visa come?",
        "I wanted to know when my visa comes.",
        "My sister is moving out, will she be fine?",
        "Meri naukri Pune mein kab lagegi.",
    ],
)
def test_what_was_asked_is_no_news(question: str) -> None:
    for text in letters(talks=[talk("Monday", events=[question]), talk("Friday")], hinglish_level=50):
        assert question not in text
    asked = question.rstrip("?.") + "?"
    for text in letters(talks=[talk("Monday", events=[question], questions=[question])], hinglish_level=50):
        assert not re.search(rf"(?:news of the week|you told me|khabar|bataya)[^.]*{re.escape(asked[:-1])}", text)
        assert asked[:4] != "Will" or f'"{asked}"' in text


@pytest.mark.parametrize(
    "question",
    ["Can you hear me?", "How am I?", "Is that too fast?", "Will my mother die of this?", "Kya papa bachenge?"],
)
def test_no_question_without_content_or_of_life_and_death_is_quoted(question: str) -> None:
    assert not any(question in text for text in letters(talks=[talk(questions=[question])], hinglish_level=50))


def test_nothing_is_said_to_have_been_asked_or_planned_that_nobody_recorded() -> None:
    for text in letters(talks=[talk(), talk("Friday")], intention=NO_PLAN):
        assert not re.search(
            r"\byou (?:asked|said|told me|mean|meant|wanted|decided)\b|question of yours", text, re.I
        )


def test_the_last_letters_plan_is_always_taken_up_and_what_came_of_it_only_if_it_was_told() -> None:
    again = {"intention": "The landlord was so kind.", "day": "Friday"}
    for text in letters(last_letter=last_letter("I'll call my landlord.")):
        assert "call your landlord" in text
        assert "so kind" not in text
    for text in letters(last_letter=last_letter("I'll call my landlord.", again)):
        assert "call your landlord" in text
        assert '"The landlord was so kind."' in text
    for care, kind in (("tender", "grief"), ("tender", "illness")):
        for text in letters(last_letter=last_letter("I'll call my landlord."), care=care, care_kind=kind):
            assert "call your landlord" in text
    for text in letters(last_letter=last_letter("I'll call my landlord."), care="crisis"):
        assert "landlord" not in text


@pytest.mark.parametrize(
    ("plan", "told", "level"),
    [
        ("I'll stop smoking.", "stop smoking", 0),
        ("I want to quit checking his messages.", "quit checking his messages", 0),
        ("Phone kam karungi.", "Phone kam karungi.", 90),
    ],
)
@pytest.mark.parametrize("care", ["none", "tender"])
def test_a_plan_to_stop_is_told_as_one(plan: str, told: str, level: int, care: str) -> None:
    wrong = re.compile(
        r"smallest piece|started on your plan|more like play|your plan needs|free afternoon|first step|visited|"
        r"beside your tea|leave the light|on the shelf|can wait|chhota hissa|start kar diya|khel kaise|pehla step|"
        r"milne jaya|chai ke paas|woh (?:jitna chahe )?wait kar",
        re.IGNORECASE,
    )
    said = {"hinglish_level": level, "care": care, "care_kind": "loss" if care == "tender" else ""}
    for text in letters(intention={"intention": plan, "day": "Tuesday"}, **said):
        assert care == "tender" or told in text
        assert not wrong.search(text)
    for text in letters(last_letter=last_letter(plan), **said):
        assert told in text
        assert not wrong.search(text)


def test_a_letter_without_a_plan_leaves_its_question_with_the_next_one() -> None:
    assert all("Which door have you been walking past?" in text for text in letters(last_letter=last_letter()))


def test_a_date_that_comes_is_named_with_its_day() -> None:
    date = {"what": "sister's wedding", "date": "2026-12-05", "day": "Saturday", "until": ""}
    for text in letters(dates=[date]):
        assert "your sister's wedding" in text.split("\n\n")[3].lower()
        assert "Saturday 5 December" in text.split("\n\n")[3]


@pytest.mark.parametrize(("what", "level"), [("we fly to Rome", 0), ("main shift ho rahi hoon", 90)])
@pytest.mark.parametrize("care", ["none", "tender"])
def test_a_date_told_with_a_verb_is_quoted(what: str, level: int, care: str) -> None:
    date = {"what": what, "date": "2026-12-05", "day": "Saturday", "until": ""}
    for text in letters(
        dates=[date], hinglish_level=level, care=care, care_kind="loss" if care == "tender" else ""
    ):
        assert f'"{what[0].upper()}{what[1:]}."' in text.split("\n\n")[3]
        assert "Saturday 5 December" in text.split("\n\n")[3]


@pytest.mark.parametrize("sky", SKIES[1:-1], ids=lambda sky: f"{sky['kind']}-{sky['stage']}")
def test_the_one_thing_in_the_sky_is_told(sky: dict[str, Any]) -> None:
    for system in ("vedic", "western"):
        for text in letters(sky=sky, astrology_system=system):
            told = sky["name"].removesuffix(", rising phase").lower() or sky["planet"].lower()
            assert told in text.split("\n\n")[3].lower()


def test_who_has_no_chart_hears_of_everybodys_sky() -> None:
    assert all("Full Moon" in text.split("\n\n")[3] for text in letters(next_week=EVENTS))


@pytest.mark.parametrize(
    ("topic", "named"),
    [
        ("Visa", "your visa"),
        ("House", "your house"),
        ("Guitar", "your guitar"),
        ("Job interview", "the job interview"),
        ("Love", "love"),
        ("Mother's health", "your mother's health"),
        ("Moon sign", "your Moon sign"),
        ("Time management", "time management"),
        ("UPSC prelims", "UPSC prelims"),
    ],
)
def test_a_bare_topic_has_its_article(topic: str, named: str) -> None:
    for text in letters(topics=[topic]):
        assert re.search(rf"(?<!\w){re.escape(named)}\b", text, re.IGNORECASE)
        assert named.startswith("your") or f"your {named}" not in text.lower()


@pytest.mark.parametrize("style", ["casual", "formal"])
def test_formal_hinglish_says_aap_and_none_says_he_or_she(style: str) -> None:
    texts: list[str] = []
    for care in LEVELS:
        for kind in KINDS[care] or ("",):
            texts += letters(
                6,
                hinglish_level=90,
                communication_style=style,
                care=care,
                care_kind=kind,
                last_letter=last_letter(),
            )
    said = " ".join(texts)
    familiar = r"\b(?:tum\w*|karo|rakho|dekho|baitho|padho|suno|batao)\b"
    assert bool(re.search(r"\baap(?:ne|ka|ki|ke|ko)?\b", said)) == (style == "formal")
    if style == "formal":
        assert not re.search(familiar, said, re.IGNORECASE)
    # What follows "tum" or "aap" as their verb or adjective would have to be he or she.
    gendered = r"\b(?:tum|aap|\{tum\}) (?:[^.,]* )?(?:\w+t[aei]|rah[aei]|gay[aei]|aay[aei]|akel[aei]|haqdar)\b"
    for pool in book().pools().values():
        for phrase in pool:
            assert not re.search(gendered, phrase.text, re.IGNORECASE), phrase.text
