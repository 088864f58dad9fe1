"""The texts in a conversation's insights, and the care that is in doubt, as a judge reads them. Pure.

The rest of an extraction is not judged: it is checked against the transcript by its own rules. The care is, where
the word rules and the model differ. What the rules hear is never lowered, whatever a judge says.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Literal

from astra_pipeline.conversations import care
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.task import TASK, TranscriptInsights
from astra_pipeline.judge.input import JudgeInput, numbered, split
from astra_pipeline.judge.review import Reading, composed_answer
from astra_pipeline.judge.task import Finding, Verdict
from astra_pipeline.language.care import LEVELS, Level
from astra_pipeline.llm.runner import read_answer

Part = Literal["first_message", "profile_summary"]
PARTS: tuple[Part, ...] = ("first_message", "profile_summary")
"""The fields of the insights that people read as they are."""


class JudgedTexts:
    """The texts of one extraction on their way past the judge."""

    def __init__(self, task_input: TranscriptInput) -> None:
        self._input = task_input
        # The parts of the last answer that a judge refused; all of them, when nobody could read it.
        self._refused: set[Part] = set(PARTS)
        # The highest care that a judge found, on whichever answer.
        self._found: Level | None = None
        self.composed: Sequence[Part] = ()
        """The parts that the composer wrote at last."""

    @functools.cached_property
    def _by_rules(self) -> Level:
        """The care that the word rules hear. It is not asked for where nobody judges."""
        return care.needed(self._input.transcript, self._input.local_date)["level"]

    @property
    def reading(self) -> Reading[TranscriptInsights]:
        """The judge's view of an extraction."""
        return Reading(of=self._of, taken=self._taken, composed=self._composed)

    def _of(self, insights: TranscriptInsights) -> JudgeInput | None:
        self._refused = set(PARTS)
        by_model = insights.answered.care
        sentences = [sentence for _, sentence in self._sentences(insights)]
        if not sentences and by_model == self._by_rules:
            return None
        return JudgeInput(
            text="opening and profile",
            care=insights.care.level,
            care_by_rules=self._by_rules,
            care_by_model=by_model,
            name=self._input.user_name,
            facts=f"Date: {self._input.local_date}\n{self._input.transcript}",
            sentences=numbered(sentences),
        )

    def _taken(
        self, insights: TranscriptInsights, raw: Any, verdict: Verdict
    ) -> tuple[TranscriptInsights, Sequence[Finding]]:
        sentences = self._sentences(insights)
        # An answer that is asked for again may hear less, and nobody asks about its care then.
        if verdict.care is not None:
            self._found = _higher(verdict.care, self._found)
        if self._found is not None:
            heard = self._found if verdict.care is not None else _higher(self._found, insights.answered.care)
            context = self._input.model_dump() | {"judged_care": heard}
            insights = read_answer(TranscriptInsights, raw, context)
        # In a crisis the rules write the opening: a finding on the one that they replaced concerns nobody.
        answered = insights.answered
        kept = {part for part in PARTS if getattr(insights, part) == getattr(answered, part)}
        findings = [finding for finding in verdict.findings if sentences[finding.sentence - 1][0] in kept]
        self._refused = {sentences[finding.sentence - 1][0] for finding in findings}
        return insights, findings

    def _composed(self, insights: TranscriptInsights) -> TranscriptInsights:
        """The insights with the rules' texts in place of those that were not accepted."""
        insights = self._cared_for(insights, _higher(insights.care.level, self._found))
        by_rules = self._cared_for(composed_answer(TASK, self._input), insights.care.level)
        self.composed = [part for part in PARTS if part in self._refused and getattr(insights, part) is not None]
        if insights.care.level == "crisis":
            self.composed = [part for part in self.composed if part != "first_message"]
        return insights.model_copy(update={part: getattr(by_rules, part) for part in self.composed})

    def _cared_for(self, insights: TranscriptInsights, level: Level) -> TranscriptInsights:
        """The insights as they may be kept of a conversation that asks for this care."""
        if level == insights.care.level:
            return insights
        context = self._input.model_dump() | {"judged_care": level}
        return TranscriptInsights.model_validate(care.gated(insights.model_dump(), context))

    def _sentences(self, insights: TranscriptInsights) -> list[tuple[Part, str]]:
        """(part, sentence) of the texts as they were answered, in the order in which a judge reads them.

        An opening that the rules of care are sure to replace is left out.
        """
        answered = insights.answered
        is_replaced = self._by_rules == "crisis"
        return [
            (part, sentence)
            for part in PARTS
            if not (is_replaced and part == "first_message")
            for sentence in split(getattr(answered, part) or "")
        ]


def _higher(level: Level, other: Level | None) -> Level:
    return level if other is None or LEVELS.index(level) >= LEVELS.index(other) else other
