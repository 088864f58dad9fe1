"""The births of a conversation: what the rules read, and the gate behind every runner. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.conversations.exchanges import exchanges_of
from astra_pipeline.conversations.lexicon import read_lexicon
from astra_pipeline.language.spoken_birth import evidence, replies
from astra_pipeline.store.documents import iso_date

# The replies of a conversation that are kept.
_REPLIES = 20

if TYPE_CHECKING:
    from astra_pipeline.conversations.task import BirthStatement


def spoken(
    exchanges: Sequence[tuple[str, str]], countries: frozenset[str], today: dt.date | None
) -> dict[str, Any]:
    """The parts of an answer about births that the rules read: `birth_statements` and `birth_details`."""
    statements = evidence.spoken(exchanges, today)
    return {
        "birth_statements": [vars(statement) for statement in statements],
        "birth_details": evidence.details(statements, countries),
    }


def gated(statements: Sequence[BirthStatement], context: Mapping[str, Any]) -> dict[str, Any]:
    """The same parts of an answer after the gate, for the input `context` of the task.

    Only statements of the caller's own birth pass; the details are theirs, and nothing else is.
    """
    exchanges, today = exchanges_of(context["transcript"]), iso_date(context["local_date"])
    said = [evidence.Statement(one.owner, one.field, one.value, one.quote, one.turn) for one in statements]
    passed = evidence.accepted(said, exchanges, today)
    return {
        "birth_statements": [vars(statement) for statement in passed],
        "birth_details": evidence.details(passed, read_lexicon().countries),
        "birth_replies": [vars(reply) for reply in replies.replies(exchanges)][:_REPLIES],
    }
