"""The closed vocabulary of facts: what a text claims of sky, chart, calendar and counts must be in its input. Pure.

`given` makes facts of any input, `reading` finds the claims of a text, `check` compares them.
"""

from astra_pipeline.language.contract.facts.check import PROBLEMS, unproven
from astra_pipeline.language.contract.facts.fact import Claim, Fact
from astra_pipeline.language.contract.facts.given import OF_A_PERSON, facts_of
from astra_pipeline.language.contract.facts.people import is_a_term, stranger_problems
from astra_pipeline.language.contract.facts.reading import claims_of
from astra_pipeline.language.contract.facts.speech import recorded_of, says_another_day, without_speech

__all__ = [
    "OF_A_PERSON",
    "PROBLEMS",
    "Claim",
    "Fact",
    "claims_of",
    "facts_of",
    "is_a_term",
    "recorded_of",
    "says_another_day",
    "stranger_problems",
    "unproven",
    "without_speech",
]
