"""The shape of a text: paragraphs, length, markup, placeholders, refusals and remarks."""

from __future__ import annotations

import json

import pytest

from astra_pipeline.horoscopes.task import HoroscopeText
from astra_pipeline.language.contract import paragraphs
from astra_pipeline.language.contract.shape import MARKUP
from astra_pipeline_tests.language.contract.example import (
    HINGLISH_HOROSCOPE,
    HINGLISH_INPUT,
    HOROSCOPE,
    REPORT,
    refusal,
    refusal_by,
    refusal_of_report,
    with_sentence,
)


def test_prose_as_an_llm_writes_it_is_accepted():
    assert refusal(HOROSCOPE) == ""
    assert refusal_by(HoroscopeText, HINGLISH_HOROSCOPE, HINGLISH_INPUT) == ""
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
        (with_sentence("I’m sorry, but I can’t help with that."), "apology"),
        (with_sentence("I am unable to generate this content."), "apology"),
        (with_sentence("As an assistant, I have no opinion."), "apology"),
        (with_sentence("I apologize for the confusion in my previous answer."), "apology"),
        (with_sentence("That would be against my guidelines."), "apology"),
        (with_sentence("Here is the horoscope you requested."), "a remark about the text"),
        (with_sentence("Let me know if you would like any changes."), "a remark about the text"),
        (with_sentence("I hope this meets your requirements."), "a remark about the text"),
        (with_sentence("READER>>>"), "a remark about the text"),
        (HOROSCOPE.replace("Meera", "dear"), "name is not used"),
        (HOROSCOPE.replace("Rohini", "रोहिणी").replace("Taurus", "वृषभ"), "Latin letters"),
        (with_sentence("नमस्ते."), "Latin letters"),
        (with_sentence("Добрый день, сегодня хороший день, и завтра тоже будет хороший день."), "Latin letters"),
        (with_sentence("Aaj ka din tumhara hai, bas dheere chalo."), "want plain English"),
    ],
)
def test_a_spoilt_text_is_refused_with_the_reason(spoilt: str, why: str):
    assert why in refusal(spoilt)


@pytest.mark.parametrize(
    "placeholder",
    "[USERNAME] [first_name] [name] (name) {{user_name}} {name} ${name} <name> USERNAME User TODO XXX ___".split(),
)
def test_a_placeholder_is_refused(placeholder: str):
    assert "a placeholder is left in the text" in refusal(with_sentence(f"Dear {placeholder}, be well."))


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
def test_a_spoilt_report_is_refused_with_the_reason(spoilt: str, why: str):
    assert why in refusal_of_report(spoilt)


@pytest.mark.parametrize("space", ["\n", "\n \n", "\n\t", "\r\n"])
def test_a_mark_of_markup_is_sought_within_its_own_line(space: str):
    """White space that ran on over the lines before the mark would be read again from each of those lines."""
    blank = space * 20_000
    found = MARKUP.search(f"{blank}- a list")
    assert found is not None
    assert "\n" not in found.group()
    assert found.start() > blank.rindex("\n")


def test_empty_lines_are_no_paragraphs_however_many_there_are():
    text = "Meera," + "\n" * 20_000 + "be well."
    assert paragraphs(text) == ["Meera,", "be well."]
    assert f"{len(text)} characters, want 300 to 4000" in refusal(text)
