"""Care: what a caller said that asks for a careful voice, heard by rules in English, Hindi and Hinglish."""

from astra_pipeline.language.care.hearing import Heard, heard, is_of_a_crisis
from astra_pipeline.language.care.levels import DAYS, KINDS, LEVELS, Level

__all__ = ["DAYS", "KINDS", "LEVELS", "Heard", "Level", "heard", "is_of_a_crisis"]
