"""The limits on a letter by its register: what its prompt asks for, its validator holds and its composer keeps."""

from __future__ import annotations

from collections.abc import Mapping

from astra_pipeline.language.composing import Limits, Register

PARAGRAPHS = 4
LIMITS: Mapping[Register, Limits] = {
    "usual": Limits(90, 260, PARAGRAPHS, PARAGRAPHS),
    "tender": Limits(70, 220, PARAGRAPHS, PARAGRAPHS),
    "crisis": Limits(60, 220, PARAGRAPHS, PARAGRAPHS),
}
