"""The closed vocabulary of facts: what a text claims of sky, chart, calendar and counts must be in its input. Pure.

`given` makes facts of any input, `reading` finds the claims of a text, `check` compares them.
"""

from astra_pipeline.language.contract.facts.check import PROBLEMS, unproven
from astra_pipeline.language.contract.facts.fact import Claim, Fact
from astra_pipeline.language.contract.facts.given import facts_of
from astra_pipeline.language.contract.facts.own_words import without_own_words
from astra_pipeline.language.contract.facts.people import is_a_term, stranger_problems
from astra_pipeline.language.contract.facts.reading import claims_of
from astra_pipeline.language.contract.facts.speech import says_another_day, without_speech

__all__ = [
    "PROBLEMS",
    "Claim",
    "Fact",
    "claims_of",
    "facts_of",
    "is_a_term",
    "says_another_day",
    "stranger_problems",
    "unproven",
    "without_own_words",
    "without_speech",
]
