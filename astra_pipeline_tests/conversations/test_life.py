"""People, dates and plans that a caller tells of (design 12): by rules, and behind an LLM."""

from __future__ import annotations

from typing import Any

import pytest

from astra_pipeline.conversations.happenings import tells
from astra_pipeline.conversations.task import TASK, TranscriptInsights
from astra_pipeline.llm.runner import read_answer
from astra_pipeline_tests.conversations.test_extraction import answer_to, heard


def read(answer: dict[str, Any], *turns: str) -> TranscriptInsights:
    """An LLM's answer to the turns, as it is kept."""
    lines = [turn if turn.startswith("agent: ") else f"user: {turn}" for turn in turns]
    least = {"summary": "A talk.", "topics": [], "emotional_tone": "calm"}
    return read_answer(TASK.output_model, least | answer, heard("\n".join(lines), []).model_dump())


# The call is on Monday, 23 November 2026.
@pytest.mark.parametrize(
    ("words", "what", "date"),
    [
        ("I have a job interview on 4 December.", "job interview", "2026-12-04"),
        ("My interview is tomorrow.", "interview", "2026-11-24"),
        ("my exam is on the fifth of january", "exam", "2027-01-05"),
        ("My sister's wedding is on February 14th, 2027.", "sister's wedding", "2027-02-14"),
        ("The surgery is on Friday.", "surgery", "2026-11-27"),
        ("I had my exam yesterday.", "exam", "2026-11-22"),
        ("The results came last Friday.", "results", "2026-11-20"),
        ("I have a flight day after tomorrow.", "flight", "2026-11-25"),
        ("My anniversary was on 3 November.", "anniversary", "2026-11-03"),
        ("I have a meeting in three days", "meeting", "2026-11-26"),
        ("They announced my results on 5 November.", "results", "2026-11-05"),
        ("We celebrated our anniversary on 2 November.", "anniversary", "2026-11-02"),
        ("I booked my flight on 5 December.", "flight", "2026-12-05"),
        ("They postponed the wedding to 9 December.", "wedding", "2026-12-09"),
        ("We need everything for my exam on 5 November.", "exam", "2027-11-05"),
        ("I feed the cat before my flight on 30 November.", "flight", "2026-11-30"),
        ("Mera interview kal hai.", "interview", "2026-11-24"),
        ("Kal mera exam tha.", "exam", "2026-11-22"),
        ("Parso meri sagai hai.", "sagai", "2026-11-25"),
        ("Shukravar ko mera operation hai.", "operation", "2026-11-27"),
        ("मेरा इंटरव्यू कल है।", "interview", "2026-11-24"),
        ("मेरी परीक्षा पाँच जनवरी को है।", "exam", "2027-01-05"),
        ("मेरी शादी 14 फरवरी को है।", "shaadi", "2027-02-14"),
    ],
)
def test_a_date_is_resolved_against_the_callers_day(words: str, what: str, date: str) -> None:
    found = answer_to(words)["dates"]
    assert [(one["what"], one["date"], one["until"]) for one in found] == [(what, date, None)]


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("My exam is next week.", "2026-11-30", "2026-12-06"),
        ("Agle hafte meri surgery hai.", "2026-11-30", "2026-12-06"),
        ("अगले हफ्ते मेरी परीक्षा है।", "2026-11-30", "2026-12-06"),
        ("The wedding is next month.", "2026-12-01", "2026-12-31"),
    ],
)
def test_a_week_is_its_days(words: str, first: str, last: str) -> None:
    assert [(one["date"], one["until"]) for one in answer_to(words)["dates"]] == [(first, last)]


@pytest.mark.parametrize(
    "words",
    [
        "My exam is on 5/1.",
        "My interview is next Friday.",  # this week's, or the next one's
        "The meeting on Monday.",
        "Interview kal.",
        "What if my exam is on 4 December?",
        "I was born on 4 December, my birthday.",
        "Tomorrow is fine.",
        "The wedding is on 4 or 5 December.",
        "My exam is on 31 February.",
        "agent: Your interview is on 4 December, right?",
    ],
)
def test_a_date_that_is_open_is_left_out(words: str) -> None:
    assert answer_to(words)["dates"] == []


# The call is on Monday, 23 November 2026.
@pytest.mark.parametrize(
    ("words", "what", "date"),
    [
        ("We fly on 5 December.", "we fly", "2026-12-05"),
        ("They replace my hip on 24 November.", "they replace my hip", "2026-11-24"),
        ("I move out on the 3rd.", "I move out", "2026-12-03"),
        ("On 5 December, we fly to Rome.", "we fly to Rome", "2026-12-05"),
        ("My lease ends on 31 December.", "my lease ends", "2026-12-31"),
        ("I have to vacate my flat by the 1st.", "I have to vacate my flat", "2026-12-01"),
        ("They're inducing me on the tenth.", "they're inducing me", "2026-12-10"),
        (
            "I'm so scared, they're taking my stitches out on the 25th.",
            "they're taking my stitches out",
            "2026-11-25",
        ),
        ("I will be leaving the country on January 8.", "I will be leaving the country", "2027-01-08"),
        ("She's marrying my cousin on 12 December.", "she's marrying my cousin", "2026-12-12"),
        ("We bury Nana on Wednesday.", "we bury Nana", "2026-11-25"),
        ("We fly tomorrow.", "we fly", "2026-11-24"),
        ("Main 12 tareekh ko shift ho rahi hoon", "main shift ho rahi hoon", "2026-12-12"),
        ("Kal hum naye ghar mein shift ho rahe hain.", "hum naye ghar mein shift ho rahe hain", "2026-11-24"),
        ("Papa 30 tareekh ko retire ho rahe hain.", "Papa retire ho rahe hain", "2026-11-30"),
        ("Mujhe 7 December ko nayi company join karni hai.", "mujhe nayi company join karni hai", "2026-12-07"),
        ("Main agle mahine ki 3 tareekh ko Canada ja rahi hoon.", "main Canada ja rahi hoon", "2026-12-03"),
        ("हम तीन तारीख को घर खाली करेंगे।", "hum ghar khali karenge", "2026-12-03"),
        ("My exam is on the 3rd.", "exam", "2026-12-03"),
    ],
)
def test_a_date_is_read_that_is_told_with_a_verb(words: str, what: str, date: str) -> None:
    found = answer_to(words)["dates"]
    assert [(one["what"], one["date"]) for one in found] == [(what, date)]
    assert tells(what) == (what != "exam")


@pytest.mark.parametrize(
    "words",
    [
        "If we fly on 5 December, who will feed the cat?",
        "We might fly on 5 December.",
        "I would fly on 5 December, but no.",
        "I dreamt that we fly on 5 December.",
        "Do we fly on 5 December?",
        "We don't fly on 5 December.",
        "I'm not moving out on the 3rd.",
        "We flew on 5 December.",
        "I moved out on 3 March 2010.",
        "We were going to move on the 3rd.",
        "They replaced my hip on 24 October.",
        "My sister was born on 5 December.",
        "My cousin gives birth on 5 December.",
        "You said I move out on the 3rd.",
        "agent: We fly on 5 December.",
        "The president flies to Berlin on 5 December.",
        "Saturn moves into my seventh house on 5 December.",
        "I live on the 3rd floor.",
        "I feel worst on 5 December.",
        "I pay my rent on the 1st.",
        "Every year we fly on 5 December.",
        "I move out on the 23rd.",  # today's, or in a month
        "I work on Friday.",
        "I go to the gym tomorrow.",
        "Agar main 12 tareekh ko shift ho jaun toh?",
        "Shayad hum 12 tareekh ko niklenge.",
        "Main 12 tareekh ko shift nahi ho rahi.",
        "Main 12 tareekh ko shift hui thi.",
        "Meri behen 5 December ko paida hui.",
        "Mujhe 12 tareekh se dar lag raha hai.",
        "Main kal office ja rahi hoon.",
    ],
)
def test_no_date_is_read_from_what_may_not_be_is_over_or_is_somebody_elses(words: str) -> None:
    assert answer_to(words)["dates"] == []


def test_next_friday_is_read_where_it_means_one_day() -> None:
    context = heard("user: My interview is next Friday.", []).model_copy(update={"local_date": "2026-11-01"})
    assert [one["date"] for one in TASK.offline(context)["dates"]] == ["2026-11-06"]


@pytest.mark.parametrize(
    ("words", "people"),
    [
        ("My sister Neha is here.", [("Neha", "sister")]),
        ("my mother and my best friend", [(None, "mother"), (None, "best friend")]),
        ("Meri behen Ritu ki shaadi hai.", [("Ritu", "behen")]),
        ("My son's name is Kabir.", [("Kabir", "son")]),
        ("My sister called. My sister Neha.", [("Neha", "sister")]),
        ("My mum called. Meri maa Sunita.", [("Sunita", "maa")]),
        (
            "My sister Isha, my sister Neha. My sister called.",
            [("Isha", "sister"), ("Neha", "sister"), (None, "sister")],
        ),
        ("My friend called. My friend Zoya.", [(None, "friend"), ("Zoya", "friend")]),
        ("मेरी माँ और मेरे भाई", [(None, "maa"), (None, "bhai")]),
        ("His mother is a doctor.", []),
        ("agent: How is your sister?", []),
    ],
)
def test_people_are_named_as_the_caller_names_them(words: str, people: list[tuple[str | None, str]]) -> None:
    assert [(one["name"], one["relation"]) for one in answer_to(words)["people"]] == people


@pytest.mark.parametrize(
    ("words", "intentions"),
    [
        ("I'll call my mother tonight.", ["I'll call my mother tonight."]),
        ("I have decided to learn the guitar.", ["I have decided to learn the guitar."]),
        ("Main kal se gym jaunga.", ["Main kal se gym jaunga."]),
        ("मैं माँ से बात करूँगी।", ["मैं माँ से बात करूँगी।"]),
        ("Will I be happy?", []),
        ("If I go, I'll tell her.", []),
        ("I'll be fine.", []),
        ("I keep thinking I'll hear the car.", []),
        ("I'm afraid that I'll lose him.", []),
        ("I'm going to miss her so much.", []),
        ("Main nahi jaunga.", []),
        ("agent: I'll remind you.", []),
    ],
)
def test_intentions_are_the_callers_plans(words: str, intentions: list[str]) -> None:
    assert answer_to(words)["intentions"] == intentions


def test_behind_an_llm_only_what_was_said_stays() -> None:
    turns = ("My sister Neha marries on 4 December.", "agent: And your brother Rohan?", "I'll buy her a saree.")
    quote = "My sister Neha marries on 4 December"
    answer = read(
        {
            "people": [
                {"name": "Neha", "relation": "sister"},
                {"name": "Rohan", "relation": "brother"},
                {"name": "Priya", "relation": "sister"},
                {},
            ],
            "dates": [
                {"what": "wedding", "date": "2026-12-04", "quote": quote},
                {"what": "wedding", "date": "2026-12-05", "quote": quote},
                {"what": "wedding", "date": "2026-12-04", "quote": "And your brother Rohan?"},
                {"what": "wedding", "date": "2026-12-04"},
                {"what": "wedding", "date": "soon", "quote": quote},
            ],
            "intentions": ["Will buy her a saree.", "Will quit drinking and start running marathons."],
        },
        *turns,
    )
    assert [(one.name, one.relation) for one in answer.people] == [("Neha", "sister")]
    assert [(one.what, one.date) for one in answer.dates] == [("wedding", "2026-12-04")]
    assert answer.intentions == ["Will buy her a saree."]


def test_an_open_date_is_not_taken_from_an_llm_either() -> None:
    dates = [{"what": "exam", "date": "2026-11-27", "quote": "my exam is next friday"}]
    assert read({"dates": dates}, "my exam is next friday").dates == []


def test_lists_are_bounded() -> None:
    names = [
        "Asha",
        "Bela",
        "Charu",
        "Devi",
        "Esha",
        "Farah",
        "Gita",
        "Hema",
        "Ira",
        "Jaya",
        "Kiran",
        "Lata",
        "Mira",
    ]
    answer = answer_to(*(f"My friend {name} helped. I'll call {name}." for name in names))
    assert len(answer["people"]) == 12
    assert len(answer["intentions"]) == 6


def test_insights_of_before_read_without_the_new_keys() -> None:
    old = {"summary": "A talk.", "topics": ["Career"], "emotional_tone": "calm"}
    read_back = TranscriptInsights.model_validate(old)
    assert (read_back.care.level, read_back.people, read_back.dates, read_back.intentions) == ("none", [], [], [])
