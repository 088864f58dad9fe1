"""The care that a person needs, folded from all their conversations into `astra.care`. Pure.

A crisis lasts for 30 days after the conversation, tender care for 14, whatever was talked of since. Conversations
of one level that follow each other within that time are one spell, which begins with the first.
The stored spell is the newest crisis, with a tender one under `then` where that lasts longer; a tender spell alone
where it began after the crisis was over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.language.care import DAYS, Level
from astra_pipeline.people.care import CareSpell
from astra_pipeline.store.documents import iso_date

PATH = "astra.care"


def care_of(facts: Sequence[Fact]) -> dict[str, Any] | None:
    """`astra.care` for the facts, in whatever order; None where no conversation asks for care."""
    crisis, tender = _newest(facts, "crisis"), _newest(facts, "tender")
    if crisis is None or tender is None:
        only = crisis or tender
        return only.as_stored() if only else None
    if tender.since > crisis.until:
        return tender.as_stored()
    return crisis.as_stored() | ({"then": tender.as_stored()} if tender.until > crisis.until else {})


def _newest(facts: Sequence[Fact], level: Level) -> CareSpell | None:
    """The newest spell of a level."""
    lasts = dt.timedelta(days=DAYS[level])
    found = sorted(
        (day_of(fact), fact.conversation_id, fact) for fact in facts if fact.insights.care.level == level
    )
    if not found:
        return None
    since, name, last = found[-1]
    until = since + lasts
    for day, _, _ in reversed(found[:-1]):
        if since - day > lasts:
            break
        since = day
    return CareSpell(level, last.insights.care.kind or "", since, until, name)


def day_of(fact: Fact) -> dt.date:
    """The caller's local date of the conversation, as its insights noted it; else the UTC date of its end."""
    return iso_date(fact.insights.care.since) or fact.ended_at.date()
