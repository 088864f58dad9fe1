"""The fold of all accepted evidence into claims: deterministic, and the same in whatever order it came. Pure.

An evidence is one conversation's word on one claim, for it (+1) or against it (-1). It weighs
0.5 ** (age in days / half-life of its kind). Of a claim the newest eight count. confidence =
(s + 0.5) / (s + a + 1), where s and a are the weights for and against, times min(1, conversations / 3) unless the
person stated it. A stated word closes what was heard to the contrary before it.

Of the values of an exclusive group (length, language) one prevails: the last that was stated, or that three
conversations in a row bore out; before there is one, the one of the best confidence. The others are superseded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal

from astra_pipeline.personas.kinds import HALF_LIFE_DAYS, Kind, Source, claim_id, group_of, statement

Status = Literal["candidate", "active", "contested", "retired"]
VerdictOfPerson = Literal["right", "wrong"]

KEPT = 8
"""Evidence of one claim that counts and is kept, the newest."""
FLIPS_AFTER = 3
ACTIVE_FROM, CONTESTED_FROM, RETIRED_BELOW = 0.6, 0.4, 0.25
_DAY = dt.timedelta(days=1)
_RANK: Mapping[Source, int] = {"measured": 0, "observed": 1, "stated": 2}


@dataclass(frozen=True)
class Evidence:
    """One conversation's word on one claim. `day` is the local date, `at` the end of the conversation (UTC)."""

    kind: Kind
    value: str
    source: Source
    conversation_id: str
    at: dt.datetime
    day: dt.date
    polarity: int
    quote: str | None = field(default=None, repr=False)

    @property
    def claim(self) -> str:
        """The id of the claim that it is about."""
        return claim_id(self.kind, self.value)

    @property
    def order(self) -> tuple[dt.datetime, str, int, int, str]:
        """The place of the evidence among others: by time, then in a way that never depends on who came first."""
        return self.at, self.conversation_id, _RANK[self.source], -self.polarity, self.quote or ""


@dataclass(frozen=True)
class Claim:
    """One claim as it stands."""

    id: str
    kind: Kind
    value: str
    statement: str
    source: Source
    confidence: float
    support: float
    against: float
    evidence: tuple[Evidence, ...]
    """The newest first."""
    first_seen: dt.datetime
    last_seen: dt.datetime
    status: Status
    superseded_by: str | None = None
    user_verdict: VerdictOfPerson | None = None


def kept(evidence: Iterable[Evidence]) -> list[Evidence]:
    """The evidence that is kept: of each claim the newest eight, one a conversation."""
    one_each: dict[tuple[str, str], Evidence] = {}
    for one in sorted(evidence, key=lambda one: one.order):
        key = (one.claim, one.conversation_id)
        before = one_each.get(key)
        if before is None or (_RANK[one.source], -one.polarity) >= (_RANK[before.source], -before.polarity):
            one_each[key] = one
    by_claim = _by_claim(one_each.values())
    return [one for mine in by_claim.values() for one in mine[:KEPT]]


def fold(
    evidence: Iterable[Evidence],
    *,
    now: dt.datetime,
    verdicts: Mapping[str, VerdictOfPerson] | None = None,
    deleted: Mapping[str, dt.datetime] | None = None,
) -> list[Claim]:
    """The claims of a person at `now`, sorted by id.

    `verdicts` are what the person said of claims. Of a claim that they deleted, evidence until then is void.
    """
    void = deleted or {}
    counted = [one for one in kept(evidence) if one.claim not in void or one.at > void[one.claim]]
    verdicts = verdicts or {}
    claims = {name: _claim(mine, now, verdicts.get(name)) for name, mine in _by_claim(counted).items()}
    for group in ("length", "language"):
        members = [claim for claim in claims.values() if group_of(claim.kind, claim.value) == group]
        if members and (winner := _prevailing(members)):
            claims |= {one.id: _superseded(one, winner) for one in members if one.id != winner}
    return [claims[name] for name in sorted(claims)]


def _by_claim(evidence: Iterable[Evidence]) -> dict[str, list[Evidence]]:
    """Claim -> its evidence, the newest first."""
    ordered = sorted(evidence, key=lambda one: (one.claim, one.order))
    return {name: list(mine)[::-1] for name, mine in groupby(ordered, key=lambda one: one.claim)}


def _claim(newest_first: Sequence[Evidence], now: dt.datetime, verdict: VerdictOfPerson | None) -> Claim:
    newest = newest_first[0]
    counting = _open(newest_first)
    support = sum(_weight(one, now) for one in counting if one.polarity > 0)
    against = sum(_weight(one, now) for one in counting if one.polarity < 0)
    is_stated = any(one.source == "stated" and one.polarity > 0 for one in counting)
    backing = [one for one in counting if one.polarity > 0]
    confidence = (support + 0.5) / (support + against + 1)
    if not is_stated:
        confidence *= min(1.0, len({one.conversation_id for one in backing}) / FLIPS_AFTER)
    return Claim(
        id=newest.claim,
        kind=newest.kind,
        value=newest.value,
        statement=statement(newest.kind, newest.value),
        source="stated" if is_stated else max((one.source for one in newest_first), key=lambda name: _RANK[name]),
        confidence=1.0 if verdict == "right" else round(confidence, 2),
        support=round(support, 2),
        against=round(against, 2),
        evidence=tuple(newest_first),
        first_seen=newest_first[-1].at,
        last_seen=newest.at,
        status=_status(support, against, confidence, backing, is_stated=is_stated, verdict=verdict),
        user_verdict=verdict,
    )


def _open(newest_first: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that no later stated word closed."""
    for number, one in enumerate(newest_first):
        if one.source == "stated":
            older = [other for other in newest_first[number + 1 :] if other.polarity == one.polarity]
            return [*newest_first[: number + 1], *older]
    return list(newest_first)


def _weight(one: Evidence, now: dt.datetime) -> float:
    age = max((now - one.at) / _DAY, 0.0)
    return 0.5 ** (age / HALF_LIFE_DAYS[one.kind])


def _status(
    support: float,
    against: float,
    confidence: float,
    backing: Sequence[Evidence],
    *,
    is_stated: bool,
    verdict: VerdictOfPerson | None,
) -> Status:
    if verdict is not None:
        return "active" if verdict == "right" else "retired"
    if support < RETIRED_BELOW:
        return "retired"
    if against >= CONTESTED_FROM * support:
        return "contested"
    is_repeated = len({one.conversation_id for one in backing}) >= 2 and len({one.day for one in backing}) >= 2
    return "active" if confidence >= ACTIVE_FROM and (is_stated or is_repeated) else "candidate"


def _prevailing(members: Sequence[Claim]) -> str | None:
    """The claim of a group that prevails; None when none is told anyway."""
    if right := [one for one in members if one.user_verdict == "right"]:
        return max(right, key=lambda one: (one.last_seen, one.id)).id
    allowed = {one.id for one in members if one.user_verdict != "wrong"}
    current: str | None = None
    run: tuple[str, set[str]] = ("", set())
    words = (one for claim in members for one in claim.evidence if one.polarity > 0 and one.claim in allowed)
    for one in sorted(words, key=lambda one: one.order):
        run = (
            (one.claim, run[1] | {one.conversation_id})
            if run[0] == one.claim
            else (one.claim, {one.conversation_id})
        )
        if one.source == "stated" or len(run[1]) >= FLIPS_AFTER:
            current = one.claim
    if current:
        return current
    told = [one for one in members if one.status == "active"]
    return max(told, key=lambda one: (one.confidence, one.last_seen, one.id)).id if told else None


def _superseded(claim: Claim, winner: str) -> Claim:
    return claim if claim.status == "retired" else replace(claim, status="retired", superseded_by=winner)
