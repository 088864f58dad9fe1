"""Care: what a caller said that asks for a careful voice, in English, Hindi and Hinglish.

The levels are here; `hearing` finds them in a caller's words.
"""

from astra_pipeline.language.care.levels import DAYS, KINDS, LEVELS, Level

__all__ = ["DAYS", "KINDS", "LEVELS", "Level"]
