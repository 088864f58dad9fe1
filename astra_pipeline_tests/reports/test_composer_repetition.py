"""The offline composer of weekly reports repeats no sentence in four reports in a row."""

from __future__ import annotations

import datetime as dt
import itertools
import re

from astra_pipeline.reports.material import material as report_material
from astra_pipeline_tests.composed import pools, sentences
from astra_pipeline_tests.reports.weeks import a_week, report_of

WEEK = dt.timedelta(days=7)


def test_four_reports_in_a_row_share_neither_a_sentence_nor_six_words() -> None:
    """Outside their facts, for people who talk every week, every second, third or fourth."""
    facts = r"\b(?:asha|career|love|grief|health|one|two|nine|anxious|hopeful|sad|calm)\b"
    tones = (["anxious", "hopeful"], ["calm", "calm"], ["sad", "sad"], ["neutral", "mixed"])
    for cadence, subjects, level, style in itertools.product(
        (1, 2, 3, 4), (["Career", "Love"], ["Grief", "Health"]), (0, 20, 80), ("casual", "formal")
    ):
        for moods in tones:
            sentences_once: set[str] = set()
            clauses_once: set[tuple[str, ...]] = set()
            for number in range(4):
                monday = dt.date(2026, 11, 16) + WEEK * cadence * number
                week = a_week(
                    reader=f"{cadence}{style}{level}",
                    week_start=monday.isoformat(),
                    topics=subjects,
                    tones=moods,
                    conversations=2,
                    hinglish_level=level,
                    communication_style=style,
                )
                text = report_of(week)
                assert sentences_once.isdisjoint(sentences(text))
                sentences_once.update(sentences(text))
                spoken = {
                    clause for part in re.split(rf"[.?:;]|{facts}", text.casefold()) for clause in clauses(part)
                }
                assert clauses_once.isdisjoint(spoken), clauses_once & spoken
                clauses_once |= spoken


def clauses(text: str, length: int = 6) -> set[tuple[str, ...]]:
    """Every run of that many words."""
    words = re.findall(r"[\w']+|\{[^}]*\}", text.casefold())
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


def test_no_pool_of_the_report_falls_into_step_with_a_cadence_and_no_two_phrases_share_six_words() -> None:
    assert {len(pool) for pool in pools(report_material())} <= {5, 7, 11}
    seen: dict[tuple[str, ...], str] = {}
    for phrase in itertools.chain(*pools(report_material())):
        for clause in clauses(phrase.replace("{, name}", "")):
            assert seen.setdefault(clause, phrase) == phrase, (clause, phrase, seen[clause])
