"""The letters of one person do not repeat each other: each knows the phrases of those before."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from astra_pipeline.language.composing import Memory
from astra_pipeline.reports.composer import compose
from astra_pipeline.reports.input import ReportInput
from astra_pipeline_tests.composed import sentences
from astra_pipeline_tests.reports.weeks import a_week, last_letter, sky, talk

WEEK = dt.timedelta(days=7)


def letters_in_a_row(number: int, **facts: Any) -> list[str]:
    """Letters on as many weeks, each with the memory of those before."""
    memory, texts = Memory(), []
    for at in range(number):
        monday = dt.date(2026, 11, 16) + WEEK * at
        week = a_week(week_start=monday.isoformat(), used_phrases=memory.before(monday).as_stored(), **facts)
        answer = compose(ReportInput.model_validate(week))
        memory = memory.with_day(monday, [answer["phrases"]])
        texts.append(answer["content"])
    return texts


def test_four_letters_in_a_row_share_no_sentence() -> None:
    """Four letters stay in the app, so these are read side by side."""
    usual: dict[str, Any] = {
        "talks": [talk("Tuesday", questions=["Should I take the job in Pune?"]), talk("Friday")],
        "last_letter": last_letter("I'll call my landlord."),
        "sky": sky(),
    }
    cares = (("none", ""), ("tender", "grief"), ("tender", "illness"))
    for (care, kind), level, style in itertools.product(cares, (0, 80), ("casual", "formal")):
        facts = usual if care == "none" else {"last_letter": last_letter()}
        texts = letters_in_a_row(
            4, care=care, care_kind=kind, hinglish_level=level, communication_style=style, **facts
        )
        seen: set[str] = set()
        shared = 0
        for text in texts:
            # "Good evening, Asha." may come again.
            told = {one for one in sentences(text) if len(one.split()) > 3}
            shared += len(seen & told)
            seen |= told
        assert shared == 0, (care, kind, level, style, texts)
