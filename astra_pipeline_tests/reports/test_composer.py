"""The offline composer of weekly reports: true to its facts, and grammatical in every combination."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from hypothesis import given, settings

from astra_pipeline.reports.material import material as report_material
from astra_pipeline_tests.composed import pools
from astra_pipeline_tests.reports.weeks import LIGHT_TONES, PLAIN_TOPICS, a_week, report_of, weeks


@settings(max_examples=80)
@given(weeks(PLAIN_TOPICS, LIGHT_TONES))
def test_every_report_keeps_its_contract_and_has_the_inputs_numbers(week: dict[str, Any]) -> None:
    text = report_of(week)
    assert text == report_of(week)
    paragraphs = text.split("\n\n")
    if week["streak_days"] > 10:
        assert str(week["streak_days"]) in paragraphs[2]
    for milestone in week["milestones"]:
        assert milestone in paragraphs[2]
    for event in week["next_week"]:
        assert event["day"] in paragraphs[3]


def journeys(readers: int = 12, **changes: Any) -> list[str]:
    """The second paragraph of the letters to several readers."""
    return [report_of(a_week(reader=f"r{n}", **changes)).split("\n\n")[1] for n in range(readers)]


@pytest.mark.parametrize(
    ("tones", "named", "unnamed"),
    [
        (["anxious", "Hopeful"], ["anxious", "hopeful"], []),
        (["frustration", "curiosity"], ["frustrated", "curious"], ["frustration"]),
        (["a little anxious", "calm and grateful"], ["a little anxious", "calm and grateful"], []),
        (["joy", "anger", "joyful"], ["joyful"], ["angry"]),
        # The beginning or the end of such a week is not known.
        (["mixed", "anxious"], [], ["mixed", "anxious"]),
        (["tired", "mixed"], [], ["mixed", "tired"]),
        (["calm", "neutral", "neutral"], [], ["calm", "neutral"]),
        (["calm", "thinking about work"], [], ["calm", "thinking"]),
    ],
)
def test_moods_are_named_of_the_true_first_and_last_talk_only(
    tones: list[str], named: list[str], unnamed: list[str]
) -> None:
    for text in journeys(tones=tones, conversations=len(tones), days=1, topics=["Travel"]):
        spoken = text.casefold()
        assert all(tone in spoken for tone in named), text
        assert not any(re.search(rf"\b{tone}\b", spoken) for tone in unnamed), text


def test_a_talk_without_a_tone_leaves_the_first_and_the_last_unnamed() -> None:
    assert not any("anxious" in text for text in journeys(tones=["anxious", "calm"], conversations=3))


@pytest.mark.parametrize(
    ("question", "is_quoted"),
    [
        ("Should I take the job in Pune?", True),
        ("Is today a good day to sign a rental agreement?", True),
        ("Kya main Delhi shift karun?", True),
        ("Can you hear me?", False),
        ("How am I?", False),
        ("Is that too fast?", False),
        ("What do I do, wait?", False),
        ("Who told you that?", False),
        ("Do you have anything for that?", False),
        ("Does your astrology have a day for music?", False),
        ("Will I survive the chemo?", False),
        ("Will my mother die of this?", False),
        ("Kya papa bachenge iss bimari se?", False),
    ],
)
def test_only_questions_with_content_are_quoted_and_none_about_life_and_death(
    question: str, is_quoted: bool
) -> None:
    texts = journeys(questions=[question], hinglish_level=50)
    assert {question in text for text in texts} == {is_quoted}


@pytest.mark.parametrize("incident", ["Death of a loved one", "Father passed away", "Lost a job", "Miscarriage"])
def test_a_painful_incident_is_not_named(incident: str) -> None:
    for text in journeys(incidents=[incident], tones=["calm", "calm", "neutral"]):
        assert incident.casefold() not in text.casefold()
    assert all("trip to Lisbon" in text for text in journeys(incidents=["Trip to Lisbon"]))


def test_a_person_who_speaks_of_children_need_not_have_any() -> None:
    assert not any("your children" in text for text in journeys(topics=["Children", "Home"]))
    assert all("your sister's wedding" in text.lower() for text in journeys(topics=["Sister's Wedding"]))


def test_subjects_agree_in_number_and_no_frame_says_which_was_the_most() -> None:
    for text in journeys(topics=["Education", "Career"]):
        assert not re.search(r"there were|their turn|most|largest|main ", text.split(". ")[0]), text


def test_formal_hinglish_says_aap_and_none_says_he_or_she() -> None:
    said: dict[str, str] = {}
    for style in ("casual", "formal"):
        texts = [
            report_of(a_week(reader=f"r{n}", hinglish_level=90, communication_style=style, topics=topics))
            for n in range(60)
            for topics in (["Travel"], ["Grief"])
        ]
        said[style] = " ".join(texts)
    assert re.search(r"\baap(?:ne|ka|ki|ke|ko)?\b", said["formal"])
    assert not re.search(r"\b(?:tum\w*|yaar|arre|chalo|suno|lo|karo|rakho|dekho)\b", said["formal"], re.IGNORECASE)
    assert "tumne" in said["casual"]
    # What follows "tum" or "aap" as their verb or adjective would have to be he or she.
    gendered = r"\b(?:tum|aap|\{tum\}) (?:[^.,]* )?(?:\w+t[aei]|rah[aei]|gay[aei]|aay[aei]|akel[aei]|haqdar)\b"
    assert re.search(gendered, "Tum akele nahi ho", re.IGNORECASE)
    assert re.search(gendered, "aap roz aa rahe hain")
    for phrase in itertools.chain(*pools({part: report_material()[part] for part in ("hindi", "greetings")})):
        assert not re.search(gendered, phrase, re.IGNORECASE), phrase
