"""Checks that stored personas have what they claim: evidence that is there, and nothing that is excluded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.personas.excluded import excluded_subject
from astra_pipeline.personas.marks import IS_OFF
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import INSIGHTS, PERSONAS, USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]


def without_evidence(db: Database[Document], *, sample: int) -> tuple[int, list[dict[str, str]]]:
    """(personas looked at, {user, claim, problem} of claims whose evidence is not there).

    Looks at the personas computed last. An evidence is there while the insights of its conversation are the user's.
    """
    personas = _newest(db, sample)
    named = sorted({part["conversation_id"] for one in personas for _, part in _evidence(one)})
    owners = {
        found["_id"]: found["user_id"]
        for chunk in chunks(named)
        for found in db[INSIGHTS].find({"_id": {"$in": list(chunk)}}, {"user_id": 1})
    }
    rows = []
    for one in personas:
        lost = {claim["id"] for claim, part in _evidence(one) if owners.get(part["conversation_id"]) != one["_id"]}
        bare = {claim["id"] for claim in one["claims"] if not claim.get("evidence")}
        rows += [{"user": one["_id"], "claim": name, "problem": "evidence is gone"} for name in sorted(lost)]
        rows += [{"user": one["_id"], "claim": name, "problem": "no evidence"} for name in sorted(bare)]
    return len(personas), rows


def of_excluded_subjects(db: Database[Document], *, sample: int) -> tuple[int, list[dict[str, str]]]:
    """(personas looked at, {user, subject} of those with a claim about a subject that no claim is about).

    A persona of somebody who has switched personalization off counts too. No word of a claim is in the rows.
    """
    personas = _newest(db, sample)
    rows = []
    for one in personas:
        words = [text for claim in one["claims"] for text in _words(claim)]
        subjects = {subject for text in words if (subject := excluded_subject(text))}
        rows += [{"user": one["_id"], "subject": name} for name in sorted(subjects)]
    ids = [one["_id"] for one in personas]
    for chunk in chunks(ids):
        off = db[USERS].find({"id": {"$in": list(chunk)}, IS_OFF: False}, {"id": 1})
        rows += [{"user": user["id"], "subject": "personalization is switched off"} for user in off]
    return len(personas), rows


def _newest(db: Database[Document], sample: int) -> list[Document]:
    return list(db[PERSONAS].find({}, {"claims": 1}).sort("computed_at", -1).limit(sample))


def _evidence(persona: Mapping[str, Any]) -> Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    return ((claim, part) for claim in persona["claims"] for part in claim.get("evidence") or ())


def _words(claim: Mapping[str, Any]) -> Iterable[str]:
    yield claim["value"].replace("_", " ")
    yield from (part["quote"] for part in claim.get("evidence") or () if part.get("quote"))
