"""The register of a letter comes from the care that its reader needs, and from nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from astra_pipeline.language.care import KINDS
from astra_pipeline.reports.composer import book
from astra_pipeline_tests.reports.weeks import DIRECTORY, PLAN, a_week, last_letter, report_of, sky, talk, weeks


def of_files(*files: str) -> list[str]:
    """The longest stretches between fields of all phrases in files."""
    return [
        max((part for part in phrase.text.replace("}", "{").split("{")[::2]), key=len)
        for path, pool in book().pools().items()
        if path[0] in files
        for phrase in pool
        if len(phrase.text) > 30
    ]


# Stretches that quieter letters have as well say nothing of cheer.
QUIET = " ".join(
    phrase.text
    for path, pool in book().pools().items()
    if path[0].startswith(("tender", "crisis"))
    for phrase in pool
)
CHEERFUL = [stretch for stretch in of_files("letter", "letter_hi") if stretch not in QUIET]


@settings(max_examples=80)
@given(weeks(care="tender", kinds=KINDS["tender"]))
def test_a_tender_letter_keeps_the_contract_without_cheer_count_or_badge(week: dict[str, Any]) -> None:
    text = report_of(week)
    assert not any(stretch in text for stretch in CHEERFUL)
    assert not any(milestone in text for milestone in week["milestones"])
    assert "120" not in text
    assert "140" not in text


@settings(max_examples=80)
@given(weeks(care="crisis", kinds=KINDS["crisis"]))
def test_a_crisis_letter_names_the_helpline_and_nothing_of_the_week(week: dict[str, Any]) -> None:
    text = report_of(week)
    line = week["helpline"]
    assert (line["number"] or line["site"]) in text
    assert line["emergency"] in text
    assert not any(stretch in text for stretch in CHEERFUL)
    for one in (
        *week["topics"],
        *week["milestones"],
        "landlord",
        "wedding",
        "walk",
        "bucket",
        "Moon",
        "Saturn",
        "Isha",
    ):
        assert one.casefold() not in text.casefold().replace("move", "")


@pytest.mark.parametrize("kind", KINDS["tender"])
def test_each_kind_of_tender_care_has_words_of_its_own(kind: str) -> None:
    own = of_files("tender")
    text = report_of(a_week(care="tender", care_kind=kind))
    assert any(stretch in text for stretch in own)
    assert any(phrase.text in text for phrase in book().pool("tender", "heavy", kind))


def test_violence_is_answered_as_violence_and_despair_as_despair() -> None:
    for kind in KINDS["crisis"]:
        pool = book().pool("crisis", "help", "violence" if kind == "violence" else "despair")
        text = report_of(a_week(care="crisis", care_kind=kind))
        assert any(phrase.text.split("{")[0] in text for phrase in pool)


def test_who_is_in_no_country_of_the_table_is_sent_to_the_directory() -> None:
    assert "findahelpline.com" in report_of(a_week(care="crisis", care_kind="self_harm", helpline=DIRECTORY))


@pytest.mark.parametrize("tone", ["stressed", "sad", "anxious", "hopeless"])
@pytest.mark.parametrize("topic", ["Lease", "Health", "Grief"])
def test_mild_words_alone_make_no_letter_tender(tone: str, topic: str) -> None:
    text = report_of(a_week(topics=[topic], talks=[talk(tone=tone)], conversations=1, milestones=["3-Day Streak"]))
    assert "3-Day Streak" in text
    assert not any(stretch in text for stretch in of_files("tender", "crisis"))


def test_a_plan_of_before_waits_in_a_tender_letter() -> None:
    text = report_of(
        a_week(
            care="tender", care_kind="grief", last_letter=last_letter(PLAN["intention"]), sky=sky(), intention=PLAN
        )
    )
    assert text.count("call your landlord") == 1
