"""The contract of texts that people read: the rules for a horoscope or a weekly report. Pure.

Word lists are in the YAML files of this folder, where a support person can extend them; the rules made of them are
in the module of the same name.
"""

from astra_pipeline.language.contract.certainty import is_certain
from astra_pipeline.language.contract.problems import claim_problems, is_quotable, problems, says_what_was_not_said
from astra_pipeline.language.contract.shape import LONGEST, SHORTEST, paragraphs

__all__ = [
    "LONGEST",
    "SHORTEST",
    "claim_problems",
    "is_certain",
    "is_quotable",
    "paragraphs",
    "problems",
    "says_what_was_not_said",
]
