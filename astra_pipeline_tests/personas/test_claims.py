"""The fold of evidence into claims: its rules, and the law that order does not matter."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.personas.claims import KEPT, Claim, Evidence, fold, kept
from astra_pipeline.personas.kinds import Kind, Source, claim_id, statement

NOW = dt.datetime(2026, 11, 29, 12, 0, tzinfo=dt.UTC)
CONCISE = "response_style.concise"
DETAILED = "response_style.detailed"


def heard(value: str, days_ago: int, *, polarity: int = 1, kind: Kind = "response_style", **more: Any) -> Evidence:
    at = NOW - dt.timedelta(days=days_ago)
    source: Source = more.pop("source", "observed")
    name = more.pop("conversation_id", f"conv_{days_ago:03}")
    return Evidence(kind, value, source, name, at, at.date(), polarity, **more)


def folded(*evidence: Evidence, **options: Any) -> dict[str, Claim]:
    return {claim.id: claim for claim in fold(evidence, now=NOW, **options)}


def test_three_conversations_on_two_days_make_a_claim_active() -> None:
    assert folded(*(heard("story", n) for n in (1, 3, 5)))["response_style.story"].status == "active"


def test_two_conversations_are_not_yet_enough_and_one_is_nothing() -> None:
    assert folded(heard("story", 1), heard("story", 2))["response_style.story"].status == "candidate"
    assert folded(heard("story", 1))["response_style.story"].status == "candidate"


def test_three_conversations_of_one_day_are_no_pattern() -> None:
    same = [heard("story", 1, conversation_id=f"c{n}") for n in range(4)]
    assert folded(*same)["response_style.story"].status == "candidate"


def test_a_stated_wish_holds_from_one_conversation() -> None:
    claim = folded(heard("concise", 1, source="stated", quote="Keep it short"))[CONCISE]
    assert (claim.status, claim.source) == ("active", "stated")


def test_contrary_evidence_makes_a_claim_contested() -> None:
    evidence = [heard("story", n) for n in (9, 11, 13)] + [heard("story", n, polarity=-1) for n in (1, 3)]
    assert folded(*evidence)["response_style.story"].status == "contested"


def test_old_evidence_retires_a_claim() -> None:
    assert folded(*(heard("story", n) for n in (400, 402, 404)))["response_style.story"].status == "retired"


def test_a_planted_change_of_mind_flips_within_three_conversations() -> None:
    evidence = [heard("concise", n) for n in range(60, 20, -2)]
    assert folded(*evidence)[CONCISE].status == "active"
    for days in (6, 4):
        evidence.append(heard("detailed", days))
        assert folded(*evidence)[CONCISE].status == "active", "one odd day changes nobody"
    claims = folded(*evidence, heard("detailed", 2))
    assert claims[DETAILED].status == "active"
    assert (claims[CONCISE].status, claims[CONCISE].superseded_by) == ("retired", DETAILED)


def test_after_a_change_of_mind_one_old_habit_does_not_flip_it_back() -> None:
    evidence = [heard("concise", n) for n in range(60, 20, -2)] + [heard("detailed", n) for n in (8, 6, 4)]
    assert folded(*evidence, heard("concise", 2))[DETAILED].status == "active"


def test_a_stated_change_flips_at_once() -> None:
    evidence = [heard("concise", n) for n in range(60, 20, -2)]
    claims = folded(*evidence, heard("detailed", 1, source="stated", quote="Explain more"))
    assert claims[DETAILED].status == "active"
    assert claims[CONCISE].superseded_by == DETAILED


def test_a_wish_that_is_taken_back_is_told_no_more() -> None:
    claims = folded(
        heard("weddings", 9, kind="avoid", source="stated", quote="don't mention weddings"),
        heard("weddings", 1, kind="avoid", source="stated", polarity=-1, quote="you can talk about weddings"),
    )
    assert claims["avoid.weddings"].status == "retired"


def test_the_person_decides() -> None:
    evidence = [heard("concise", n) for n in (1, 3, 5)] + [heard("detailed", 9)]
    assert folded(*evidence, verdicts={CONCISE: "wrong"})[CONCISE].status == "retired"
    right = folded(*evidence, verdicts={DETAILED: "right"})
    assert right[DETAILED].status == "active"
    assert right[CONCISE].superseded_by == DETAILED


def test_a_deleted_claim_comes_back_from_new_conversations_only() -> None:
    evidence = [heard("story", n) for n in (1, 3, 5)]
    assert folded(*evidence, deleted={"response_style.story": NOW}) == {}
    before = {"response_style.story": NOW - dt.timedelta(days=4)}
    assert folded(*evidence, deleted=before)["response_style.story"].status == "candidate"


def test_ids_are_slugs_and_statements_are_ours() -> None:
    assert claim_id("topic_preference", "Moon sign & Home") == "topic_preference.moon-sign-home"
    assert statement("avoid", "my ex's wedding") == "Do not bring up my ex's wedding"


_values = st.sampled_from(
    [("response_style", v) for v in ("concise", "detailed", "moderate", "story")]
    + [("avoid", "weddings"), ("topic_preference", "Career")]
)
_evidence = st.builds(
    lambda kind_value, days, polarity, source, quote: heard(
        kind_value[1], days, polarity=polarity, kind=kind_value[0], source=source, quote=quote
    ),
    _values,
    st.integers(0, 200),
    st.sampled_from([1, 1, 1, -1]),
    st.sampled_from(["stated", "observed"]),
    st.sampled_from([None, "a", "b"]),
)


@given(st.lists(_evidence, max_size=40), st.randoms(use_true_random=False), st.integers(0, 40))
def test_the_order_of_conversations_does_not_matter(
    evidence: list[Evidence], shuffler: random.Random, cut: int
) -> None:
    whole = fold(evidence, now=NOW)
    shuffled = list(evidence)
    shuffler.shuffle(shuffled)
    assert fold(shuffled, now=NOW) == whole
    # Nor does it matter in which portions it became known, what is kept of one being folded with the next.
    portions = [*kept(shuffled[:cut]), *shuffled[cut:]]
    assert fold(portions, now=NOW) == whole
    assert fold([*evidence, *evidence], now=NOW) == whole
    assert all(len(claim.evidence) <= KEPT for claim in whole)
