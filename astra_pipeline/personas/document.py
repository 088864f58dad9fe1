"""A persona as it is stored in `astra_personas`, and its way there and back. Pure.

{_id: user id, user_id, cohort, version, engine {task, rules}, computed_at, basis {conversations, insights_until,
last_conversation_id}, claims [...], measured {...}, verdicts [{id, verdict}], deleted [{id, at}], run_id}.
The evidence of each claim is in it, the newest eight: claims are folded anew from it whenever something changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from astra_pipeline.personas.claims import Claim, Evidence, VerdictOfPerson, fold
from astra_pipeline.personas.kinds import Source, as_kind
from astra_pipeline.store.documents import iso_date, moment

RULES = 1
"""The version of the rules of the fold. Another one folds every persona anew when it is next looked at."""
_SOURCES = ("stated", "observed", "measured")


@dataclass(frozen=True)
class Basis:
    """The conversations that a persona was learnt from."""

    conversations: int = 0
    insights_until: dt.datetime | None = None
    last_conversation_id: str | None = None


@dataclass(frozen=True)
class Persona:
    """A person's persona."""

    user_id: str
    version: int = 0
    computed_at: dt.datetime | None = None
    basis: Basis = Basis()
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)
    claims: tuple[Claim, ...] = field(default=(), repr=False)
    verdicts: Mapping[str, VerdictOfPerson] = field(default_factory=dict)
    deleted: Mapping[str, dt.datetime] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, user_id: str, stored: Mapping[str, Any] | None) -> Persona:
        """The persona in a stored document; an empty one for None."""
        if stored is None:
            return cls(user_id)
        basis = stored.get("basis") or {}
        evidence = tuple(
            one
            for claim in stored.get("claims") or ()
            for part in claim.get("evidence") or ()
            if (one := _evidence(claim, part))
        )
        verdicts = {one["id"]: one["verdict"] for one in stored.get("verdicts") or ()}
        deleted = {one["id"]: at for one in stored.get("deleted") or () if (at := moment(one.get("at")))}
        persona = cls(
            user_id,
            version=stored.get("version") or 0,
            computed_at=moment(stored.get("computed_at")),
            basis=Basis(
                basis.get("conversations") or 0,
                moment(basis.get("insights_until")),
                basis.get("last_conversation_id"),
            ),
            evidence=evidence,
            verdicts=verdicts,
            deleted=deleted,
            measured=stored.get("measured") or {},
        )
        return persona.folded(persona.computed_at or dt.datetime.now(dt.UTC))

    def folded(self, now: dt.datetime) -> Persona:
        """The persona with its claims as of `now`."""
        claims = fold(self.evidence, now=now, verdicts=self.verdicts, deleted=self.deleted)
        return replace(self, claims=tuple(claims), evidence=tuple(one for c in claims for one in c.evidence))

    def with_evidence(self, found: Sequence[Evidence]) -> Persona:
        """The persona with more evidence. That of counts is replaced as a whole: it is made of all talks."""
        return replace(self, evidence=(*(one for one in self.evidence if one.source != "measured"), *found))

    def of_conversations(self, known: Collection[str]) -> Persona:
        """The persona without the evidence of conversations that are not among those known."""
        return replace(self, evidence=tuple(one for one in self.evidence if one.conversation_id in known))

    def without(self, conversation_ids: Collection[str]) -> Persona:
        """The persona without the evidence of these conversations."""
        gone = set(conversation_ids)
        return replace(self, evidence=tuple(one for one in self.evidence if one.conversation_id not in gone))

    def as_stored(self, *, task_id: str, run_id: str, cohort: str | None) -> dict[str, Any]:
        """The document, at the next version."""
        return {
            "_id": self.user_id,
            "user_id": self.user_id,
            "cohort": cohort,
            "version": self.version + 1,
            "engine": {"task": task_id, "rules": RULES},
            "computed_at": self.computed_at,
            "basis": {
                "conversations": self.basis.conversations,
                "insights_until": self.basis.insights_until,
                "last_conversation_id": self.basis.last_conversation_id,
            },
            "claims": [claim_document(claim) for claim in self.claims],
            "measured": dict(self.measured),
            "verdicts": [{"id": name, "verdict": self.verdicts[name]} for name in sorted(self.verdicts)],
            "deleted": [{"id": name, "at": self.deleted[name]} for name in sorted(self.deleted)],
            "run_id": run_id,
        }


def claim_document(claim: Claim) -> dict[str, Any]:
    """A claim as it is stored, and as the API shows it."""
    return {
        "id": claim.id,
        "kind": claim.kind,
        "value": claim.value,
        "statement": claim.statement,
        "source": claim.source,
        "confidence": claim.confidence,
        "support": claim.support,
        "against": claim.against,
        "evidence": [_part(one) for one in claim.evidence],
        "first_seen": claim.first_seen,
        "last_seen": claim.last_seen,
        "status": claim.status,
        **({"superseded_by": claim.superseded_by} if claim.superseded_by else {}),
        **({"user_verdict": claim.user_verdict} if claim.user_verdict else {}),
    }


def _part(one: Evidence) -> dict[str, Any]:
    quoted = {"quote": one.quote} if one.quote else {}
    return {
        "conversation_id": one.conversation_id,
        "at": one.at,
        "day": one.day.isoformat(),
        "polarity": one.polarity,
        "source": one.source,
    } | quoted


def _evidence(claim: Mapping[str, Any], part: Mapping[str, Any]) -> Evidence | None:
    kind, at, day = as_kind(str(claim.get("kind"))), moment(part.get("at")), iso_date(part.get("day"))
    name, source = part.get("conversation_id"), part.get("source")
    if kind is None or at is None or day is None or not isinstance(name, str) or source not in _SOURCES:
        return None
    polarity = -1 if part.get("polarity") == -1 else 1
    return Evidence(kind, str(claim.get("value")), cast(Source, source), name, at, day, polarity, part.get("quote"))
