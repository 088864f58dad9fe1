"""A persona as the API shows it to its person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.personas.document import Persona, claim_document
from astra_pipeline.personas.marks import is_off
from astra_pipeline.store.collections import PERSONAS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]


async def learnt(db: Database, user_id: str, document: Mapping[str, Any]) -> Document | None:
    """{computed_at, conversations, claims} of a person; None without a persona, and where it is switched off.

    `document` is the person's, with their preferences.
    """
    stored = None if is_off(document) else await db[PERSONAS].find_one({"_id": user_id})
    return None if stored is None else shown_document(user_id, stored)


def shown_document(user_id: str, stored: Mapping[str, Any]) -> Document:
    """The part of a stored persona that its person sees."""
    persona = Persona.read(user_id, stored)
    return {
        "computed_at": stored["computed_at"],
        "conversations": persona.basis.conversations,
        "claims": [_claim(claim_document(claim)) for claim in persona.claims],
    }


def _claim(claim: Document) -> Document:
    hidden = ("support", "against")
    evidence = [
        {name: part[name] for name in ("conversation_id", "at", "polarity", "quote") if name in part}
        for part in claim["evidence"]
    ]
    return {name: value for name, value in claim.items() if name not in hidden} | {"evidence": evidence}
