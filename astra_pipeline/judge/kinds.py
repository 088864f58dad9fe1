"""The kinds of findings that a judge has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Kind = Literal["claim", "promise", "advice", "fear", "register", "name", "instruction"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WORDS: Mapping[Kind, str] = {
    "claim": "a claim that no given fact bears out",
    "promise": "a promise or a threat of what nobody can know",
    "advice": "advice on medicine, law or money",
    "fear": "fear that sells something",
    "register": "the wrong tone for what the person goes through",
    "name": "the name of somebody else",
    "instruction": "an answer to an instruction instead of a word to the person",
}
"""Kind of finding -> it in words that help the next attempt."""
